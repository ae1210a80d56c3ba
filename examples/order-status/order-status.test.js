// Every order that is shipped has its mail, and has one: whatever fails or is killed on the way.

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { filter, handlerOf } from './handler.js';
import { ensureTables, getOrder, listMails, placeOrder, setStatus } from './orders.js';
import { serve } from './serve.js';
import { binary, startStator } from './stator.js';

let data, stator, client;
before(async () => {
  data = await mkdtemp(join(tmpdir(), 'order-status-'));
  stator = await startStator({ data });
  client = DynamoDBDocumentClient.from(new DynamoDBClient({
    endpoint: stator.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 10,
  }));
  await ensureTables(client);
});
after(async () => {
  client?.destroy();
  await stator?.stop();
  await rm(data, { recursive: true, force: true });
});

const until = async (condition) => {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await sleep(20)) if (await condition()) return;
  throw new Error('it did not happen');
};
const settled = async (name) => {
  const { triggers } = JSON.parse((await stator.trigger('list', '--json')).stdout);
  const { lag_records, lag_ms } = triggers.find((one) => one.name === name);
  return lag_records === 0 && lag_ms === 0;
};
const mailsOf = async (prefix) => (await listMails(client)).filter(({ text }) => text.includes(`Order ${prefix}`));
const ship = async (id) => {
  await placeOrder(client, id, `${id}@example.com`);
  for (const status of ['paid', 'shipped']) await setStatus(client, id, status);
};

test('an order that is shipped has one mail', async () => {
  let calls = 0;
  const handle = handlerOf(client);
  const handler = await serve((event) => (calls++, handle(event)));
  await stator.trigger('create', '--name', 'plain', '--table', 'Orders', '--target', handler.url, '--filter', JSON.stringify(filter));
  await ship('a1');
  await setStatus(client, 'a1', 'shipped'); // which changes nothing
  await setStatus(client, 'a1', 'delivered');
  await until(() => settled('plain'));
  const mails = await mailsOf('a');
  assert.deepEqual(mails.map(({ to, text }) => ({ to, text })), [{ to: 'a1@example.com', text: 'Order a1 is on its way.' }]);
  assert.equal(calls, 1);
  assert.equal((await getOrder(client, 'a1')).status, 'delivered');
  await stator.trigger('delete', 'plain');
  await handler.stop();
});

test('one mail it stays when calls fail after their work, and the server is killed', async () => {
  const ORDERS = 40;
  let calls = 0;
  const handle = handlerOf(client);
  const handler = await serve(async (event) => {
    await handle(event);
    if (calls++ % 3 === 0) throw new Error('lost the connection to the mail server, after the mail');
    return {};
  });
  await stator.trigger('create', '--name', 'rough', '--table', 'Orders', '--target', handler.url, '--filter', JSON.stringify(filter), '--batch-size', '5');
  const ships = Array.from({ length: ORDERS }, async (_, i) => {
    await sleep(i * 30);
    await ship(`b${i}`);
  });
  for (let i = 0; i < 2; i++) {
    await sleep(400);
    await stator.kill();
    stator = await startStator({ data, port: stator.port, adminPort: stator.adminPort });
  }
  await Promise.all(ships);
  await until(() => settled('rough'));
  const orders = (await mailsOf('b')).map(({ to }) => to).sort();
  assert.deepEqual(orders, Array.from({ length: ORDERS }, (_, i) => `b${i}@example.com`).sort());
  await stator.trigger('delete', 'rough');
  await handler.stop();
});

test('a replay sends nothing again', async () => {
  const handler = await serve(handlerOf(client));
  const before = (await listMails(client)).length;
  await stator.trigger('create', '--name', 'again', '--table', 'Orders', '--target', handler.url, '--filter', JSON.stringify(filter), '--start', 'TRIM_HORIZON');
  await until(() => settled('again'));
  await stator.trigger('reset', 'again', 'TRIM_HORIZON');
  await until(() => settled('again'));
  assert.equal((await listMails(client)).length, before);
  await stator.trigger('delete', 'again');
  await handler.stop();
});

test('the demo does what it says', async () => {
  const env = { ...process.env, DYNAMODB_ENDPOINT: stator.endpoint, STATOR_ADMIN_LISTEN: stator.admin, STATOR_BINARY: binary };
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(new URL('demo.js', import.meta.url))], { env });
  assert.match(stdout, /is created\n(order-\d+) is paid\n\1 is shipped\n\1 is delivered\nto ada@example\.com: Order \1 is on its way\.\ntrigger .+ is deleted\n$/);
});
