// Items that expire: who goes and who stays, what streams and indexes are told, tables that are full when it begins.

import {
  BatchWriteItemCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
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
const setTtl = (client, TableName, Enabled = true) =>
  client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { AttributeName: 'expires', Enabled } }));
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
