// Items that expire: who goes and who stays, what streams and indexes are told, tables that are full when it begins; and that those
// who have expired are there like any other until they go.

import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ExecuteStatementCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { clientOf, makeTable } from './lib/client.mjs';
import { startServer, temporaryDirectory } from './lib/server.mjs';
import { readStream, streamsClientOf } from './lib/streams.mjs';

const directories = [];
after(() => Promise.all(directories.map((directory) => rm(directory, { recursive: true, force: true }))));

const now = () => Math.floor(Date.now() / 1000);
const n = (number) => ({ N: String(number) });
const put = (client, TableName, pk, expires, more = {}) =>
  client.send(new PutItemCommand({ TableName, Item: { pk: { S: pk }, ...(expires && { expires }), ...more } }));
const setTtl = (client, TableName, Enabled = true, AttributeName = 'expires') =>
  client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { AttributeName, Enabled } }));
const update = (client, TableName, pk, UpdateExpression, more = {}) =>
  client.send(new UpdateItemCommand({ TableName, Key: { pk: { S: pk } }, UpdateExpression, ...more }));
const scan = async (client, TableName) => (await client.send(new ScanCommand({ TableName }))).Items;
const statusOf = async (client, TableName) =>
  (await client.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription.TimeToLiveStatus;
const keysOf = async (client, TableName) =>
  (await client.send(new ScanCommand({ TableName }))).Items.map(({ pk }) => pk.S).sort();

async function until(condition) {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await sleep(50)) {
    if (await condition()) return;
  }
  throw new Error('it did not happen');
}

// Runs `work` on a server with these options and stops it.
async function withServer(options, work) {
  const stator = await startServer(options);
  try {
    await work(stator, clientOf(stator), streamsClientOf(stator));
  } finally {
    await stator.stop();
  }
}

test('what is expired goes, and nothing else', async () => {
  await withServer({ inMemory: true }, async (stator, client, streams) => {
    const table = await makeTable(client, {
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'OLD_IMAGE' },
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }, { AttributeName: 'g', AttributeType: 'S' }],
      GlobalSecondaryIndexes: [{ IndexName: 'global', KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }], Projection: { ProjectionType: 'ALL' } }],
    });
    await setTtl(client, table);
    const year = 365 * 24 * 3600;
    await Promise.all([
      put(client, table, 'past', n(now() - 10), { g: { S: 'g' } }),
      put(client, table, 'decimal', n(`${now() - 10}.5`)),
      put(client, table, 'soon', n(now() + 2)),
      put(client, table, 'four years', n(now() - 4 * year)),
      put(client, table, 'future', n(now() + 3600)),
      put(client, table, 'six years', n(now() - 6 * year)),
      put(client, table, 'milliseconds', n(Date.now())),
      put(client, table, 'string', { S: String(now() - 10) }),
      put(client, table, 'negative', n(-5)),
      put(client, table, 'zero', n(0)),
      put(client, table, 'nothing'),
      put(client, table, 'list', { L: [n(now() - 10)] }),
    ]);
    const stays = ['future', 'list', 'milliseconds', 'negative', 'nothing', 'six years', 'string', 'zero'];
    await until(async () => (await keysOf(client, table)).length === stays.length);
    assert.deepEqual(await keysOf(client, table), stays);
    const { Items } = await client.send(new QueryCommand({ TableName: table, IndexName: 'global', KeyConditionExpression: 'g = :g', ExpressionAttributeValues: { ':g': { S: 'g' } } }));
    assert.deepEqual(Items, []);
    const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
    assert.equal(Table.ItemCount, stays.length);
    assert.equal(Table.GlobalSecondaryIndexes.length, 1);
    const removed = (await readStream(streams, Table.LatestStreamArn)).filter(({ eventName }) => eventName === 'REMOVE');
    assert.deepEqual(removed.map(({ dynamodb }) => dynamodb.Keys.pk.S).sort(), ['decimal', 'four years', 'past', 'soon']);
    for (const { userIdentity, dynamodb } of removed) {
      assert.deepEqual(userIdentity, { PrincipalId: 'dynamodb.amazonaws.com', Type: 'Service' });
      assert.ok(dynamodb.OldImage.expires);
    }
  });
});

