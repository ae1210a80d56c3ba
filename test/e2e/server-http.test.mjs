// HTTP as DynamoDB speaks it: methods, content types, headers, compression, CORS, connections.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';

import { clientOf, makeTable } from './lib/client.mjs';
import { assertError } from './lib/expect.mjs';
import { call, send, target } from './lib/raw.mjs';
import { startServer } from './lib/server.mjs';
import { signHeaders } from './lib/sigv4.mjs';

let stator, table;
before(async () => {
  stator = await startServer({ inMemory: true });
  table = await makeTable(clientOf(stator));
});
after(() => stator?.stop());

const MB = 1024 * 1024;
const key = { pk: { S: 'a' } };

// CRC-32 of zlib, bit by bit: slow, and not the server's code.
function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

describe('what is no call', () => {
  test('GET / tells that the server is healthy', async () => {
    const { status, text } = await send(stator, { method: 'GET' });
    assert.deepEqual([status, text], [200, 'healthy: dynamodb.us-east-1.amazonaws.com ']);
  });
  test('other methods are not found', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH']) {
      const { status, text } = await send(stator, { method });
      assert.deepEqual([method, status, text], [method, 404, '<UnknownOperationException/>\n']);
    }
  });
  test('other content types are not found', async () => {
    const { status, text } = await call(stator, 'ListTables', {}, { headers: { 'content-type': 'text/plain' } });
    assert.deepEqual([status, text], [404, '<UnknownOperationException/>\n']);
  });
});

describe('a reply', () => {
  test('is of the type of its request', async () => {
    for (const [sent, received] of [
      ['application/x-amz-json-1.0', 'application/x-amz-json-1.0'],
      ['application/json', 'application/json'],
      ['application/x-amz-json-1.0; charset=utf-8', 'application/x-amz-json-1.0'],
    ]) {
      const { status, headers } = await call(stator, 'ListTables', {}, { headers: { 'content-type': sent } });
      assert.deepEqual([status, headers['content-type']], [200, received]);
    }
  });
  test('has an id of its own, also when it is an error', async () => {
    const answers = [await call(stator, 'ListTables'), await call(stator, 'ListTables'), await call(stator, 'GetItem', {})];
    const ids = answers.map(({ headers }) => headers['x-amzn-requestid']);
    for (const id of ids) assert.match(id, /^[A-Z0-9]{52}$/);
    assert.equal(new Set(ids).size, 3);
  });
  test('has the checksum of its body, also when it is an error', async () => {
    await call(stator, 'PutItem', { TableName: table, Item: { ...key, v: { S: 'ä𝄞' } } });
    for (const input of [{ TableName: table, Key: key }, { TableName: table }]) {
      const { headers, bytes } = await call(stator, 'GetItem', input);
      assert.equal(headers['x-amz-crc32'], String(crc32(bytes)));
    }
  });
  test('has its length and a date', async () => {
    const { headers, bytes } = await call(stator, 'ListTables');
    assert.equal(headers['content-length'], String(bytes.length));
    assert.ok(Math.abs(new Date(headers.date) - Date.now()) < 5000);
  });
});

describe('a compressed body', () => {
  const body = () => JSON.stringify({ TableName: table, Item: { ...key, v: { S: 'x'.repeat(100_000) } } });
  for (const [encoding, compress] of [['gzip', gzipSync], ['deflate', deflateSync]]) {
    test(`in ${encoding} is read`, async () => {
      const { status, text } = await call(stator, 'PutItem', compress(body()), { headers: { 'content-encoding': encoding } });
      assert.deepEqual([status, text], [200, '{}']);
    });
    test(`in ${encoding} is refused when it is broken`, async () => {
      const broken = compress(body());
      broken.fill(0x55, broken.length >> 1);
      const { status } = await call(stator, 'PutItem', broken, { headers: { 'content-encoding': encoding } });
      assert.equal(status, 500);
    });
  }
  test('in an unknown way is refused', async () => {
    const { status } = await call(stator, 'PutItem', body(), { headers: { 'content-encoding': 'compress' } });
    assert.equal(status, 500);
  });
  test('that grows beyond 16 MB is refused', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * MB, 0x20));
    assert.ok(bomb.length < MB);
    const { status } = await call(stator, 'PutItem', bomb, { headers: { 'content-encoding': 'gzip' } });
    assert.equal(status, 413);
  });
});

