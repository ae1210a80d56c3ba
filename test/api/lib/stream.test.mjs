// Steps that read a stream.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseCaseFile } from './case_file.mjs';
import { runCase } from './runner.mjs';

const facts = { id: 'id000001', n: '200011', region: 'here', T: 'table', 'stream:T': 'arn' };
const create = { StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' } };
const parsed = (one, table = { hash: 'pk:S', create }) =>
  parseCaseFile(JSON.stringify({ about: 'x', tables: { T: table }, cases: [{ name: 'one', source: 'a book', ...one }] }), 'file').cases[0];

const record = (number, Keys, more = {}) => ({
  eventID: String(number).padStart(32, '0'),
  eventName: 'INSERT',
  eventVersion: '1.1',
  eventSource: 'aws:dynamodb',
  awsRegion: 'here',
  dynamodb: { ApproximateCreationDateTime: 1, SequenceNumber: String(number).padStart(21, '0'), Keys, ...more },
});
const pk = (text) => ({ pk: { S: text } });
const mine = pk(facts.id);

// A server with these shards, each a list of pages.
function serving(shards) {
  const pagesOf = (name) => shards[name];
  const answers = {
    DescribeStream: ({ ExclusiveStartShardId: after }) => {
      const [next] = Object.keys(shards).filter((name) => !after || name > after);
      const last = Object.keys(shards).at(-1);
      return { StreamDescription: { Shards: next ? [{ ShardId: next }] : [], LastEvaluatedShardId: next < last ? next : undefined } };
    },
    GetShardIterator: ({ ShardId }) => ({ ShardIterator: `${ShardId} 0` }),
    GetRecords: ({ ShardIterator }) => {
      const [name, page] = ShardIterator.split(' ');
      const more = Number(page) + 1 < pagesOf(name).length;
      return { Records: pagesOf(name)[page], NextShardIterator: more ? `${name} ${Number(page) + 1}` : undefined };
    },
  };
  return { send: async (operation, request) => ({ status: 200, body: answers[operation](request), text: '' }) };
}

const reads = (records) => parsed({ stream: '${stream:T}', records });
const passes = (records, shards) => runCase(reads(records), facts, serving(shards));
const fails = (records, shards, error) => assert.rejects(runCase(reads(records), facts, serving(shards)), error);
const expected = { eventName: 'INSERT', dynamodb: { Keys: pk('${id}') } };

test("a stream's records are all those of the case, of every shard and page, in order", async () => {
  const other = { eventName: 'INSERT', dynamodb: { Keys: pk('${id}b') } };
  const shards = { s1: [[record(1, mine), record(2, pk('else'))], [record(3, pk('id000001b'))]], s2: [[record(4, mine)]] };
  await passes([expected, other, expected], shards);
  await passes({ $unordered: [expected, expected, other] }, shards);
  await fails([other, expected, expected], shards, { step: 'call: the stream' });
  await fails([expected, other], shards, { step: 'call: the stream' });
  await passes([], { s1: [[]] });
});

test('what a record has beyond what is said is a difference', async () => {
  await fails([expected], { s1: [[record(1, mine, { OldImage: mine })]] }, { step: 'call: the stream' });
  await fails([expected], { s1: [[{ ...record(1, mine), eventID: 'x' }]] }, { step: 'call: the stream' });
  await passes([{ ...expected, userIdentity: {} }], { s1: [[{ ...record(1, mine), userIdentity: {} }]] });
});

test('what no stream may do fails every case', async () => {
  await fails([], { s1: [[record(2, pk('a')), record(1, pk('b'))]] }, /do not rise/);
  await fails([], { s1: [[record(1, pk('a'))]], s2: [[record(1, pk('b'))]] }, /one eventID/);
});

test('a step that reads a stream says what it expects, and nothing else', () => {
  const refuses = (one, pattern, table) => assert.throws(() => parsed(one, table), pattern);
  refuses({ stream: '${stream:T}' }, /"records" is missing/);
  refuses({ records: [] }, /"stream" is missing/);
  refuses({ stream: '${stream:T}', records: [], reply: {} }, /"reply" has no place/);
  refuses({ stream: '${stream:T}', records: [{ $anny: 1 }] }, /wildcard/);
  refuses({ stream: '${stream:T}', records: [] }, /\$\{stream:T\} is not known/, { hash: 'pk:S' });
  refuses({ reply: {} }, /"call" is missing/);
});

test('what is kept may stand deep in the reply', async () => {
  const reply = { A: { B: [{ C: { $any: 'string' } }] }, D: { $every: { E: { $any: 'string' } } }, F: 'f' };
  const asked = [];
  const echo = async (name, request) => {
    asked.push(request);
    return { status: 200, body: name === 'GetItem' ? { A: { B: [{ C: 'c' }] }, D: [{ E: 'e' }], F: 'f' } : {}, text: '' };
  };
  const one = (kept) => ({
    call: 'GetItem', request: {}, reply, keep: { keptIt: kept },
    then: [{ call: 'Scan', request: { it: '${keptIt}' }, reply: {} }],
  });
  for (const path of ['A.B.0.C', 'D.0.E']) await runCase(parsed(one(path)), facts, { send: echo });
  assert.deepEqual(asked.filter(({ it }) => it), [{ it: 'c' }, { it: 'e' }]);
  await assert.rejects(runCase(parsed(one('D.1.E')), facts, { send: echo }), /no text D.1.E/);
  assert.throws(() => parsed(one('F')), /leave open/);
  assert.throws(() => parsed(one('A.B')), /leave open/);
});
