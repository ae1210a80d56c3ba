// What tables and indexes go through when changes take time, as in AWS; and what of them a restart finds again.

import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  TagResourceCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { clientOf, makeTable, tableInput } from './lib/client.mjs';
import { rejects } from './lib/expect.mjs';
import { startServer, temporaryDirectory } from './lib/server.mjs';

const directories = [];
after(() => Promise.all(directories.map((directory) => rm(directory, { recursive: true, force: true }))));

const waiter = (client) => ({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 });
const describeTable = async (client, name) => (await client.send(new DescribeTableCommand({ TableName: name }))).Table;
const states = (table) => [
  table.TableStatus,
  ...(table.GlobalSecondaryIndexes ?? []).map((one) => [one.IndexName, one.IndexStatus, one.Backfilling].filter((x) => x !== undefined).join(' ')),
];
const byA = { IndexName: 'ByA', KeySchema: [{ AttributeName: 'a', KeyType: 'HASH' }], Projection: { ProjectionType: 'ALL' } };
const defined = (...names) => names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' }));

// All that is seen until `isLast`, each state once.
async function statesUntil(client, name, isLast) {
  const seen = [];
  for (;;) {
    const now = states(await describeTable(client, name));
    if (now.join() !== seen.at(-1)?.join()) seen.push(now);
    if (isLast(now)) return seen;
    await sleep(20);
  }
}

test('with delays, tables and indexes are seen to come and go', async () => {
  const stator = await startServer({ inMemory: true, args: ['--table-create-delay', '1500ms', '--table-delete-delay', '1500ms'] });
  const client = clientOf(stator);
  const updateTable = (change) => client.send(new UpdateTableCommand({ TableName, ...change }));
  const input = { ...tableInput(), AttributeDefinitions: defined('pk', 'a'), GlobalSecondaryIndexes: [byA] };
  const { TableName } = input;
  try {
    await client.send(new CreateTableCommand(input));
    assert.deepEqual(states(await describeTable(client, TableName)), ['CREATING', 'ByA CREATING']);
    await rejects(updateTable({ DeletionProtectionEnabled: true }), 'ResourceInUseException',
      `Attempt to change a resource which is still in use: Table is being created: ${TableName}`);
    await waitUntilTableExists(waiter(client), { TableName });
    await client.send(new PutItemCommand({ TableName, Item: { pk: { S: 'x' }, a: { S: 'y' }, b: { S: 'z' } } }));

    const made = await updateTable({
      AttributeDefinitions: defined('b'),
      GlobalSecondaryIndexUpdates: [{ Create: { ...byA, IndexName: 'ByB', KeySchema: [{ AttributeName: 'b', KeyType: 'HASH' }] } }],
    });
    assert.deepEqual(states(made.TableDescription), ['UPDATING', 'ByA ACTIVE', 'ByB CREATING false']);
    await rejects(client.send(new DeleteTableCommand({ TableName })), 'ResourceInUseException',
      'Attempt to change a resource which is still in use: Cannot delete table while indexes are being created, updated, or deleted.');
    await client.send(new PutItemCommand({ TableName, Item: { pk: { S: 'w' }, b: { S: 'z' } } })); // a table that is UPDATING serves
    const coming = await statesUntil(client, TableName, (now) => now[2] === 'ByB ACTIVE');
    assert.deepEqual(coming[0], ['UPDATING', 'ByA ACTIVE', 'ByB CREATING false']);
    assert.deepEqual(coming.at(-1), ['ACTIVE', 'ByA ACTIVE', 'ByB ACTIVE']);
    assert.equal((await describeTable(client, TableName)).GlobalSecondaryIndexes[1].ItemCount, 2);

    await updateTable({ GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'ByA' } }] });
    const going = await statesUntil(client, TableName, (now) => now.length === 2);
    assert.deepEqual(going[0], ['UPDATING', 'ByB ACTIVE', 'ByA DELETING']);
    assert.deepEqual(going.at(-1), ['ACTIVE', 'ByB ACTIVE']);

    await client.send(new DeleteTableCommand({ TableName }));
    assert.deepEqual(states(await describeTable(client, TableName)), ['DELETING', 'ByB DELETING']);
    await waitUntilTableNotExists(waiter(client), { TableName });
  } finally {
    await stator.stop();
  }
});

test('what UpdateTable, TagResource and UpdateTimeToLive did is there after a restart', async () => {
  const data = await temporaryDirectory();
  directories.push(data);
  let stator = await startServer({ data });
  let client = clientOf(stator);
  const name = await makeTable(client);
  const { TableArn } = await describeTable(client, name);
  for (const change of [
    { BillingMode: 'PROVISIONED', ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 6 } },
    { ProvisionedThroughput: { ReadCapacityUnits: 4, WriteCapacityUnits: 7 } },
    { TableClass: 'STANDARD_INFREQUENT_ACCESS' },
    { WarmThroughput: { ReadUnitsPerSecond: 20000 } },
    { DeletionProtectionEnabled: true },
    {
      AttributeDefinitions: defined('a'),
      GlobalSecondaryIndexUpdates: [{ Create: { ...byA, ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 2 } } }],
    },
  ]) await client.send(new UpdateTableCommand({ TableName: name, ...change }));
  await client.send(new TagResourceCommand({ ResourceArn: TableArn, Tags: [{ Key: 'k', Value: 'v' }] }));
  await client.send(new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification: { Enabled: true, AttributeName: 'e' } }));
  await statesUntil(client, name, (now) => now[1] === 'ByA ACTIVE');
  const before = await describeTable(client, name);
  await stator.stop();

  stator = await startServer({ data });
  client = clientOf(stator);
  try {
    assert.deepEqual(await describeTable(client, name), before);
    assert.deepEqual((await client.send(new ListTagsOfResourceCommand({ ResourceArn: TableArn }))).Tags, [{ Key: 'k', Value: 'v' }]);
    const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName: name }));
    assert.deepEqual(TimeToLiveDescription, { TimeToLiveStatus: 'ENABLED', AttributeName: 'e' });
  } finally {
    await stator.stop();
  }
});
