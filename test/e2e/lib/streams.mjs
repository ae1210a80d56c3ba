// Reading DynamoDB Streams to their end.

import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';

import { testKeys } from './sigv4.mjs';

export function streamsClientOf(server, settings = {}) {
  return new DynamoDBStreamsClient({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: testKeys,
    maxAttempts: 1,
    ...settings,
  });
}

// All shards, page by page, parents before children.
export async function shardsOf(client, StreamArn, Limit) {
  const shards = [];
  for (let ExclusiveStartShardId; ;) {
    const { StreamDescription } = await client.send(
      new DescribeStreamCommand({ StreamArn, Limit, ExclusiveStartShardId }),
    );
    shards.push(...StreamDescription.Shards);
    ExclusiveStartShardId = StreamDescription.LastEvaluatedShardId;
    if (!ExclusiveStartShardId) return shards;
  }
}

export async function iteratorOf(client, StreamArn, ShardId, ShardIteratorType = 'TRIM_HORIZON', SequenceNumber) {
  const input = { StreamArn, ShardId, ShardIteratorType, SequenceNumber };
  return (await client.send(new GetShardIteratorCommand(input))).ShardIterator;
}

// What a shard holds now: { records, next }; next is undefined once a closed shard is read to its end.
export async function readShard(client, ShardIterator, Limit) {
  const records = [];
  for (let next = ShardIterator; ;) {
    const page = await client.send(new GetRecordsCommand({ ShardIterator: next, Limit }));
    records.push(...page.Records);
    next = page.NextShardIterator;
    if (!next || page.Records.length === 0) return { records, next };
  }
}

// Everything that the stream holds now, shard after shard.
export async function readStream(client, StreamArn) {
  const records = [];
  for (const { ShardId } of await shardsOf(client, StreamArn)) {
    const shard = await readShard(client, await iteratorOf(client, StreamArn, ShardId));
    records.push(...shard.records);
  }
  return records;
}
