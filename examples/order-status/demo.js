// Ships an order, and waits for the mail; against the server at DYNAMODB_ENDPOINT.

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { filter, handlerOf } from './handler.js';
import { ensureTables, listMails, placeOrder, setStatus } from './orders.js';
import { serve } from './serve.js';

const stator = process.env.STATOR_BINARY ?? fileURLToPath(new URL('../../build/stator', import.meta.url));
const trigger = (...args) => execFileSync(stator, ['trigger', ...args], { stdio: ['ignore', 'inherit', 'inherit'] });

const client = DynamoDBDocumentClient.from(new DynamoDBClient({
  endpoint: process.env.DYNAMODB_ENDPOINT ?? 'http://127.0.0.1:8000',
  region: 'us-east-1',
  credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
}));
await ensureTables(client);
const handler = await serve(handlerOf(client));
const name = `order-status-${process.pid}`;
trigger('create', '--name', name, '--table', 'Orders', '--target', handler.url, '--filter', JSON.stringify(filter));

const id = `order-${Date.now()}`;
await placeOrder(client, id, 'ada@example.com');
for (const status of ['paid', 'shipped', 'delivered']) {
  await setStatus(client, id, status);
  console.log(`${id} is ${status}`);
}
let mail;
while (!mail) {
  mail = (await listMails(client)).find(({ text }) => text.includes(id));
  if (!mail) await sleep(20);
}
console.log(`to ${mail.to}: ${mail.text}`);

trigger('delete', name);
await handler.stop();
client.destroy();
