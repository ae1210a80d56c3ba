// Settings of the server that concern secondary indexes, and what they keep over a restart.

import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { clientOf, makeTable } from './lib/client.mjs';
import { rejects } from './lib/expect.mjs';
import { startServer, temporaryDirectory } from './lib/server.mjs';

const directories = [];
after(() => Promise.all(directories.map((directory) => rm(directory, { recursive: true, force: true }))));

const key = (AttributeName, KeyType) => ({ AttributeName, KeyType });
const shape = {
  range: 'sk:S',
  AttributeDefinitions: ['pk', 'sk', 'g', 'l'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  GlobalSecondaryIndexes: [
    { IndexName: 'global', KeySchema: [key('g', 'HASH')], Projection: { ProjectionType: 'ALL' } },
  ],
  LocalSecondaryIndexes: [
    { IndexName: 'local', KeySchema: [key('pk', 'HASH'), key('l', 'RANGE')], Projection: { ProjectionType: 'ALL' } },
  ],
};
const item = (sk, more = {}) => ({ pk: { S: 'p' }, sk: { S: sk }, g: { S: 'g' }, l: { S: `l${sk}` }, ...more });
const query = async (client, TableName, IndexName) => {
  const name = IndexName === 'global' ? 'g' : 'pk';
  const { Items } = await client.send(new QueryCommand({
    TableName,
    IndexName,
    KeyConditionExpression: `${name} = :k`,
    ExpressionAttributeValues: { ':k': { S: IndexName === 'global' ? 'g' : 'p' } },
  }));
  return Items.map(({ sk }) => sk.S);
};

// Runs `work` on a server with these options and stops it.
async function withServer(options, work) {
  const stator = await startServer(options);
  try {
    await work(stator, clientOf(stator));
  } finally {
    await stator.stop();
  }
}

test('--gsi-delay lets global indexes lag, and nothing else', async () => {
  const DELAY_MS = 600;
  await withServer({ inMemory: true, args: ['--gsi-delay', `${DELAY_MS}ms`] }, async (stator, client) => {
    const table = await makeTable(client, shape);
    const began = Date.now();
    await client.send(new PutItemCommand({ TableName: table, Item: item('1') }));
    assert.deepEqual(await query(client, table, 'global'), []);
    assert.deepEqual((await client.send(new ScanCommand({ TableName: table, IndexName: 'global' }))).Items, []);
    assert.deepEqual(await query(client, table, 'local'), ['1']);
    assert.deepEqual(await query(client, table), ['1']);
    while ((await query(client, table, 'global')).length === 0) await sleep(10);
    const lag = Date.now() - began;
    assert.ok(lag >= DELAY_MS - 50 && lag < DELAY_MS + 1000, `it took ${lag} ms`);
    await client.send(new DeleteItemCommand({ TableName: table, Key: { pk: { S: 'p' }, sk: { S: '1' } } }));
    assert.deepEqual(await query(client, table, 'global'), ['1']);
    assert.deepEqual(await query(client, table, 'local'), []);
    await sleep(DELAY_MS + 200);
    assert.deepEqual(await query(client, table, 'global'), []);
  });
});

test('--gsi-delay: an index that was added is whole from its first read on', async () => {
  await withServer({ inMemory: true, args: ['--gsi-delay', '2s'] }, async (stator, client) => {
    const table = await makeTable(client, { range: 'sk:S' });
    await client.send(new PutItemCommand({ TableName: table, Item: item('1') }));
    await client.send(new UpdateTableCommand({
      TableName: table,
      AttributeDefinitions: [{ AttributeName: 'g', AttributeType: 'S' }],
      GlobalSecondaryIndexUpdates: [{ Create: shape.GlobalSecondaryIndexes[0] }],
    }));
    for (;;) {
      try {
        assert.deepEqual(await query(client, table, 'global'), ['1']);
        return;
      } catch (error) {
        assert.match(error.message, /^Cannot read from backfilling global secondary index: global$/);
      }
      await sleep(5);
    }
  });
});

test('an index that is not ready is not read', async () => {
  await withServer({ inMemory: true, args: ['--table-create-delay', '400ms'] }, async (stator, client) => {
    const table = await makeTable(client, { range: 'sk:S' });
    await client.send(new PutItemCommand({ TableName: table, Item: item('1') }));
    await client.send(new UpdateTableCommand({
      TableName: table,
      AttributeDefinitions: [{ AttributeName: 'g', AttributeType: 'S' }],
      GlobalSecondaryIndexUpdates: [{ Create: shape.GlobalSecondaryIndexes[0] }],
    }));
    const text = 'Cannot read from backfilling global secondary index: global';
    await rejects(query(client, table, 'global'), 'ValidationException', text);
    await rejects(client.send(new ScanCommand({ TableName: table, IndexName: 'global' })), 'ValidationException', text);
    await client.send(new PutItemCommand({ TableName: table, Item: item('2') }));
  });
});

test('--lsi-collection-limit bounds what one partition key holds', async () => {
  await withServer({ inMemory: true, args: ['--lsi-collection-limit', '10K'] }, async (stator, client) => {
    const table = await makeTable(client, shape);
    const free = await makeTable(client, { range: 'sk:S' });
    const big = { text: { S: 'x'.repeat(2000) } };
    const put = (TableName, Item) => client.send(new PutItemCommand({ TableName, Item, ReturnItemCollectionMetrics: 'SIZE' }));
    // Each item counts twice: for itself and for its entry in the local index.
    for (const sk of ['1', '2']) assert.deepEqual((await put(table, item(sk, big))).ItemCollectionMetrics.SizeEstimateRangeGB, [0, 1]);
    const tooMuch = ['ItemCollectionSizeLimitExceededException', 'Collection size exceeded.'];
    await rejects(put(table, item('3', big)), ...tooMuch);
    await rejects(client.send(new UpdateItemCommand({
      TableName: table,
      Key: { pk: { S: 'p' }, sk: { S: '1' } },
      UpdateExpression: 'SET more = :m',
      ExpressionAttributeValues: { ':m': { S: 'x'.repeat(2000) } },
    })), ...tooMuch);
    await rejects(client.send(new BatchWriteItemCommand({
      RequestItems: { [table]: [{ PutRequest: { Item: item('4') } }, { PutRequest: { Item: item('5', big) } }] },
    })), ...tooMuch);
    assert.deepEqual(await query(client, table), ['1', '2']);
    await put(table, { ...item('6', big), pk: { S: 'another' } });
    await client.send(new UpdateItemCommand({ TableName: table, Key: { pk: { S: 'p' }, sk: { S: '1' } }, UpdateExpression: 'REMOVE #t', ExpressionAttributeNames: { '#t': 'text' } }));
    await put(table, item('3', big));
    for (const sk of ['1', '2', '3', '4']) assert.equal((await put(free, item(sk, { text: { S: 'x'.repeat(20_000) } }))).ItemCollectionMetrics, undefined);
  });
});

test('indexes and the sizes of collections are kept over a kill', async () => {
  const data = await temporaryDirectory();
  directories.push(data);
  const stator = await startServer({ data, args: ['--lsi-collection-limit', '1M'] });
  const client = clientOf(stator);
  const table = await makeTable(client, shape);
  for (const sk of ['2', '1', '3']) await client.send(new PutItemCommand({ TableName: table, Item: item(sk, { text: { S: 'x'.repeat(1000) } }) }));
  await client.send(new DeleteItemCommand({ TableName: table, Key: { pk: { S: 'p' }, sk: { S: '2' } } }));
  await stator.stop('SIGKILL');
  await withServer({ data, args: ['--lsi-collection-limit', '4500'] }, async (again, later) => {
    assert.deepEqual(await query(later, table, 'local'), ['1', '3']);
    assert.deepEqual((await query(later, table, 'global')).sort(), ['1', '3']);
    await later.send(new PutItemCommand({ TableName: table, Item: item('4') }));
    await rejects(later.send(new PutItemCommand({ TableName: table, Item: item('5', { text: { S: 'x'.repeat(1000) } }) })), 'ItemCollectionSizeLimitExceededException');
  });
  await withServer({ data }, async (again, later) => {
    await later.send(new PutItemCommand({ TableName: table, Item: item('5', { text: { S: 'x'.repeat(1000) } }) }));
  });
});

test('an index that comes and goes is never seen empty', async () => {
  await withServer({ inMemory: true }, async (stator, client) => {
    const table = await makeTable(client, { range: 'sk:S' });
    await client.send(new PutItemCommand({ TableName: table, Item: item('1') }));
    const change = (update) => client.send(new UpdateTableCommand({
      TableName: table,
      AttributeDefinitions: [{ AttributeName: 'g', AttributeType: 'S' }],
      GlobalSecondaryIndexUpdates: [update],
    }));
    const seen = { read: 0, refused: 0 };
    let stop = false;
    const reader = async () => {
      while (!stop) {
        try {
          assert.deepEqual(await query(client, table, 'global'), ['1']);
          seen.read++;
        } catch (error) {
          assert.match(error.message, /^(Cannot read from backfilling global secondary index|The table does not have the specified index): global$/);
          seen.refused++;
        }
      }
    };
    const readers = Promise.all(Array.from({ length: 8 }, reader));
    try {
      for (let round = 0; round < 40; round++) {
        await change({ Create: shape.GlobalSecondaryIndexes[0] });
        while (await query(client, table, 'global').then(() => false, () => true)) await sleep(1);
        await change({ Delete: { IndexName: 'global' } });
      }
    } finally {
      stop = true;
    }
    await readers;
    assert.ok(seen.read > 0 && seen.refused > 0, JSON.stringify(seen));
  });
});