test('an item can be rescued, and time to live be ended', async () => {
  await withServer({ inMemory: true, args: ['--ttl-delay', '3s'] }, async (stator, client) => {
    const table = await makeTable(client);
    await setTtl(client, table);
    await put(client, table, 'rescued', n(now() - 1));
    await put(client, table, 'expired', n(now() - 1));
    await client.send(new UpdateItemCommand({ TableName: table, Key: { pk: { S: 'rescued' } }, UpdateExpression: 'REMOVE expires' }));
    await sleep(500);
    assert.deepEqual(await keysOf(client, table), ['expired', 'rescued']);
    await until(async () => (await keysOf(client, table)).length === 1);
    assert.deepEqual(await keysOf(client, table), ['rescued']);
    await put(client, table, 'late', n(now() - 1));
    await setTtl(client, table, false);
    assert.equal(await statusOf(client, table), 'DISABLED');
    await sleep(4500);
    assert.deepEqual(await keysOf(client, table), ['late', 'rescued']);
  });
});

test('until they go, expired items are there', async () => {
  await withServer({ inMemory: true, args: ['--ttl-delay', '1h'] }, async (stator, client) => {
    const table = await makeTable(client, {
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }, { AttributeName: 'g', AttributeType: 'S' }],
      GlobalSecondaryIndexes: [{ IndexName: 'global', KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }], Projection: { ProjectionType: 'ALL' } }],
    });
    await setTtl(client, table);
    const item = { pk: { S: 'a' }, expires: n(now() - 10), g: { S: 'g' } };
    const Key = { pk: item.pk };
    await client.send(new PutItemCommand({ TableName: table, Item: item }));
    await sleep(1500);
    assert.deepEqual((await client.send(new GetItemCommand({ TableName: table, Key }))).Item, item);
    assert.deepEqual(await scan(client, table), [item]);
    const query = { TableName: table, KeyConditionExpression: 'pk = :a', ExpressionAttributeValues: { ':a': item.pk } };
    assert.deepEqual((await client.send(new QueryCommand(query))).Items, [item]);
    const global = { TableName: table, IndexName: 'global', KeyConditionExpression: 'g = :g', ExpressionAttributeValues: { ':g': item.g } };
    assert.deepEqual((await client.send(new QueryCommand(global))).Items, [item]);
    const batch = await client.send(new BatchGetItemCommand({ RequestItems: { [table]: { Keys: [Key] } } }));
    assert.deepEqual(batch.Responses[table], [item]);
    const transaction = await client.send(new TransactGetItemsCommand({ TransactItems: [{ Get: { TableName: table, Key } }] }));
    assert.deepEqual(transaction.Responses[0].Item, item);
    const statement = await client.send(new ExecuteStatementCommand({ Statement: `SELECT * FROM "${table}" WHERE pk = 'a'` }));
    assert.deepEqual(statement.Items, [item]);
    assert.equal((await client.send(new DescribeTableCommand({ TableName: table }))).Table.ItemCount, 1);
    // What tells them apart is a filter.
    const live = { ...query, FilterExpression: 'expires > :now', ExpressionAttributeValues: { ':a': item.pk, ':now': n(now()) } };
    const { Items, ScannedCount } = await client.send(new QueryCommand(live));
    assert.deepEqual([Items, ScannedCount], [[], 1]);
    // Conditions and writes find them.
    const again = new PutItemCommand({ TableName: table, Item: item, ConditionExpression: 'attribute_not_exists(pk)' });
    await assert.rejects(client.send(again), { name: 'ConditionalCheckFailedException' });
    const check = { ConditionCheck: { TableName: table, Key, ConditionExpression: 'attribute_exists(pk)' } };
    const other = { Put: { TableName: table, Item: { pk: { S: 'b' }, expires: n(now() - 1) } } };
    await client.send(new TransactWriteItemsCommand({ TransactItems: [check, other] }));
    const { Attributes } = await update(client, table, 'a', 'SET x = :x', { ExpressionAttributeValues: { ':x': n(1) }, ReturnValues: 'ALL_NEW' });
    assert.deepEqual(Attributes, { ...item, x: n(1) });
    const deleted = await client.send(new DeleteItemCommand({ TableName: table, Key, ReturnValues: 'ALL_OLD' }));
    assert.deepEqual(deleted.Attributes, { ...item, x: n(1) });
    assert.deepEqual(await keysOf(client, table), ['b']);
  });
});

