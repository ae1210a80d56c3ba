// Query: key conditions, order, pages, filters, Select.

import { BatchWriteItemCommand, PutItemCommand, QueryCommand, paginateQuery } from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { clientOf, inParallel, makeTable } from './lib/client.mjs';
import { invalid, perhapsPrefixed, refused } from './lib/expect.mjs';
import { startServer } from './lib/server.mjs';

let stator, client, strings, numbers, bytes, single;
const words = ['a', 'ab', 'abc', 'b', 'ba', 'ÿ', '𝄞'];
const figures = ['-1E100', '-10', '-1', '-0.5', '0', '0.5', '1', '2', '10', '1E100'];
const blobs = [[0], [0, 0], [0, 255], [1], [255], [255, 255]].map((list) => Buffer.from(list));

before(async () => {
  stator = await startServer({ inMemory: true });
  client = clientOf(stator);
  [strings, numbers, bytes, single] = await Promise.all([
    makeTable(client, { range: 'sk:S' }),
    makeTable(client, { range: 'sk:N' }),
    makeTable(client, { range: 'sk:B' }),
    makeTable(client),
  ]);
  const fill = (table, values, write) =>
    inParallel(['p', 'q'], 2, async (partition) => {
      const requests = values.map((sk, i) => ({
        PutRequest: { Item: { pk: { S: partition }, sk: write(sk), i: { N: String(i) }, even: { BOOL: i % 2 === 0 } } },
      }));
      await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
    });
  await fill(strings, [...words].reverse(), (S) => ({ S }));
  await fill(numbers, [...figures].reverse(), (N) => ({ N }));
  await fill(bytes, [...blobs].reverse(), (B) => ({ B }));
  await client.send(new PutItemCommand({ TableName: single, Item: { pk: { S: 'p' }, v: { S: 'v' } } }));
});
after(() => stator?.stop());

const query = (TableName, KeyConditionExpression, values, more = {}) =>
  client.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression,
      ExpressionAttributeValues: { ':p': { S: 'p' }, ...values },
      ...more,
    }),
  );

const sortKeys = ({ Items }) => Items.map(({ sk }) => sk.S ?? sk.N ?? Buffer.from(sk.B).toString('hex'));

describe('the order is', () => {
  test('that of bytes for strings', async () => {
    assert.deepEqual(sortKeys(await query(strings, 'pk = :p')), words);
  });
  test('numeric for numbers', async () => {
    const plain = figures.map((f) => (f.includes('E') ? f.replace(/E100$/, '0'.repeat(100)) : f));
    assert.deepEqual(sortKeys(await query(numbers, 'pk = :p')), plain);
  });
  test('that of bytes for binaries', async () => {
    assert.deepEqual(sortKeys(await query(bytes, 'pk = :p')), blobs.map((b) => b.toString('hex')));
  });
  test('reversed if asked', async () => {
    const answer = await query(strings, 'pk = :p', {}, { ScanIndexForward: false });
    assert.deepEqual(sortKeys(answer), [...words].reverse());
  });
});

describe('a condition on the sort key selects', () => {
  const after_ = (from) => figures.slice(figures.indexOf(from) + 1);
  const cases = [
    [() => strings, 'sk = :a', { ':a': { S: 'ab' } }, ['ab']],
    [() => strings, 'sk < :a', { ':a': { S: 'ab' } }, ['a']],
    [() => strings, 'sk <= :a', { ':a': { S: 'ab' } }, ['a', 'ab']],
    [() => strings, 'sk > :a', { ':a': { S: 'b' } }, ['ba', 'ÿ', '𝄞']],
    [() => strings, 'sk >= :a', { ':a': { S: 'b' } }, ['b', 'ba', 'ÿ', '𝄞']],
    [() => strings, ':a < sk', { ':a': { S: 'b' } }, ['ba', 'ÿ', '𝄞']],
    [() => strings, 'sk BETWEEN :a AND :b', { ':a': { S: 'aa' }, ':b': { S: 'b' } }, ['ab', 'abc', 'b']],
    [() => strings, 'begins_with(sk, :a)', { ':a': { S: 'ab' } }, ['ab', 'abc']],
    [() => strings, 'begins_with(sk, :a)', { ':a': { S: 'x' } }, []],
    [() => numbers, 'sk = :a', { ':a': { N: '1.00' } }, ['1']],
    [() => numbers, 'sk > :a', { ':a': { N: '0.5' } }, [...after_('0.5').slice(0, -1), `1${'0'.repeat(100)}`]],
    [() => numbers, 'sk BETWEEN :a AND :b', { ':a': { N: '-1' }, ':b': { N: '0' } }, ['-1', '-0.5', '0']],
    [() => bytes, 'sk < :a', { ':a': { B: Buffer.from([1]) } }, ['00', '0000', '00ff']],
    [() => bytes, 'begins_with(sk, :a)', { ':a': { B: Buffer.from([255]) } }, ['ff', 'ffff']],
  ];
  for (const [table, condition, values, expected] of cases) {
    test(`${condition} with ${JSON.stringify(values)}`, async () => {
      const forward = await query(table(), `pk = :p AND ${condition}`, values);
      assert.deepEqual(sortKeys(forward), expected);
      const backward = await query(table(), `(${condition}) AND (pk = :p)`, values, { ScanIndexForward: false });
      assert.deepEqual(sortKeys(backward), [...expected].reverse());
    });
  }
  test('nothing in a partition that is empty', async () => {
    const answer = await query(strings, 'pk = :p', { ':p': { S: 'nobody' } });
    assert.deepEqual([answer.Items, answer.Count, answer.ScannedCount, answer.LastEvaluatedKey], [[], 0, 0, undefined]);
  });
  test('the one item of a partition without sort keys', async () => {
    assert.deepEqual((await query(single, 'pk = :p')).Items, [{ pk: { S: 'p' }, v: { S: 'v' } }]);
  });
});

