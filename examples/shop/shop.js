// Users and their orders: all that the application asks of the database. Nothing outside this file knows keys, indexes or
// expressions, and nothing in it knows HTTP.

import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, QueryCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

export class EmailTakenError extends Error {}
export class NoSuchUserError extends Error {}
export class NoSuchOrderError extends Error {}
export class WrongStatusError extends Error {}

// From which status an order may come to this one.
const COMES_FROM = {
  paid: ['placed'],
  shipped: ['paid'],
  delivered: ['shipped'],
  canceled: ['placed', 'paid'],
};
// A transaction has 100 actions at most: the user's check, the order, and its lines.
export const LINES_MAX = 98;
const TRIES_MAX = 10;

const userKey = (id) => ({ PK: `USER#${id}`, SK: 'PROFILE' });
const emailKey = (email) => ({ PK: `EMAIL#${email}`, SK: 'EMAIL' });
const orderKey = (userId, id) => ({ PK: `USER#${userId}`, SK: `ORDER#${id}` });

// What is stored, without what only the table needs.
const plain = ({ PK, SK, GSI1PK, GSI1SK, ...rest }) => rest;
const normal = (email) => email.trim().toLowerCase();

// Ids of orders sort by the time they were made: 9 characters of it, enough until the year 5188, and 80 bits that nobody guesses.
const newOrderId = (now) => now.toString(36).padStart(9, '0') + randomBytes(10).toString('hex');

const reasonsOf = (error) => (error instanceof TransactionCanceledException && error.CancellationReasons) || [];

// True if the transaction was canceled because the condition of its n-th action did not hold.
const failedAt = (error, n) => reasonsOf(error)[n]?.Code === 'ConditionalCheckFailed';

// True if another transaction was at one of the items at this moment.
const isConflict = (error) =>
  error instanceof TransactionConflictException || reasonsOf(error).some(({ Code }) => Code === 'TransactionConflict');

export class Shop {
  #db;
  #table;

  constructor(client, table) {
    this.#db = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
    this.#table = table;
  }

