// Runs one case: its items are put, its calls are made, each answer is held against what the file expects.

import { setTimeout as sleep } from 'node:timers/promises';

import { messageMemberOf, wireTypeOf } from '../../e2e/lib/expect.mjs';
import { differences } from './compare.mjs';
import { expand } from './expand.mjs';

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

// `facts` are what texts may name (see expand.mjs). Throws a Mismatch, or whatever went wrong on the way.
export async function runCase(one, facts, target) {
  for (const { table, item } of expand(one.given, facts)) {
    const put = { call: 'PutItem', request: { TableName: facts[table], Item: item }, reply: {} };
    await exchange(put, 'given', target);
  }
  const { name, file, source, own_tables: own, given, then, ...call } = one;
  const known = { ...facts };
  for (const [i, { keep = {}, ...step }] of [call, ...then].entries()) {
    const body = await exchange(expand(step, known), i === 0 ? 'call' : `then ${i}`, target);
    for (const [as, member] of Object.entries(keep)) known[as] = body[member];
  }
}
