// Secondary indexes of tables, from CreateTable and from UpdateTable: how they come, are filled, are described and go.

import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateTableCommand,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { clientOf, inParallel, makeTable, newTableName } from './lib/client.mjs';
import { rejects } from './lib/expect.mjs';
import { startServer } from './lib/server.mjs';

let stator, client;
before(async () => {
  stator = await startServer({ inMemory: true });
  client = clientOf(stator);
});
after(() => stator?.stop());

const attribute = (AttributeName, AttributeType = 'S') => ({ AttributeName, AttributeType });
const key = (...names) =>
  names.map((AttributeName, i) => ({ AttributeName, KeyType: i === 0 ? 'HASH' : 'RANGE' }));
const ALL = { ProjectionType: 'ALL' };
const KEYS_ONLY = { ProjectionType: 'KEYS_ONLY' };

const describeTable = async (name) => (await client.send(new DescribeTableCommand({ TableName: name }))).Table;
const indexOf = (table, name) => (table.GlobalSecondaryIndexes ?? []).find(({ IndexName }) => IndexName === name);

// Resolves to the descriptions on the way; the last one is ACTIVE.
async function untilActive(name, index) {
  const seen = [];
  for (;;) {
    const table = await describeTable(name);
    seen.push({ table, index: indexOf(table, index) });
    if (seen.at(-1).index.IndexStatus === 'ACTIVE') return seen;
    await sleep(2);
  }
}

const put = (name, item) => client.send(new PutItemCommand({ TableName: name, Item: item }));
const queryIndex = async (name, index, attributeName, value) =>
  (await client.send(new QueryCommand({
    TableName: name,
    IndexName: index,
    KeyConditionExpression: '#k = :v',
    ExpressionAttributeNames: { '#k': attributeName },
    ExpressionAttributeValues: { ':v': value },
  }))).Items;
const createIndex = (name, index, definitions, more = {}) =>
  client.send(new UpdateTableCommand({
    TableName: name,
    AttributeDefinitions: definitions,
    GlobalSecondaryIndexUpdates: [
      { Create: { IndexName: index, KeySchema: key(...definitions.map((d) => d.AttributeName)), Projection: ALL, ...more } },
    ],
  }));
const deleteIndex = (name, index) =>
  client.send(new UpdateTableCommand({ TableName: name, GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: index } }] }));

