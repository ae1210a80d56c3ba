// CreateTable, DescribeTable, ListTables, DeleteTable, DescribeLimits, DescribeEndpoints.

import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeEndpointsCommand,
  DescribeLimitsCommand,
  DescribeTableCommand,
  ListTablesCommand,
  PutItemCommand,
  paginateListTables,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { clientOf, makeTable, newTableName, tableInput } from './lib/client.mjs';
import { invalid, refused, rejects } from './lib/expect.mjs';
import { call } from './lib/raw.mjs';
import { startServer } from './lib/server.mjs';

let stator, client;
before(async () => {
  stator = await startServer({ inMemory: true });
  client = clientOf(stator);
});
after(() => stator?.stop());

const waiter = () => ({ client, maxWaitTime: 20, minDelay: 1, maxDelay: 1 });

test('a table lives from CreateTable to DeleteTable, and the waiters see it', async () => {
  const input = tableInput({ range: 'sk:N' });
  const { TableDescription } = await client.send(new CreateTableCommand(input));
  assert.equal(TableDescription.TableStatus, 'CREATING');
  await waitUntilTableExists(waiter(), { TableName: input.TableName });

  const { Table } = await client.send(new DescribeTableCommand({ TableName: input.TableName }));
  assert.equal(Table.TableStatus, 'ACTIVE');
  assert.equal(Table.TableName, input.TableName);
  assert.deepEqual(Table.KeySchema, input.KeySchema);
  assert.deepEqual(
    new Set(Table.AttributeDefinitions.map((d) => `${d.AttributeName}:${d.AttributeType}`)),
    new Set(['pk:S', 'sk:N']),
  );
  assert.equal(Table.TableArn, `arn:aws:dynamodb:us-east-1:000000000000:table/${input.TableName}`);
  assert.match(Table.TableId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.equal(Table.BillingModeSummary.BillingMode, 'PAY_PER_REQUEST');
  assert.equal(Table.ProvisionedThroughput.ReadCapacityUnits, 0);
  assert.equal(Table.ItemCount, 0);
  assert.equal(Table.DeletionProtectionEnabled, false);
  assert.ok(Math.abs(Table.CreationDateTime - Date.now()) < 60_000);

  const deleted = await client.send(new DeleteTableCommand({ TableName: input.TableName }));
  assert.equal(deleted.TableDescription.TableStatus, 'DELETING');
  await waitUntilTableNotExists(waiter(), { TableName: input.TableName });
  await rejects(
    client.send(new DescribeTableCommand({ TableName: input.TableName })),
    'ResourceNotFoundException',
    `Requested resource not found: Table: ${input.TableName} not found`,
  );
});

test('a provisioned table shows its throughput', async () => {
  const input = { ...tableInput(), BillingMode: undefined };
  input.ProvisionedThroughput = { ReadCapacityUnits: 3, WriteCapacityUnits: 4 };
  await client.send(new CreateTableCommand(input));
  const { Table } = await client.send(new DescribeTableCommand({ TableName: input.TableName }));
  assert.equal(Table.ProvisionedThroughput.ReadCapacityUnits, 3);
  assert.equal(Table.ProvisionedThroughput.WriteCapacityUnits, 4);
  assert.equal(Table.ProvisionedThroughput.NumberOfDecreasesToday, 0);
  assert.equal(Table.BillingModeSummary, undefined);
});

test('a table can be named by its ARN', async () => {
  const name = await makeTable(client);
  const arn = `arn:aws:dynamodb:us-east-1:000000000000:table/${name}`;
  const { Table } = await client.send(new DescribeTableCommand({ TableName: arn }));
  assert.equal(Table.TableName, name);
});

test('a table made again is empty and has another id', async () => {
  const name = await makeTable(client);
  const first = await client.send(new DescribeTableCommand({ TableName: name }));
  await client.send(new PutItemCommand({ TableName: name, Item: { pk: { S: 'a' } } }));
  await client.send(new DeleteTableCommand({ TableName: name }));
  await waitUntilTableNotExists(waiter(), { TableName: name });
  await makeTable(client, { name });
  const second = await client.send(new DescribeTableCommand({ TableName: name }));
  assert.notEqual(second.Table.TableId, first.Table.TableId);
  const scan = await call(stator, 'Scan', { TableName: name });
  assert.equal(scan.body.Count, 0);
});

test('the item count is exact and current', async () => {
  const name = await makeTable(client);
  const described = async () => (await client.send(new DescribeTableCommand({ TableName: name }))).Table;
  for (const pk of ['a', 'bb', 'a']) {
    await client.send(new PutItemCommand({ TableName: name, Item: { pk: { S: pk }, v: { N: '12' } } }));
  }
  const table = await described();
  assert.equal(table.ItemCount, 2);
  // pk and v, a or bb, and two bytes for the number; then what each item costs to store in DynamoDB's account.
  assert.ok([2 * 5 + 3, 2 * 5 + 3 + 2 * 100].includes(table.TableSizeBytes), String(table.TableSizeBytes));
  await call(stator, 'DeleteItem', { TableName: name, Key: { pk: { S: 'a' } } });
  assert.equal((await described()).ItemCount, 1);
});

test('deletion protection keeps a table', async () => {
  const name = await makeTable(client, { DeletionProtectionEnabled: true });
  await rejects(
    client.send(new DeleteTableCommand({ TableName: name })),
    'ValidationException',
    'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
  );
});

describe('ListTables', () => {
  test('gives the names in order, page by page', async () => {
    const names = [];
    for (const letter of 'abcde') names.push(await makeTable(client, { name: newTableName(`listed-${letter}`) }));
    const listed = [];
    let pages = 0;
    for await (const page of paginateListTables({ client, pageSize: 2 }, {})) {
      assert.ok(page.TableNames.length <= 2);
      listed.push(...page.TableNames);
      pages++;
    }
    assert.deepEqual(listed, [...listed].sort());
    assert.deepEqual(listed.filter((name) => name.startsWith('listed')), names);
    assert.ok(pages >= 3);
  });

  test('starts behind a name that need not exist', async () => {
    const name = await makeTable(client, { name: newTableName('zzz') });
    const answer = await client.send(new ListTablesCommand({ ExclusiveStartTableName: 'zzy', Limit: 1 }));
    assert.deepEqual(answer.TableNames, [name]);
    assert.equal(answer.LastEvaluatedTableName, undefined);
  });

  test('bounds its Limit', async () => {
    await invalid(stator, 'ListTables', { Limit: 0 },
      "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: " +
        'Member must have value greater than or equal to 1');
    await invalid(stator, 'ListTables', { Limit: 101 },
      "1 validation error detected: Value '101' at 'limit' failed to satisfy constraint: " +
        'Member must have value less than or equal to 100');
  });
});

describe('what a table cannot be', () => {
  const attribute = (name, type = 'S') => ({ AttributeName: name, AttributeType: type });
  const key = (name, type = 'HASH') => ({ AttributeName: name, KeyType: type });
  const base = () => tableInput();
  const WRONG = 'One or more parameter values were invalid: ';
  const cases = {
    'without a definition of its key': [
      { AttributeDefinitions: [attribute('other')] },
      `${WRONG}Some index key attributes are not defined in AttributeDefinitions. ` +
        'Keys: [pk], AttributeDefinitions: [other]',
    ],
    'with fewer definitions than keys': [
      { KeySchema: [key('pk'), key('sk', 'RANGE')], AttributeDefinitions: [attribute('pk')] },
      'Invalid KeySchema: Some index key attribute have no definition',
    ],
    'with one attribute as both keys': [
      { KeySchema: [key('pk'), key('pk', 'RANGE')], AttributeDefinitions: [attribute('pk'), attribute('sk')] },
      'Both the Hash Key and the Range Key element in the KeySchema have the same name',
    ],
    'with a sort key first': [
      { KeySchema: [key('pk', 'RANGE')] },
      'Invalid KeySchema: The first KeySchemaElement is not a HASH key type',
    ],
    'with two partition keys': [
      { KeySchema: [key('pk'), key('sk')], AttributeDefinitions: [attribute('pk'), attribute('sk')] },
      'Invalid KeySchema: The second KeySchemaElement is not a RANGE key type',
    ],
    'with definitions nobody uses': [
      { AttributeDefinitions: [attribute('pk'), attribute('spare')] },
      `${WRONG}Number of attributes in KeySchema does not exactly match number of attributes defined in ` +
        'AttributeDefinitions',
    ],
    'on demand and provisioned at once': [
      { ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } },
      `${WRONG}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST`,
    ],
    'provisioned without throughput': [
      { BillingMode: 'PROVISIONED' },
      `${WRONG}ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED`,
    ],
    'named in two letters': [
      { TableName: 'ab' },
      'TableName must be at least 3 characters long and at most 255 characters long',
    ],
    'unnamed': [{ TableName: undefined }, "The parameter 'TableName' is required but was not present in the request"],
    'with a key type that does not exist': [
      { KeySchema: [key('pk', 'SORT')] },
      "1 validation error detected: Value 'SORT' at 'keySchema.1.member.keyType' failed to satisfy constraint: " +
        'Member must satisfy enum value set: [HASH, RANGE]',
    ],
  };
  for (const [title, [change, message]] of Object.entries(cases)) {
    test(title, () => invalid(stator, 'CreateTable', { ...base(), ...change }, message));
  }
});

