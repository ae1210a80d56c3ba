// Whatever some clients do, the others are served.

import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { clientOf, inParallel, makeTable } from './lib/client.mjs';
import { assertError, perhapsPrefixed } from './lib/expect.mjs';
import { call } from './lib/raw.mjs';
import { startServer } from './lib/server.mjs';

const MB = 1024 * 1024;
const RECEIVE_TIMEOUT_MS = 2000;
let stator, table;
before(async () => {
  stator = await startServer({ args: ['--receive-timeout', `${RECEIVE_TIMEOUT_MS}ms`] });
  table = await makeTable(clientOf(stator));
  await call(stator, 'PutItem', { TableName: table, Item: { pk: { S: 'a' }, v: { S: 'x' } } });
});
after(() => stator?.stop());

const sockets = new Set();
after(() => sockets.forEach((socket) => socket.destroy()));

function connect() {
  return new Promise((resolve, reject) => {
    const socket = net.connect(stator.port, '127.0.0.1', () => resolve(socket));
    socket.once('error', reject);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    sockets.add(socket);
  });
}

// Resolves with what the server sent before it closed, or before time was up.
function conversation(socket, ms) {
  return new Promise((resolve) => {
    let said = '';
    socket.on('data', (chunk) => (said += chunk));
    socket.on('close', () => resolve({ said, closed: true }));
    sleep(ms, undefined, { ref: false }).then(() => resolve({ said, closed: false }));
  });
}

async function assertServed(what) {
  const began = Date.now();
  const { status, body } = await call(stator, 'GetItem', { TableName: table, Key: { pk: { S: 'a' } } });
  assert.equal(status, 200, what);
  assert.equal(body.Item.v.S, 'x');
  assert.ok(Date.now() - began < 1000, `${what}: it took ${Date.now() - began} ms`);
}

test('2,000 idle connections and 200 busy ones', { timeout: 60_000 }, async () => {
  const idle = [];
  for (let i = 0; i < 20; i++) idle.push(...(await Promise.all(Array.from({ length: 100 }, connect))));
  const agent = new http.Agent({ keepAlive: true, maxSockets: 200 });
  const statuses = new Map();
  const busy = Array.from({ length: 200 }, async (_, c) => {
    for (let i = 0; i < 10; i++) {
      const Item = { pk: { S: `busy ${c}/${i}` } };
      const { status } = await call(stator, i % 2 ? 'GetItem' : 'PutItem',
        i % 2 ? { TableName: table, Key: Item } : { TableName: table, Item }, { agent });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  });
  await Promise.all(busy);
  assert.deepEqual(Object.fromEntries(statuses), { 200: 2000 });
  await assertServed('among 2,000 idle connections');
  const metrics = await (await fetch(`${stator.adminEndpoint}/metrics`)).text();
  const open = Number(metrics.match(/^stator_\w*connections\w* (\d+)$/m)?.[1]);
  assert.ok(open >= 2000, `${open} connections are open`);
  agent.destroy();
  idle.forEach((socket) => socket.destroy());
});

const HEAD = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-amz-json-1.0\r\n';

test('a body of 20 MB is refused, and its client is told', async () => {
  const answer = await call(stator, 'PutItem', Buffer.alloc(20 * MB, 0x20), { agent: false });
  assert.equal(answer.status, 413);
  await assertServed('after 20 MB');
});

test('a body of 200 MB is refused before it is there', async () => {
  const socket = await connect();
  const talk = conversation(socket, 5000);
  socket.write(`${HEAD}Content-Length: ${200 * MB}\r\n\r\n{`);
  const { said, closed } = await talk;
  assert.match(said, /^HTTP\/1\.1 413 /);
  assert.ok(closed);
});

test('a body without end is refused as well', async () => {
  const socket = await connect();
  const talk = conversation(socket, 8000);
  socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
  const chunk = `100000\r\n${' '.repeat(MB)}\r\n`;
  for (let i = 0; i < 100 && !socket.destroyed; i++) {
    if (!socket.write(chunk)) await Promise.race([new Promise((done) => socket.once('drain', done)), talk]);
  }
  const { said, closed } = await talk;
  assert.ok(closed);
  if (said) assert.match(said, /^HTTP\/1\.1 413 /);
  await assertServed('after a body without end');
});

test('headers without end are refused', async () => {
  const socket = await connect();
  const talk = conversation(socket, 5000);
  socket.write('POST / HTTP/1.1\r\nHost: x\r\n');
  for (let i = 0; i < 200 && !socket.destroyed; i++) socket.write(`X-Header-${i}: ${'x'.repeat(1000)}\r\n`);
  const { said, closed } = await talk;
  assert.ok(closed);
  if (said) assert.match(said, /^HTTP\/1\.1 4(31|13|00) /);
  await assertServed('after endless headers');
});

test('who sends a byte a second is hung up on, and nobody waits for it', { timeout: 20_000 }, async () => {
  const slow = await Promise.all(Array.from({ length: 50 }, connect));
  const began = Date.now();
  const ends = slow.map((socket, i) => {
    socket.write('POST / HTTP/1.1\r\nHost: x\r\n');
    if (i % 2) socket.write('Content-Type: application/x-amz-json-1.0\r\nContent-Length: 1000\r\n\r\n');
    const drip = setInterval(() => socket.writable && socket.write(i % 2 ? '{' : 'X'), 500);
    return conversation(socket, RECEIVE_TIMEOUT_MS * 4).then((end) => {
      clearInterval(drip);
      return end;
    });
  });
  await assertServed('while fifty dripped');
  for (const { said, closed } of await Promise.all(ends)) {
    assert.ok(closed);
    if (said) assert.match(said, /^HTTP\/1\.1 (408|400) /);
  }
  assert.ok(Date.now() - began < RECEIVE_TIMEOUT_MS * 3);
});

test('garbage is hung up on', async () => {
  const garbage = [
    Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]),
    Buffer.from('\r\n\r\n\r\n\r\n'),
    Buffer.from('GET\r\n\r\n'),
    Buffer.from('POST / HTTP/9.9\r\n\r\n'),
    Buffer.from('POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n'),
    Buffer.from('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n'),
    Buffer.alloc(100_000, 0xff),
    Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919 + 13) % 256)),
  ];
  const ends = await Promise.all(
    garbage.map(async (bytes) => {
      const socket = await connect();
      const talk = conversation(socket, RECEIVE_TIMEOUT_MS * 3);
      socket.write(bytes);
      return talk;
    }),
  );
  for (const { said } of ends) if (said) assert.match(said, /^HTTP\/1\.[01] [45]\d\d /);
  await assertServed('after garbage');
});

