// The comparer accepts what it should and, above all, rejects what it should.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { differences, expectationFault } from './compare.mjs';

const agrees = (expected, actual) => assert.deepEqual(differences(expected, actual), []);
const differs = (expected, actual, ...paths) =>
  assert.deepEqual(differences(expected, actual).map(({ path }) => path), paths);

test('equal bodies agree, whatever the order of their members', () => {
  agrees({}, {});
  agrees({ a: 1, b: [true, null, 'x'] }, { b: [true, null, 'x'], a: 1 });
});

test('another value, another type, a missing member and one too many differ', () => {
  differs({ a: 'x' }, { a: 'y' }, '.a');
  differs({ a: '1' }, { a: 1 }, '.a');
  differs({ a: null }, {}, '.a');
  differs({ a: 1 }, {}, '.a');
  differs({}, { a: 1 }, '.a');
  differs({ a: {} }, { a: [] }, '.a');
  differs({ a: { b: 1, c: 2 } }, { a: { b: 2, c: 3 } }, '.a.b', '.a.c');
});

test('a member that every object has is no member', () => {
  differs({}, JSON.parse('{"__proto__": 1}'), '.__proto__');
  differs({ constructor: 'x' }, {}, '.constructor');
});

test('lists have an order and a length', () => {
  differs({ L: [1, 2] }, { L: [2, 1] }, '.L[0]', '.L[1]');
  differs({ L: [1] }, { L: [1, 2] }, '.L[1]');
  differs({ L: [1, 2] }, { L: [1] }, '.L[1]');
});

test('sets have no order, but their members count', () => {
  agrees({ SS: ['a', 'b'] }, { SS: ['b', 'a'] });
  differs({ SS: ['a', 'a'] }, { SS: ['a', 'b'] }, '.SS[*]', '.SS[*]');
  differs({ NS: ['1'] }, { NS: ['1', '2'] }, '.NS[*]');
});

test('$any wants its type', () => {
  agrees({ a: { $any: 'string' } }, { a: '' });
  agrees({ a: { $any: 'array' } }, { a: [] });
  differs({ a: { $any: 'object' } }, { a: [] }, '.a');
  differs({ a: { $any: 'string' } }, { a: 1 }, '.a');
  differs({ a: { $any: 'string' } }, {}, '.a');
  differs({ a: { $any: 'object' } }, { a: null }, '.a');
});

test('$match wants a string that fits', () => {
  agrees({ $match: '^a+$' }, 'aaa');
  differs({ a: { $match: '^a+$' } }, { a: 'ab' }, '.a');
  differs({ a: { $match: '.*' } }, { a: 1 }, '.a');
  differs({ a: { $match: '.*' } }, {}, '.a');
});

test('$unordered pairs elements even where a wildcard fits several', () => {
  agrees({ $unordered: [{ $any: 'string' }, 'a'] }, ['a', 'b']);
  agrees({ $unordered: [{ $match: 'a|b' }, { $match: 'b|c' }, 'a'] }, ['c', 'b', 'a']);
  differs({ l: { $unordered: [{ $any: 'string' }, 'a'] } }, { l: ['b', 'c'] }, '.l[*]', '.l[*]');
  differs({ l: { $unordered: ['a'] } }, { l: ['a', 'a'] }, '.l[*]');
  differs({ l: { $unordered: ['a', 'a'] } }, { l: ['a'] }, '.l[*]');
  differs({ l: { $unordered: [] } }, { l: {} }, '.l');
});

test('$every wants it of each, and of at least one', () => {
  agrees({ a: { $every: { b: { $any: 'number' } } } }, { a: [{ b: 1 }, { b: 2 }] });
  differs({ a: { $every: { b: 1 } } }, { a: [{ b: 1 }, { b: 2 }] }, '.a[1].b');
  differs({ a: { $every: { b: 1 } } }, { a: [] }, '.a');
  differs({ a: { $every: { b: 1 } } }, { a: { b: 1 } }, '.a');
});

test('$one_of wants one of them', () => {
  agrees({ a: { $one_of: [{ b: 1 }, { $any: 'string' }] } }, { a: { b: 1 } });
  differs({ a: { $one_of: [1, 2] } }, { a: 3 }, '.a');
  differs({ a: { $one_of: [1, 2] } }, {}, '.a');
});

test('an expectation with a misspelt wildcard is a fault', () => {
  assert.equal(expectationFault({ a: [{ $any: 'string' }], b: { $match: '^x' } }), undefined);
  for (const wrong of [{ $anything: 'string' }, { $any: 'text' }, { $match: '(' }, { $unordered: 'a' }, { $one_of: ['a'] },
    { $any: 'string', b: 1 }, { $constructor: 1 }]) {
    assert.ok(expectationFault({ a: [{ b: wrong }] }), JSON.stringify(wrong));
  }
});
