// What operations consume, to the half unit.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { clientOf, makeTable } from './lib/client.mjs';
import { call } from './lib/raw.mjs';
import { startServer } from './lib/server.mjs';

let stator, client, table, ranged;
before(async () => {
  stator = await startServer({ inMemory: true });
  client = clientOf(stator);
  table = await makeTable(client);
  ranged = await makeTable(client, { range: 'sk:N' });
});
after(() => stator?.stop());

// An item with this key whose size is exactly `bytes`.
const itemOf = (pk, bytes) => ({ pk: { S: pk }, v: { S: 'x'.repeat(bytes - 'pk'.length - pk.length - 'v'.length) } });

async function units(operation, input) {
  const { status, body, text } = await call(stator, operation, { ReturnConsumedCapacity: 'TOTAL', ...input });
  assert.equal(status, 200, text.slice(0, 300));
  const consumed = body.ConsumedCapacity;
  return Array.isArray(consumed) ? consumed.map((each) => each.CapacityUnits) : consumed.CapacityUnits;
}

const put = (Item, more) => units('PutItem', { TableName: table, Item, ...more });
const get = (pk, more) => units('GetItem', { TableName: table, Key: { pk: { S: pk } }, ...more });
const remove = (pk, more) => units('DeleteItem', { TableName: table, Key: { pk: { S: pk } }, ...more });

describe('a write costs', () => {
  test('a unit for each KB begun', async () => {
    assert.equal(await put(itemOf('a', 10)), 1);
    assert.equal(await put(itemOf('b', 1024)), 1);
    assert.equal(await put(itemOf('c', 1025)), 2);
    assert.equal(await put(itemOf('d', 400 * 1024)), 400);
  });
  test('the larger of the old item and the new', async () => {
    assert.equal(await put(itemOf('swap', 5000)), 5);
    assert.equal(await put(itemOf('swap', 10)), 5);
    assert.equal(await put(itemOf('swap', 3000)), 3);
  });
  test('what it deletes, and one if there is nothing', async () => {
    await put(itemOf('gone', 2500));
    assert.equal(await remove('gone'), 3);
    assert.equal(await remove('gone'), 1);
  });
});

describe('a read costs', () => {
  before(async () => {
    await put(itemOf('small', 10));
    await put(itemOf('block', 4096));
    await put(itemOf('blocks', 4097));
  });
  test('half a unit for each 4 KB begun, a whole one when consistent', async () => {
    assert.equal(await get('small'), 0.5);
    assert.equal(await get('small', { ConsistentRead: true }), 1);
    assert.equal(await get('block'), 0.5);
    assert.equal(await get('blocks'), 1);
    assert.equal(await get('blocks', { ConsistentRead: true }), 2);
  });
  test('one block when there is nothing', async () => {
    assert.equal(await get('nothing'), 0.5);
    assert.equal(await get('nothing', { ConsistentRead: true }), 1);
  });
  test('as much when only a part is wanted', async () => {
    assert.equal(await get('blocks', { ProjectionExpression: 'pk' }), 1);
  });
  test('counts numbers by their digits', async () => {
    // 12345.678 is five pairs of digits, 01 23 45 . 67 80, and one byte more; its sign would be another.
    await put({ pk: { S: 'num' }, n: { N: '12345.678' }, v: { S: 'x'.repeat(4096 - 'pknum'.length - 'n'.length - 6 - 'v'.length) } });
    assert.equal(await get('num'), 0.5);
    await put({ pk: { S: 'num' }, n: { N: '-12345.678' }, v: { S: 'x'.repeat(4096 - 'pknum'.length - 'n'.length - 6 - 'v'.length) } });
    assert.equal(await get('num'), 1);
  });
});

describe('a page costs', () => {
  before(async () => {
    for (let i = 0; i < 10; i++) {
      const item = { ...itemOf('p', 1000), sk: { N: String(i) } };
      await call(stator, 'PutItem', { TableName: ranged, Item: item });
    }
  });
  // Each item is 1000 bytes, 2 for the name of its sort key, and 1 or 2 for the number: 0 is 1 byte, 1 to 9 are 2.
  const input = {
    KeyConditionExpression: 'pk = :p',
    ExpressionAttributeValues: { ':p': { S: 'p' } },
  };
  test('the sum of what it read, rounded up once', async () => {
    assert.equal(await units('Query', { TableName: ranged, ...input, ConsistentRead: true }), 3);
    assert.equal(await units('Query', { TableName: ranged, ...input }), 1.5);
    assert.equal(await units('Query', { TableName: ranged, ...input, Limit: 4 }), 0.5);
    assert.equal(await units('Query', { TableName: ranged, ...input, Limit: 5 }), 1);
  });
  test('what a filter rejects as well', async () => {
    const filtered = { ...input, FilterExpression: 'attribute_not_exists(v)' };
    assert.equal(await units('Query', { TableName: ranged, ...filtered }), 1.5);
    assert.equal(await units('Query', { TableName: ranged, ...input, Select: 'COUNT' }), 1.5);
  });
  test('half a unit when it is empty', async () => {
    const nobody = { ...input, ExpressionAttributeValues: { ':p': { S: 'nobody' } } };
    assert.equal(await units('Query', { TableName: ranged, ...nobody }), 0.5);
    assert.equal(await units('Query', { TableName: ranged, ...nobody, ConsistentRead: true }), 1);
  });
  test('the same in a scan', async () => {
    assert.equal(await units('Scan', { TableName: ranged }), 1.5);
    assert.equal(await units('Scan', { TableName: ranged, ConsistentRead: true }), 3);
  });
});

describe('a batch costs', () => {
  test('each item by itself', async () => {
    const requests = ['x', 'y', 'z'].map((pk) => ({ PutRequest: { Item: itemOf(pk, 1025) } }));
    assert.deepEqual(await units('BatchWriteItem', { RequestItems: { [table]: requests } }), [6]);
    const Keys = ['x', 'y', 'none'].map((pk) => ({ pk: { S: pk } }));
    assert.deepEqual(await units('BatchGetItem', { RequestItems: { [table]: { Keys } } }), [1.5]);
    assert.deepEqual(await units('BatchGetItem', { RequestItems: { [table]: { Keys, ConsistentRead: true } } }), [3]);
  });
});

describe('ReturnConsumedCapacity', () => {
  const input = () => ({ TableName: table, Key: { pk: { S: 'none' } } });
  const consumed = async (ReturnConsumedCapacity) =>
    (await call(stator, 'GetItem', { ...input(), ReturnConsumedCapacity })).body.ConsumedCapacity;
  test('TOTAL names the table and the sum', async () => {
    assert.deepEqual(await consumed('TOTAL'), { TableName: table, CapacityUnits: 0.5 });
  });
  test('INDEXES tells the table apart', async () => {
    assert.deepEqual(await consumed('INDEXES'), { TableName: table, CapacityUnits: 0.5, Table: { CapacityUnits: 0.5 } });
  });
  test('NONE, and none, give nothing', async () => {
    assert.equal(await consumed('NONE'), undefined);
    assert.equal(await consumed(undefined), undefined);
  });
});
