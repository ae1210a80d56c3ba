// Signatures, checked against a credentials file.

import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { clientOf } from './lib/client.mjs';
import { assertError, rejects } from './lib/expect.mjs';
import { call, send, target } from './lib/raw.mjs';
import { startServer, temporaryDirectory } from './lib/server.mjs';
import { amzDate, signHeaders, signQuery } from './lib/sigv4.mjs';

const alice = { accessKeyId: 'AKIDALICE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const bob = { accessKeyId: 'AKIDBOB', secretAccessKey: 'bobs+secret/with=signs' };
const stranger = { accessKeyId: 'AKIDNOBODY', secretAccessKey: 'secret' };
const profile = (name, keys) =>
  `[${name}]\naws_access_key_id = ${keys.accessKeyId}\naws_secret_access_key = ${keys.secretAccessKey}\n`;

let stator, directory, file;
before(async () => {
  directory = await temporaryDirectory();
  file = join(directory, 'credentials');
  await writeFile(file, `# who may come in\n${profile('default', alice)}\n${profile('bob', bob)}`, { mode: 0o600 });
  stator = await startServer({ inMemory: true, args: ['--credentials', file] });
});
after(async () => {
  await stator?.stop();
  await rm(directory, { recursive: true });
});

const list = (keys, more) => call(stator, 'ListTables', {}, { keys, ...more });
const WRONG_SIGNATURE =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key ' +
  'and signing method. Consult the service documentation for details.';

describe('who is in the file', () => {
  test('is let in', async () => {
    for (const keys of [alice, bob]) {
      const { status, text } = await list(keys);
      assert.equal(status, 200, text);
      await clientOf(stator, { credentials: keys }).send(new ListTablesCommand({}));
    }
  });
  test('is let in for any region', async () => {
    assert.equal((await list(alice, { region: 'eu-central-1' })).status, 200);
  });
  test('is not let in with another secret', async () => {
    const answer = await list({ ...alice, secretAccessKey: bob.secretAccessKey });
    assertError(answer, 'InvalidSignatureException', new RegExp(`^${WRONG_SIGNATURE.replace(/\./g, '\\.')}`));
    assert.match(answer.body.message, /The Canonical String for this request should have been/);
    assert.match(answer.body.message, /The String-to-Sign should have been/);
    const client = clientOf(stator, { credentials: { ...alice, secretAccessKey: 'x' } });
    await rejects(client.send(new ListTablesCommand({})), 'InvalidSignatureException', /^The request signature we calculated/);
  });
  test('is not let in with a body that was changed', async () => {
    const body = '{}';
    const headers = signHeaders({
      body,
      keys: alice,
      headers: { host: new URL(stator.endpoint).host, 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target('ListTables') },
    });
    assertError(await send(stator, { headers, body: '{ }' }), 'InvalidSignatureException', /^The request signature/);
    assert.equal((await send(stator, { headers, body })).status, 200);
  });
});

test('who is not in the file is not let in', async () => {
  assertError(await list(stranger), 'UnrecognizedClientException', 'The security token included in the request is invalid.');
  const client = clientOf(stator, { credentials: stranger });
  await rejects(client.send(new ListTablesCommand({})), 'UnrecognizedClientException');
});

describe('a date', () => {
  const minutes = (n) => new Date(Date.now() + n * 60_000);
  test('may be 14 minutes off', async () => {
    for (const off of [-14, 14]) assert.equal((await list(alice, { date: minutes(off) })).status, 200);
  });
  test('may not be 16 minutes old', async () => {
    const date = minutes(-16);
    const answer = await list(alice, { date });
    const text = `^Signature expired: ${amzDate(date)} is now earlier than \\d{8}T\\d{6}Z \\(\\d{8}T\\d{6}Z - 15 min\\.\\)$`;
    assertError(answer, 'InvalidSignatureException', new RegExp(text));
  });
  test('may not be 16 minutes ahead', async () => {
    assertError(await list(alice, { date: minutes(16) }), 'InvalidSignatureException', /^Signature not yet current: /);
  });
  test('must be written as it should', async () => {
    const headers = { ...sign({ keys: alice }), 'x-amz-date': 'yesterday' };
    assertError(await send(stator, { headers, body: '{}' }), 'IncompleteSignatureException',
      "Date must be in ISO-8601 'basic format'. Got 'yesterday'. See http://en.wikipedia.org/wiki/ISO_8601");
  });
});

function sign({ change = {}, ...more }) {
  return signHeaders({
    body: '{}',
    headers: {
      host: new URL(stator.endpoint).host,
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': target('ListTables'),
      ...change,
    },
    ...more,
  });
}

describe('a header is refused that', () => {
  const sent = async (change, keys = alice) => {
    const headers = { ...sign({ keys }), ...change };
    return send(stator, { headers: Object.fromEntries(Object.entries(headers).filter(([, v]) => v !== undefined)), body: '{}' });
  };
  test('is missing', async () => {
    assertError(await sent({ authorization: undefined }), 'MissingAuthenticationTokenException',
      'Request is missing Authentication Token');
  });
  test('is of another scheme', async () => {
    assertError(await sent({ authorization: 'Basic dGVzdDp0ZXN0' }), 'MissingAuthenticationTokenException',
      'Request is missing Authentication Token');
  });
  test('lacks its parts', async () => {
    assertError(await sent({ authorization: 'AWS4-HMAC-SHA256 X=1', 'x-amz-date': undefined, date: undefined }),
      'IncompleteSignatureException',
      "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. " +
        "Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a " +
        "'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256 X=1");
  });
  test('names another service', async () => {
    assertError(await send(stator, { headers: sign({ keys: alice, service: 's3' }), body: '{}' }), 'InvalidSignatureException',
      "Credential should be scoped to correct service: 'dynamodb'. ");
  });
  test('has another algorithm', async () => {
    const { authorization } = sign({ keys: alice });
    assertError(await sent({ authorization: authorization.replace('AWS4-HMAC-SHA256', 'AWS4-HMAC-MD5') }),
      'IncompleteSignatureException', "Unsupported AWS 'algorithm': 'AWS4-HMAC-MD5' (only AWS4-HMAC-SHA256 for now). ");
  });
  test('has a scope of another form', async () => {
    const authorization = 'AWS4-HMAC-SHA256 Credential=AKIDALICE/20260101/us-east-1, SignedHeaders=host, Signature=00';
    assertError(await sent({ authorization }), 'IncompleteSignatureException',
      "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'AKIDALICE/20260101/us-east-1'");
  });
  test('does not sign the host', async () => {
    const { authorization } = sign({ keys: alice });
    assertError(await sent({ authorization: authorization.replace(';host;', ';') }), 'InvalidSignatureException',
      "'Host' must be a 'SignedHeader' in the AWS Authorization.");
  });
});

describe('a presigned query', () => {
  const presigned = (settings, headers = {}) => {
    const url = new URL(stator.endpoint);
    const signed = { host: url.host, 'x-amz-target': target('ListTables') };
    const query = signQuery({ body: '{}', headers: signed, ...settings });
    return send(stator, {
      path: `/?${query}`,
      headers: { ...signed, 'content-type': 'application/x-amz-json-1.0', ...headers },
      body: '{}',
    });
  };
  test('is let in', async () => {
    const { status, text } = await presigned({ keys: alice });
    assert.equal(status, 200, text);
  });
  test('is checked', async () => {
    assertError(await presigned({ keys: { ...alice, secretAccessKey: 'x' } }), 'InvalidSignatureException', /^The request signature/);
  });
  test('does not go with a header', async () => {
    assertError(await presigned({ keys: alice }, { authorization: 'AWS4-HMAC-SHA256 X=1' }), 'InvalidSignatureException',
      "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.");
  });
});

// The last one: it changes the file.
test('SIGHUP reads the file again, and a broken one changes nothing', async () => {
  await writeFile(file, profile('default', alice) + profile('new', stranger), { mode: 0o600 });
  stator.signal('SIGHUP');
  await stator.logged(/credentials read again/);
  assert.equal((await list(stranger)).status, 200);
  assertError(await list(bob), 'UnrecognizedClientException', 'The security token included in the request is invalid.');

  await writeFile(file, 'this is no credentials file', { mode: 0o600 });
  stator.signal('SIGHUP');
  await stator.logged(/could not read the credentials again/);
  assert.equal((await list(stranger)).status, 200);
});
