// ProjectionExpression: which parts of an item come back.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { clientOf, makeTable } from './lib/client.mjs';
import { invalid } from './lib/expect.mjs';
import { call } from './lib/raw.mjs';
import { startServer } from './lib/server.mjs';

let stator, table;
const stored = {
  pk: { S: 'a' },
  s: { S: 'text' },
  l: { L: [{ N: '0' }, { N: '1' }, { M: { x: { S: 'x' }, y: { S: 'y' } } }, { N: '3' }] },
  m: { M: { a: { M: { b: { N: '1' }, c: { N: '2' } } }, d: { S: 'd' } } },
};
before(async () => {
  stator = await startServer({ inMemory: true });
  table = await makeTable(clientOf(stator));
  await call(stator, 'PutItem', { TableName: table, Item: stored });
});
after(() => stator?.stop());

async function selected(ProjectionExpression, ExpressionAttributeNames) {
  const input = { TableName: table, Key: { pk: stored.pk }, ProjectionExpression, ExpressionAttributeNames };
  const { status, body, text } = await call(stator, 'GetItem', input);
  assert.equal(status, 200, text);
  return body.Item;
}

describe('selecting', () => {
  const cases = {
    's': { s: stored.s },
    's, pk': { s: stored.s, pk: stored.pk },
    'absent': {},
    'absent, s': { s: stored.s },
    'm.a.b': { m: { M: { a: { M: { b: { N: '1' } } } } } },
    'm.a.b, m.d': { m: { M: { a: { M: { b: { N: '1' } } }, d: { S: 'd' } } } },
    'm.a.absent': {},
    's.x': {},
    'l[1]': { l: { L: [{ N: '1' }] } },
    'l[3], l[0]': { l: { L: [{ N: '0' }, { N: '3' }] } },
    'l[2].y': { l: { L: [{ M: { y: { S: 'y' } } }] } },
    'l[9]': {},
  };
  for (const [expression, item] of Object.entries(cases)) {
    test(expression, async () => assert.deepEqual(await selected(expression), item));
  }
  test('by a name that stands for another', async () => {
    assert.deepEqual(await selected('#x.#y', { '#x': 'm', '#y': 'd' }), { m: { M: { d: { S: 'd' } } } });
  });
});

describe('it is refused to select', () => {
  const PREFIX = 'Invalid ProjectionExpression: ';
  const cases = {
    'a part and its whole': [
      'm.a, m.a.b',
      `${PREFIX}Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m, a], path two: [m, a, b]`,
    ],
    'the same twice': [
      's, s',
      `${PREFIX}Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [s], path two: [s]`,
    ],
    'a thing as list and as map': [
      'm.a, m[1]',
      `${PREFIX}Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [m, a], path two: [m, [1]]`,
    ],
    'a reserved word': ['name', `${PREFIX}Attribute name is a reserved keyword; reserved keyword: name`],
    'nothing': ['', `${PREFIX}The expression can not be empty;`],
    'with a comma too many': ['s,', `${PREFIX}Syntax error; token: "<EOF>", near: ","`],
  };
  for (const [title, [ProjectionExpression, message]] of Object.entries(cases)) {
    test(title, () =>
      invalid(stator, 'GetItem', { TableName: table, Key: { pk: stored.pk }, ProjectionExpression }, message));
  }
});

test('AttributesToGet, the older form, selects whole attributes and mixes with no expression', async () => {
  const input = { TableName: table, Key: { pk: stored.pk }, AttributesToGet: ['s', 'absent', 'm.d'] };
  const { status, body, text } = await call(stator, 'GetItem', input);
  assert.equal(status, 200, text);
  assert.deepEqual(body.Item, { s: stored.s });
  await invalid(stator, 'GetItem', { ...input, ProjectionExpression: 's' },
    'Can not use both expression and non-expression parameters in the same request: ' +
      'Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}');
});