test('a client that goes away in the middle of its request is forgotten', async () => {
  for (let i = 0; i < 100; i++) {
    const socket = await connect();
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"TableName"');
    socket.destroy();
  }
  await assertServed('after a hundred broken requests');
});

describe('content that is too much', () => {
  test('JSON a thousand levels deep', async () => {
    const deep = '{"L":['.repeat(1000) + '{"S":"a"}' + ']}'.repeat(1000);
    const body = `{"TableName":"${table}","Item":{"pk":{"S":"deep"},"v":${deep}}}`;
    const { status } = await call(stator, 'PutItem', body);
    assert.equal(status, 400);
    await assertServed('after deep JSON');
  });
  test('an item of 500 KB', async () => {
    const answer = await call(stator, 'PutItem', { TableName: table, Item: { pk: { S: 'big' }, v: { S: 'x'.repeat(500 * 1024) } } });
    assertError(answer, 'ValidationException', perhapsPrefixed('Item size has exceeded the maximum allowed size'));
  });
  test('a million members', async () => {
    const members = Array.from({ length: 1_000_000 }, (_, i) => `"a${i}":1`).join();
    const { status } = await call(stator, 'GetItem', `{${members}}`);
    assert.equal(status, 400);
    await assertServed('after a million members');
  });
  test('a hundred thousand values in one list', async () => {
    const v = { L: Array.from({ length: 100_000 }, () => ({ N: '1' })) };
    const { status } = await call(stator, 'PutItem', { TableName: table, Item: { pk: { S: 'long' }, v } });
    assert.equal(status, 200);
  });
});

describe('more writes than may wait', () => {
  const ROUNDS_MAX = 200;
  const patient = { maxAttempts: 20 };
  let narrow, narrowTable;
  before(async () => {
    narrow = await startServer({ args: ['--queue', '1'] });
    narrowTable = await makeTable(clientOf(narrow, patient));
  });
  after(() => narrow?.stop());

  const put = (client, key) => client.send(new PutItemCommand({ TableName: narrowTable, Item: { pk: { S: key } } }));
  const isThere = async (client, key) => {
    const { Item } = await client.send(new GetItemCommand({ TableName: narrowTable, Key: { pk: { S: key } } }));
    return Item !== undefined;
  };

  test('those over the number are refused by ThrottlingException, and change nothing', { timeout: 60_000 }, async () => {
    const client = clientOf(narrow);
    const outcomes = new Map();
    let refused = 0;
    for (let round = 0; round < ROUNDS_MAX && refused === 0; round++) {
      const keys = Array.from({ length: 100 }, (_, i) => `once ${round}/${i}`);
      await inParallel(keys, 50, async (key) => {
        const error = await put(client, key).then(() => undefined, (reason) => reason);
        outcomes.set(key, error);
        if (error) refused++;
      });
    }
    assert.ok(refused > 0, 'no write was refused');
    for (const [key, error] of outcomes) {
      if (error) {
        assert.equal(error.name, 'ThrottlingException');
        assert.equal(error.$metadata.httpStatusCode, 400);
      }
      assert.equal(await isThere(client, key), !error, key);
    }
    const metrics = await (await fetch(`${narrow.adminEndpoint}/metrics`)).text();
    const counted = Number(metrics.match(/^stator_writes_refused_total (\d+)$/m)?.[1]);
    assert.ok(counted >= refused, `${counted} are counted, ${refused} were seen`);
    await narrow.logged(/writes refused/);
  });

  test('a client that retries gets all through', { timeout: 120_000 }, async () => {
    const client = clientOf(narrow, patient);
    const written = [];
    let retried = 0;
    for (let round = 0; round < ROUNDS_MAX && retried === 0; round++) {
      const keys = Array.from({ length: 100 }, (_, i) => `again ${round}/${i}`);
      await inParallel(keys, 20, async (key) => {
        const { $metadata } = await put(client, key);
        written.push(key);
        if ($metadata.attempts > 1) retried++;
      });
    }
    assert.ok(retried > 0, 'no write had to be retried');
    await inParallel(written, 20, async (key) => assert.ok(await isThere(client, key), key));
  });
});