describe('pages', () => {
  const collect = async (settings) => {
    const pages = [];
    for await (const page of paginateQuery(
      { client, pageSize: settings.Limit },
      { TableName: strings, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': { S: 'p' } }, ...settings },
    )) {
      pages.push(page);
    }
    return pages;
  };
  for (const Limit of [1, 2, 3, 100]) {
    for (const ScanIndexForward of [true, false]) {
      test(`of ${Limit}, ${ScanIndexForward ? 'forward' : 'backward'}, hold each item once`, async () => {
        const pages = await collect({ Limit, ScanIndexForward });
        const expected = ScanIndexForward ? words : [...words].reverse();
        assert.deepEqual(pages.flatMap(sortKeys), expected);
        assert.ok(pages.every((page) => page.Count <= Limit && page.Count === page.ScannedCount));
      });
    }
  }
  test('end with a key when they are just full, and the next one is empty', async () => {
    const first = await query(strings, 'pk = :p', {}, { Limit: words.length });
    assert.deepEqual(first.LastEvaluatedKey, { pk: { S: 'p' }, sk: { S: words.at(-1) } });
    const second = await query(strings, 'pk = :p', {}, { ExclusiveStartKey: first.LastEvaluatedKey });
    assert.deepEqual([second.Items, second.LastEvaluatedKey], [[], undefined]);
  });
  test('count before the filter and fill after it', async () => {
    const answer = await query(strings, 'pk = :p', { ':even': { BOOL: true } }, { FilterExpression: 'even = :even', Limit: 3 });
    assert.equal(answer.ScannedCount, 3);
    assert.ok(answer.Count < 3);
    assert.ok(answer.LastEvaluatedKey);
    assert.ok(answer.Items.every((item) => item.even.BOOL));
  });
  test('go on behind an item that is gone', async () => {
    const answer = await query(strings, 'pk = :p', {}, { ExclusiveStartKey: { pk: { S: 'p' }, sk: { S: 'abb' } } });
    assert.deepEqual(sortKeys(answer), ['abc', 'b', 'ba', 'ÿ', '𝄞']);
  });
  test('end when they have passed 1 MB', async () => {
    const table = await makeTable(client, { range: 'sk:N' });
    const v = { S: 'x'.repeat(100 * 1024 - 20) };
    await inParallel(Array.from({ length: 25 }, (_, i) => i), 5, (i) =>
      client.send(new PutItemCommand({ TableName: table, Item: { pk: { S: 'p' }, sk: { N: String(i) }, v } })));
    const sizes = [];
    const seen = [];
    for await (const page of paginateQuery({ client }, {
      TableName: table, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': { S: 'p' } },
    })) {
      sizes.push(page.Count);
      seen.push(...sortKeys(page));
    }
    // Ten items are 160 bytes short of 1 MB; the eleventh crosses the line and still belongs to the page.
    assert.deepEqual(sizes, [11, 11, 3]);
    assert.deepEqual(seen, Array.from({ length: 25 }, (_, i) => String(i)));
    const filtered = await client.send(new QueryCommand({
      TableName: table, KeyConditionExpression: 'pk = :p', FilterExpression: 'attribute_not_exists(v)',
      ProjectionExpression: 'sk', ExpressionAttributeValues: { ':p': { S: 'p' } },
    }));
    assert.deepEqual([filtered.Count, filtered.ScannedCount], [0, 11]);
    assert.deepEqual(filtered.LastEvaluatedKey, { pk: { S: 'p' }, sk: { N: '10' } });
  });
});

describe('what comes back', () => {
  test('is counted only, with Select=COUNT', async () => {
    const answer = await query(strings, 'pk = :p', {}, { Select: 'COUNT' });
    assert.deepEqual([answer.Items, answer.Count, answer.ScannedCount], [undefined, words.length, words.length]);
  });
  test('is projected', async () => {
    const answer = await query(strings, 'pk = :p AND sk = :a', { ':a': { S: 'a' } }, { ProjectionExpression: 'sk' });
    assert.deepEqual(answer.Items, [{ sk: { S: 'a' } }]);
  });
  test('is read strongly if asked', async () => {
    const answer = await query(strings, 'pk = :p', {}, { ConsistentRead: true });
    assert.equal(answer.Count, words.length);
  });
});

describe('a query is refused whose', () => {
  const given = (KeyConditionExpression, values = {}, more = {}) => ({
    KeyConditionExpression,
    ExpressionAttributeValues: { ':p': { S: 'p' }, ...values },
    ...more,
  });
  const a = { ':a': { S: 'a' } };
  const INVALID = 'Invalid KeyConditionExpression: ';
  const OPERATOR = `${INVALID}Invalid operator used in KeyConditionExpression: `;
  const MULTIPLE = `${INVALID}Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition`;
  const cases = {
    'partition key is not fixed': [given('sk = :p'), 'Query condition missed key schema element: pk'],
    'partition key is compared otherwise': [given('pk > :p'), 'Query key condition not supported'],
    'condition names another attribute': [
      given('pk = :p AND x = :a', a),
      'Query condition missed key schema element: sk',
    ],
    'condition uses OR': [given('pk = :p OR sk = :a', a), `${OPERATOR}OR`],
    'condition uses <>': [given('pk = :p AND sk <> :a', a), `${OPERATOR}<>`],
    'condition uses contains': [
      given('pk = :p AND contains(sk, :a)', a),
      `${OPERATOR}contains`,
    ],
    'condition compares attributes': [given('pk = :p AND sk = pk'), MULTIPLE],
    'condition doubles': [
      given('pk = :p AND sk > :a AND sk < :a', a),
      `${INVALID}KeyConditionExpressions must only contain one condition per key`,
    ],
    'condition is nested': [
      given('pk = :p AND sk.x = :a', a),
      `${INVALID}KeyConditionExpressions cannot have conditions on nested attributes`,
    ],
    'value has another type': [
      given('pk = :p AND sk = :a', { ':a': { N: '1' } }),
      'One or more parameter values were invalid: Condition parameter type does not match schema type',
    ],
    'filter names a key': [
      given('pk = :p', a, { FilterExpression: 'sk = :a' }),
      'Filter Expression can only contain non-primary key attributes: Primary key attribute: sk',
    ],
    'condition is missing': [
      {},
      'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
    ],
    'index does not exist': [
      given('pk = :p', {}, { IndexName: 'nowhere' }),
      'The table does not have the specified index: nowhere',
    ],
    'Select wants an index': [
      given('pk = :p', {}, { Select: 'ALL_PROJECTED_ATTRIBUTES' }),
      'ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName',
    ],
    'Select wants names': [
      given('pk = :p', {}, { Select: 'SPECIFIC_ATTRIBUTES' }),
      'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
    ],
    'Select and projection differ': [
      given('pk = :p', {}, { Select: 'COUNT', ProjectionExpression: 'sk' }),
      'Cannot specify the ProjectionExpression when choosing to get only the Count',
    ],
    'start is in another partition': [
      given('pk = :p', {}, { ExclusiveStartKey: { pk: { S: 'q' }, sk: { S: 'a' } } }),
      'The provided starting key is outside query boundaries based on provided conditions',
    ],
    'start is outside its condition': [
      given('pk = :p AND sk > :a', a, { ExclusiveStartKey: { pk: { S: 'p' }, sk: { S: 'a' } } }),
      'The provided starting key does not match the range key predicate',
    ],
    'start is no key': [given('pk = :p', {}, { ExclusiveStartKey: { pk: { S: 'p' } } }), 'The provided starting key is invalid'],
  };
  for (const [title, [input, message]] of Object.entries(cases)) {
    test(title, () =>
      invalid(stator, 'Query', { TableName: strings, ...input }, perhapsPrefixed(message)));
  }
  test('Limit is zero', () =>
    invalid(stator, 'Query', { TableName: strings, ...given('pk = :p'), Limit: 0 },
      /^1 validation error detected: Value .*at '[lL]imit' failed to satisfy constraint: Member must have value greater than or equal to 1$/));
  test('table is not there', () =>
    refused(stator, 'Query', { TableName: 'nowhere', ...given('pk = :p') }, 'ResourceNotFoundException',
      'Requested resource not found'));
});

test('the older parameters select as the expressions do', async () => {
  const KeyConditions = {
    pk: { ComparisonOperator: 'EQ', AttributeValueList: [{ S: 'p' }] },
    sk: { ComparisonOperator: 'BEGINS_WITH', AttributeValueList: [{ S: 'a' }] },
  };
  const QueryFilter = { even: { ComparisonOperator: 'EQ', AttributeValueList: [{ BOOL: true }] } };
  const answer = await client.send(
    new QueryCommand({ TableName: strings, KeyConditions, QueryFilter, AttributesToGet: ['sk', 'even'] }));
  assert.deepEqual([answer.Count, answer.ScannedCount], [2, 3]);
  assert.deepEqual(answer.Items, ['a', 'abc'].map((S) => ({ sk: { S }, even: { BOOL: true } })));
  const onePage = await client.send(new QueryCommand({ TableName: strings, KeyConditions, Limit: 1 }));
  assert.deepEqual(onePage.LastEvaluatedKey, { pk: { S: 'p' }, sk: { S: 'a' } });
});
