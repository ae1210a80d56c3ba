// Scan: everything once, in pages and in parallel.

import { ScanCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { clientOf, inParallel, makeTable } from './lib/client.mjs';
import { invalid, refused } from './lib/expect.mjs';
import { call } from './lib/raw.mjs';
import { startServer } from './lib/server.mjs';

const COUNT = 1000;
let stator, client, table;

before(async () => {
  stator = await startServer({ inMemory: true });
  client = clientOf(stator);
  table = await makeTable(client, { range: 'sk:N' });
  const ids = Array.from({ length: COUNT }, (_, i) => i);
  const batches = Array.from({ length: COUNT / 25 }, (_, i) => ids.slice(i * 25, i * 25 + 25));
  await inParallel(batches, 8, (batch) =>
    call(stator, 'BatchWriteItem', {
      RequestItems: {
        [table]: batch.map((id) => ({
          PutRequest: {
            Item: { pk: { S: `partition ${id % 97}` }, sk: { N: `${id}` }, third: { BOOL: id % 3 === 0 }, v: { S: 'v' } },
          },
        })),
      },
    }));
});
after(() => stator?.stop());

async function scanned(input, pageSize) {
  const items = [];
  for await (const page of paginateScan({ client, pageSize }, { TableName: table, ...input })) items.push(...page.Items);
  return items;
}

const ids = (items) => items.map(({ sk }) => Number(sk.N)).sort((a, b) => a - b);
const all = Array.from({ length: COUNT }, (_, i) => i);

describe('a scan finds each item once', () => {
  test('in one page', async () => assert.deepEqual(ids(await scanned({})), all));
  for (const size of [7, 100, 1000]) {
    test(`in pages of ${size}`, async () => assert.deepEqual(ids(await scanned({}, size)), all));
  }
  test('one by one, as far as we go', async () => {
    const seen = new Set();
    let ExclusiveStartKey;
    for (let i = 0; i < 50; i++) {
      const page = await client.send(new ScanCommand({ TableName: table, Limit: 1, ExclusiveStartKey }));
      seen.add(page.Items[0].sk.N);
      ExclusiveStartKey = page.LastEvaluatedKey;
    }
    assert.equal(seen.size, 50);
  });
  for (const TotalSegments of [1, 2, 5, 16, 300]) {
    test(`over ${TotalSegments} segments`, async () => {
      const found = [];
      const partitions = new Map();
      await inParallel(Array.from({ length: TotalSegments }, (_, i) => i), 8, async (Segment) => {
        for (const item of await scanned({ Segment, TotalSegments }, 100)) {
          found.push(item);
          assert.equal(partitions.get(item.pk.S) ?? Segment, Segment, 'a partition is in one segment');
          partitions.set(item.pk.S, Segment);
        }
      });
      assert.deepEqual(ids(found), all);
    });
  }
});

test('a partition is scanned in the order of its sort keys', async () => {
  const last = new Map();
  for (const { pk, sk } of await scanned({})) {
    assert.ok(Number(sk.N) > (last.get(pk.S) ?? -1));
    last.set(pk.S, Number(sk.N));
  }
});

test('two scans find the same order', async () => {
  const order = async () => (await scanned({})).map(({ sk }) => sk.N);
  assert.deepEqual(await order(), await order());
});

describe('a filter', () => {
  const input = { FilterExpression: 'third = :t', ExpressionAttributeValues: { ':t': { BOOL: true } } };
  test('selects, and what it rejects is counted as scanned', async () => {
    const answer = await client.send(new ScanCommand({ TableName: table, ...input }));
    assert.deepEqual(ids(answer.Items), all.filter((id) => id % 3 === 0));
    assert.deepEqual([answer.Count, answer.ScannedCount], [334, COUNT]);
  });
  test('may name the keys', async () => {
    const answer = await scanned({ FilterExpression: 'sk < :n', ExpressionAttributeValues: { ':n': { N: '3' } } });
    assert.deepEqual(ids(answer), [0, 1, 2]);
  });
  test('and a count go together', async () => {
    const { body } = await call(stator, 'Scan', { TableName: table, Select: 'COUNT', ...input });
    assert.deepEqual(body, { Count: 334, ScannedCount: COUNT });
  });
  test('and a projection go together', async () => {
    const items = await scanned({ ...input, ProjectionExpression: 'sk' });
    assert.equal(items.length, 334);
    assert.ok(items.every((item) => Object.keys(item).join() === 'sk'));
  });
});

test('the older ScanFilter selects as an expression does', async () => {
  const ScanFilter = {
    sk: { ComparisonOperator: 'GE', AttributeValueList: [{ N: '997' }] },
    third: { ComparisonOperator: 'EQ', AttributeValueList: [{ BOOL: true }] },
  };
  assert.deepEqual(ids(await scanned({ ScanFilter }, 100)), [999]);
  const either = await scanned({ ScanFilter, ConditionalOperator: 'OR', AttributesToGet: ['sk'] }, 100);
  const expected = Array.from({ length: COUNT }, (_, i) => i).filter((id) => id >= 997 || id % 3 === 0);
  assert.deepEqual(ids(either), expected);
  assert.deepEqual(Object.keys(either[0]), ['sk']);
});

describe('a scan is refused whose', () => {
  const cases = {
    'segment has no total': [
      { Segment: 0 },
      'The TotalSegments parameter is required but was not present in the request when Segment parameter is present',
    ],
    'total has no segment': [
      { TotalSegments: 2 },
      'The Segment parameter is required but was not present in the request when parameter TotalSegments is present',
    ],
    'segment is not below the total': [
      { Segment: 2, TotalSegments: 2 },
      'The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 2 is not less than TotalSegments: 2',
    ],
    'total is zero': [
      { Segment: 0, TotalSegments: 0 },
      "1 validation error detected: Value '0' at 'totalSegments' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    'start is no key': [
      { ExclusiveStartKey: { pk: { S: 'a' } } },
      'The provided starting key is invalid: The provided key element does not match the schema',
    ],
    'Select wants an index': [
      { Select: 'ALL_PROJECTED_ATTRIBUTES' },
      'ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName',
    ],
    'Select wants names': [
      { Select: 'SPECIFIC_ATTRIBUTES' },
      'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
    ],
    'index does not exist': [{ IndexName: 'nowhere' }, 'The table does not have the specified index: nowhere'],
  };
  for (const [title, [input, message]] of Object.entries(cases)) {
    test(title, () => invalid(stator, 'Scan', { TableName: table, ...input }, message));
  }
  test('start lies in another segment', async () => {
    const { LastEvaluatedKey } = await client.send(new ScanCommand({ TableName: table, Segment: 0, TotalSegments: 2, Limit: 1 }));
    await invalid(stator, 'Scan', { TableName: table, Segment: 1, TotalSegments: 2, ExclusiveStartKey: LastEvaluatedKey },
      'The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. ' +
        'TotalSegments: 2 Segment: 1');
  });
  test('table is not there', () =>
    refused(stator, 'Scan', { TableName: 'nowhere' }, 'ResourceNotFoundException', 'Requested resource not found'));
});
