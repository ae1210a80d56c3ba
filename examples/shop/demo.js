// A day at the shop, against the server at DYNAMODB_ENDPOINT.

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

import { EmailTakenError, Shop, WrongStatusError } from './shop.js';
import { ensureTable } from './table.js';

// For AWS itself leave the endpoint and the credentials out.
const client = new DynamoDBClient({
  endpoint: process.env.DYNAMODB_ENDPOINT ?? 'http://127.0.0.1:8000',
  region: 'us-east-1',
  credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
});
await ensureTable(client, 'Shop');
const shop = new Shop(client, 'Shop');

const email = `ada-${Date.now()}@example.com`;
const ada = await shop.createUser({ email, name: 'Ada' });
console.log(`${ada.name} is user ${ada.id}`);

await shop.createUser({ email: email.toUpperCase(), name: 'Bob' }).catch((error) => {
  if (!(error instanceof EmailTakenError)) throw error;
  console.log(`Bob cannot have the same e-mail: ${error.message}`);
});
console.log(`${email} belongs to ${(await shop.findUserByEmail(email)).name}`);

for (let i = 1; i <= 5; i++) {
  await shop.createOrder(ada.id, [
    { sku: 'tea', quantity: i, price: 450 },
    { sku: 'cup', quantity: 1, price: 1200 },
  ]);
}
console.log('Her orders, the newest first, two on a page:');
let page = { next: undefined };
do {
  page = await shop.listOrders(ada.id, { limit: 2, after: page.next });
  for (const { id, status, total } of page.orders) console.log(`  ${id}  ${status}  ${(total / 100).toFixed(2)}`);
  if (page.next) console.log('  -- next page');
} while (page.next);

const { orders } = await shop.listOrders(ada.id, { limit: 1 });
const order = await shop.getOrder(orders[0].id);
console.log(`Her last order has ${order.lines.map(({ sku, quantity }) => `${quantity} x ${sku}`).join(' and ')}`);
await shop.setOrderStatus(ada.id, order.id, 'paid');
await shop.setOrderStatus(ada.id, order.id, 'shipped');
await shop.setOrderStatus(ada.id, order.id, 'canceled').catch((error) => {
  if (!(error instanceof WrongStatusError)) throw error;
  console.log(`It is on its way, too late to cancel: ${error.message}`);
});
client.destroy();
