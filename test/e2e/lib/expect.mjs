// What a refusal looks like on the wire: type with its namespace, status, message to the letter.

import assert from 'node:assert/strict';

import { call } from './raw.mjs';

const SERVICE = 'com.amazon.coral.service#';
const NAMESPACES = {
  ValidationException: 'com.amazon.coral.validate#',
  SerializationException: SERVICE,
  UnknownOperationException: SERVICE,
  MissingAuthenticationTokenException: SERVICE,
  IncompleteSignatureException: SERVICE,
  InvalidSignatureException: SERVICE,
  UnrecognizedClientException: SERVICE,
  AccessDeniedException: SERVICE,
};
const CAPITAL_MESSAGE = new Set([
  'SerializationException',
  'AccessDeniedException',
  'TransactionCanceledException',
  'TransactionInProgressException',
  'IdempotentParameterMismatchException',
]);

// An error's name with its namespace, and the member of its body that holds the text.
export const wireTypeOf = (name) => (NAMESPACES[name] ?? 'com.amazonaws.dynamodb.v20120810#') + name;
export const messageMemberOf = (name) => (CAPITAL_MESSAGE.has(name) ? 'Message' : 'message');

// `message` is a text, a regular expression, or undefined where the wire has none.
export function assertError(answer, name, message, status = 400) {
  assert.equal(answer.body?.__type, wireTypeOf(name), answer.text.slice(0, 300));
  const member = messageMemberOf(name);
  if (message instanceof RegExp) assert.match(answer.body[member], message);
  else assert.equal(answer.body[member], message);
  assert.equal(answer.status, status);
}

// The call is refused with this error.
export async function refused(server, operation, input, name, message, status = 400) {
  assertError(await call(server, operation, input), name, message, status);
}

export const invalid = (server, operation, input, message) =>
  refused(server, operation, input, 'ValidationException', message);

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

// Since 2026 some operations put this prefix before some texts. Where it is not established whether a text has it,
// the text alone is held against the answer.
export const perhapsPrefixed = (text) => new RegExp(`^(1 validation error detected: )?${escaped(text)}$`);

// The SDK's view of a refusal.
export async function rejects(promise, name, message, status = 400) {
  await assert.rejects(promise, (error) => {
    assert.equal(error.name, name, error.message);
    if (message instanceof RegExp) assert.match(error.message, message);
    else if (message !== undefined) assert.equal(error.message, message);
    assert.equal(error.$metadata.httpStatusCode, status);
    return true;
  });
}
