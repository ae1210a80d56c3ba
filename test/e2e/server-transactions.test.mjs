// Transactions when things go wrong: replies that are lost, a server that dies, conflicts.

import { PutItemCommand, TransactionCanceledException, TransactionConflictException, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, GetCommand, QueryCommand, TransactGetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';

import { clientOf, documentClientOf, inParallel, makeTable } from './lib/client.mjs';
import { spawnServer, startServer, temporaryDirectory } from './lib/server.mjs';

const count = (length) => Array.from({ length }, (_, i) => i);
const add = (TableName, pk, amount = 1) => ({
  Update: { TableName, Key: { pk }, UpdateExpression: 'ADD n :n', ExpressionAttributeValues: { ':n': amount } },
});
const read = async (documents, TableName, pk) =>
  (await documents.send(new GetCommand({ TableName, Key: { pk }, ConsistentRead: true }))).Item;

// A proxy before the server that loses the replies for which `loses(operation)` is true: the server has done its work, the
// client sees the connection break. What is signed stays as it was, so the server need not know.
async function startProxy(server, loses) {
  const lost = [];
  const agent = new http.Agent({ keepAlive: true });
  const proxy = http.createServer((req, res) => {
    const { method, url: path, headers } = req;
    const onward = http.request({ host: server.host, port: server.port, method, path, headers, agent }, (reply) => {
      const chunks = [];
      reply.on('data', (chunk) => chunks.push(chunk));
      reply.on('end', () => {
        const operation = headers['x-amz-target']?.split('.')[1];
        if (loses(operation, lost.length)) {
          lost.push({ operation, status: reply.statusCode });
          req.socket.destroy();
        } else {
          res.writeHead(reply.statusCode, reply.headers).end(Buffer.concat(chunks));
        }
      });
    });
    onward.on('error', () => req.socket.destroy());
    req.pipe(onward);
  });
  await new Promise((done) => proxy.listen(0, '127.0.0.1', done));
  return {
    endpoint: `http://127.0.0.1:${proxy.address().port}`,
    lost,
    stop: () => {
      agent.destroy();
      proxy.closeAllConnections();
      return new Promise((done) => proxy.close(done));
    },
  };
}

describe('a reply that is lost', () => {
  let stator, documents, table;
  before(async () => {
    stator = await startServer();
    documents = documentClientOf(clientOf(stator));
    table = await makeTable(clientOf(stator));
  });
  after(() => stator?.stop());

  // Sends once through a proxy that loses the first `losses` replies of this operation.
  async function sendLosing(command, operation, losses, attempts) {
    const proxy = await startProxy(stator, (name, lost) => name === operation && lost < losses);
    const client = clientOf(proxy, { maxAttempts: attempts });
    try {
      const answer = await documentClientOf(client).send(command);
      return { answer, lost: proxy.lost };
    } finally {
      client.destroy();
      await proxy.stop();
    }
  }

  test('is asked for again by the SDK, and the transaction is done once', async () => {
    const command = new TransactWriteCommand({ TransactItems: [add(table, 'lost a'), add(table, 'lost b', 10)] });
    const { answer, lost } = await sendLosing(command, 'TransactWriteItems', 1, 3);
    assert.deepEqual(lost, [{ operation: 'TransactWriteItems', status: 200 }]);
    assert.equal(answer.$metadata.attempts, 2);
    assert.equal((await read(documents, table, 'lost a')).n, 1);
    assert.equal((await read(documents, table, 'lost b')).n, 10);
  });

  test('may be lost again and again', async () => {
    const command = new TransactWriteCommand({ TransactItems: [add(table, 'lost often')] });
    const { answer, lost } = await sendLosing(command, 'TransactWriteItems', 3, 5);
    assert.equal(lost.length, 3);
    assert.equal(answer.$metadata.attempts, 4);
    assert.equal((await read(documents, table, 'lost often')).n, 1);
  });

  test('of a transaction that makes items does not fail their conditions the second time', async () => {
    const Item = { pk: 'made once', v: 1 };
    const command = new TransactWriteCommand({
      TransactItems: [{ Put: { TableName: table, Item, ConditionExpression: 'attribute_not_exists(pk)' } }],
    });
    const { answer } = await sendLosing(command, 'TransactWriteItems', 1, 3);
    assert.equal(answer.$metadata.attempts, 2);
    assert.deepEqual(await read(documents, table, 'made once'), Item);
  });

  test('tells the repetition as reading', async () => {
    const Item = { pk: 'cost', v: 'x'.repeat(1500) };
    const input = { TransactItems: [{ Put: { TableName: table, Item } }], ReturnConsumedCapacity: 'TOTAL' };
    const { answer } = await sendLosing(new TransactWriteCommand(input), 'TransactWriteItems', 1, 3);
    assert.deepEqual(answer.ConsumedCapacity, [{ TableName: table, CapacityUnits: 2, ReadCapacityUnits: 2 }]);
  });

  // Why tokens are worth having: a single update has none.
  test('of a single update makes it happen twice', async () => {
    const command = new UpdateItemCommand({
      TableName: table, Key: { pk: { S: 'twice' } }, UpdateExpression: 'ADD n :one', ExpressionAttributeValues: { ':one': { N: '1' } },
    });
    const { answer } = await sendLosing(command, 'UpdateItem', 1, 3);
    assert.equal(answer.$metadata.attempts, 2);
    assert.equal((await read(documents, table, 'twice')).n, 2);
  });
});

describe('a server that dies', () => {
  const directories = [];
  after(() => Promise.all(directories.map((directory) => rm(directory, { recursive: true, force: true }))));

  // Runs `before` on a server, kills it with the signal, runs `after` on the next one that has its data.
  async function across(signal, first, second) {
    const data = await temporaryDirectory();
    directories.push(data);
    let server = await startServer({ data });
    try {
      const table = await makeTable(clientOf(server));
      await first(documentClientOf(clientOf(server)), table, server);
      await server.stop(signal);
      server = await startServer({ data });
      await second(documentClientOf(clientOf(server)), table);
    } finally {
      await server.stop(signal);
    }
  }

  for (const signal of ['SIGKILL', 'SIGTERM']) {
    test(`by ${signal} still knows the tokens of what it did`, async () => {
      const tokens = count(20).map(() => randomUUID());
      const bump = (documents, table, i, amount = 1) =>
        documents.send(new TransactWriteCommand({
          TransactItems: [add(table, `item ${i}`, amount), add(table, `twin ${i}`, amount)], ClientRequestToken: tokens[i],
        }));
      await across(
        signal,
        (documents, table) => inParallel(count(20), 8, (i) => bump(documents, table, i)),
        async (documents, table) => {
          await inParallel(count(20), 8, (i) => bump(documents, table, i));
          await assert.rejects(bump(documents, table, 0, 2), { name: 'IdempotentParameterMismatchException' });
          for (const i of count(20)) {
            assert.equal((await read(documents, table, `item ${i}`)).n, 1);
            assert.equal((await read(documents, table, `twin ${i}`)).n, 1);
          }
        },
      );
    });
  }

  // The server is killed while clients send; each sends again what it got no reply to, with the same token. Whatever the
  // moment, each transaction is in the data once, whole.
  test('while transactions are under way has each of them once or not at all', { timeout: 120_000 }, async () => {
    const WRITERS = 8;
    const sent = [];
    const transaction = (table, { writer, n, token }) =>
      new TransactWriteCommand({
        TransactItems: [
          { Put: { TableName: table, Item: { pk: `log ${writer} ${n}`, token } } },
          add(table, `sum ${writer}`),
          add(table, 'sum of all'),
        ],
        ClientRequestToken: token,
      });
    await across(
      'SIGKILL',
      async (documents, table, server) => {
        let acknowledged = 0;
        const writers = count(WRITERS).map(async (writer) => {
          for (let n = 0; ; n++) {
            const one = { writer, n, token: randomUUID() };
            sent.push(one);
            try {
              await documents.send(transaction(table, one));
            } catch {
              return;
            }
            if (++acknowledged === 300) server.signal('SIGKILL');
          }
        });
        await Promise.all(writers);
        assert.ok(acknowledged >= 300);
      },
      async (documents, table) => {
        await inParallel(sent, WRITERS, (one) => documents.send(transaction(table, one)));
        assert.equal((await read(documents, table, 'sum of all')).n, sent.length);
        for (const writer of count(WRITERS)) {
          const mine = sent.filter((one) => one.writer === writer);
          assert.equal((await read(documents, table, `sum ${writer}`)).n, mine.length);
          for (const { n, token } of mine) assert.equal((await read(documents, table, `log ${writer} ${n}`)).token, token);
        }
      },
    );
  });
});

describe('with --transaction-conflicts', () => {
  const servers = [];
  after(() => Promise.all(servers.map((server) => server.stop())));
  const put = (TableName, pk, more) => ({ Put: { TableName, Item: { pk, ...more } } });
  const CONFLICT = { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' };

  async function start(percent, settings) {
    const server = await startServer({ inMemory: true, args: ['--transaction-conflicts', String(percent)] });
    servers.push(server);
    const client = clientOf(server, settings);
    return { client, documents: documentClientOf(client), table: await makeTable(client) };
  }
  const failure = (promise) =>
    promise.then(
      () => assert.fail('it went well'),
      (error) => error,
    );

  describe('100', () => {
    let client, documents, table;
    before(async () => ({ client, documents, table } = await start(100, { maxAttempts: 4 })));

    test('every transaction is canceled for one of its items, and the SDK leaves it at that', async () => {
      const blamed = new Set();
      for (let i = 0; i < 20; i++) {
        const error = await failure(documents.send(new TransactWriteCommand({ TransactItems: count(3).map((n) => put(table, `a ${n}`)) })));
        assert.ok(error instanceof TransactionCanceledException, String(error));
        const which = error.CancellationReasons.findIndex(({ Code }) => Code === 'TransactionConflict');
        assert.deepEqual(error.CancellationReasons, count(3).map((n) => (n === which ? CONFLICT : { Code: 'None' })));
        assert.equal(error.message, `Transaction cancelled, please refer cancellation reasons for specific reasons [${
          error.CancellationReasons.map(({ Code }) => Code).join(', ')}]`);
        // DynamoDB's clients for JavaScript do not retry cancellations: that is for the application to do.
        assert.equal(error.$metadata.attempts, 1);
        blamed.add(which);
      }
      assert.ok(blamed.size > 1, 'it is not always the same item');
    });
    test('so is every transaction that reads', async () => {
      const error = await failure(documents.send(new TransactGetCommand({ TransactItems: [{ Get: { TableName: table, Key: { pk: 'a' } } }] })));
      assert.ok(error instanceof TransactionCanceledException, String(error));
      assert.deepEqual(error.CancellationReasons, [CONFLICT]);
    });
    test('so is every single write', async () => {
      const error = await failure(client.send(new PutItemCommand({ TableName: table, Item: { pk: { S: 'a' } } })));
      assert.ok(error instanceof TransactionConflictException, String(error));
      assert.equal(error.message, 'Transaction is ongoing for the item');
    });
    test('of a batch the item comes back', async () => {
      const request = { PutRequest: { Item: { pk: 'batched' } } };
      const { UnprocessedItems } = await documents.send(new BatchWriteCommand({ RequestItems: { [table]: [request] } }));
      assert.deepEqual(UnprocessedItems, { [table]: [request] });
    });
    test('reads never fail, and nothing was written', async () => {
      for (const pk of ['a', 'a 0', 'a 1', 'a 2', 'batched']) assert.equal(await read(documents, table, pk), undefined);
      const { Items } = await documents.send(new QueryCommand({
        TableName: table, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': 'a' },
      }));
      assert.deepEqual(Items, []);
    });
  });

  // What an application does: the same transaction again while the reason is a conflict. Its token makes sure that it is
  // done once even if a try that failed had been done.
  async function untilDone(documents, input) {
    for (let tries = 1; ; tries++) {
      try {
        await documents.send(new TransactWriteCommand(input));
        return tries;
      } catch (error) {
        if (!error.CancellationReasons?.some(({ Code }) => Code === 'TransactionConflict')) throw error;
      }
    }
  }

  test('50, who tries again gets through, about every other time, and does everything once', async () => {
    const { documents, table } = await start(50);
    let tries = 0;
    await inParallel(count(200), 8, async (i) => {
      const input = { TransactItems: [put(table, `done ${i}`), add(table, 'count')], ClientRequestToken: randomUUID() };
      const its = await untilDone(documents, input);
      tries += its;
    });
    assert.equal((await read(documents, table, 'count')).n, 200);
    assert.ok(tries > 300 && tries < 550, `${tries} tries for 200 transactions`);
  });

  test('50, false conditions are still told', async () => {
    const { documents, table } = await start(50);
    await untilDone(documents, { TransactItems: [put(table, 'there')] });
    const unless = { ...put(table, 'there').Put, ConditionExpression: 'attribute_not_exists(pk)' };
    const error = await failure(untilDone(documents, { TransactItems: [put(table, 'new'), { Put: unless }] }));
    assert.deepEqual(error.CancellationReasons.map(({ Code }) => Code), ['None', 'ConditionalCheckFailed']);
    assert.equal(await read(documents, table, 'new'), undefined);
  });

  test('0, nothing conflicts', async () => {
    const { documents, table } = await start(0);
    await inParallel(count(100), 16, () => documents.send(new TransactWriteCommand({ TransactItems: [add(table, 'hot')] })));
    assert.equal((await read(documents, table, 'hot')).n, 100);
  });

  test('101, it does not start', async () => {
    const server = await spawnServer({ inMemory: true, args: ['--transaction-conflicts', '101'] });
    const { code } = await server.exited;
    assert.equal(code, 2, server.log());
    assert.match(server.log(), /transaction-conflicts/);
  });
});

// What the option sets low is 10 GB in AWS.
test('a full item collection is the reason of a cancellation', async () => {
  const stator = await startServer({ inMemory: true, args: ['--lsi-collection-limit', '10K'] });
  try {
    const local = [{ AttributeName: 'pk', KeyType: 'HASH' }, { AttributeName: 'l', KeyType: 'RANGE' }];
    const table = await makeTable(clientOf(stator), {
      range: 'sk:N',
      AttributeDefinitions: [['pk', 'S'], ['sk', 'N'], ['l', 'S']].map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
      LocalSecondaryIndexes: [{ IndexName: 'local', KeySchema: local, Projection: { ProjectionType: 'KEYS_ONLY' } }],
    });
    const documents = documentClientOf(clientOf(stator));
    const put = (pk, sk) => ({ Put: { TableName: table, Item: { pk, sk, text: 'x'.repeat(3000) } } });
    const write = (...TransactItems) => documents.send(new TransactWriteCommand({ TransactItems }));
    await write(put('full', 1), put('full', 2));
    await assert.rejects(write(put('other', 1), put('full', 3), put('full', 4)), (error) => {
      assert.ok(error instanceof TransactionCanceledException, String(error));
      const [first, ...others] = error.CancellationReasons;
      assert.deepEqual(first, { Code: 'None' });
      const full = { Code: 'ItemCollectionSizeLimitExceeded', Message: 'Collection size exceeded.' };
      assert.ok(others.some(({ Code }) => Code === full.Code), JSON.stringify(others));
      for (const reason of others) assert.deepEqual(reason, reason.Code === 'None' ? { Code: 'None' } : full);
      return true;
    });
    for (const [pk, sk] of [['other', 1], ['full', 3], ['full', 4]]) {
      const { Item } = await documents.send(new GetCommand({ TableName: table, Key: { pk, sk }, ConsistentRead: true }));
      assert.equal(Item, undefined);
    }
    // What goes makes room for what comes, in one transaction.
    await write({ Delete: { TableName: table, Key: { pk: 'full', sk: 1 } } }, put('full', 3));
  } finally {
    await stator.stop();
  }
});
