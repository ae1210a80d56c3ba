// The shop against a real Stator: what it promises, also when many want the same at once.

import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { EmailTakenError, LINES_MAX, NoSuchOrderError, NoSuchUserError, Shop, WrongStatusError } from './shop.js';
import { startStator } from './stator.js';
import { ensureTable } from './table.js';

const TABLE = 'Shop';
const clientOf = ({ endpoint }) =>
  new DynamoDBClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });

let stator, client, shop;
before(async () => {
  stator = await startStator();
  client = clientOf(stator);
  await ensureTable(client, TABLE);
  shop = new Shop(client, TABLE);
});
after(async () => {
  client?.destroy();
  await stator?.stop();
});

let users = 0;
const newUser = () => shop.createUser({ email: `user${++users}@example.com`, name: `User ${users}` });
const lines = [{ sku: 'tea', quantity: 2, price: 450 }, { sku: 'cup', quantity: 1, price: 1200 }];
const itemCount = async () => (await client.send(new ScanCommand({ TableName: TABLE, Select: 'COUNT', ConsistentRead: true }))).Count;

test('the table is made once', async () => {
  await ensureTable(client, TABLE);
});

test('a user is found by id and by e-mail', async () => {
  const user = await shop.createUser({ email: ' Ada@Example.com', name: 'Ada' });
  assert.equal(user.email, 'ada@example.com');
  assert.deepEqual(await shop.getUser(user.id), user);
  assert.deepEqual(await shop.findUserByEmail('ADA@example.com'), user);
  assert.equal(await shop.findUserByEmail('nobody@example.com'), undefined);
  await assert.rejects(shop.getUser('nobody'), NoSuchUserError);
});

test('an e-mail belongs to one user', async () => {
  const { email } = await newUser();
  const items = await itemCount();
  await assert.rejects(shop.createUser({ email: email.toUpperCase(), name: 'Other' }), EmailTakenError);
  assert.equal(await itemCount(), items, 'nothing of the other user is there');
});

test('of many who want an e-mail at once one gets it', async () => {
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) => shop.createUser({ email: 'popular@example.com', name: `User ${i}` })),
  );
  const winners = outcomes.filter(({ status }) => status === 'fulfilled');
  assert.equal(winners.length, 1);
  for (const { reason } of outcomes) assert.ok(!reason || reason instanceof EmailTakenError, String(reason));
  assert.deepEqual(await shop.findUserByEmail('popular@example.com'), winners[0].value);
});

test('an e-mail that is given up is free', async () => {
  const user = await newUser();
  const changed = await shop.changeEmail(user.id, 'New@example.com');
  assert.deepEqual(changed, { ...user, email: 'new@example.com' });
  assert.deepEqual(await shop.getUser(user.id), changed);
  assert.deepEqual(await shop.findUserByEmail('new@example.com'), changed);
  assert.equal(await shop.findUserByEmail(user.email), undefined);
  const heir = await shop.createUser({ email: user.email, name: 'Heir' });
  await assert.rejects(shop.changeEmail(heir.id, 'new@example.com'), EmailTakenError);
  assert.deepEqual(await shop.getUser(heir.id), heir);
});

test('changes of an e-mail at once leave one claim', async () => {
  const user = await newUser();
  const emails = Array.from({ length: 8 }, (_, i) => `wish${i}@example.com`);
  const items = await itemCount();
  await Promise.all(emails.map((email) => shop.changeEmail(user.id, email)));
  assert.equal(await itemCount(), items);
  const { email } = await shop.getUser(user.id);
  const free = emails.filter((one) => one !== email);
  assert.equal(free.length, emails.length - 1);
  await Promise.all(free.map((one) => shop.createUser({ email: one, name: 'Next' })));
});

test('an order is there with its lines', async () => {
  const user = await newUser();
  const order = await shop.createOrder(user.id, lines);
  assert.equal(order.total, 2100);
  assert.equal(order.status, 'placed');
  assert.deepEqual(await shop.getOrder(order.id), order);
  await assert.rejects(shop.getOrder('none'), NoSuchOrderError);
});

test('an order may have many lines, in their order', async () => {
  const user = await newUser();
  const many = Array.from({ length: LINES_MAX }, (_, i) => ({ sku: `sku ${i}`, quantity: 1, price: i }));
  const order = await shop.createOrder(user.id, many);
  assert.deepEqual((await shop.getOrder(order.id)).lines, many);
  await assert.rejects(shop.createOrder(user.id, [...many, many[0]]), RangeError);
  await assert.rejects(shop.createOrder(user.id, []), RangeError);
});

