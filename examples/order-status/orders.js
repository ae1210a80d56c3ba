// Orders, and the mails that tell of them: two tables and the few requests that the example makes.
//
//   Orders   id -> customer, status          with a stream of old and new images
//   Mails    eventId -> to, text             what is to be sent; a change puts at most one

import { CreateTableCommand, ResourceInUseException, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';

async function ensureTable(client, TableName, key, more = {}) {
  try {
    await client.send(new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
      KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
      ...more,
    }));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await waitUntilTableExists({ client, minDelay: 1, maxWaitTime: 60 }, { TableName });
}

export async function ensureTables(client) {
  await ensureTable(client, 'Orders', 'id', {
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
  });
  await ensureTable(client, 'Mails', 'eventId');
}

export const placeOrder = (client, id, customer) =>
  client.send(new PutCommand({ TableName: 'Orders', Item: { id, customer, status: 'placed' } }));

export const setStatus = (client, id, status) =>
  client.send(new UpdateCommand({
    TableName: 'Orders',
    Key: { id },
    UpdateExpression: 'SET #status = :status',
    ConditionExpression: 'attribute_exists(id)',
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: { ':status': status },
  }));

export const getOrder = async (client, id) =>
  (await client.send(new GetCommand({ TableName: 'Orders', Key: { id }, ConsistentRead: true }))).Item;

export const listMails = async (client) =>
  (await client.send(new ScanCommand({ TableName: 'Mails', ConsistentRead: true }))).Items;
