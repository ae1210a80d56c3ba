// EnableKinesisStreamingDestination, DisableKinesisStreamingDestination, UpdateKinesisStreamingDestination and
// DescribeKinesisStreamingDestination of a server that has no Kinesis endpoint: what is refused, in the service's words.

import {
  DescribeKinesisStreamingDestinationCommand,
  DisableKinesisStreamingDestinationCommand,
  EnableKinesisStreamingDestinationCommand,
  UpdateKinesisStreamingDestinationCommand,
} from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { clientOf, makeTable, newTableName } from './lib/client.mjs';
import { invalid } from './lib/expect.mjs';
import { startServer } from './lib/server.mjs';

const StreamArn = 'arn:aws:kinesis:us-east-1:000000000000:stream/changes';
const NOT_VALID = 'Table is not in a valid state to enable Kinesis Streaming Destination: ';

let stator, client, TableName;
before(async () => {
  stator = await startServer({ inMemory: true });
  client = clientOf(stator);
  TableName = await makeTable(client);
});
after(() => stator?.stop());

test('a new table has no destination', async () => {
  const { $metadata, ...answer } = await client.send(new DescribeKinesisStreamingDestinationCommand({ TableName }));
  assert.deepEqual(answer, { TableName, KinesisDataStreamDestinations: [] });
});

test('without an endpoint none can be enabled', () =>
  assert.rejects(client.send(new EnableKinesisStreamingDestinationCommand({ TableName, StreamArn })), {
    name: 'ValidationException',
    message: /--kinesis-endpoint/,
  }));

test('what is not enabled is neither disabled nor updated', async () => {
  await assert.rejects(client.send(new DisableKinesisStreamingDestinationCommand({ TableName, StreamArn })), {
    name: 'ValidationException',
    message: `${NOT_VALID}KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.`,
  });
  const UpdateKinesisStreamingConfiguration = { ApproximateCreationDateTimePrecision: 'MICROSECOND' };
  await assert.rejects(
    client.send(new UpdateKinesisStreamingDestinationCommand({ TableName, StreamArn, UpdateKinesisStreamingConfiguration })),
    {
      name: 'ValidationException',
      message: `${NOT_VALID}No streaming destination with streamArn: ${StreamArn} found for table with tableName: ${TableName}`,
    },
  );
});

test('an update needs a precision', async () => {
  const message =
    'Streaming destination cannot be updated with given parameters: UpdateKinesisStreamingConfiguration cannot be null or ' +
    'contain only null values';
  for (const more of [{}, { UpdateKinesisStreamingConfiguration: {} }])
    await assert.rejects(client.send(new UpdateKinesisStreamingDestinationCommand({ TableName, StreamArn, ...more })), { message });
});

test('disabling takes no configuration', () =>
  assert.rejects(
    client.send(
      new DisableKinesisStreamingDestinationCommand({
        TableName,
        StreamArn,
        EnableKinesisStreamingConfiguration: { ApproximateCreationDateTimePrecision: 'MICROSECOND' },
      }),
    ),
    { message: 'Stream cannot be disabled using EnableKinesisStreamingConfiguration parameters' },
  ));

test('tables that are not there', async () => {
  const none = newTableName('none');
  for (const command of [
    new DescribeKinesisStreamingDestinationCommand({ TableName: none }),
    new DisableKinesisStreamingDestinationCommand({ TableName: none, StreamArn }),
  ])
    await assert.rejects(client.send(command), {
      name: 'ResourceNotFoundException',
      message: `Requested resource not found: Table: ${none} not found`,
    });
});

test('constraints', async () => {
  await invalid(
    stator,
    'EnableKinesisStreamingDestination',
    { TableName },
    "1 validation error detected: Value null at 'streamArn' failed to satisfy constraint: Member must not be null",
  );
  await invalid(
    stator,
    'UpdateKinesisStreamingDestination',
    { TableName, StreamArn, UpdateKinesisStreamingConfiguration: { ApproximateCreationDateTimePrecision: 'SECOND' } },
    "1 validation error detected: Value 'SECOND' at " +
      "'updateKinesisStreamingConfiguration.approximateCreationDateTimePrecision' failed to satisfy constraint: Member must " +
      'satisfy enum value set: [MILLISECOND, MICROSECOND]',
  );
});
