// PartiQL as the SDK's users see it: ExecuteStatement with its pages, BatchExecuteStatement, ExecuteTransaction; with the plain client
// and the document client.

import {
  BatchExecuteStatementCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DuplicateItemException,
  ExecuteStatementCommand,
  ExecuteTransactionCommand,
  GetItemCommand,
  IdempotentParameterMismatchException,
  PutItemCommand,
  ResourceNotFoundException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import {
  BatchExecuteStatementCommand as BatchDocumentsCommand,
  ExecuteStatementCommand as DocumentsCommand,
  ExecuteTransactionCommand as TransactDocumentsCommand,
} from '@aws-sdk/lib-dynamodb';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { clientOf, documentClientOf, inParallel, makeTable, newTableName } from './lib/client.mjs';
import { invalid, rejects } from './lib/expect.mjs';
import { startServer } from './lib/server.mjs';

let stator, client, documents, table, sorted, indexed;
before(async () => {
  stator = await startServer({ inMemory: true });
  client = clientOf(stator);
  documents = documentClientOf(client);
  const keys = (hash, range) => [{ AttributeName: hash, KeyType: 'HASH' }, { AttributeName: range, KeyType: 'RANGE' }];
  [table, sorted, indexed] = await Promise.all([
    makeTable(client),
    makeTable(client, { range: 'sk:N' }),
    makeTable(client, {
      range: 'sk:N',
      AttributeDefinitions: ['pk:S', 'sk:N', 'g:S', 'l:N'].map((text) => {
        const [AttributeName, AttributeType] = text.split(':');
        return { AttributeName, AttributeType };
      }),
      GlobalSecondaryIndexes: [{ IndexName: 'global', KeySchema: keys('g', 'l'), Projection: { ProjectionType: 'ALL' } }],
      LocalSecondaryIndexes: [{ IndexName: 'local', KeySchema: keys('pk', 'l'), Projection: { ProjectionType: 'KEYS_ONLY' } }],
    }),
  ]);
});
after(() => stator?.stop());

const run = (Statement, Parameters, more = {}) => client.send(new ExecuteStatementCommand({ Statement, Parameters, ...more }));
const runDocuments = (Statement, Parameters, more = {}) => documents.send(new DocumentsCommand({ Statement, Parameters, ...more }));
const stored = async (pk) => (await client.send(new GetItemCommand({ TableName: table, Key: { pk: { S: pk } }, ConsistentRead: true }))).Item;
const count = (length) => Array.from({ length }, (_, i) => i);

// All pages of a statement, each as its reply.
async function pages(Statement, Parameters, more = {}) {
  const all = [];
  let NextToken;
  do {
    const page = await run(Statement, Parameters, { ...more, NextToken });
    all.push(page);
    ({ NextToken } = page);
  } while (NextToken);
  return all;
}
const itemsOf = (replies) => replies.flatMap(({ Items }) => Items);

const fill = (name, items) =>
  inParallel(count(Math.ceil(items.length / 25)), 4, (i) =>
    client.send(new BatchWriteItemCommand({
      RequestItems: { [name]: items.slice(25 * i, 25 * i + 25).map((Item) => ({ PutRequest: { Item } })) },
    })));

describe('one statement', () => {
  test('inserts, selects, updates and deletes', async () => {
    assert.deepEqual((await run(`INSERT INTO "${table}" VALUE {'pk': ?, 'n': 1}`, [{ S: 'life' }])).Items, []);
    assert.deepEqual((await run(`SELECT * FROM "${table}" WHERE pk = ?`, [{ S: 'life' }])).Items, [{ pk: { S: 'life' }, n: { N: '1' } }]);
    assert.deepEqual((await run(`UPDATE "${table}" SET n = n + 1 SET s = ? WHERE pk = 'life'`, [{ S: 'x' }])).Items, []);
    assert.deepEqual(await stored('life'), { pk: { S: 'life' }, n: { N: '2' }, s: { S: 'x' } });
    assert.deepEqual((await run(`DELETE FROM "${table}" WHERE pk = 'life' RETURNING ALL OLD *`)).Items,
      [{ pk: { S: 'life' }, n: { N: '2' }, s: { S: 'x' } }]);
    assert.deepEqual((await run(`SELECT * FROM "${table}" WHERE pk = 'life'`)).Items, []);
  });

  test('takes and gives documents', async () => {
    const user = { pk: 'ada', langs: new Set(['en', 'fr']), born: 1815, tags: ['a', { deep: null }], photo: Uint8Array.of(1, 2), alive: false };
    const { pk, langs, born, tags, photo, alive } = user;
    await runDocuments(`INSERT INTO "${table}" VALUE {'pk': ?, 'langs': ?, 'born': ?, 'tags': ?, 'photo': ?, 'alive': ?}`,
      [pk, langs, born, tags, photo, alive]);
    assert.deepEqual((await runDocuments(`SELECT * FROM "${table}" WHERE pk = ?`, ['ada'], { ConsistentRead: true })).Items, [user]);
    const { Items } = await runDocuments(`UPDATE "${table}" SET born = ? WHERE pk = ? AND alive = ? RETURNING MODIFIED OLD *`, [1816, 'ada', false]);
    assert.deepEqual(Items, [{ born: 1815 }]);
  });

  test('does not insert twice', async () => {
    await run(`INSERT INTO "${table}" VALUE {'pk': 'twice', 'n': 1}`);
    const error = await run(`INSERT INTO "${table}" VALUE {'pk': 'twice', 'n': 2}`, undefined, {
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    }).catch((reason) => reason);
    assert.ok(error instanceof DuplicateItemException);
    assert.equal(error.message, 'Duplicate primary key exists in table');
    assert.equal((await stored('twice')).n.N, '1');
  });

  test('is conditional by all that is not the key', async () => {
    await run(`INSERT INTO "${table}" VALUE {'pk': 'cond', 'n': 1}`);
    const failing = (statement, more) => run(statement, undefined, more).then(() => assert.fail('it was done'), (reason) => reason);
    let error = await failing(`UPDATE "${table}" SET n = 5 WHERE pk = 'cond' AND n > 1`, { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' });
    assert.ok(error instanceof ConditionalCheckFailedException);
    assert.equal(error.message, 'The conditional request failed');
    assert.deepEqual(error.Item, { pk: { S: 'cond' }, n: { N: '1' } });
    error = await failing(`UPDATE "${table}" SET n = 5 WHERE pk = 'nobody'`, { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' });
    assert.ok(error instanceof ConditionalCheckFailedException);
    assert.equal(error.Item, undefined);
    error = await failing(`DELETE FROM "${table}" WHERE pk = 'cond' AND n = 9`);
    assert.ok(error instanceof ConditionalCheckFailedException);
    assert.equal(error.Item, undefined);
    assert.deepEqual((await run(`DELETE FROM "${table}" WHERE pk = 'nobody'`)).Items, []);
  });

  test('counts what it consumes', async () => {
    const units = async (...args) => (await run(...args)).ConsumedCapacity;
    const INDEXES = { ReturnConsumedCapacity: 'INDEXES' };
    assert.deepEqual(await units(`INSERT INTO "${table}" VALUE {'pk': 'cost', 'b': ?}`, [{ S: 'x'.repeat(5000) }], INDEXES),
      { TableName: table, CapacityUnits: 5, Table: { CapacityUnits: 5 } });
    assert.deepEqual(await units(`SELECT pk FROM "${table}" WHERE pk = 'cost'`, undefined, { ReturnConsumedCapacity: 'TOTAL' }),
      { TableName: table, CapacityUnits: 1 });
    assert.equal((await units(`SELECT pk FROM "${table}" WHERE pk = 'cost'`, undefined, { ...INDEXES, ConsistentRead: true })).CapacityUnits, 2);
    assert.equal((await units(`SELECT pk FROM "${table}" WHERE pk = 'absent'`, undefined, INDEXES)).CapacityUnits, 0.5);
    assert.equal(await units(`SELECT pk FROM "${table}" WHERE pk = 'absent'`, undefined, { ReturnConsumedCapacity: 'NONE' }), undefined);
    assert.equal((await units(`DELETE FROM "${table}" WHERE pk = 'cost'`, undefined, INDEXES)).CapacityUnits, 5);
  });

  test('is refused with what is wrong', async () => {
    await rejects(run(`SELECT * FROM "${newTableName()}" WHERE pk = 'x'`), ResourceNotFoundException.name, 'Requested resource not found');
    await rejects(run('SLECT * FROM t'), 'ValidationException', "Statement wasn't well formed, can't be processed: Expected data manipulation");
    await rejects(run(`SELECT * FROM "${table}" WHERE pk = ?`), 'ValidationException', "Number of parameters in request and statement don't match.");
    await rejects(run(`EXISTS(SELECT * FROM "${table}" WHERE pk = 'x' AND a = 1)`), 'ValidationException',
      'EXISTS can only be used in ExecuteTransaction write requests.');
    await rejects(run(`SELECT * FROM "${table}" WHERE pk = 'x'`, undefined, { Limit: 0 }), 'ValidationException',
      "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1");
    await rejects(run(''), 'ValidationException',
      "1 validation error detected: Value '' at 'statement' failed to satisfy constraint: Member must have length greater than or equal to 1");
    await invalid(stator, 'ExecuteStatement', {},
      "1 validation error detected: Value null at 'statement' failed to satisfy constraint: Member must not be null");
  });
});

describe('pages', () => {
  const kilobytes = 10;
  const rows = 600; // 6 MB
  before(() => fill(sorted, count(rows).map((i) => ({
    pk: { S: 'big' }, sk: { N: String(i) }, odd: { BOOL: i % 2 === 1 }, body: { S: 'x'.repeat(kilobytes * 1000) },
  }))));

  const sortKeys = (replies) => itemsOf(replies).map(({ sk }) => Number(sk.N));

  test('of a query hold a megabyte each, and everything once and in order', async () => {
    const all = await pages(`SELECT * FROM "${sorted}" WHERE pk = ?`, [{ S: 'big' }]);
    assert.deepEqual(sortKeys(all), count(rows));
    assert.equal(all.length, 6);
    for (const { Items, NextToken, LastEvaluatedKey } of all) {
      assert.ok(Items.length * kilobytes * 1000 < 1.1 * 1024 * 1024);
      assert.equal(NextToken === undefined, LastEvaluatedKey === undefined);
      if (LastEvaluatedKey) assert.deepEqual(LastEvaluatedKey, { pk: { S: 'big' }, sk: Items.at(-1).sk });
    }
  });

  test('go backwards', async () => {
    const all = await pages(`SELECT sk FROM "${sorted}" WHERE pk = 'big' ORDER BY sk DESC`);
    assert.deepEqual(sortKeys(all), count(rows).reverse());
    assert.ok(all.length > 5);
  });

  test('of a scan hold everything once', async () => {
    const all = await pages(`SELECT sk FROM "${sorted}" WHERE odd = true`);
    assert.deepEqual(sortKeys(all).sort((a, b) => a - b), count(rows).filter((i) => i % 2 === 1));
    assert.ok(all.length > 5);
  });

  test('are cut before the filter', async () => {
    const first = await run(`SELECT sk FROM "${sorted}" WHERE pk = 'big' AND odd = true`, undefined, { Limit: 5 });
    assert.deepEqual(sortKeys([first]), [1, 3]);
    assert.deepEqual(first.LastEvaluatedKey, { pk: { S: 'big' }, sk: { N: '4' } });
    const none = await run(`SELECT sk FROM "${sorted}" WHERE pk = 'big' AND odd = 'x'`, undefined, { Limit: 5 });
    assert.deepEqual(none.Items, []);
    assert.ok(none.NextToken);
  });

  test('may have another Limit and another consistency each', async () => {
    const statement = `SELECT sk FROM "${sorted}" WHERE pk = ? AND sk BETWEEN 10 AND 19`;
    const first = await run(statement, [{ S: 'big' }], { Limit: 4 });
    const second = await run(statement, [{ S: 'big' }], { Limit: 3, ConsistentRead: true, NextToken: first.NextToken });
    const third = await run(statement, [{ S: 'big' }], { NextToken: second.NextToken });
    assert.deepEqual(sortKeys([first, second, third]), count(10).map((i) => i + 10));
    assert.equal(third.NextToken, undefined);
  });

  test('that are just full are followed by one more', async () => {
    const all = await pages(`SELECT sk FROM "${sorted}" WHERE pk = 'big' AND sk < 6`, undefined, { Limit: 3 });
    assert.deepEqual(all.map(({ Items }) => Items.length), [3, 3, 0]);
  });

  test('can be read while the table changes', async () => {
    const pk = 'moving';
    await fill(sorted, count(30).map((i) => ({ pk: { S: pk }, sk: { N: String(i) } })));
    const statement = `SELECT sk FROM "${sorted}" WHERE pk = ?`;
    const first = await run(statement, [{ S: pk }], { Limit: 10 });
    await run(`DELETE FROM "${sorted}" WHERE pk = ? AND sk = 9`, [{ S: pk }]); // the last one seen
    await run(`INSERT INTO "${sorted}" VALUE {'pk': ?, 'sk': 9.5}`, [{ S: pk }]);
    const second = await run(statement, [{ S: pk }], { Limit: 10, NextToken: first.NextToken });
    assert.deepEqual(sortKeys([second]), [9.5, ...count(9).map((i) => i + 10)]);
  });
});

describe('several partitions', () => {
  const partitions = count(23).map((i) => `part ${String(i).padStart(2, '0')}`);
  before(() => fill(sorted, partitions.flatMap((pk) => count(3).map((i) => ({ pk: { S: pk }, sk: { N: String(i) } })))));

  const statement = () => `SELECT pk, sk FROM "${sorted}" WHERE pk IN (${partitions.map(() => '?').join(', ')})`;
  const parameters = partitions.map((S) => ({ S }));
  const names = (replies) => itemsOf(replies).map(({ pk, sk }) => `${pk.S}/${sk.N}`).sort();
  const everything = partitions.flatMap((pk) => count(3).map((i) => `${pk}/${i}`));

  test('are read ten a page', async () => {
    const all = await pages(statement(), parameters);
    assert.deepEqual(names(all), everything);
    assert.deepEqual(all.map(({ Items }) => Items.length), [30, 30, 9]);
  });

  for (const Limit of [1, 2, 3, 4, 7, 100]) {
    test(`share a Limit of ${Limit}`, async () => {
      const all = await pages(statement(), parameters, { Limit });
      assert.deepEqual(names(all), everything);
      assert.ok(all.every(({ Items }) => Items.length <= Limit));
    });
  }

  test('are each charged for', async () => {
    const { ConsumedCapacity } = await run(statement(), parameters, { ReturnConsumedCapacity: 'TOTAL' });
    assert.equal(ConsumedCapacity.CapacityUnits, 10 * 0.5);
  });

  test('may be missing', async () => {
    const reply = await run(`SELECT sk FROM "${sorted}" WHERE pk IN ['part 00', 'nothing', 'part 01'] AND sk >= 1`);
    assert.deepEqual(reply.Items, [1, 2, 1, 2].map((i) => ({ sk: { N: String(i) } })));
    assert.equal(reply.NextToken, undefined);
  });
});

describe('a token', () => {
  const statement = () => `SELECT * FROM "${sorted}" WHERE pk = ?`;
  let token;
  before(async () => {
    await fill(sorted, count(5).map((i) => ({ pk: { S: 'token' }, sk: { N: String(i) } })));
    token = (await run(statement(), [{ S: 'token' }], { Limit: 2 })).NextToken;
  });
  const refused = (promise, message) => rejects(promise, 'ValidationException', message);

  test('belongs to its statement, parameters and table', async () => {
    const mismatch = 'NextToken does not match request';
    await refused(run(statement(), [{ S: 'other' }], { NextToken: token }), mismatch);
    await refused(run(`SELECT * FROM "${sorted}" WHERE pk = 'token'`, undefined, { NextToken: token }), mismatch);
    await refused(run(`SELECT * FROM "${table}"`, undefined, { NextToken: token }), mismatch);
    await refused(run(`SELECT * FROM "${table}" WHERE pk = 'x'`, undefined, { NextToken: token }), mismatch);
  });

  test('cannot be made or changed', async () => {
    for (const NextToken of ['x', 'AAAA', `${token}AAAA`, token.slice(4), token.slice(0, -4), token.replace(/^./, (c) => (c === 'B' ? 'C' : 'B'))])
      await refused(run(statement(), [{ S: 'token' }], { NextToken }), 'Invalid NextToken');
  });

  test('can be used again', async () => {
    const twice = await Promise.all([0, 1].map(() => run(statement(), [{ S: 'token' }], { NextToken: token })));
    for (const { Items } of twice) assert.deepEqual(Items.map(({ sk }) => sk.N), ['2', '3', '4']);
  });

  test('is not what reveals items that were not selected', async () => {
    const { NextToken } = await run(`SELECT sk FROM "${sorted}" WHERE pk = 'big' AND sk < 3`, undefined, { Limit: 1 });
    assert.ok(NextToken.length < 200);
  });
});

describe('an index', () => {
  before(() => fill(indexed, count(50).map((i) => ({
    pk: { S: `p${i % 5}` }, sk: { N: String(i) }, l: { N: String(100 - i) }, g: { S: i % 2 ? 'odd' : 'even' }, body: { S: `body ${i}` },
  }))));

  test('that is global is read by its own key', async () => {
    const all = await pages(`SELECT sk FROM "${indexed}"."global" WHERE g = 'odd' AND l > 50`, undefined, { Limit: 4 });
    assert.deepEqual(itemsOf(all).map(({ sk }) => Number(sk.N)), count(50).filter((i) => i % 2).reverse());
  });

  test('that is global cannot be read consistently', () =>
    rejects(run(`SELECT sk FROM "${indexed}"."global" WHERE g = 'odd'`, undefined, { ConsistentRead: true }), 'ValidationException',
      'Strongly consistent read is not supported on Global Secondary Indexes'));

  test('that is local gives what it does not hold, and the table is charged for it', async () => {
    const reply = await run(`SELECT sk, body FROM "${indexed}"."local" WHERE pk = 'p0' ORDER BY l DESC`, undefined, {
      ConsistentRead: true, ReturnConsumedCapacity: 'INDEXES',
    });
    assert.deepEqual(reply.Items, count(10).map((i) => ({ sk: { N: String(5 * i) }, body: { S: `body ${5 * i}` } })));
    assert.deepEqual(reply.ConsumedCapacity, {
      TableName: indexed, CapacityUnits: 11, Table: { CapacityUnits: 10 }, LocalSecondaryIndexes: { local: { CapacityUnits: 1 } },
    });
  });

  test('shows with * what it holds', async () => {
    const { Items } = await run(`SELECT * FROM "${indexed}"."local" WHERE pk = 'p1' AND l = 99`);
    assert.deepEqual(Items, [{ pk: { S: 'p1' }, sk: { N: '1' }, l: { N: '99' } }]);
  });
});

describe('a batch', () => {
  const batch = (Statements, more = {}) => client.send(new BatchExecuteStatementCommand({ Statements, ...more }));
  const insert = (pk, n = 0) => ({ Statement: `INSERT INTO "${table}" VALUE {'pk': ?, 'n': ?}`, Parameters: [{ S: pk }, { N: String(n) }] });
  const select = (pk, more) => ({ Statement: `SELECT * FROM "${table}" WHERE pk = ?`, Parameters: [{ S: pk }], ...more });

  test('writes what it can, and says what it could not', async () => {
    await batch([insert('b taken', 7)]);
    const { Responses } = await batch([
      insert('b 1', 1),
      insert('b taken', 8),
      { Statement: `UPDATE "${table}" SET n = 2 WHERE pk = 'b missing'` },
      { Statement: `UPDATE "${table}" SET n = 9 WHERE pk = 'b other' AND n = 1`, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' },
      { Statement: 'SLECT * FROM t' },
      { Statement: `DELETE FROM "${newTableName()}" WHERE pk = 'x'` },
      insert('b 2', 2),
    ]);
    assert.deepEqual(Responses.map(({ Error }) => Error?.Code),
      [undefined, 'DuplicateItem', 'ConditionalCheckFailed', 'ConditionalCheckFailed', 'ValidationError', 'ResourceNotFound', undefined]);
    assert.equal(Responses[1].Error.Message, 'Duplicate primary key exists in table');
    assert.equal(Responses[2].Error.Message, 'The conditional request failed');
    assert.equal(Responses[5].Error.Message, 'Requested resource not found');
    assert.deepEqual(Responses.map(({ TableName }) => TableName), [table, table, table, table, undefined, undefined, table]);
    assert.deepEqual((await stored('b 1')).n, { N: '1' });
    assert.deepEqual((await stored('b 2')).n, { N: '2' });
    assert.deepEqual((await stored('b taken')).n, { N: '7' });
  });

  test('shows the item that failed a condition', async () => {
    await batch([insert('b seen', 3)]);
    const { Responses: [{ Error: error, Item }] } = await batch([
      { Statement: `UPDATE "${table}" SET n = 9 WHERE pk = 'b seen' AND n = 1`, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' },
    ]);
    assert.deepEqual(error.Item, { pk: { S: 'b seen' }, n: { N: '3' } });
    assert.equal(Item, undefined);
  });

  test('reads in the order of its statements', async () => {
    await batch([insert('b r1', 1), insert('b r2', 2)]);
    const { Responses } = await batch([select('b r2'), select('b absent'), { Statement: `SELECT * FROM "${table}" WHERE n = 1` }, select('b r1')]);
    assert.deepEqual(Responses, [
      { TableName: table, Item: { pk: { S: 'b r2' }, n: { N: '2' } } },
      { TableName: table },
      { Error: { Code: 'ValidationError', Message: 'Select statements within BatchExecuteStatement must specify the primary key in the where clause.' } },
      { TableName: table, Item: { pk: { S: 'b r1' }, n: { N: '1' } } },
    ]);
  });

  test('reads items of any size', async () => {
    const body = 'x'.repeat(390_000);
    await Promise.all(count(25).map((i) => client.send(new PutItemCommand({ TableName: table, Item: { pk: { S: `b large ${i}` }, body: { S: body } } }))));
    const { Responses } = await batch(count(25).map((i) => select(`b large ${i}`)));
    assert.equal(Responses.length, 25);
    Responses.forEach(({ Item }, i) => assert.deepEqual([Item.pk.S, Item.body.S.length], [`b large ${i}`, 390_000]));
  });

  test('gives and takes documents', async () => {
    const command = new BatchDocumentsCommand({
      Statements: [{ Statement: `UPDATE "${table}" SET tags = ? WHERE pk = ? RETURNING ALL NEW *`, Parameters: [new Set(['a']), 'b doc'] }],
    });
    await batch([insert('b doc', 1)]);
    assert.deepEqual((await documents.send(command)).Responses, [{ TableName: table, Item: { pk: 'b doc', n: 1, tags: new Set(['a']) } }]);
  });

  test('is of reads or of writes', () =>
    rejects(batch([select('x'), insert('b mixed')]), 'ValidationException', 'Read and write requests together in the same batch is not supported.'));

  test('names no item twice', async () => {
    const text = 'Provided list of item keys contains duplicates';
    await rejects(batch([select('x'), select('x')]), 'ValidationException', text);
    await rejects(batch([insert('b same'), { Statement: `DELETE FROM "${table}" WHERE pk = 'b same'` }]), 'ValidationException', text);
    assert.equal(await stored('b same'), undefined);
  });

  test('has 1 to 25 statements', async () => {
    await rejects(batch([]), 'ValidationException',
      "1 validation error detected: Value '[]' at 'statements' failed to satisfy constraint: Member must have length greater than or equal to 1");
    await rejects(batch(count(26).map((i) => select(`x${i}`))), 'ValidationException', /at 'statements' failed to satisfy constraint: Member must have length less than or equal to 25$/);
    assert.equal((await batch(count(25).map((i) => insert(`b many ${i}`, i)))).Responses.length, 25);
  });

  test('is charged table by table', async () => {
    const TOTAL = { ReturnConsumedCapacity: 'TOTAL' };
    const other = { Statement: `INSERT INTO "${sorted}" VALUE {'pk': 'b', 'sk': 1}` };
    assert.deepEqual((await batch([insert('b c1'), other, insert('b c2')], TOTAL)).ConsumedCapacity,
      [{ TableName: table, CapacityUnits: 2 }, { TableName: sorted, CapacityUnits: 1 }]);
    assert.deepEqual((await batch([select('b c1', { ConsistentRead: true }), select('b c2')], TOTAL)).ConsumedCapacity,
      [{ TableName: table, CapacityUnits: 1.5 }]);
    assert.equal((await batch([insert('b c1')], TOTAL)).ConsumedCapacity, undefined);
  });

  test('runs beside others without losing an update', async () => {
    await Promise.all(count(20).map((i) => batch([insert(`b counter ${i}`, 0)])));
    await inParallel(count(30), 10, () =>
      batch(count(20).map((i) => ({ Statement: `UPDATE "${table}" SET n = n + 1 WHERE pk = ?`, Parameters: [{ S: `b counter ${i}` }] }))));
    for (const i of count(20)) assert.equal((await stored(`b counter ${i}`)).n.N, '30');
  });
});

describe('a transaction', () => {
  const transact = (statements, more = {}) =>
    client.send(new ExecuteTransactionCommand({
      TransactStatements: statements.map((s) => (typeof s === 'string' ? { Statement: s } : s)), ...more,
    }));
  const insert = (pk, n = 0) => ({ Statement: `INSERT INTO "${table}" VALUE {'pk': ?, 'n': ?}`, Parameters: [{ S: pk }, { N: String(n) }] });
  const select = (pk) => ({ Statement: `SELECT * FROM "${table}" WHERE pk = ?`, Parameters: [{ S: pk }] });

  async function canceled(promise, ...codes) {
    const error = await promise.then(() => assert.fail('it was not canceled'), (reason) => reason);
    assert.ok(error instanceof TransactionCanceledException, String(error));
    assert.deepEqual(error.CancellationReasons.map(({ Code }) => Code), codes);
    return error.CancellationReasons;
  }

  test('is done as a whole', async () => {
    await transact([insert('t a', 1), insert('t b', 2)]);
    const { Responses } = await transact([
      `UPDATE "${table}" SET n = n + 10 WHERE pk = 't a'`,
      `DELETE FROM "${table}" WHERE pk = 't b'`,
      `EXISTS(SELECT * FROM "${table}" WHERE pk = 't c' AND n IS MISSING)`,
      insert('t d', 4),
    ]);
    assert.deepEqual(Responses, []);
    assert.deepEqual((await transact([select('t d'), select('t b'), select('t a')])).Responses,
      [{ Item: { pk: { S: 't d' }, n: { N: '4' } } }, {}, { Item: { pk: { S: 't a' }, n: { N: '11' } } }]);
  });

  test('or not at all', async () => {
    await transact([insert('t taken', 1), insert('t low', 1)]);
    const reasons = await canceled(
      transact([
        insert('t new'),
        insert('t taken'),
        { Statement: `UPDATE "${table}" SET n = 0 WHERE pk = 't low' AND n > 5`, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' },
        `EXISTS(SELECT * FROM "${table}" WHERE pk = 't nobody' AND n = 1)`,
      ]),
      'None', 'DuplicateItem', 'ConditionalCheckFailed', 'ConditionalCheckFailed');
    assert.equal(reasons[1].Message, 'Duplicate primary key exists in table');
    assert.deepEqual(reasons[2].Item, { pk: { S: 't low' }, n: { N: '1' } });
    assert.equal(reasons[3].Message, 'The conditional request failed');
    assert.equal(await stored('t new'), undefined);
  });

  test('is done once for one token', async () => {
    await transact([insert('t once', 0)]);
    const ClientRequestToken = randomUUID();
    const add = [{ Statement: `UPDATE "${table}" SET n = n + ? WHERE pk = 't once'`, Parameters: [{ N: '1' }] }];
    const TOTAL = { ReturnConsumedCapacity: 'TOTAL', ClientRequestToken };
    assert.deepEqual((await transact(add, TOTAL)).ConsumedCapacity, [{ TableName: table, CapacityUnits: 2, WriteCapacityUnits: 2 }]);
    assert.deepEqual((await transact(add, TOTAL)).ConsumedCapacity, [{ TableName: table, CapacityUnits: 2, ReadCapacityUnits: 2 }]);
    assert.equal((await stored('t once')).n.N, '1');
    await rejects(transact([{ ...add[0], Parameters: [{ N: '2' }] }], { ClientRequestToken }), IdempotentParameterMismatchException.name);
    await rejects(transact([...add, insert('t more')], { ClientRequestToken }), IdempotentParameterMismatchException.name);
    assert.equal((await stored('t once')).n.N, '1');
  });

  test('of a hundred statements, and of no more', async () => {
    await transact(count(100).map((i) => insert(`t many ${i}`, i)));
    const { Responses } = await transact(count(100).map((i) => select(`t many ${i}`)), { ReturnConsumedCapacity: 'TOTAL' });
    assert.deepEqual(Responses.map(({ Item }) => Item.n.N), count(100).map(String));
    await rejects(transact(count(101).map((i) => insert(`t too many ${i}`))), 'ValidationException',
      /at 'transactStatements' failed to satisfy constraint: Member must have length less than or equal to 100$/);
  });

  test('takes and gives documents', async () => {
    await documents.send(new TransactDocumentsCommand({
      TransactStatements: [{ Statement: `INSERT INTO "${table}" VALUE {'pk': ?, 'm': ?}`, Parameters: ['t doc', { a: [1, 'x'] }] }],
    }));
    const { Responses } = await documents.send(new TransactDocumentsCommand({
      TransactStatements: [{ Statement: `SELECT m FROM "${table}" WHERE pk = ?`, Parameters: ['t doc'] }],
    }));
    assert.deepEqual(Responses, [{ Item: { m: { a: [1, 'x'] } } }]);
  });

  test('is refused for what is wrong with a statement of it', async () => {
    const wrong = (statements, message) => rejects(transact(statements), 'ValidationException', message);
    const first = 'Validation failed in TransactStatements[0]: ';
    await wrong([insert('t x'), 'SLECT * FROM t'], /^Validation failed in TransactStatements\[1\]: Statement wasn't well formed/);
    await wrong([select('t a'), insert('t x')], 'ExecuteTransaction API does not support both read and write operations in the same request.');
    await wrong([`UPDATE "${table}" SET n = 1 WHERE pk = 't a' RETURNING ALL NEW *`], `${first}RETURNING clause is not supported in ExecuteTransaction.`);
    await wrong([`SELECT * FROM "${indexed}"."global" WHERE g = 'odd'`], `${first}Reads on indices are not supported within transactions.`);
    await wrong([`SELECT * FROM "${table}" WHERE n = 1`],
      `${first}Select statements within ExecuteTransaction must specify the primary key in the where clause.`);
    await wrong([`EXISTS(SELECT * FROM "${table}" WHERE pk = 't a')`, insert('t x')],
      `${first}EXISTS() must contain a single item read with additional condition`);
    await wrong([select('t a'), select('t a')], 'Transaction request cannot include multiple operations on one item');
    await wrong([{ ...insert('t x'), Parameters: [{ S: 't x' }, { N: 'abc' }] }], 'The parameter cannot be converted to a numeric value: abc');
    assert.equal(await stored('t x'), undefined);
  });

  test('is canceled for tables that are missing and keys that are not of one item', async () => {
    const missing = newTableName();
    const reasons = await canceled(transact([insert('t x'), `DELETE FROM "${missing}" WHERE pk = 'x'`]), 'None', 'ResourceNotFound');
    assert.equal(reasons[1].Message, 'Requested resource not found');
    const mismatch = await canceled(
      transact([`UPDATE "${sorted}" SET n = 1 WHERE pk = 'x'`, `DELETE FROM "${sorted}" WHERE pk = 'x' AND sk = 'x'`, insert('t x')]),
      'ValidationError', 'ValidationError', 'None');
    for (const { Message } of mismatch.slice(0, 2)) assert.equal(Message, 'The provided key element does not match the schema');
    assert.equal(await stored('t x'), undefined);
  });
});
