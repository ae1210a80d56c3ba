// What an item, a key or a value cannot be, and how DynamoDB says so.
// Items are sent with BatchWriteItem where the text must stand alone: PutItem puts a prefix before some of them.

import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { clientOf, makeTable } from './lib/client.mjs';
import { invalid } from './lib/expect.mjs';
import { call } from './lib/raw.mjs';
import { startServer } from './lib/server.mjs';

let stator, client, table, ranged;
before(async () => {
  stator = await startServer({ inMemory: true });
  client = clientOf(stator);
  table = await makeTable(client);
  ranged = await makeTable(client, { range: 'sk:S' });
});
after(() => stator?.stop());

const WRONG = 'One or more parameter values were invalid: ';
const putInBatch = (Item, name = table) => ({ RequestItems: { [name]: [{ PutRequest: { Item } }] } });

describe('a value cannot be', () => {
  const cases = {
    'of no type': [{}, 'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes'],
    'of two types': [
      { S: 'a', N: '1' },
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    ],
    'NULL that is false': [{ NULL: false }, `${WRONG}Null attribute value types must have the value of true`],
    'an empty string set': [{ SS: [] }, `${WRONG}An string set  may not be empty`],
    'an empty number set': [{ NS: [] }, `${WRONG}An number set  may not be empty`],
    'an empty binary set': [{ BS: [] }, `${WRONG}Binary sets should not be empty`],
    'a string set with duplicates': [{ SS: ['a', 'b', 'a'] }, `${WRONG}Input collection [a, b, a] contains duplicates.`],
    'a number set with duplicates': [{ NS: ['1', '1'] }, 'Input collection contains duplicates'],
    'a number set with equal numbers': [{ NS: ['1', '1.0'] }, 'Input collection contains duplicates'],
    'a binary set with duplicates': [
      { BS: ['Yg==', 'Yg=='] },
      `${WRONG}Input collection [Yg==, Yg==]of type BS contains duplicates.`,
    ],
    'a word for a number': [{ N: 'one' }, 'The parameter cannot be converted to a numeric value: one'],
    'an infinite number': [{ N: 'Infinity' }, 'The parameter cannot be converted to a numeric value: Infinity'],
    'a number with spaces': [{ N: ' 1' }, 'The parameter cannot be converted to a numeric value:  1'],
    'an empty number': [{ N: '' }, 'The parameter cannot be converted to a numeric value'],
    'too large a number': [
      { N: '1E126' },
      'Number overflow. Attempting to store a number with magnitude larger than supported range',
    ],
    'too small a number': [
      { N: '1E-131' },
      'Number underflow. Attempting to store a number with magnitude smaller than supported range',
    ],
    'a number of 39 digits': [
      { N: '1'.repeat(39) },
      'Attempting to store more than 38 significant digits in a Number',
    ],
    'a number hidden in a list that is none': [
      { L: [{ M: { n: { N: '1..2' } } }] },
      'The parameter cannot be converted to a numeric value: 1..2',
    ],
    'nested 33 levels deep': [
      Array.from({ length: 32 }).reduce((inner) => ({ L: [inner] }), { S: 'a' }),
      'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit',
    ],
  };
  for (const [title, [value, message]] of Object.entries(cases)) {
    test(title, () => invalid(stator, 'BatchWriteItem', putInBatch({ pk: { S: 'a' }, value }), message));
  }
});

describe('a key of an item cannot be', () => {
  const KEY_EMPTY = 'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: ';
  const cases = {
    'missing': [{ sk: { S: 'a' } }, `${WRONG}Missing the key pk in the item`],
    'missing in its second part': [{ pk: { S: 'a' } }, `${WRONG}Missing the key sk in the item`],
    'of another type': [
      { pk: { N: '1' }, sk: { S: 'a' } },
      `${WRONG}Type mismatch for key pk expected: S actual: N`,
    ],
    'empty': [{ pk: { S: '' }, sk: { S: 'a' } }, `${KEY_EMPTY}pk`],
    'empty in its second part': [{ pk: { S: 'a' }, sk: { S: '' } }, `${KEY_EMPTY}sk`],
    'longer than 2048 bytes': [
      { pk: { S: 'é'.repeat(1025) }, sk: { S: 'a' } },
      `${WRONG}Size of hashkey has exceeded the maximum size limit of2048 bytes`,
    ],
    'longer than 1024 bytes in its second part': [
      { pk: { S: 'a' }, sk: { S: 'a'.repeat(1025) } },
      `${WRONG}Aggregated size of all range keys has exceeded the size limit of 1024 bytes`,
    ],
  };
  for (const [title, [Item, message]] of Object.entries(cases)) {
    test(title, () => invalid(stator, 'PutItem', { TableName: ranged, Item }, message));
  }

  test('too long by a byte, but may be just as long as it may', async () => {
    const Item = { pk: { S: 'a'.repeat(2048) }, sk: { S: 'a'.repeat(1024) } };
    await client.send(new BatchWriteItemCommand(putInBatch(Item, ranged)));
  });
});

describe('a Key does not match when it', () => {
  const MISMATCH = 'The provided key element does not match the schema';
  const cases = {
    'lacks a part': { pk: { S: 'a' } },
    'has one attribute too many': { pk: { S: 'a' }, sk: { S: 'a' }, x: { S: 'a' } },
    'names another attribute': { pk: { S: 'a' }, x: { S: 'a' } },
    'is of another type': { pk: { S: 'a' }, sk: { N: '1' } },
    'is empty': {},
  };
  for (const [title, Key] of Object.entries(cases)) {
    test(title, async () => {
      await invalid(stator, 'GetItem', { TableName: ranged, Key }, MISMATCH);
      await invalid(stator, 'DeleteItem', { TableName: ranged, Key }, MISMATCH);
    });
  }
});

test('an item of 400 KB and one byte is refused in a batch too', async () => {
  const v = 'x'.repeat(400 * 1024 - 'pk'.length - 'a'.length - 'v'.length + 1);
  await invalid(stator, 'BatchWriteItem', putInBatch({ pk: { S: 'a' }, v: { S: v } }),
    'Item size has exceeded the maximum allowed size');
});

test('since 2026 PutItem says that it validated, GetItem does not', async () => {
  const names = { ExpressionAttributeNames: { '#unused': 'a' } };
  const text = 'Value provided in ExpressionAttributeNames unused in expressions: keys: {#unused}';
  const put = { TableName: table, Item: { pk: { S: 'a' } }, ConditionExpression: 'attribute_exists(a)', ...names };
  const get = { TableName: table, Key: { pk: { S: 'a' } }, ProjectionExpression: 'a', ...names };
  await invalid(stator, 'PutItem', put, `1 validation error detected: ${text}`);
  await invalid(stator, 'GetItem', get, text);
});

test('nothing of a refused item is stored', async () => {
  const { body } = await call(stator, 'Scan', { TableName: table });
  assert.equal(body.Count, 0);
});
