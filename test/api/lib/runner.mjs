// Runs one case: its items are put, its calls are made, each answer is held against what the file expects.

import { setTimeout as sleep } from 'node:timers/promises';

import { messageMemberOf, wireTypeOf } from '../../e2e/lib/expect.mjs';
import { differences } from './compare.mjs';
import { expand } from './expand.mjs';
import { ownRecords, readStream, wholeRecords } from './stream.mjs';

const AGAIN_MS = 200;
const STATUS_OF = { InternalServerError: 500, InternalFailure: 500, ServiceUnavailable: 503 };
const statusOf = (call) => call.status ?? (call.error ? STATUS_OF[call.error.type] ?? 400 : 200);

// A step of a case that did not go as expected. `found` are differences; `request` and `answer` are there to be shown.
export class Mismatch extends Error {
  constructor(step, { request, answer, found }) {
    super(step);
    Object.assign(this, { step, request, answer, found });
  }
}

// The body of an error as it is on the wire. Emulators may spell the namespace and the member of the text otherwise.
function errorBody({ type, message, ...more }, lenient, answered) {
  const body = { ...more, __type: wireTypeOf(type) };
  if (message !== undefined) body[messageMemberOf(type)] = message;
  if (!lenient || typeof answered?.__type !== 'string') return body;
  if (answered.__type.split('#').pop() === type) body.__type = answered.__type;
  if (message !== undefined) {
    delete body[messageMemberOf(type)];
    body['message' in answered ? 'message' : 'Message'] = message;
  }
  return body;
}

const errorsOf = (error) => error.$one_of ?? [error];

function mismatches(call, answer, lenient) {
  const errors = call.error && errorsOf(call.error).map((one) => errorBody(one, lenient, answer.body));
  const expected = errors ? (errors.length === 1 ? errors[0] : { $one_of: errors }) : call.reply;
  const status = statusOf(call);
  const noJson = () => (answer.text === expected ? [] : [{ path: '', expected, actual: answer.text }]);
  const found = answer.body === undefined ? noJson() : differences(expected, answer.body);
  if (answer.status !== status) found.unshift({ path: ' status', expected: status, actual: answer.status });
  return found;
}

// `call` is expanded. What is to be so eventually is asked for again, if the server may take its time. Returns the answer's body.
async function exchange(call, step, { send, lenient, patience_ms: patience = 0 }) {
  const request = call.body ?? call.request ?? {};
  const deadline = Date.now() + (call.eventually ? patience : 0);
  for (;;) {
    const answer = await send(call.call, request, call.headers);
    const found = mismatches(call, answer, lenient);
    if (found.length === 0) return answer.body;
    if (Date.now() >= deadline) throw new Mismatch(`${step}: ${call.call}`, { request, answer, found });
    await sleep(AGAIN_MS);
  }
}

// The case's own records of the stream. `reading` is expanded.
async function exchangeStream(reading, step, facts, { send, patience_ms: patience = 0 }) {
  const expected = wholeRecords(reading.records, facts);
  for (const deadline = Date.now() + patience; ; await sleep(AGAIN_MS)) {
    const records = ownRecords(await readStream(reading.stream, send), facts);
    const found = differences(expected, records);
    if (found.length === 0) return;
    const answer = { status: 200, text: JSON.stringify(records) };
    if (Date.now() >= deadline) throw new Mismatch(`${step}: the stream`, { request: reading.stream, answer, found });
  }
}

const memberAt = (body, path) => path.split('.').reduce((value, name) => value?.[name], body);

function keep(body, wanted, known) {
  for (const [as, path] of Object.entries(wanted)) {
    known[as] = memberAt(body, path);
    if (typeof known[as] !== 'string') throw new Error(`there is no text ${path} in ${JSON.stringify(body)}`);
  }
}

// `facts` are what texts may name (see expand.mjs). Throws a Mismatch, or whatever went wrong on the way.
export async function runCase(one, facts, target) {
  for (const { table, item } of expand(one.given, facts)) {
    const put = { call: 'PutItem', request: { TableName: facts[table], Item: item }, reply: {} };
    await exchange(put, 'given', target);
  }
  const { name: title, file, source, own_tables: own, given, then, ...call } = one;
  const known = { ...facts };
  for (const [i, { keep: wanted = {}, ...step }] of [call, ...then].entries()) {
    const name = i === 0 ? 'call' : `then ${i}`;
    if (step.stream) await exchangeStream(expand(step, known), name, known, target);
    else keep(await exchange(expand(step, known), name, target), wanted, known);
  }
}
