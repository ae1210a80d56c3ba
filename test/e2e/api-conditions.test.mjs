// ConditionExpression: what it allows, what it refuses, and what is wrong with it.

import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { clientOf, makeTable } from './lib/client.mjs';
import { assertError, invalid, rejects } from './lib/expect.mjs';
import { call } from './lib/raw.mjs';
import { startServer } from './lib/server.mjs';

let stator, client, table;
const stored = {
  pk: { S: 'stored' },
  s: { S: 'banana' },
  n: { N: '10' },
  b: { B: 'AQID' },
  yes: { BOOL: true },
  nothing: { NULL: true },
  ss: { SS: ['a', 'b'] },
  ns: { NS: ['1', '2'] },
  l: { L: [{ N: '1' }, { S: 'two' }, { L: [{ S: 'deep' }] }] },
  m: { M: { x: { N: '1' }, y: { M: { z: { S: 'deep' } } } } },
};
before(async () => {
  stator = await startServer({ inMemory: true });
  client = clientOf(stator);
  table = await makeTable(client);
  await call(stator, 'PutItem', { TableName: table, Item: stored });
});
after(() => stator?.stop());

// Puts the stored item again under the condition, so that it stays as it is either way.
async function holds(ConditionExpression, values, names) {
  const answer = await call(stator, 'PutItem', {
    TableName: table,
    Item: stored,
    ConditionExpression,
    ExpressionAttributeValues: values,
    ExpressionAttributeNames: names,
  });
  if (answer.status === 200) return true;
  assertError(answer, 'ConditionalCheckFailedException', 'The conditional request failed');
  return false;
}

describe('a condition holds or not', () => {
  const cases = [
    // comparisons
    ['s = :v', { S: 'banana' }, true],
    ['s = :v', { S: 'apple' }, false],
    ['s = :v', { N: '1' }, false],
    ['n = :v', { N: '10.0' }, true],
    ['n <> :v', { N: '10' }, false],
    ['n <> :v', { S: '10' }, true],
    ['absent <> :v', { S: 'a' }, true],
    ['absent = :v', { S: 'a' }, false],
    ['n < :v', { N: '10.5' }, true],
    ['n < :v', { N: '9' }, false],
    ['n <= :v', { N: '10' }, true],
    ['n > :v', { N: '-1' }, true],
    ['n >= :v', { N: '11' }, false],
    ['s > :v', { S: 'Banana' }, true],
    ['s < :v', { N: '1' }, false],
    ['b < :v', { B: 'AQIE' }, true],
    [':v < n', { N: '9' }, true],
    ['ss = :v', { SS: ['b', 'a'] }, true],
    ['m = :v', { M: { y: { M: { z: { S: 'deep' } } }, x: { N: '1.0' } } }, true],
    ['l = :v', { L: [{ N: '1' }] }, false],
    ['yes = :v', { BOOL: true }, true],
    ['nothing = :v', { NULL: true }, true],
    // paths
    ['l[1] = :v', { S: 'two' }, true],
    ['l[2][0] = :v', { S: 'deep' }, true],
    ['m.y.z = :v', { S: 'deep' }, true],
    ['m.absent.z = :v', { S: 'deep' }, false],
    ['l[9] = :v', { S: 'two' }, false],
    // functions
    ['contains(s, :v)', { S: 'nan' }, true],
    ['contains(s, :v)', { S: 'x' }, false],
    ['contains(ss, :v)', { S: 'a' }, true],
    ['contains(ns, :v)', { N: '2.0' }, true],
    ['contains(l, :v)', { S: 'two' }, true],
    ['contains(b, :v)', { B: 'Ag==' }, true],
    ['begins_with(s, :v)', { S: 'ban' }, true],
    ['begins_with(s, :v)', { S: 'nan' }, false],
    ['begins_with(n, :v)', { S: '1' }, false],
    ['begins_with(b, :v)', { B: 'AQ==' }, true],
    ['attribute_type(n, :v)', { S: 'N' }, true],
    ['attribute_type(ss, :v)', { S: 'S' }, false],
    ['size(s) = :v', { N: '6' }, true],
    ['size(b) = :v', { N: '3' }, true],
    ['size(ss) = :v', { N: '2' }, true],
    ['size(m) = :v', { N: '2' }, true],
    ['size(l) > :v', { N: '2' }, true],
    ['size(n) > :v', { N: '0' }, false],
    ['size(absent) >= :v', { N: '0' }, false],
    ['attribute_exists(nothing)', undefined, true],
    ['attribute_exists(absent)', undefined, false],
    ['attribute_not_exists(absent)', undefined, true],
    ['attribute_not_exists(m.x)', undefined, false],
    ['attribute_exists(l[2][0])', undefined, true],
    // logic
    ['NOT s = :v', { S: 'apple' }, true],
    ['NOT absent = :v', { S: 'apple' }, true],
    ['absent = :v OR s = :v', { S: 'banana' }, true],
    ['absent = :v AND s = :v', { S: 'banana' }, false],
    ['s = :v OR absent = :v AND absent = :v', { S: 'banana' }, true],
    ['(s = :v OR absent = :v) AND absent = :v', { S: 'banana' }, false],
    ['not (s = :v and not attribute_exists(absent))', { S: 'banana' }, false],
    ['s IN (absent, :v)', { S: 'banana' }, true],
    ['s in (:v)', { S: 'apple' }, false],
    ['n BETWEEN :v AND :v', { N: '10' }, true],
    ['n between m.x and :v', { N: '10' }, true],
  ];
  for (const [expression, value, expected] of cases) {
    test(`${expression} with ${JSON.stringify(value)}`, async () => {
      assert.equal(await holds(expression, value && { ':v': value }), expected);
    });
  }
  test('names stand for one path element, dots and all', async () => {
    const Item = { pk: { S: 'dotted' }, 'a.b': { N: '1' }, a: { M: { b: { N: '2' } } } };
    await call(stator, 'PutItem', { TableName: table, Item });
    const input = { TableName: table, Item, ExpressionAttributeValues: { ':v': { N: '1' } } };
    const dotted = await call(stator, 'PutItem', {
      ...input, ConditionExpression: '#x = :v', ExpressionAttributeNames: { '#x': 'a.b' },
    });
    assert.equal(dotted.status, 200);
    const nested = await call(stator, 'PutItem', { ...input, ConditionExpression: 'a.b = :v' });
    assertError(nested, 'ConditionalCheckFailedException', 'The conditional request failed');
  });
});

