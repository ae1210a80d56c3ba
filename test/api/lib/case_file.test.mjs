// Case files that are not as they should be are refused; what is built from the others is what they say.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseCaseFile } from './case_file.mjs';
import { expand } from './expand.mjs';
import { runCase } from './runner.mjs';
import { createRequest } from './tables.mjs';

const aCase = { name: 'one', source: 'a book', call: 'GetItem', request: {}, reply: {} };
const fileOf = (...cases) => ({ about: 'x', tables: { T: { hash: 'pk:S' } }, cases });
const parsed = (file) => parseCaseFile(JSON.stringify(file), 'file');
const refuses = (file, pattern) => assert.throws(() => parsed(file), pattern);

test('a whole file gets its defaults', () => {
  const { cases } = parsed(fileOf(aCase));
  assert.deepEqual(cases[0].given, []);
  assert.equal(cases[0].own_tables, false);
  assert.equal(parsed({ ...fileOf({ ...aCase, source: undefined }), source: 'the file' }).cases[0].source, 'the file');
});

test('what a misspelling would leave unchecked is refused', () => {
  refuses('nonsense', /is not an object/);
  refuses({ ...fileOf(aCase), case: [] }, /unknown member "case"/);
  refuses(fileOf({ ...aCase, repply: {} }), /unknown member "repply"/);
  refuses(fileOf({ ...aCase, reply: undefined }), /either a reply or an error/);
  refuses(fileOf({ ...aCase, error: { type: 'X' } }), /either a reply or an error/);
  refuses(fileOf({ ...aCase, reply: undefined, error: {} }), /no type/);
  refuses(fileOf({ ...aCase, source: undefined }), /"source" is missing/);
  refuses(fileOf({ ...aCase, name: '' }), /"name"/);
  refuses(fileOf(aCase, aCase), /used twice/);
  refuses(fileOf(), /"cases"/);
  refuses(fileOf({ ...aCase, body: '{}' }), /both a request and a body/);
  refuses(fileOf({ ...aCase, then: [{ call: 'GetItem', request: {} }] }), /then 1: needs either/);
  refuses(fileOf({ ...aCase, then: [{ ...aCase }] }), /unknown member "name"/);
  refuses(fileOf({ ...aCase, given: [{ table: 'U', item: {} }] }), /no table "U"/);
  refuses({ ...fileOf(aCase), tables: { T: { hash: 'pk' } } }, /"hash"/);
  refuses({ ...fileOf(aCase), tables: { T: { hash: 'pk:S', rnage: 'sk:S' } } }, /unknown member "rnage"/);
});

test('what cannot be built is refused before the run', () => {
  refuses(fileOf({ ...aCase, request: { TableName: '${U}' } }), /\$\{U\} is not known/);
  refuses(fileOf({ ...aCase, request: { a: { $any: 'string' } } }), /\$any has no place/);
  refuses(fileOf({ ...aCase, reply: { a: { $anny: 'string' } } }), /unknown wildcard/);
  refuses(fileOf({ ...aCase, request: { a: [{ $times: '3', $each: 1 }] } }), /\$times/);
  refuses(fileOf({ ...aCase, request: { a: { $nested: 3, $as: 'S', $inner: 1 } } }), /\$as/);
  refuses(fileOf({ ...aCase, request: { a: '${i}' } }), /\$\{i\} is not known/);
});

test('texts and lists are built as they are written', () => {
  const facts = { id: 'id000001', T: 'table' };
  const is = (written, built) => assert.deepEqual(expand(written, facts), built);
  is('${T}/${id}', 'table/id000001');
  is({ '${T}': ['${repeat:ab:3}', '${repeat:}:2}', '${repeat::x:2}'] }, { table: ['ababab', '}}', ':x:x'] });
  is('${base64:a:3}', 'YWFh');
  is('${repeat:a:0}!', '!');
  is(['x', { $times: 2, $each: 'y${i:2}' }], ['x', 'y00', 'y01']);
  is({ a: 1, $times: 2, $each: { 'b${i}': '${i}' } }, { a: 1, b0: '0', b1: '1' });
  is({ a: { $times: 3, $each: ':v${i}', $join: ', ' } }, { a: ':v0, :v1, :v2' });
  is({ $nested: 2, $as: 'L', $inner: { S: 'x' } }, { L: [{ L: [{ S: 'x' }] }] });
  is({ $nested: 1, $as: 'M', $inner: { S: 'x' } }, { M: { m: { S: 'x' } } });
});

test('a table has its keys and what else the shape says', () => {
  const shape = { hash: 'a:b:S', range: 'sk:N', attributes: ['x:B'], create: { Tags: [] } };
  assert.deepEqual(createRequest('name', shape), {
    TableName: 'name',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'a:b', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'N' },
      { AttributeName: 'x', AttributeType: 'B' },
    ],
    KeySchema: [
      { AttributeName: 'a:b', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    Tags: [],
  });
});