test('nobody orders without being a user, and nothing of the order is there', async () => {
  const items = await itemCount();
  await assert.rejects(shop.createOrder('nobody', lines), NoSuchUserError);
  assert.equal(await itemCount(), items);
});

test('orders are listed by page, the newest first', async () => {
  const [user, other] = [await newUser(), await newUser()];
  const made = [];
  for (let i = 0; i < 7; i++) {
    made.push((await shop.createOrder(user.id, lines)).id);
    await shop.createOrder(other.id, lines);
  }
  const listed = [];
  let after;
  do {
    const { orders, next } = await shop.listOrders(user.id, { limit: 3, after });
    assert.ok(orders.length <= 3);
    listed.push(...orders.map(({ id }) => id));
    after = next;
  } while (after);
  assert.deepEqual(listed, [...made].sort().reverse(), 'each of them once');
  const { orders } = await shop.listOrders(user.id);
  const times = orders.map(({ createdAt }) => createdAt);
  assert.deepEqual(times, [...times].sort().reverse());
  assert.ok(orders.every(({ userId }) => userId === user.id));
  assert.deepEqual(await shop.listOrders('nobody'), { orders: [], next: undefined });
});

test('an order goes its way', async () => {
  const user = await newUser();
  const { id, lines: _, ...order } = await shop.createOrder(user.id, lines);
  for (const status of ['paid', 'shipped', 'delivered']) {
    const { changedAt, ...now } = await shop.setOrderStatus(user.id, id, status);
    assert.deepEqual(now, { ...order, id, status });
    assert.ok(changedAt >= order.createdAt);
  }
  assert.equal((await shop.getOrder(id)).status, 'delivered');
});

test('an order goes no other way', async () => {
  const user = await newUser();
  const { id } = await shop.createOrder(user.id, lines);
  await assert.rejects(shop.setOrderStatus(user.id, id, 'delivered'), (error) => {
    assert.ok(error instanceof WrongStatusError);
    assert.equal(error.message, 'an order that is placed cannot become delivered');
    return true;
  });
  await assert.rejects(shop.setOrderStatus(user.id, id, 'placed'), RangeError);
  await assert.rejects(shop.setOrderStatus(user.id, 'none', 'paid'), NoSuchOrderError);
  await assert.rejects(shop.setOrderStatus((await newUser()).id, id, 'paid'), NoSuchOrderError);
  assert.equal((await shop.getOrder(id)).status, 'placed');
});

test('an order that is paid is shipped or canceled, never both', async () => {
  const user = await newUser();
  for (let i = 0; i < 10; i++) {
    const { id } = await shop.createOrder(user.id, lines);
    await shop.setOrderStatus(user.id, id, 'paid');
    const wishes = ['shipped', 'canceled'];
    const outcomes = await Promise.allSettled(wishes.map((status) => shop.setOrderStatus(user.id, id, status)));
    const done = wishes.filter((_, n) => outcomes[n].status === 'fulfilled');
    assert.equal(done.length, 1);
    assert.equal((await shop.getOrder(id)).status, done[0]);
  }
});

// In AWS, transactions that meet on an item may be refused. With this option Stator does as if they met, at random.
test('the shop works through conflicts', async () => {
  const unruly = await startStator('--transaction-conflicts', '30');
  const itsClient = clientOf(unruly);
  try {
    await ensureTable(itsClient, TABLE);
    const itsShop = new Shop(itsClient, TABLE);
    const made = await Promise.all(Array.from({ length: 20 }, async (_, i) => {
      const { id } = await itsShop.createUser({ email: `user${i}@example.com`, name: `User ${i}` });
      const order = await itsShop.createOrder(id, lines);
      return itsShop.setOrderStatus(id, order.id, 'paid');
    }));
    for (const { userId, id } of made) {
      assert.deepEqual((await itsShop.listOrders(userId)).orders.map((order) => [order.id, order.status]), [[id, 'paid']]);
    }
    await assert.rejects(itsShop.createUser({ email: 'user0@example.com', name: 'Late' }), EmailTakenError);
  } finally {
    itsClient.destroy();
    await unruly.stop();
  }
});

test('the demo does what it says', async () => {
  const env = { ...process.env, DYNAMODB_ENDPOINT: stator.endpoint };
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(new URL('demo.js', import.meta.url))], { env });
  assert.match(stdout, /^Ada is user .+\nBob cannot have the same e-mail: .+ is taken\n.+ belongs to Ada\n/);
  assert.equal(stdout.match(/^  .+  placed  \d+\.\d\d$/gm).length, 5);
  for (const total of ['16.50', '21.00', '25.50', '30.00', '34.50']) assert.ok(stdout.includes(`  placed  ${total}\n`), total);
  assert.match(stdout, /too late to cancel: an order that is shipped cannot become canceled\n$/);
});