describe('a false condition', () => {
  const failing = () => ({
    TableName: table,
    Item: { pk: stored.pk },
    ConditionExpression: 'attribute_not_exists(pk)',
  });
  test('changes nothing', async () => {
    await rejects(client.send(new PutItemCommand(failing())), 'ConditionalCheckFailedException',
      'The conditional request failed');
    const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: { pk: stored.pk } }));
    assert.equal(Item.s.S, 'banana');
  });
  test('gives the item back if asked', async () => {
    const asked = { ...failing(), ReturnValuesOnConditionCheckFailure: 'ALL_OLD' };
    await assert.rejects(client.send(new PutItemCommand(asked)), (error) => {
      assert.ok(error instanceof ConditionalCheckFailedException);
      assert.equal(error.message, 'The conditional request failed');
      assert.equal(error.Item.s.S, 'banana');
      return true;
    });
  });
  test('gives no item back if there is none', async () => {
    const answer = await call(stator, 'DeleteItem', {
      TableName: table,
      Key: { pk: { S: 'nobody' } },
      ConditionExpression: 'attribute_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    assertError(answer, 'ConditionalCheckFailedException', 'The conditional request failed');
    assert.equal(answer.body.Item, undefined);
  });
  test('keeps an item from being deleted', async () => {
    const input = { TableName: table, Key: { pk: stored.pk }, ConditionExpression: 'n > :v' };
    const remove = (v) =>
      client.send(new DeleteItemCommand({ ...input, ExpressionAttributeValues: { ':v': { N: v } }, ReturnValues: 'ALL_OLD' }));
    await rejects(remove('10'), 'ConditionalCheckFailedException');
    assert.equal((await remove('9')).Attributes.s.S, 'banana');
    await call(stator, 'PutItem', { TableName: table, Item: stored });
  });
});

test('of many that put under "it is not there yet" one wins', async () => {
  const attempts = Array.from({ length: 50 }, (_, i) =>
    call(stator, 'PutItem', {
      TableName: table,
      Item: { pk: { S: 'raced' }, winner: { N: String(i) } },
      ConditionExpression: 'attribute_not_exists(pk)',
    }),
  );
  const answers = await Promise.all(attempts);
  const winners = answers.flatMap((answer, i) => (answer.status === 200 ? [i] : []));
  assert.equal(winners.length, 1);
  const { body } = await call(stator, 'GetItem', { TableName: table, Key: { pk: { S: 'raced' } } });
  assert.equal(body.Item.winner.N, String(winners[0]));
});