// A server that always answers the same.
const answering = (status, body, lenient = false) => ({
  lenient,
  send: async () => ({ status, body, text: JSON.stringify(body) }),
});
const caseOf = (members) => parsed(fileOf({ ...aCase, reply: undefined, ...members })).cases[0];
const passes = (members, target) => runCase(caseOf(members), {}, target);
const fails = (members, target) => assert.rejects(runCase(caseOf(members), {}, target), { name: 'Error', step: 'call: GetItem' });

const invalid = { __type: 'com.amazon.coral.validate#ValidationException', message: 'text' };

test('an answer is held to status, type, text and every other member', async () => {
  await passes({ reply: {} }, answering(200, {}));
  await fails({ reply: {} }, answering(200, { a: 1 }));
  await fails({ reply: {} }, answering(400, {}));
  await fails({ reply: {} }, answering(200, undefined));
  const empty = { send: async () => ({ status: 200, text: '' }) };
  await passes({ reply: '' }, empty);
  await fails({ reply: {} }, empty);
  await fails({ reply: '' }, answering(200, {}));
  const error = { type: 'ValidationException', message: 'text' };
  await passes({ error }, answering(400, invalid));
  await fails({ error }, answering(500, invalid));
  await fails({ error }, answering(400, { ...invalid, Item: {} }));
  await fails({ error: { ...error, Item: {} } }, answering(400, invalid));
  await fails({ error: { ...error, message: 'texts' } }, answering(400, invalid));
  await fails({ error: { type: 'ValidationException' } }, answering(400, invalid));
  await fails({ error: { ...error, type: 'ValidationError' } }, answering(400, invalid));
});

test('an error may be one of several', async () => {
  const either = (...texts) => ({ error: { $one_of: texts.map((message) => ({ type: 'ValidationException', message })) } });
  await passes(either('other', 'text'), answering(400, invalid));
  await fails(either('other', 'another'), answering(400, invalid));
  await fails(either('other', 'text'), answering(500, invalid));
  refuses(fileOf({ ...aCase, reply: undefined, error: { $one_of: [{ type: 'X' }, {}] } }), /no type/);
});

test('leniency is for the namespace and the spelling of message, and for nothing else', async () => {
  const other = { __type: 'com.amazonaws.dynamodb.v20120810#ValidationException', Message: 'text' };
  const error = { type: 'ValidationException', message: 'text' };
  await fails({ error }, answering(400, other));
  await passes({ error }, answering(400, other, true));
  await fails({ error: { ...error, message: 'no' } }, answering(400, other, true));
  await fails({ error: { ...error, type: 'ResourceNotFoundException' } }, answering(400, other, true));
});

test('what is to be so eventually may take its time, if the server may', async () => {
  let calls = 0;
  const later = { send: async () => ({ status: 200, body: { a: ++calls }, text: '' }), patience_ms: 2000 };
  await passes({ reply: { a: 2 }, eventually: true }, later);
  assert.equal(calls, 2);
  await fails({ reply: { a: 4 } }, later);
  await fails({ reply: { a: 5 }, eventually: true }, { ...later, patience_ms: 0 });
  refuses(fileOf({ ...aCase, eventually: 'yes' }), /"eventually"/);
});

test('a given item that cannot be put fails the case', async () => {
  const one = caseOf({ reply: {}, given: [{ table: 'T', item: {} }] });
  await assert.rejects(runCase(one, { T: 't' }, answering(400, invalid)), { step: 'given: PutItem' });
});

test('a follow-up call is checked like the first', async () => {
  const one = caseOf({ reply: {}, then: [{ call: 'Scan', request: {}, reply: { Count: 0 } }] });
  await assert.rejects(runCase(one, {}, answering(200, {})), { step: 'then 1: Scan' });
});

test('what a call keeps of its reply later ones can say', async () => {
  const asked = [];
  const echo = async (name, request) => {
    asked.push(request);
    return answering(200, { Next: `after ${request.At ?? 'none'}` }).send();
  };
  const first = { reply: { Next: { $any: 'string' } }, keep: { keptA: 'Next' } };
  const again = { call: 'Scan', request: { At: '${keptA}' }, reply: { Next: 'after after none' } };
  await runCase(caseOf({ ...first, then: [again] }), {}, { send: echo });
  assert.deepEqual(asked, [aCase.request ?? {}, { At: 'after none' }]);
  refuses(fileOf({ ...aCase, ...first, request: { At: '${keptA}' } }), /keptA/);
  refuses(fileOf({ ...aCase, ...first, keep: { next: 'Next' } }), /"keep"/);
  refuses(fileOf({ ...aCase, ...first, keep: { keptA: 'Other' } }), /leave open/);
});