test('any change of the time rescues an item that has expired', async () => {
  await withServer({ inMemory: true, args: ['--ttl-delay', '3s'] }, async (stator, client, streams) => {
    const table = await makeTable(client, { StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' } });
    await setTtl(client, table);
    const names = ['expired', 'later', 'removed', 'text', 'list', 'replaced', 'deleted', 'touched'];
    await Promise.all(names.map((name) => put(client, table, name, n(now() - 1))));
    const value = (v) => ({ ExpressionAttributeValues: { ':v': v } });
    await Promise.all([
      update(client, table, 'later', 'SET expires = expires + :v', value(n(3600))),
      update(client, table, 'removed', 'REMOVE expires'),
      update(client, table, 'text', 'SET expires = :v', value({ S: '1' })),
      update(client, table, 'list', 'SET expires = :v', value({ L: [n(1)] })),
      put(client, table, 'replaced'),
      client.send(new DeleteItemCommand({ TableName: table, Key: { pk: { S: 'deleted' } } })),
      update(client, table, 'touched', 'SET x = :v', value(n(1))), // still expired
    ]);
    const stays = ['later', 'list', 'removed', 'replaced', 'text'];
    await until(async () => (await keysOf(client, table)).length === stays.length);
    await sleep(1500);
    assert.deepEqual(await keysOf(client, table), stays);
    const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
    const removed = (await readStream(streams, Table.LatestStreamArn)).filter(({ eventName }) => eventName === 'REMOVE');
    const told = removed.map(({ userIdentity, dynamodb }) => [dynamodb.Keys.pk.S, userIdentity?.Type]).sort();
    assert.deepEqual(told, [['deleted', undefined], ['expired', 'Service'], ['touched', 'Service']]);
  });
});

test('the time may be a key of the table or of an index', async () => {
  await withServer({ inMemory: true }, async (stator, client) => {
    const [past, future] = [n(now() - 60), n(now() + 3600)];
    const number = (AttributeName) => ({ AttributeName, AttributeType: 'N' });
    const text = (AttributeName) => ({ AttributeName, AttributeType: 'S' });
    const hash = (AttributeName) => ({ AttributeName, KeyType: 'HASH' });
    const range = (AttributeName) => ({ AttributeName, KeyType: 'RANGE' });
    const all = { ProjectionType: 'ALL' };
    const tables = {
      hash: { AttributeDefinitions: [number('expires')], KeySchema: [hash('expires')] },
      range: { AttributeDefinitions: [text('pk'), number('expires')], KeySchema: [hash('pk'), range('expires')] },
      local: {
        AttributeDefinitions: [text('pk'), text('sk'), number('expires')],
        KeySchema: [hash('pk'), range('sk')],
        LocalSecondaryIndexes: [{ IndexName: 'index', KeySchema: [hash('pk'), range('expires')], Projection: all }],
      },
      global: {
        AttributeDefinitions: [text('pk'), number('expires')],
        KeySchema: [hash('pk')],
        GlobalSecondaryIndexes: [{ IndexName: 'index', KeySchema: [hash('expires'), range('pk')], Projection: all }],
      },
    };
    for (const [name, description] of Object.entries(tables)) {
      const table = await makeTable(client, description);
      await setTtl(client, table);
      const item = (expires, sk) => ({ pk: { S: 'p' }, ...(name !== 'hash' && name !== 'range' && { pk: { S: sk } }), sk: { S: sk }, expires });
      await client.send(new PutItemCommand({ TableName: table, Item: item(past, 'past') }));
      await client.send(new PutItemCommand({ TableName: table, Item: item(future, 'future') }));
      await until(async () => (await scan(client, table)).length === 1);
      assert.deepEqual(await scan(client, table), [item(future, 'future')], name);
      if (name === 'local' || name === 'global') {
        const { Items } = await client.send(new ScanCommand({ TableName: table, IndexName: 'index' }));
        assert.deepEqual(Items, [item(future, 'future')], name);
      }
    }
    // A key that is a text is no time.
    const table = await makeTable(client);
    await setTtl(client, table, true, 'pk');
    await put(client, table, String(now() - 60));
    await sleep(1500);
    assert.equal((await scan(client, table)).length, 1);
  });
});

test('items that are written expired go within seconds, wherever their time is, and the metrics say so', async () => {
  await withServer({ inMemory: true }, async (stator, client) => {
    const table = await makeTable(client);
    await setTtl(client, table);
    const year = 365 * 24 * 3600;
    for (const [i, ago] of [1, 3600, year, 4 * year, 10].entries()) {
      await put(client, table, String(i), n(now() - ago));
      const began = Date.now();
      await until(async () => (await keysOf(client, table)).length === 0);
      assert.ok(Date.now() - began < 5000);
    }
    const text = await (await fetch(`${stator.adminEndpoint}/metrics`)).text();
    assert.match(text, /^stator_expired_items_total 5$/m);
    assert.match(text, /^stator_expiry_behind_seconds 0$/m);
  });
});

test('another attribute is another time', async () => {
  await withServer({ inMemory: true }, async (stator, client) => {
    const table = await makeTable(client);
    await put(client, table, 'first', n(now() - 60), { other: n(now() + 3600) });
    await put(client, table, 'second', n(now() + 3600), { other: n(now() - 60) });
    await setTtl(client, table, true, 'other');
    await until(async () => (await keysOf(client, table)).length === 1);
    assert.deepEqual(await keysOf(client, table), ['first']);
    await setTtl(client, table, false, 'other');
    await setTtl(client, table);
    await until(async () => (await keysOf(client, table)).length === 0);
  });
});

test('a rate is kept', async () => {
  await withServer({ inMemory: true, args: ['--ttl-rate', '50'] }, async (stator, client) => {
    const table = await makeTable(client);
    const expires = n(now() - 60);
    for (let i = 0; i < 200; i += 25) {
      const requests = Array.from({ length: 25 }, (_, j) => ({ PutRequest: { Item: { pk: { S: String(i + j) }, expires } } }));
      await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
    }
    await setTtl(client, table);
    const began = Date.now();
    await until(async () => (await keysOf(client, table)).length === 0);
    const seconds = (Date.now() - began) / 1000;
    assert.ok(seconds > 3 && seconds < 8, `${seconds} s for 200 items at 50 a second`);
  });
});

test('a table that is full when it begins, and a kill in between', async () => {
  const data = await temporaryDirectory();
  directories.push(data);
  const stator = await startServer({ data, args: ['--ttl-rate', '500'] });
  const client = clientOf(stator);
  const table = await makeTable(client);
  for (let i = 0; i < 2000; i += 25) {
    const requests = Array.from({ length: 25 }, (_, j) => ({
      PutRequest: { Item: { pk: { S: String(i + j) }, expires: n((i + j) % 2 ? now() - 100 : now() + 3600) } },
    }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
  }
  await setTtl(client, table);
  await until(async () => (await statusOf(client, table)) === 'ENABLED');
  stator.signal('SIGKILL');
  await stator.exited;
  await withServer({ data }, async (again, later) => {
    assert.equal(await statusOf(later, table), 'ENABLED');
    const count = async () => (await later.send(new ScanCommand({ TableName: table, Select: 'COUNT' }))).Count;
    await until(async () => (await count()) === 1000);
    await sleep(500);
    assert.equal(await count(), 1000);
    assert.ok((await keysOf(later, table)).every((pk) => Number(pk) % 2 === 0));
  });
});
