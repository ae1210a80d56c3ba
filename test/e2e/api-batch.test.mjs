// BatchWriteItem and BatchGetItem.

import { BatchGetItemCommand, BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { clientOf, inParallel, makeTable } from './lib/client.mjs';
import { invalid, refused } from './lib/expect.mjs';
import { call } from './lib/raw.mjs';
import { startServer } from './lib/server.mjs';

let stator, client, table, other;
before(async () => {
  stator = await startServer({ inMemory: true });
  client = clientOf(stator);
  table = await makeTable(client);
  other = await makeTable(client, { range: 'sk:N' });
});
after(() => stator?.stop());

const putRequest = (pk, more) => ({ PutRequest: { Item: { pk: { S: pk }, ...more } } });
const deleteRequest = (pk) => ({ DeleteRequest: { Key: { pk: { S: pk } } } });
const count = (length) => Array.from({ length }, (_, i) => i);
const DUPLICATES = 'Provided list of item keys contains duplicates';

describe('BatchWriteItem', () => {
  test('puts and deletes over several tables', async () => {
    await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: [putRequest('old')] } }));
    const answer = await client.send(
      new BatchWriteItemCommand({
        RequestItems: {
          [table]: [putRequest('new', { v: { N: '1' } }), deleteRequest('old')],
          [other]: [putRequest('a', { sk: { N: '1' } }), putRequest('a', { sk: { N: '2' } })],
        },
      }),
    );
    assert.deepEqual(answer.UnprocessedItems, {});
    const read = await client.send(
      new BatchGetItemCommand({
        RequestItems: {
          [table]: { Keys: [{ pk: { S: 'old' } }, { pk: { S: 'new' } }] },
          [other]: { Keys: [{ pk: { S: 'a' }, sk: { N: '1' } }, { pk: { S: 'a' }, sk: { N: '2.0' } }] },
        },
      }),
    );
    assert.deepEqual(read.Responses[table], [{ pk: { S: 'new' }, v: { N: '1' } }]);
    assert.deepEqual(new Set(read.Responses[other].map((item) => item.sk.N)), new Set(['1', '2']));
  });

  test('writes 25 items, and refuses 26', async () => {
    const requests = count(26).map((i) => putRequest(`many ${i}`));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests.slice(0, 25) } }));
    const answer = await call(stator, 'BatchWriteItem', { RequestItems: { [table]: requests } });
    assert.equal(answer.status, 400);
    assert.match(answer.body.__type, /#ValidationException$/);
    assert.match(answer.body.message, /Member must have length less than or equal to 25|Too many items requested for the BatchWriteItem call/);
  });

  test('writes 9 MB at once', async () => {
    const requests = count(25).map((i) => putRequest(`large ${i}`, { v: { S: 'x'.repeat(390 * 1024) } }));
    const answer = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
    assert.deepEqual(answer.UnprocessedItems, {});
  });

  describe('is refused', () => {
    const items = (...requests) => () => ({ RequestItems: { [table]: requests } });
    const cases = {
      'with a key twice': [items(putRequest('a'), putRequest('a', { v: { S: 'b' } })), DUPLICATES],
      'with a key put and deleted': [items(putRequest('a'), deleteRequest('a')), DUPLICATES],
      'with a request that is neither': [
        items({}),
        'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
      ],
      'with a request that is both': [
        items({ ...putRequest('a'), ...deleteRequest('a') }),
        'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
      ],
      'with an item without its key': [items({ PutRequest: { Item: { x: { S: 'a' } } } }), 'The provided key element does not match the schema'],
      'with a key too many': [
        items({ DeleteRequest: { Key: { pk: { S: 'a' }, x: { S: 'a' } } } }),
        'The provided key element does not match the schema',
      ],
    };
    for (const [title, [input, message]] of Object.entries(cases)) {
      test(title, () => invalid(stator, 'BatchWriteItem', input(), message));
    }
    test('with a table that is not there, and then writes nothing', async () => {
      const input = { RequestItems: { [table]: [putRequest('unwritten')], nowhere: [putRequest('a')] } };
      await refused(stator, 'BatchWriteItem', input, 'ResourceNotFoundException', 'Requested resource not found');
      const { body } = await call(stator, 'GetItem', { TableName: table, Key: { pk: { S: 'unwritten' } } });
      assert.deepEqual(body, {});
    });
  });
});