describe('what this version cannot do is refused, not ignored', () => {
  const cases = {
    'resource policies': [{ ResourcePolicy: '{}' }, /ResourcePolicy/],
  };
  for (const [title, [more, text]] of Object.entries(cases)) {
    test(title, () => invalid(stator, 'CreateTable', { ...tableInput(), ...more }, text));
  }
});

test('a name can be taken once', async () => {
  const name = await makeTable(client);
  await refused(stator, 'CreateTable', tableInput({ name }), 'ResourceInUseException', `Table already exists: ${name}`);
});

test('only tables that exist can be deleted', () =>
  refused(stator, 'DeleteTable', { TableName: 'nowhere' }, 'ResourceNotFoundException',
    'Requested resource not found: Table: nowhere not found'));

test('limits are told', async () => {
  const limits = await client.send(new DescribeLimitsCommand({}));
  for (const name of ['AccountMax', 'TableMax']) {
    assert.ok(limits[`${name}ReadCapacityUnits`] > 0);
    assert.ok(limits[`${name}WriteCapacityUnits`] > 0);
  }
});

test('the endpoint is the one that was asked', async () => {
  const { Endpoints } = await client.send(new DescribeEndpointsCommand({}));
  assert.equal(Endpoints.length, 1);
  assert.equal(Endpoints[0].Address, `${stator.host}:${stator.port}`);
  assert.ok(Endpoints[0].CachePeriodInMinutes > 0);
});