  // Throttling and lost replies are for the SDK to handle, conflicts are not: what was refused for one was not done, and may
  // be sent again. Stator has none of its own, AWS does.
  async #write(command) {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#db.send(command);
      } catch (error) {
        if (!isConflict(error) || tries === TRIES_MAX) throw error;
        await sleep(Math.random() * 10 * 2 ** tries);
      }
    }
  }

  // An index cannot keep e-mails apart: only keys of the table are unique. So the e-mail gets an item of its own, made in the
  // same transaction as the user; either both are there afterwards, or none is.
  async createUser({ email, name }) {
    const user = { id: randomUUID(), email: normal(email), name, createdAt: new Date().toISOString() };
    const put = (Item) => ({ Put: { TableName: this.#table, Item, ConditionExpression: 'attribute_not_exists(PK)' } });
    try {
      await this.#write(new TransactWriteCommand({
        TransactItems: [
          put({ ...userKey(user.id), GSI1PK: `EMAIL#${user.email}`, GSI1SK: 'USER', ...user }),
          put({ ...emailKey(user.email), userId: user.id }),
        ],
      }));
    } catch (error) {
      if (failedAt(error, 1)) throw new EmailTakenError(`${user.email} is taken`);
      throw error;
    }
    return user;
  }

  // The claim moves with the user's e-mail. That the user still has the e-mail we read is a condition, so two changes at
  // once cannot leave a claim behind.
  async changeEmail(userId, email) {
    const user = await this.getUser(userId);
    const next = normal(email);
    if (user.email === next) return user;
    try {
      await this.#write(new TransactWriteCommand({
        TransactItems: [
          {
            Update: {
              TableName: this.#table,
              Key: userKey(userId),
              UpdateExpression: 'SET email = :next, GSI1PK = :gsi1pk',
              ConditionExpression: 'email = :now',
              ExpressionAttributeValues: { ':now': user.email, ':next': next, ':gsi1pk': `EMAIL#${next}` },
            },
          },
          { Put: { TableName: this.#table, Item: { ...emailKey(next), userId }, ConditionExpression: 'attribute_not_exists(PK)' } },
          { Delete: { TableName: this.#table, Key: emailKey(user.email) } },
        ],
      }));
    } catch (error) {
      if (failedAt(error, 0)) return this.changeEmail(userId, email);
      if (failedAt(error, 1)) throw new EmailTakenError(`${next} is taken`);
      throw error;
    }
    return { ...user, email: next };
  }

  async getUser(id) {
    const { Item } = await this.#db.send(new GetCommand({ TableName: this.#table, Key: userKey(id), ConsistentRead: true }));
    if (!Item) throw new NoSuchUserError(`there is no user ${id}`);
    return plain(Item);
  }

  // Undefined if nobody has it. Global indexes follow the table: in AWS a new user may take a moment to be found.
  async findUserByEmail(email) {
    const { Items } = await this.#db.send(new QueryCommand({
      TableName: this.#table,
      IndexName: 'GSI1',
      KeyConditionExpression: 'GSI1PK = :email',
      ExpressionAttributeValues: { ':email': `EMAIL#${normal(email)}` },
    }));
    return Items.map(plain)[0];
  }

  // `lines` are { sku, quantity, price }, the price in cents. The SDK gives each transaction a token and sends it again when a
  // reply is lost, so a broken connection neither loses an order nor makes two of it.
  async createOrder(userId, lines) {
    if (lines.length === 0 || lines.length > LINES_MAX) throw new RangeError(`an order has 1 to ${LINES_MAX} lines`);
    const now = Date.now();
    const order = {
      id: newOrderId(now),
      userId,
      status: 'placed',
      total: lines.reduce((sum, { quantity, price }) => sum + quantity * price, 0),
      createdAt: new Date(now).toISOString(),
    };
    const GSI1PK = `ORDER#${order.id}`;
    const orderItem = { ...orderKey(userId, order.id), GSI1PK, GSI1SK: 'ORDER', ...order };
    const lineItems = lines.map((line, i) => {
      const SK = `LINE#${String(i + 1).padStart(3, '0')}`;
      return { PK: GSI1PK, SK, GSI1PK, GSI1SK: SK, ...line };
    });
    try {
      await this.#write(new TransactWriteCommand({
        TransactItems: [
          { ConditionCheck: { TableName: this.#table, Key: userKey(userId), ConditionExpression: 'attribute_exists(PK)' } },
          ...[orderItem, ...lineItems].map((Item) => ({ Put: { TableName: this.#table, Item } })),
        ],
      }));
    } catch (error) {
      if (failedAt(error, 0)) throw new NoSuchUserError(`there is no user ${userId}`);
      throw error;
    }
    return { ...order, lines };
  }

  // The newest first, a page at a time: give `next` back as `after` to get the page that follows. It is no more than the id of
  // the last order, and the key is made here, so that nobody can page into what belongs to someone else.
  async listOrders(userId, { limit = 20, after } = {}) {
    const { Items, LastEvaluatedKey } = await this.#db.send(new QueryCommand({
      TableName: this.#table,
      KeyConditionExpression: 'PK = :user AND begins_with(SK, :order)',
      ExpressionAttributeValues: { ':user': `USER#${userId}`, ':order': 'ORDER#' },
      ScanIndexForward: false,
      Limit: limit,
      ExclusiveStartKey: after && orderKey(userId, after),
    }));
    return { orders: Items.map(plain), next: LastEvaluatedKey && Items.at(-1).id };
  }

  // An order has fewer than 100 lines, so one page holds them all.
  async getOrder(id) {
    const { Items } = await this.#db.send(new QueryCommand({
      TableName: this.#table,
      IndexName: 'GSI1',
      KeyConditionExpression: 'GSI1PK = :order',
      ExpressionAttributeValues: { ':order': `ORDER#${id}` },
    }));
    const order = Items.pop();
    if (!order) throw new NoSuchOrderError(`there is no order ${id}`);
    return { ...plain(order), lines: Items.map(plain) };
  }

  // Conditional, so that of two who act on what they read a moment ago one wins: an order is not shipped and canceled.
  async setOrderStatus(userId, id, status) {
    const from = COMES_FROM[status] ?? [];
    if (from.length === 0) throw new RangeError(`an order cannot become ${status}`);
    const values = Object.fromEntries(from.map((one, i) => [`:from${i}`, one]));
    try {
      const { Attributes } = await this.#write(new UpdateCommand({
        TableName: this.#table,
        Key: orderKey(userId, id),
        UpdateExpression: 'SET #status = :to, changedAt = :now',
        ConditionExpression: `#status IN (${Object.keys(values).join(', ')})`,
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ...values, ':to': status, ':now': new Date().toISOString() },
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }));
      return plain(Attributes);
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      // The condition of an order that is not there does not hold either; then the error has no item.
      if (!error.Item) throw new NoSuchOrderError(`there is no order ${id}`);
      throw new WrongStatusError(`an order that is ${error.Item.status.S} cannot become ${status}`);
    }
  }
}