describe('BatchGetItem', () => {
  before(() =>
    inParallel([0, 25, 50, 75], 4, (from) =>
      client.send(
        new BatchWriteItemCommand({
          RequestItems: { [table]: count(25).map((i) => putRequest(`get ${from + i}`, { v: { N: `${i}` }, w: { S: 'w' } })) },
        }),
      )));

  const keys = (length, name = 'get') => count(length).map((i) => ({ pk: { S: `${name} ${i}` } }));

  test('reads 100 items, and refuses 101', async () => {
    const answer = await client.send(new BatchGetItemCommand({ RequestItems: { [table]: { Keys: keys(100) } } }));
    assert.deepEqual(new Set(answer.Responses[table].map((item) => item.pk.S)), new Set(keys(100).map((key) => key.pk.S)));
    assert.deepEqual(answer.UnprocessedKeys, {});
    await invalid(stator, 'BatchGetItem', { RequestItems: { [table]: { Keys: keys(101) } } },
      new RegExp(`^1 validation error detected: Value at '[rR]equestItems.${table}.member.[kK]eys' failed to satisfy ` +
        'constraint: Member must have length less than or equal to 100$'));
  });

  test('names every table it was asked about', async () => {
    const { body } = await call(stator, 'BatchGetItem', { RequestItems: { [table]: { Keys: keys(2, 'missing') } } });
    assert.deepEqual(body, { Responses: { [table]: [] }, UnprocessedKeys: {} });
  });

  test('projects, by its own names', async () => {
    const { body } = await call(stator, 'BatchGetItem', {
      RequestItems: {
        [table]: { Keys: keys(2), ProjectionExpression: '#v, pk', ExpressionAttributeNames: { '#v': 'v' }, ConsistentRead: true },
      },
    });
    const items = body.Responses[table].sort((a, b) => (a.pk.S < b.pk.S ? -1 : 1));
    assert.deepEqual(items, [{ pk: { S: 'get 0' }, v: { N: '0' } }, { pk: { S: 'get 1' }, v: { N: '1' } }]);
  });

  test('gives back as unprocessed what does not fit into 16 MB', async () => {
    const large = await makeTable(client);
    const v = { S: 'x'.repeat(390 * 1024) };
    await inParallel(count(50), 4, (i) => call(stator, 'PutItem', { TableName: large, Item: { pk: { S: `large ${i}` }, v } }));
    const found = new Set();
    let asked = { [large]: { Keys: keys(50, 'large'), ProjectionExpression: 'pk, v', ConsistentRead: true } };
    let rounds = 0;
    while (Object.keys(asked).length) {
      const { status, body, bytes, text } = await call(stator, 'BatchGetItem', { RequestItems: asked });
      assert.equal(status, 200, text.slice(0, 300));
      assert.ok(bytes.length <= 17 * 1024 * 1024);
      for (const { pk } of body.Responses[large]) found.add(pk.S);
      asked = body.UnprocessedKeys;
      if (asked[large]) {
        assert.equal(asked[large].ProjectionExpression, 'pk, v');
        assert.equal(asked[large].ConsistentRead, true);
      }
      assert.ok(++rounds < 10);
    }
    assert.equal(found.size, 50);
    assert.equal(rounds, 2);
  });

  describe('is refused', () => {
    test('with a key twice', () =>
      invalid(stator, 'BatchGetItem', { RequestItems: { [table]: { Keys: [...keys(1), ...keys(1)] } } }, DUPLICATES));
    test('with over 100 keys in all', () =>
      invalid(stator, 'BatchGetItem',
        {
          RequestItems: {
            [table]: { Keys: keys(60) },
            [other]: { Keys: count(60).map((i) => ({ pk: { S: 'a' }, sk: { N: `${i}` } })) },
          },
        },
        'Too many items requested for the BatchGetItem call'));
    test('with a key that does not match', () =>
      invalid(stator, 'BatchGetItem', { RequestItems: { [table]: { Keys: [{ x: { S: 'a' } }] } } },
        'The provided key element does not match the schema'));
    test('with a table that is not there', () =>
      refused(stator, 'BatchGetItem', { RequestItems: { [table]: { Keys: keys(1) }, nowhere: { Keys: keys(1) } } },
        'ResourceNotFoundException', 'Requested resource not found'));
    test('with nothing to get', () =>
      invalid(stator, 'BatchGetItem', {},
        "1 validation error detected: Value null at 'requestItems' failed to satisfy constraint: Member must not be null"));
  });
});
