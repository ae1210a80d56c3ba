// SDK clients for a server, and tables for a test.

import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';

import { testKeys } from './sigv4.mjs';

// One attempt, so that an error which the SDK would retry is seen.
export function clientOf(server, settings = {}) {
  return new DynamoDBClient({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: testKeys,
    maxAttempts: 1,
    ...settings,
  });
}

export const documentClientOf = (client) => DynamoDBDocumentClient.from(client);

let tables = 0;
export const newTableName = (prefix = 'table') => `${prefix}-${process.pid}-${++tables}`;

const split = (text) => text.split(':');

// CreateTable's input for keys written as "name:TYPE".
export function tableInput({ name = newTableName(), hash = 'pk:S', range, ...more } = {}) {
  const keys = range ? [split(hash), split(range)] : [split(hash)];
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: keys.map(([attribute, type]) => ({ AttributeName: attribute, AttributeType: type })),
    KeySchema: keys.map(([attribute], i) => ({ AttributeName: attribute, KeyType: i === 0 ? 'HASH' : 'RANGE' })),
    ...more,
  };
}

// Makes a table and waits until it can be used; resolves to its name.
export async function makeTable(client, shape = {}) {
  const input = tableInput(shape);
  await client.send(new CreateTableCommand(input));
  for (;;) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: input.TableName }));
    if (Table.TableStatus === 'ACTIVE') return input.TableName;
    await sleep(5);
  }
}

// Runs `work` on each of `inputs`, at most `width` at a time.
export async function inParallel(inputs, width, work) {
  const queue = [...inputs];
  const worker = async () => {
    while (queue.length) await work(queue.shift());
  };
  await Promise.all(Array.from({ length: width }, worker));
}
