// TransactWriteItems and TransactGetItems as the SDK's users see them: values, errors, tokens, and what others see meanwhile.

import {
  GetItemCommand,
  IdempotentParameterMismatchException,
  ResourceNotFoundException,
  TransactGetItemsCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, QueryCommand, TransactGetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { clientOf, documentClientOf, inParallel, makeTable, newTableName } from './lib/client.mjs';
import { invalid, rejects } from './lib/expect.mjs';
import { call } from './lib/raw.mjs';
import { startServer } from './lib/server.mjs';

let stator, client, documents, table, sorted;
before(async () => {
  stator = await startServer({ inMemory: true });
  client = clientOf(stator);
  documents = documentClientOf(client);
  table = await makeTable(client);
  sorted = await makeTable(client, { range: 'sk:N' });
});
after(() => stator?.stop());

const count = (length) => Array.from({ length }, (_, i) => i);
const write = (...TransactItems) => documents.send(new TransactWriteCommand({ TransactItems }));
const read = async (...TransactItems) => (await documents.send(new TransactGetCommand({ TransactItems }))).Responses;
const itemOf = async (pk) => (await documents.send(new GetCommand({ TableName: table, Key: { pk }, ConsistentRead: true }))).Item;
const put = (Item, more) => ({ Put: { TableName: table, Item, ...more } });
const get = (pk, more) => ({ Get: { TableName: table, Key: { pk }, ...more } });
const add = (pk, attribute, amount, more) => ({
  Update: {
    TableName: table,
    Key: { pk },
    UpdateExpression: 'ADD #a :n',
    ExpressionAttributeNames: { '#a': attribute },
    ExpressionAttributeValues: { ':n': amount },
    ...more,
  },
});

// What the SDK throws for a canceled transaction.
async function canceled(promise, ...codes) {
  const error = await promise.then(
    () => assert.fail('it was not canceled'),
    (reason) => reason,
  );
  assert.ok(error instanceof TransactionCanceledException, String(error));
  assert.equal(error.name, 'TransactionCanceledException');
  assert.equal(error.$fault, 'client');
  assert.equal(error.$metadata.httpStatusCode, 400);
  assert.deepEqual(error.CancellationReasons.map(({ Code }) => Code), codes);
  assert.equal(error.message,
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(', ')}]`);
  return error.CancellationReasons;
}

describe('with the document client', () => {
  test('what is written is read, in order', async () => {
    const user = { pk: 'user', name: 'Ada', langs: new Set(['en', 'fr']), born: 1815, tags: ['a', { deep: true }], photo: Uint8Array.of(1, 2) };
    await write(put(user), put({ pk: 'mail', of: 'user' }), { Put: { TableName: sorted, Item: { pk: 'user', sk: 1.5 } } });
    const responses = await read(get('mail'), get('absent'), { Get: { TableName: sorted, Key: { pk: 'user', sk: 1.5 } } }, get('user'));
    assert.deepEqual(responses.map(({ Item }) => Item), [{ pk: 'mail', of: 'user' }, undefined, { pk: 'user', sk: 1.5 }, user]);
  });

  test('puts, updates, deletes and checks go together', async () => {
    await write(put({ pk: 'all u', n: 1 }), put({ pk: 'all d' }), put({ pk: 'all c', open: true }));
    await write(
      put({ pk: 'all p' }),
      add('all u', 'n', 41),
      { Delete: { TableName: table, Key: { pk: 'all d' } } },
      {
        ConditionCheck: {
          TableName: table,
          Key: { pk: 'all c' },
          ConditionExpression: '#o = :yes',
          ExpressionAttributeNames: { '#o': 'open' },
          ExpressionAttributeValues: { ':yes': true },
        },
      },
    );
    const responses = await read(get('all p'), get('all u'), get('all d'), get('all c'));
    assert.deepEqual(responses.map(({ Item }) => Item), [{ pk: 'all p' }, { pk: 'all u', n: 42 }, undefined, { pk: 'all c', open: true }]);
  });

  test('a projection gives what it names', async () => {
    await write(put({ pk: 'projected', a: { b: [1, 2, 3] }, c: 'x' }));
    const responses = await read(get('projected', { ProjectionExpression: '#a.b[1]', ExpressionAttributeNames: { '#a': 'a' } }));
    assert.deepEqual(responses, [{ Item: { a: { b: [2] } } }]);
  });

  test('a condition that does not hold says which, and shows its item', async () => {
    await write(put({ pk: 'taken', owner: 'Ada', since: 1843 }));
    const unless = { ConditionExpression: 'attribute_not_exists(pk)', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' };
    const reasons = await canceled(write(put({ pk: 'free' }, unless), put({ pk: 'taken', owner: 'Bob' }, unless)),
      'None', 'ConditionalCheckFailed');
    assert.equal(reasons[0].Item, undefined);
    assert.equal(reasons[0].Message, undefined);
    assert.equal(reasons[1].Message, 'The conditional request failed');
    // The document client does not translate what is inside an error.
    assert.deepEqual(reasons[1].Item, { pk: { S: 'taken' }, owner: { S: 'Ada' }, since: { N: '1843' } });
    assert.equal(await itemOf('free'), undefined);
    assert.equal((await itemOf('taken')).owner, 'Ada');
  });
});

describe('with the plain client', () => {
  const plain = (TransactItems, more) => client.send(new TransactWriteItemsCommand({ TransactItems, ...more }));
  const item = (pk, more) => ({ Put: { TableName: table, Item: { pk: { S: pk }, ...more } } });

  test('the reason has the item as it was', async () => {
    await plain([item('plain', { v: { L: [{ N: '1' }, { NULL: true }] } })]);
    const reasons = await canceled(
      plain([
        {
          Delete: {
            TableName: table,
            Key: { pk: { S: 'plain' } },
            ConditionExpression: 'attribute_not_exists(v)',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          },
        },
        item('plain too'),
      ]),
      'ConditionalCheckFailed', 'None',
    );
    assert.deepEqual(reasons[0].Item, { pk: { S: 'plain' }, v: { L: [{ N: '1' }, { NULL: true }] } });
  });

  test('an update that cannot be done is a ValidationError', async () => {
    await plain([item('text', { v: { S: 'x' } })]);
    const update = {
      Update: {
        TableName: table,
        Key: { pk: { S: 'text' } },
        UpdateExpression: 'SET v = v + :one',
        ExpressionAttributeValues: { ':one': { N: '1' } },
      },
    };
    const reasons = await canceled(plain([item('unwritten'), update]), 'None', 'ValidationError');
    assert.equal(reasons[1].Message, 'An operand in the update expression has an incorrect data type');
    assert.equal(await itemOf('unwritten'), undefined);
  });

  test('what is wrong with the request has its own error', async () => {
    await rejects(plain([item('a'), item('a')]), 'ValidationException',
      'Transaction request cannot include multiple operations on one item');
    const nowhere = { Get: { TableName: newTableName(), Key: { pk: { S: 'a' } } } };
    await assert.rejects(client.send(new TransactGetItemsCommand({ TransactItems: [nowhere] })), ResourceNotFoundException);
    await rejects(plain(count(101).map((i) => item(`many ${i}`))), 'ValidationException', /length less than or equal to 100$/);
    await invalid(stator, 'TransactGetItems', { TransactItems: [{}] },
      "1 validation error detected: Value null at 'transactItems.1.member.get' failed to satisfy constraint: Member must not be null");
  });

  test('a hundred items of two tables, written and read', async () => {
    const where = (i) => (i % 2 ? { TableName: table, Key: { pk: { S: `hundred ${i}` } } } : { TableName: sorted, Key: { pk: { S: 'hundred' }, sk: { N: String(i) } } });
    await plain(count(100).map((i) => ({ Put: { TableName: where(i).TableName, Item: { ...where(i).Key, v: { N: String(i) } } } })));
    const { Responses } = await client.send(new TransactGetItemsCommand({ TransactItems: count(100).map((i) => ({ Get: where(i) })) }));
    assert.deepEqual(Responses.map(({ Item }) => Number(Item.v.N)), count(100));
  });

  test('capacity is told of each table', async () => {
    const input = { TransactItems: [item('cost a'), item('cost b', { v: { S: 'x'.repeat(1500) } })], ReturnConsumedCapacity: 'INDEXES' };
    const { ConsumedCapacity } = await client.send(new TransactWriteItemsCommand(input));
    assert.deepEqual(ConsumedCapacity,
      [{ TableName: table, CapacityUnits: 6, WriteCapacityUnits: 6, Table: { CapacityUnits: 6, WriteCapacityUnits: 6 } }]);
  });
});

describe('a request token', () => {
  const bump = (pk, ClientRequestToken, amount = 1) =>
    documents.send(new TransactWriteCommand({ TransactItems: [add(pk, 'n', amount)], ClientRequestToken }));

  test('makes the second time nothing', async () => {
    const token = randomUUID();
    for (let i = 0; i < 5; i++) await bump('once', token);
    assert.equal((await itemOf('once')).n, 1);
  });

  test('that is left to the SDK is another one each time', async () => {
    for (let i = 0; i < 5; i++) await bump('each time');
    assert.equal((await itemOf('each time')).n, 5);
  });

  test('cannot be used for something else', async () => {
    const token = randomUUID();
    await bump('mine', token);
    await assert.rejects(bump('mine', token, 2), (error) => {
      assert.ok(error instanceof IdempotentParameterMismatchException, String(error));
      assert.equal(error.$metadata.httpStatusCode, 400);
      assert.ok(error.message.length > 0);
      return true;
    });
    assert.equal((await itemOf('mine')).n, 1);
  });

  test('sent many times at once is used once', async () => {
    const token = randomUUID();
    const outcomes = await Promise.allSettled(count(32).map(() => bump('at once', token)));
    for (const { reason } of outcomes) assert.ok(!reason || reason.name === 'TransactionInProgressException', String(reason));
    assert.ok(outcomes.some(({ status }) => status === 'fulfilled'));
    assert.equal((await itemOf('at once')).n, 1);
  });

  test('sent many times at once for different things is used for one of them', async () => {
    const token = randomUUID();
    const outcomes = await Promise.allSettled(count(16).map((i) => bump(`rival ${i}`, token)));
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const { reason } of outcomes) {
      assert.ok(!reason || ['IdempotentParameterMismatchException', 'TransactionInProgressException'].includes(reason.name), String(reason));
    }
    const done = await Promise.all(count(16).map((i) => itemOf(`rival ${i}`)));
    assert.equal(done.filter(Boolean).length, 1);
  });
});

describe('at the same time', () => {
  test('many want one name, and one gets it', async () => {
    const claim = (i) =>
      write(
        put({ pk: `user ${i}`, mail: 'ada@example.com' }, { ConditionExpression: 'attribute_not_exists(pk)' }),
        put({ pk: 'mail ada@example.com', user: i }, { ConditionExpression: 'attribute_not_exists(pk)' }),
      );
    const outcomes = await Promise.allSettled(count(40).map(claim));
    const winners = count(40).filter((i) => outcomes[i].status === 'fulfilled');
    assert.equal(winners.length, 1);
    for (const { reason } of outcomes) {
      if (reason) assert.deepEqual(reason.CancellationReasons.map(({ Code }) => Code), ['None', 'ConditionalCheckFailed']);
    }
    assert.equal((await itemOf('mail ada@example.com')).user, winners[0]);
    const users = await Promise.all(count(40).map((i) => itemOf(`user ${i}`)));
    assert.deepEqual(count(40).filter((i) => users[i]), winners);
  });

  test('no update is lost, whether in a transaction or not', async () => {
    await inParallel(count(200), 16, (i) =>
      i % 2
        ? write(add('total', 'n', 1), add(`part ${i % 10}`, 'n', 1))
        : call(stator, 'UpdateItem', {
            TableName: table, Key: { pk: { S: 'total' } }, UpdateExpression: 'ADD n :one', ExpressionAttributeValues: { ':one': { N: '1' } },
          }));
    assert.equal((await itemOf('total')).n, 200);
    const parts = await Promise.all([1, 3, 5, 7, 9].map((i) => itemOf(`part ${i}`)));
    assert.deepEqual(parts.map(({ n }) => n), [20, 20, 20, 20, 20]);
  });

  // Amounts move between accounts of two tables. Whoever reads all accounts at once must find the same sum, and never an
  // account below zero.
  test('readers see all of a transaction or nothing', { timeout: 60_000 }, async () => {
    const ACCOUNTS = 8;
    const EACH = 100;
    const where = (i) => (i % 2 ? { TableName: table, Key: { pk: `account ${i}` } } : { TableName: sorted, Key: { pk: 'account', sk: i } });
    await write(...count(ACCOUNTS).map((i) => ({ Put: { TableName: where(i).TableName, Item: { ...where(i).Key, amount: EACH } } })));

    let moved = 0;
    let refused = 0;
    const move = async (round) => {
      const from = round % ACCOUNTS;
      const to = (from + 1 + (round * 5) % (ACCOUNTS - 1)) % ACCOUNTS;
      const values = { ':n': 1 + (round * 37) % 60 };
      const update = (i, sign, more) => ({
        Update: { ...where(i), UpdateExpression: `SET amount = amount ${sign} :n`, ExpressionAttributeValues: values, ...more },
      });
      await write(update(from, '-', { ConditionExpression: 'amount >= :n' }), update(to, '+')).then(
        () => moved++,
        (error) => {
          assert.deepEqual(error.CancellationReasons?.map(({ Code }) => Code), ['ConditionalCheckFailed', 'None'], String(error));
          refused++;
        },
      );
    };
    let writing = true;
    const writers = inParallel(count(400), 8, move).finally(() => (writing = false));
    const pictures = new Set();
    const look = async () => {
      while (writing) {
        const amounts = (await read(...count(ACCOUNTS).map((i) => ({ Get: where(i) })))).map(({ Item }) => Item.amount);
        assert.equal(amounts.reduce((sum, one) => sum + one), ACCOUNTS * EACH, String(amounts));
        assert.ok(amounts.every((one) => one >= 0), String(amounts));
        pictures.add(String(amounts));
      }
    };
    await Promise.all([writers, look(), look(), look()]);
    assert.equal(moved + refused, 400);
    assert.ok(moved > 50, `${moved} moved`);
    assert.ok(pictures.size > 5, `the readers saw ${pictures.size} different pictures`);
  });

  // One transaction changes two items of a partition: a page of a query shows one instant, too.
  test('a query of one partition sees all of a transaction or nothing', async () => {
    const pair = (n) => [1, 2].map((sk) => ({ Put: { TableName: sorted, Item: { pk: 'pair', sk, n } } }));
    await write(...pair(0));
    let writing = true;
    const writer = inParallel(count(200), 1, (n) => write(...pair(n + 1))).finally(() => (writing = false));
    const look = async () => {
      while (writing) {
        const { Items } = await documents.send(new QueryCommand({
          TableName: sorted, ConsistentRead: true, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': 'pair' },
        }));
        assert.equal(Items[0].n, Items[1].n);
      }
    };
    await Promise.all([writer, look(), look()]);
  });

  test('who got a reply sees the writes', async () => {
    for (const i of count(100)) {
      await write(put({ pk: 'own a', i }), put({ pk: 'own b', i }));
      const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: { pk: { S: 'own b' } }, ConsistentRead: true }));
      assert.equal(Item.i.N, String(i));
      assert.deepEqual((await read(get('own a'))).map(({ Item: one }) => one.i), [i]);
      if (i % 10 === 0) await documents.send(new PutCommand({ TableName: table, Item: { pk: 'own a', i: -1 } }));
    }
  });
});
