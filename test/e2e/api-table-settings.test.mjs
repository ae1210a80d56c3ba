// UpdateTable beyond indexes, TagResource, UntagResource, ListTagsOfResource, UpdateTimeToLive, DescribeTimeToLive.

import {
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ListTagsOfResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { clientOf, makeTable } from './lib/client.mjs';
import { invalid, rejects } from './lib/expect.mjs';
import { call } from './lib/raw.mjs';
import { startServer } from './lib/server.mjs';

let stator, client;
before(async () => {
  stator = await startServer({ inMemory: true });
  client = clientOf(stator);
});
after(() => stator?.stop());

const PROVISIONED = { BillingMode: 'PROVISIONED', ProvisionedThroughput: { ReadCapacityUnits: 10, WriteCapacityUnits: 10 } };
const describeTable = async (name) => (await client.send(new DescribeTableCommand({ TableName: name }))).Table;
const update = async (name, change) =>
  (await client.send(new UpdateTableCommand({ TableName: name, ...change }))).TableDescription;
const units = (ReadCapacityUnits, WriteCapacityUnits) => ({ ProvisionedThroughput: { ReadCapacityUnits, WriteCapacityUnits } });

describe('UpdateTable', () => {
  test('shows the throughput that was, and DescribeTable what is', async () => {
    const name = await makeTable(client, PROVISIONED);
    const answer = await update(name, units(20, 5));
    assert.equal(answer.TableStatus, 'UPDATING');
    assert.equal(answer.ProvisionedThroughput.ReadCapacityUnits, 10);
    const { ProvisionedThroughput, TableStatus } = await describeTable(name);
    assert.equal(TableStatus, 'ACTIVE');
    assert.equal(ProvisionedThroughput.ReadCapacityUnits, 20);
    assert.equal(ProvisionedThroughput.WriteCapacityUnits, 5);
    assert.equal(ProvisionedThroughput.NumberOfDecreasesToday, 1);
    assert.ok(ProvisionedThroughput.LastIncreaseDateTime instanceof Date);
    assert.deepEqual(ProvisionedThroughput.LastIncreaseDateTime, ProvisionedThroughput.LastDecreaseDateTime);
  });

  // Around midnight the day's count begins anew.
  test('limits decreases', async () => {
    const name = await makeTable(client, PROVISIONED);
    for (let i = 9; i >= 6; i--) await update(name, units(i, i));
    const answer = await update(name, units(5, 5)).catch((error) => error);
    const { NumberOfDecreasesToday } = (await describeTable(name)).ProvisionedThroughput;
    if (NumberOfDecreasesToday < 4) return;
    assert.equal(answer.name, 'LimitExceededException');
    assert.match(answer.message, /^Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day\./);
    await update(name, units(50, 50));
  });

  test('switches the billing mode', async () => {
    const name = await makeTable(client, PROVISIONED);
    await update(name, { BillingMode: 'PAY_PER_REQUEST', OnDemandThroughput: { MaxReadRequestUnits: 50 } });
    const onDemand = await describeTable(name);
    assert.equal(onDemand.BillingModeSummary.BillingMode, 'PAY_PER_REQUEST');
    assert.equal(onDemand.ProvisionedThroughput.ReadCapacityUnits, 0);
    assert.deepEqual(onDemand.OnDemandThroughput, { MaxReadRequestUnits: 50 });
    await update(name, { BillingMode: 'PROVISIONED', ...units(3, 4) });
    const provisioned = await describeTable(name);
    assert.equal(provisioned.BillingModeSummary.BillingMode, 'PROVISIONED');
    assert.equal(provisioned.ProvisionedThroughput.WriteCapacityUnits, 4);
    assert.equal(provisioned.OnDemandThroughput, undefined);
  });

  test('sets class, encryption and protection', async () => {
    const name = await makeTable(client);
    await update(name, { TableClass: 'STANDARD_INFREQUENT_ACCESS' });
    await update(name, { SSESpecification: { Enabled: true } });
    await update(name, { DeletionProtectionEnabled: true });
    const table = await describeTable(name);
    assert.equal(table.TableClassSummary.TableClass, 'STANDARD_INFREQUENT_ACCESS');
    assert.ok(table.TableClassSummary.LastUpdateDateTime instanceof Date);
    assert.deepEqual([table.SSEDescription.Status, table.SSEDescription.SSEType], ['ENABLED', 'KMS']);
    assert.equal(table.DeletionProtectionEnabled, true);
    await assert.rejects(client.send(new DeleteTableCommand({ TableName: name })), { name: 'ValidationException' });
    await update(name, { DeletionProtectionEnabled: false });
    await client.send(new DeleteTableCommand({ TableName: name }));
  });

  test('refuses what this version cannot do, by name', async () => {
    const name = await makeTable(client);
    const cases = {
      ReplicaUpdates: [{ Create: { RegionName: 'eu-west-1' } }],
      SSESpecification: { Enabled: true, SSEType: 'KMS', KMSMasterKeyId: 'arn:aws:kms:us-east-1:000000000000:key/1' },
    };
    for (const [member, value] of Object.entries(cases)) {
      await invalid(stator, 'UpdateTable', { TableName: name, [member]: value }, new RegExp(`${member}.* is not supported by`));
    }
  });
});

describe('tags', () => {
  const tagsOf = async (ResourceArn) => (await client.send(new ListTagsOfResourceCommand({ ResourceArn }))).Tags;
  const tag = (Key, Value) => ({ Key, Value });

  test('come with a table, and with TagResource, and go', async () => {
    const name = await makeTable(client, { Tags: [tag('team', 'storage')] });
    const { TableArn } = await describeTable(name);
    assert.deepEqual(await tagsOf(TableArn), [tag('team', 'storage')]);
    await client.send(new TagResourceCommand({ ResourceArn: TableArn, Tags: [tag('team', 'queries'), tag('cost', '')] }));
    assert.deepEqual(await tagsOf(TableArn), [tag('team', 'queries'), tag('cost', '')]);
    await client.send(new UntagResourceCommand({ ResourceArn: TableArn, TagKeys: ['team', 'nowhere'] }));
    assert.deepEqual(await tagsOf(TableArn), [tag('cost', '')]);
    await client.send(new DeleteTableCommand({ TableName: name }));
    await rejects(tagsOf(TableArn), 'ResourceNotFoundException', `Requested resource not found: ResourcArn: ${TableArn} not found`);
  });

  test('all of them make one page', async () => {
    const { TableArn } = await describeTable(await makeTable(client));
    const tags = Array.from({ length: 50 }, (_, i) => tag(`key-${i}`, 'v'));
    await client.send(new TagResourceCommand({ ResourceArn: TableArn, Tags: tags }));
    const answer = await client.send(new ListTagsOfResourceCommand({ ResourceArn: TableArn }));
    assert.deepEqual(answer.Tags, tags);
    assert.equal(answer.NextToken, undefined);
    await assert.rejects(client.send(new ListTagsOfResourceCommand({ ResourceArn: TableArn, NextToken: 'x' })),
      { name: 'ValidationException' });
  });

  test('are answered with nothing at all', async () => {
    const { TableArn } = await describeTable(await makeTable(client));
    const answers = [
      await call(stator, 'TagResource', { ResourceArn: TableArn, Tags: [tag('k', 'v')] }),
      await call(stator, 'UntagResource', { ResourceArn: TableArn, TagKeys: ['k'] }),
    ];
    for (const { status, text } of answers) assert.deepEqual([status, text], [200, '']);
  });
});

describe('time to live', () => {
  const described = async (name) =>
    (await client.send(new DescribeTimeToLiveCommand({ TableName: name }))).TimeToLiveDescription;
  const set = (name, Enabled, AttributeName) =>
    client.send(new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification: { Enabled, AttributeName } }));

  test('is one attribute at a time', async () => {
    const name = await makeTable(client);
    assert.deepEqual(await described(name), { TimeToLiveStatus: 'DISABLED' });
    const answer = await set(name, true, 'expires');
    assert.deepEqual(answer.TimeToLiveSpecification, { Enabled: true, AttributeName: 'expires' });
    assert.deepEqual(await described(name), { TimeToLiveStatus: 'ENABLED', AttributeName: 'expires' });
    await rejects(set(name, true, 'expires'), 'ValidationException', 'TimeToLive is already enabled');
    await rejects(set(name, true, 'other'), 'ValidationException',
      'TimeToLive is active on a different AttributeName: current AttributeName is expires');
    await set(name, false, 'expires');
    assert.deepEqual(await described(name), { TimeToLiveStatus: 'DISABLED' });
    await rejects(set(name, false, 'expires'), 'ValidationException', 'TimeToLive is already disabled');
  });
});

test('what a change does not touch stays', async () => {
  const name = await makeTable(client, { Tags: [{ Key: 'k', Value: 'v' }], TableClass: 'STANDARD_INFREQUENT_ACCESS' });
  const former = await describeTable(name);
  await client.send(new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification: { Enabled: true, AttributeName: 'e' } }));
  await update(name, { OnDemandThroughput: { MaxWriteRequestUnits: 5 } });
  assert.deepEqual(await describeTable(name), { ...former, OnDemandThroughput: { MaxWriteRequestUnits: 5 } });
});