describe('a body', () => {
  test('of just under 16 MB is read, one beyond is refused', async () => {
    const pad = (size) => `{"TableName":"${table}","Key":{"pk":{"S":"a"}}${' '.repeat(size - 60 - table.length)}}`;
    const fits = await call(stator, 'GetItem', pad(16 * MB));
    assert.equal(fits.status, 200);
    const answer = await call(stator, 'GetItem', pad(16 * MB + 100)).catch((error) => error);
    // The server may hang up before the client has sent it all; then the client sees that instead of the status.
    if (answer instanceof Error) assert.match(answer.code, /^(EPIPE|ECONNRESET)$/);
    else assert.equal(answer.status, 413);
    assert.equal((await call(stator, 'ListTables')).status, 200);
  });
  test('may come in chunks', async () => {
    const text = JSON.stringify({ TableName: table, Key: key });
    const { host } = new URL(stator.endpoint);
    const headers = signHeaders({
      body: text,
      headers: { host, 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target('GetItem') },
    });
    const { status } = await send(stator, { headers: { ...headers, 'transfer-encoding': 'chunked' }, body: text });
    assert.equal(status, 200);
  });
  test('is asked for when the client waits to be asked', { timeout: 10_000 }, async () => {
    const text = JSON.stringify({ TableName: table, Key: key });
    const { host, hostname, port } = new URL(stator.endpoint);
    const headers = signHeaders({
      body: text,
      headers: { host, 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target('GetItem') },
    });
    const status = await new Promise((resolve, reject) => {
      const req = http.request({
        hostname, port, method: 'POST', headers: { ...headers, 'content-length': text.length, expect: '100-continue' },
      });
      req.on('continue', () => req.end(text));
      req.on('response', (res) => resolve(res.resume().statusCode));
      req.on('error', reject);
      req.flushHeaders();
    });
    assert.equal(status, 200);
  });
});

describe('a browser', () => {
  test('may read what any page asked for', async () => {
    const { headers } = await call(stator, 'ListTables', {}, { headers: { origin: 'https://example.com' } });
    assert.equal(headers['access-control-allow-origin'], '*');
    assert.equal(headers['access-control-expose-headers'], 'x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date');
  });
  test('may ask first', async () => {
    const { status, headers, text } = await send(stator, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://example.com',
        'access-control-request-headers': 'x-amz-target, authorization',
        'access-control-request-method': 'POST',
      },
    });
    assert.deepEqual([status, text], [200, '']);
    assert.equal(headers['access-control-allow-origin'], '*');
    assert.equal(headers['access-control-allow-headers'], 'x-amz-target, authorization');
    assert.equal(headers['access-control-allow-methods'], 'POST');
    assert.equal(headers['access-control-max-age'], '172800');
  });
  test('is the only one to be told so', async () => {
    const { headers } = await call(stator, 'ListTables');
    assert.equal(headers['access-control-allow-origin'], undefined);
  });
});

describe('a connection', () => {
  test('serves many requests, errors among them', async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set();
    for (let i = 0; i < 20; i++) {
      const operation = i % 2 ? 'ListTables' : 'GetItem';
      const { status, socket } = await call(stator, operation, {}, { agent });
      assert.equal(status, i % 2 ? 200 : 400);
      ports.add(socket.localPort);
    }
    agent.destroy();
    assert.equal(ports.size, 1);
  });
  test('is closed when the client says so', async () => {
    const { headers } = await call(stator, 'ListTables', {}, { headers: { connection: 'close' }, agent: false });
    assert.equal(headers.connection, 'close');
  });
});

test('the order of checks: target, then signature, then content', async () => {
  const headers = { 'content-type': 'application/x-amz-json-1.0' };
  const body = '{"TableName":1}';
  assertError(await send(stator, { headers, body }), 'UnknownOperationException');
  assertError(await send(stator, { headers: { ...headers, 'x-amz-target': target('GetItem') }, body }),
    'MissingAuthenticationTokenException', 'Request is missing Authentication Token');
  assertError(await send(stator, { headers: { ...headers, 'x-amz-target': target('GetItem') }, body: '{' }),
    'SerializationException');
});