// As infrastructure tools write it: everything they know of, whether it is needed or not.
test('a single-table design as it is deployed', async () => {
  const name = newTableName('single');
  const { TableDescription } = await client.send(new CreateTableCommand({
    TableName: name,
    AttributeDefinitions: ['PK', 'SK', 'GSI1PK', 'GSI1SK', 'GSI2PK', 'LSI1SK'].map((one) => attribute(one)),
    KeySchema: key('PK', 'SK'),
    LocalSecondaryIndexes: [{ IndexName: 'LSI1', KeySchema: key('PK', 'LSI1SK'), Projection: ALL }],
    GlobalSecondaryIndexes: [
      { IndexName: 'GSI1', KeySchema: key('GSI1PK', 'GSI1SK'), Projection: ALL },
      {
        IndexName: 'GSI2',
        KeySchema: key('GSI2PK'),
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['name', 'email'] },
        OnDemandThroughput: { MaxReadRequestUnits: 100, MaxWriteRequestUnits: 100 },
      },
    ],
    BillingMode: 'PAY_PER_REQUEST',
    TableClass: 'STANDARD',
    SSESpecification: { Enabled: true },
    StreamSpecification: { StreamEnabled: false },
    DeletionProtectionEnabled: false,
    OnDemandThroughput: { MaxReadRequestUnits: 1000, MaxWriteRequestUnits: 1000 },
    WarmThroughput: { ReadUnitsPerSecond: 15000, WriteUnitsPerSecond: 5000 },
    Tags: [
      { Key: 'Environment', Value: 'test' },
      { Key: 'stack/id', Value: 'deploy@2026:1' },
    ],
  }));
  assert.deepEqual(TableDescription.GlobalSecondaryIndexes.map((index) => index.IndexStatus), ['CREATING', 'CREATING']);
  assert.equal(TableDescription.GlobalSecondaryIndexes[0].Backfilling, undefined);
  await waitUntilTableExists({ client, maxWaitTime: 20, minDelay: 1, maxDelay: 1 }, { TableName: name });

  const table = await describeTable(name);
  assert.deepEqual(table.GlobalSecondaryIndexes.map((index) => index.IndexStatus), ['ACTIVE', 'ACTIVE']);
  assert.deepEqual(table.GlobalSecondaryIndexes[1].Projection,
    { ProjectionType: 'INCLUDE', NonKeyAttributes: ['email', 'name'] });
  assert.deepEqual(table.GlobalSecondaryIndexes[1].OnDemandThroughput,
    { MaxReadRequestUnits: 100, MaxWriteRequestUnits: 100 });
  assert.equal(table.LocalSecondaryIndexes[0].IndexArn, `${table.TableArn}/index/LSI1`);
  assert.equal(table.SSEDescription.Status, 'ENABLED');
  assert.deepEqual(table.WarmThroughput, { ReadUnitsPerSecond: 15000, WriteUnitsPerSecond: 5000, Status: 'ACTIVE' });

  await put(name, { PK: { S: 'user#1' }, SK: { S: 'user' }, GSI1PK: { S: 'email#a' }, GSI1SK: { S: 'user' }, name: { S: 'Ada' } });
  await put(name, { PK: { S: 'user#1' }, SK: { S: 'order#1' }, LSI1SK: { S: '2026' }, GSI2PK: { S: 'open' }, total: { N: '3' } });
  assert.deepEqual(await queryIndex(name, 'GSI2', 'GSI2PK', { S: 'open' }),
    [{ PK: { S: 'user#1' }, SK: { S: 'order#1' }, GSI2PK: { S: 'open' } }]);
  assert.equal((await queryIndex(name, 'GSI1', 'GSI1PK', { S: 'email#a' })).length, 1);

  const filled = await describeTable(name);
  assert.equal(filled.ItemCount, 2);
  assert.deepEqual(filled.GlobalSecondaryIndexes.map((index) => index.ItemCount), [1, 1]);
  assert.equal(filled.LocalSecondaryIndexes[0].ItemCount, 1);
  for (const index of [...filled.GlobalSecondaryIndexes, ...filled.LocalSecondaryIndexes]) {
    assert.ok(index.IndexSizeBytes > 0 && index.IndexSizeBytes < filled.TableSizeBytes, index.IndexName);
  }
  await client.send(new DeleteTableCommand({ TableName: name }));
  await waitUntilTableNotExists({ client, maxWaitTime: 20, minDelay: 1, maxDelay: 1 }, { TableName: name });
});

test('a new index is filled with what was there, and with what comes meanwhile', async () => {
  const name = await makeTable(client);
  const item = (i) => ({ pk: { S: `item-${i}` }, ...(i % 3 ? { colour: { S: i % 2 ? 'red' : 'blue' } } : {}), n: { N: String(i) } });
  await inParallel(Array.from({ length: 1500 }, (_, i) => i), 16, (i) => put(name, item(i)));

  const { TableDescription } = await createIndex(name, 'ByColour', [attribute('colour')]);
  assert.equal(TableDescription.TableStatus, 'UPDATING');
  assert.equal(indexOf(TableDescription, 'ByColour').IndexStatus, 'CREATING');
  assert.equal(indexOf(TableDescription, 'ByColour').Backfilling, false);
  const writes = inParallel(Array.from({ length: 600 }, (_, i) => 1200 + i), 8, (i) => put(name, item(i)));
  const seen = await untilActive(name, 'ByColour');
  await writes;
  for (const { table, index } of seen) {
    assert.equal(table.TableStatus, 'ACTIVE');
    assert.equal(index.Backfilling, index.IndexStatus === 'CREATING' ? true : undefined);
  }

  const expected = Array.from({ length: 1800 }, (_, i) => i).filter((i) => i % 3);
  const { Items, Count } = await client.send(new ScanCommand({ TableName: name, IndexName: 'ByColour' }));
  assert.equal(Count, expected.length);
  assert.deepEqual(Items.map(({ n }) => Number(n.N)).sort((a, b) => a - b), expected);
  assert.equal((await queryIndex(name, 'ByColour', 'colour', { S: 'red' })).length, expected.filter((i) => i % 2).length);
  assert.equal(indexOf(await describeTable(name), 'ByColour').ItemCount, expected.length);
});

