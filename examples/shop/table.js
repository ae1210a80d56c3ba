// The one table that everything is in, and how it is made.
//
//   what            PK              SK               GSI1PK          GSI1SK
//   user            USER#<id>       PROFILE          EMAIL#<email>   USER
//   claimed e-mail  EMAIL#<email>   EMAIL
//   order           USER#<id>       ORDER#<order>    ORDER#<order>   ORDER
//   line of it      ORDER#<order>   LINE#<number>    ORDER#<order>   LINE#<number>
//
// Each question that the application asks is one request:
//
//   this user                       get PK, SK
//   the user with this e-mail       query GSI1 for EMAIL#<email>
//   a user's orders, newest first   query USER#<id> for SK that begin with ORDER#, backwards
//   an order with its lines         query GSI1 for ORDER#<order>: the lines come first, then the order
//
// Only items with GSI1PK and GSI1SK are in the index, so the claimed e-mails are not.

import { CreateTableCommand, ResourceInUseException, waitUntilTableExists } from '@aws-sdk/client-dynamodb';

const key = (partition, sort) => [
  { AttributeName: partition, KeyType: 'HASH' },
  { AttributeName: sort, KeyType: 'RANGE' },
];

// Makes the table unless it is there, and waits until it can be used.
export async function ensureTable(client, TableName) {
  const definition = {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['PK', 'SK', 'GSI1PK', 'GSI1SK'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: key('PK', 'SK'),
    GlobalSecondaryIndexes: [
      { IndexName: 'GSI1', KeySchema: key('GSI1PK', 'GSI1SK'), Projection: { ProjectionType: 'ALL' } },
    ],
  };
  try {
    await client.send(new CreateTableCommand(definition));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await waitUntilTableExists({ client, minDelay: 1, maxWaitTime: 60 }, { TableName });
}
