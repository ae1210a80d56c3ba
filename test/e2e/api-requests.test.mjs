// Requests that are wrong before any table is looked at: target, JSON, types of members, constraints.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { clientOf, makeTable } from './lib/client.mjs';
import { assertError, invalid, refused } from './lib/expect.mjs';
import { call } from './lib/raw.mjs';
import { startServer } from './lib/server.mjs';

let stator, table;
before(async () => {
  stator = await startServer({ inMemory: true });
  table = await makeTable(clientOf(stator));
});
after(() => stator?.stop());

describe('the target', () => {
  const unknown = (headers) => call(stator, 'ListTables', {}, { headers });
  test('must name an operation', async () => {
    for (const name of ['DynamoDB_20120810.Nothing', 'DynamoDB_20120810.putitem', 'DynamoDB_20111205.PutItem', 'PutItem', '']) {
      assertError(await unknown({ 'x-amz-target': name }), 'UnknownOperationException');
    }
  });
  test('of an operation that is not built yet is unknown', async () => {
    assertError(await unknown({ 'x-amz-target': 'DynamoDB_20120810.UpdateGlobalTableSettings' }), 'UnknownOperationException');
  });
});

describe('the body', () => {
  const cases = {
    'empty': '',
    'cut off': '{"TableName":',
    'not JSON': 'TableName=a',
    'followed by more': '{} {}',
    'with a comma too many': '{"TableName":"abc",}',
    'with a bare word': '{"TableName":abc}',
    'with a control character': '{"TableName":"a\u0001b"}',
    'with an unpaired surrogate escape cut short': '{"TableName":"\\ud83"}',
    'a thousand lists deep': '['.repeat(1000) + ']'.repeat(1000),
    'a thousand maps deep': '{"a":'.repeat(1000) + '1' + '}'.repeat(1000),
  };
  for (const [title, body] of Object.entries(cases)) {
    test(`cannot be ${title}`, async () => assertError(await call(stator, 'GetItem', body), 'SerializationException'));
  }
  test('may name members nobody knows, and null ones do not count', async () => {
    const { status } = await call(stator, 'GetItem', {
      TableName: table, Key: { pk: { S: 'a' } }, Unknown: { x: [1, { y: null }] }, ProjectionExpression: null,
    });
    assert.equal(status, 200);
  });
  test('may have spaces and escapes anywhere', async () => {
    const body = ` { "Table\\u004eame" : "${table}" , "Key" : { "p\\u006b" : { "S" : "\\ud834\\udd1e\\/" } } } `;
    const { status, text } = await call(stator, 'GetItem', body);
    assert.equal(status, 200, text);
  });
});

describe('a member of the wrong type is told', () => {
  const OBJECT = 'Start of structure or map found where not expected';
  const cases = [
    ['GetItem', { TableName: true }, 'TRUE_VALUE cannot be converted to String'],
    ['GetItem', { TableName: false }, 'FALSE_VALUE cannot be converted to String'],
    ['GetItem', { TableName: 12 }, 'NUMBER_VALUE cannot be converted to String'],
    ['GetItem', { TableName: 1.5 }, 'DECIMAL_VALUE cannot be converted to String'],
    ['GetItem', { TableName: [] }, 'Unrecognized collection type class java.lang.String'],
    ['GetItem', { TableName: {} }, OBJECT],
    ['GetItem', { Key: 'a' }, 'Unexpected field type'],
    ['GetItem', { Key: [] }, 'Unrecognized collection type java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.AttributeValue>'],
    ['GetItem', { Key: { pk: 'a' } }, 'Unexpected value type in payload'],
    ['GetItem', { Key: { pk: [] } }, 'Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue'],
    ['GetItem', { Key: { pk: { S: 1 } } }, 'NUMBER_VALUE cannot be converted to String'],
    ['GetItem', { Key: { pk: { N: 1 } } }, 'NUMBER_VALUE cannot be converted to String'],
    ['GetItem', { Key: { pk: { B: 1 } } }, 'only base-64-encoded strings are convertible to bytes'],
    ['GetItem', { Key: { pk: { B: 'abc' } } }, 'Base64 encoded length is expected a multiple of 4 bytes but found: 3'],
    ['GetItem', { ConsistentRead: 'perhaps' }, 'Unexpected token received from parser'],
    ['GetItem', { ConsistentRead: 1 }, 'NUMBER_VALUE cannot be converted to Boolean'],
    ['GetItem', { ConsistentRead: {} }, OBJECT],
    ['GetItem', { AttributesToGet: 'a' }, 'Unexpected field type'],
    ['Scan', { Limit: '1' }, 'STRING_VALUE cannot be converted to Integer'],
    ['Scan', { Limit: true }, 'TRUE_VALUE cannot be converted to Integer'],
    ['Scan', { Limit: [] }, 'Unrecognized collection type class java.lang.Integer'],
  ];
  for (const [operation, input, message] of cases) {
    test(JSON.stringify(input), () => refused(stator, operation, input, 'SerializationException', message));
  }
  test('but a fraction is floored, and words are taken for truth', async () => {
    const { status, text } = await call(stator, 'Scan', { TableName: table, Limit: 1.9, ConsistentRead: 'true' });
    assert.equal(status, 200, text);
  });
});

describe('constraints are checked together', () => {
  const NOT_NULL = 'failed to satisfy constraint: Member must not be null';
  test('one', () =>
    invalid(stator, 'GetItem', { TableName: table }, `1 validation error detected: Value null at 'key' ${NOT_NULL}`));
  test('several', async () => {
    const { body } = await call(stator, 'GetItem', { ReturnConsumedCapacity: 'ALL' });
    assert.match(body.message, /^3 validation errors detected: /);
    assert.ok(body.message.includes(`Value null at 'tableName' ${NOT_NULL}`));
    assert.ok(body.message.includes(`Value null at 'key' ${NOT_NULL}`));
    assert.ok(
      body.message.includes(
        "Value 'ALL' at 'returnConsumedCapacity' failed to satisfy constraint: " +
          'Member must satisfy enum value set: [INDEXES, TOTAL, NONE]',
      ),
    );
    assert.equal(body.message.split('; ').length, 3);
  });
  test('enums tell their values in DynamoDB\'s own order', async () => {
    await invalid(stator, 'Scan', { TableName: table, Select: 'all' },
      "1 validation error detected: Value 'all' at 'select' failed to satisfy constraint: Member must satisfy enum " +
        'value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]');
  });
});