test('an index with keys of several attributes', async () => {
  const name = await makeTable(client);
  await put(name, { pk: { S: 'a' }, country: { S: 'de' }, town: { S: 'Ulm' }, year: { N: '2020' }, street: { S: 'x' } });
  await put(name, { pk: { S: 'b' }, country: { S: 'de' }, year: { N: '2020' }, street: { S: 'x' } });
  await client.send(new UpdateTableCommand({
    TableName: name,
    AttributeDefinitions: [attribute('country'), attribute('town'), attribute('year', 'N'), attribute('street')],
    GlobalSecondaryIndexUpdates: [{
      Create: {
        IndexName: 'Place',
        KeySchema: [
          { AttributeName: 'country', KeyType: 'HASH' },
          { AttributeName: 'town', KeyType: 'HASH' },
          { AttributeName: 'year', KeyType: 'RANGE' },
          { AttributeName: 'street', KeyType: 'RANGE' },
        ],
        Projection: KEYS_ONLY,
      },
    }],
  }));
  const { index } = (await untilActive(name, 'Place')).at(-1);
  assert.deepEqual(index.KeySchema.map((one) => `${one.AttributeName} ${one.KeyType}`),
    ['country HASH', 'town HASH', 'year RANGE', 'street RANGE']);
  assert.equal(index.ItemCount, 1);
});

test('a deleted index is gone, with the definitions that only it had', async () => {
  const name = await makeTable(client);
  await createIndex(name, 'ByColour', [attribute('colour')]);
  await untilActive(name, 'ByColour');
  const { TableDescription } = await deleteIndex(name, 'ByColour');
  assert.equal(TableDescription.TableStatus, 'UPDATING');
  assert.equal(indexOf(TableDescription, 'ByColour').IndexStatus, 'DELETING');
  const table = await describeTable(name);
  assert.equal(table.TableStatus, 'ACTIVE');
  assert.equal(table.GlobalSecondaryIndexes, undefined);
  assert.deepEqual(table.AttributeDefinitions, [attribute('pk')]);
  await assert.rejects(queryIndex(name, 'ByColour', 'colour', { S: 'red' }), { name: 'ValidationException' });
  await rejects(deleteIndex(name, 'ByColour'), 'ResourceNotFoundException',
    `Requested resource not found: Index ByColour for table ${name}`);
});

test('of two indexes at once one is refused, and the other is whole', async () => {
  const name = await makeTable(client);
  await inParallel(Array.from({ length: 500 }, (_, i) => i), 16,
    (i) => put(name, { pk: { S: String(i) }, a: { S: 'x' }, b: { S: 'y' } }));
  const tries = await Promise.allSettled(['a', 'b', 'a', 'b'].map((one, i) => createIndex(name, `By-${one}-${i}`, [attribute(one)])));
  const refused = tries.filter(({ status }) => status === 'rejected');
  assert.ok(refused.length >= 1);
  for (const { reason } of refused) {
    assert.equal(reason.name, 'LimitExceededException');
    assert.equal(reason.message,
      'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table');
  }
  for (const { IndexName } of (await describeTable(name)).GlobalSecondaryIndexes) {
    assert.equal((await untilActive(name, IndexName)).at(-1).index.ItemCount, 500);
  }
});

test('a table whose index is being filled stays', async () => {
  const name = await makeTable(client);
  await inParallel(Array.from({ length: 3000 }, (_, i) => i), 16, (i) => put(name, { pk: { S: String(i) }, a: { S: 'x' } }));
  await createIndex(name, 'ByA', [attribute('a')]);
  const answer = await client.send(new DeleteTableCommand({ TableName: name })).catch((error) => error);
  if (answer instanceof Error) {
    assert.equal(answer.name, 'ResourceInUseException');
    assert.match(answer.message, /Cannot delete table while indexes are being created, updated, or deleted\.$/);
  } else {
    assert.equal(answer.TableDescription.TableStatus, 'DELETING'); // the index was there already
  }
});

test('a table can be named by its ARN, which is not what comes back', async () => {
  const name = await makeTable(client);
  const { TableArn } = await describeTable(name);
  const { TableDescription } = await createIndex(TableArn, 'ByA', [attribute('a')]);
  assert.equal(TableDescription.TableName, name);
  await untilActive(TableArn, 'ByA');
});