// Through Scan, whose texts have no prefix of their own.
describe('an expression is refused that', () => {
  const cases = {
    'is empty': ['', {}, 'The expression can not be empty;'],
    'ends too early': ['a =', {}, 'Syntax error; token: "<EOF>", near: "="'],
    'holds a stray character': ['a = !b', {}, 'Syntax error; token: "!", near: "= !b"'],
    'uses a reserved word': ['status = :v', { ':v': { S: 'a' } }, 'Attribute name is a reserved keyword; reserved keyword: status'],
    'uses a reserved word below': ['a.Name = :v', { ':v': { S: 'a' } }, 'Attribute name is a reserved keyword; reserved keyword: Name'],
    'uses a name nobody defined': ['#n = a', {}, 'An expression attribute name used in the document path is not defined; attribute name: #n'],
    'uses a value nobody defined': ['a = :n', {}, 'An expression attribute value used in expression is not defined; attribute value: :n'],
    'doubles its parentheses': ['((a = b))', {}, 'The expression has redundant parentheses;'],
    'calls an unknown function': ['exists(a)', {}, 'Invalid function name; function: exists'],
    'calls a function by another case': ['Contains(a, b)', {}, 'Invalid function name; function: Contains'],
    'compares a truth': ['attribute_exists(a) = b', {}, 'The function is not allowed to be used this way in an expression; function: attribute_exists'],
    'takes a size for a truth': ['size(a)', {}, 'The function is not allowed to be used this way in an expression; function: size'],
    'gives a function too little': ['contains(a)', {}, 'Incorrect number of operands for operator or function; operator or function: contains, number of operands: 1'],
    'asks whether a value exists': ['attribute_exists(:v)', { ':v': { S: 'a' } }, 'Operator or function requires a document path; operator or function: attribute_exists'],
    'compares a thing with itself': ['a = a', {}, 'The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a]'],
    'looks for the beginning of a number': ['begins_with(a, :v)', { ':v': { N: '1' } }, 'Incorrect operand type for operator or function; operator or function: begins_with, operand type: N'],
    'turns a range around': [
      'a BETWEEN :v AND :w',
      { ':v': { N: '2' }, ':w': { N: '1' } },
      'The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}',
    ],
    'ranges over two types': [
      'a BETWEEN :v AND :w',
      { ':v': { N: '1' }, ':w': { S: 'a' } },
      'The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:a}',
    ],
    'asks for a type that is none': [
      'attribute_type(a, :v)',
      { ':v': { S: 'X' } },
      'Invalid attribute type name found; type: X, valid types: {S,SS,N,NS,B,BS,BOOL,NULL,L,M}',
    ],
  };
  for (const [title, [FilterExpression, values, message]] of Object.entries(cases)) {
    test(title, () => {
      const ExpressionAttributeValues = Object.keys(values).length ? values : undefined;
      const input = { TableName: table, FilterExpression, ExpressionAttributeValues };
      return invalid(stator, 'Scan', input, `Invalid FilterExpression: ${message}`);
    });
  }
});

describe('placeholders are refused that', () => {
  const values = { ':v': { S: 'a' } };
  const cases = {
    'are empty names': [{ FilterExpression: 'a = b', ExpressionAttributeNames: {} }, 'ExpressionAttributeNames must not be empty'],
    'are empty values': [{ FilterExpression: 'a = b', ExpressionAttributeValues: {} }, 'ExpressionAttributeValues must not be empty'],
    'have no expression to be used in': [
      { ExpressionAttributeNames: { '#a': 'a' } },
      'ExpressionAttributeNames can only be specified when using expressions',
    ],
    'have no expression to be values in': [
      { ExpressionAttributeValues: values },
      'ExpressionAttributeValues can only be specified when using expressions: FilterExpression is null',
    ],
    'are names without a hash': [
      { FilterExpression: 'a = b', ExpressionAttributeNames: { a: 'a' } },
      'ExpressionAttributeNames contains invalid key: Syntax error; key: "a"',
    ],
    'are values without a colon': [
      { FilterExpression: 'a = b', ExpressionAttributeValues: { v: { S: 'a' } } },
      'ExpressionAttributeValues contains invalid key: Syntax error; key: "v"',
    ],
    'hold a bad value': [
      { FilterExpression: 'a = :v', ExpressionAttributeValues: { ':v': {} } },
      'ExpressionAttributeValues contains invalid value: Supplied AttributeValue is empty, must contain exactly one of the supported datatypes for key :v',
    ],
    'are values nobody uses': [
      { FilterExpression: 'a = b', ExpressionAttributeValues: values },
      'Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}',
    ],
  };
  for (const [title, [more, message]] of Object.entries(cases)) {
    test(title, () => invalid(stator, 'Scan', { TableName: table, ...more }, message));
  }
});

test('expressions of four thousand bytes are read, longer ones refused', async () => {
  const clause = 'attribute_exists(a)';
  const long = `${clause} OR `.repeat(140) + clause;
  const answer = await call(stator, 'Scan', { TableName: table, FilterExpression: long });
  assert.equal(answer.status, 200, answer.text);
  const longer = await call(stator, 'Scan', { TableName: table, FilterExpression: `${' '.repeat(4096)}a = b` });
  assertError(longer, 'ValidationException', /^Invalid FilterExpression: Expression size has exceeded the maximum allowed size;/);
});
