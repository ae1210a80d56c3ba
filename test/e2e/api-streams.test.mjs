// DynamoDB Streams through the SDK's own client.

import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
} from '@aws-sdk/client-dynamodb-streams';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { clientOf, makeTable } from './lib/client.mjs';
import { rejects } from './lib/expect.mjs';
import { startServer } from './lib/server.mjs';
import { iteratorOf, readShard, readStream, shardsOf, streamsClientOf } from './lib/streams.mjs';

let stator;
let client;
let streams;
before(async () => {
  stator = await startServer();
  client = clientOf(stator);
  streams = streamsClientOf(stator);
});
after(() => stator.stop());

const withStream = (StreamViewType) => ({ StreamSpecification: { StreamEnabled: true, StreamViewType } });
const arnOf = async (TableName) =>
  (await client.send(new DescribeTableCommand({ TableName }))).Table.LatestStreamArn;
const item = (pk, more = {}) => ({ pk: { S: pk }, ...more });
const n = (number) => ({ N: String(number) });

async function makeStream(view, shape = {}) {
  const table = await makeTable(client, { ...withStream(view), ...shape });
  return { table, arn: await arnOf(table) };
}

describe('records', () => {
  const views = { KEYS_ONLY: [], NEW_IMAGE: ['NewImage'], OLD_IMAGE: ['OldImage'], NEW_AND_OLD_IMAGES: ['NewImage', 'OldImage'] };
  for (const [view, images] of Object.entries(views)) {
    test(`of a ${view} stream`, async () => {
      const { table, arn } = await makeStream(view);
      await client.send(new PutItemCommand({ TableName: table, Item: item('a', { x: n(1) }) }));
      await client.send(new UpdateItemCommand({
        TableName: table,
        Key: item('a'),
        UpdateExpression: 'SET x = x + :one',
        ExpressionAttributeValues: { ':one': n(1) },
      }));
      await client.send(new DeleteItemCommand({ TableName: table, Key: item('a') }));
      const records = await readStream(streams, arn);
      assert.deepEqual(records.map(({ eventName }) => eventName), ['INSERT', 'MODIFY', 'REMOVE']);
      const expected = [
        { NewImage: item('a', { x: n(1) }) },
        { NewImage: item('a', { x: n(2) }), OldImage: item('a', { x: n(1) }) },
        { OldImage: item('a', { x: n(2) }) },
      ];
      records.forEach(({ dynamodb, ...record }, i) => {
        assert.deepEqual(dynamodb.Keys, item('a'));
        for (const image of ['NewImage', 'OldImage']) {
          assert.deepEqual(dynamodb[image], images.includes(image) ? expected[i][image] : undefined, `${i} ${image}`);
        }
        assert.equal(dynamodb.StreamViewType, view);
        assert.match(dynamodb.SequenceNumber, /^\d{21,40}$/);
        assert.match(record.eventID, /^[0-9a-f]{32}$/);
        assert.equal(record.eventVersion, '1.1');
        assert.equal(record.eventSource, 'aws:dynamodb');
        assert.equal(record.awsRegion, 'us-east-1');
        assert.equal(record.userIdentity, undefined);
        assert.ok(Math.abs(dynamodb.ApproximateCreationDateTime - Date.now()) < 60_000);
        assert.equal(dynamodb.ApproximateCreationDateTime % 1000, 0);
      });
      assert.equal(new Set(records.map(({ eventID }) => eventID)).size, 3);
    });
  }

  test('of batches and transactions, one for each change; none where nothing changes', async () => {
    const { table, arn } = await makeStream('KEYS_ONLY');
    const put = (pk) => ({ PutRequest: { Item: item(pk) } });
    await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: ['a', 'b', 'c'].map(put) } }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: ['a', 'b', 'c'].map(put) } }));
    await client.send(new DeleteItemCommand({ TableName: table, Key: item('missing') }));
    await client.send(new TransactWriteItemsCommand({
      TransactItems: [
        { Put: { TableName: table, Item: item('d') } },
        { Delete: { TableName: table, Key: item('a') } },
        { ConditionCheck: { TableName: table, Key: item('b'), ConditionExpression: 'attribute_exists(pk)' } },
      ],
    }));
    await rejects(
      client.send(new PutItemCommand({ TableName: table, Item: item('b', { x: n(1) }), ConditionExpression: 'attribute_not_exists(pk)' })),
      'ConditionalCheckFailedException',
    );
    const seen = (await readStream(streams, arn)).map(({ eventName, dynamodb }) => `${eventName} ${dynamodb.Keys.pk.S}`);
    assert.deepEqual(seen.sort(), ['INSERT a', 'INSERT b', 'INSERT c', 'INSERT d', 'REMOVE a']);
  });

  test('of one item are in the order of its changes, and all in one shard', async () => {
    const { table, arn } = await makeStream('NEW_IMAGE');
    await Promise.all(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(async (pk) => {
      for (let i = 0; i < 25; i++) await client.send(new PutItemCommand({ TableName: table, Item: item(pk, { i: n(i) }) }));
    }));
    const shards = await shardsOf(streams, arn);
    const seen = {};
    for (const { ShardId } of shards) {
      const { records } = await readShard(streams, await iteratorOf(streams, arn, ShardId), 7);
      for (const { dynamodb } of records) {
        const of = (seen[dynamodb.Keys.pk.S] ??= { shard: ShardId, values: [] });
        assert.equal(of.shard, ShardId);
        of.values.push(Number(dynamodb.NewImage.i.N));
      }
    }
    assert.equal(Object.keys(seen).length, 8);
    assert.ok(new Set(Object.values(seen).map(({ shard }) => shard)).size > 1);
    for (const { values } of Object.values(seen)) assert.deepEqual(values, [...Array(25).keys()]);
  });

  test('of many megabytes come in pages', async () => {
    const { table, arn } = await makeStream('NEW_IMAGE');
    const text = 'x'.repeat(300_000);
    for (let i = 0; i < 12; i++) await client.send(new PutItemCommand({ TableName: table, Item: item('a', { i: n(i), text: { S: text } }) }));
    const numbers = [];
    for (const { ShardId } of await shardsOf(streams, arn)) {
      for (let next = await iteratorOf(streams, arn, ShardId); ;) {
        const page = await streams.send(new GetRecordsCommand({ ShardIterator: next }));
        assert.ok(page.Records.length <= 3);
        if (page.Records.length === 0) break;
        numbers.push(...page.Records.map(({ dynamodb }) => Number(dynamodb.NewImage.i.N)));
        next = page.NextShardIterator;
      }
    }
    assert.deepEqual(numbers, [...Array(12).keys()]);
  });
});

describe('iterators', () => {
  test('of every type', async () => {
    const { table, arn } = await makeStream('KEYS_ONLY');
    const put = (i) => client.send(new PutItemCommand({ TableName: table, Item: item('a', { i: n(i) }) }));
    await put(1);
    const all = [];
    let ShardId;
    for (const shard of await shardsOf(streams, arn)) {
      const { records } = await readShard(streams, await iteratorOf(streams, arn, shard.ShardId));
      if (records.length) ShardId = shard.ShardId;
      all.push(...records);
    }
    const latest = await iteratorOf(streams, arn, ShardId, 'LATEST');
    await put(2);
    await put(3);
    const first = all[0].dynamodb.SequenceNumber;
    const count = async (type, sequence) =>
      (await readShard(streams, await iteratorOf(streams, arn, ShardId, type, sequence))).records.length;
    assert.equal(await count('TRIM_HORIZON'), 3);
    assert.equal(await count('AT_SEQUENCE_NUMBER', first), 3);
    assert.equal(await count('AFTER_SEQUENCE_NUMBER', first), 2);
    assert.equal(await count('LATEST'), 0);
    assert.equal((await readShard(streams, latest)).records.length, 2);
  });

  test('are refused when they are not what was given out', async () => {
    const { arn } = await makeStream('KEYS_ONLY');
    const other = await makeStream('KEYS_ONLY');
    const [{ ShardId }] = await shardsOf(streams, arn);
    const iterator = await iteratorOf(streams, arn, ShardId);
    for (const forged of ['nonsense', iterator.slice(0, -4), `${iterator.slice(0, -4)}AAAA`, iterator.replace(arn, other.arn)]) {
      await rejects(streams.send(new GetRecordsCommand({ ShardIterator: forged })), 'ValidationException', 'Invalid ShardIterator');
    }
  });

  test('want a stream and a shard that are there', async () => {
    const { arn } = await makeStream('KEYS_ONLY');
    const missing = arn.replace(/stream\/.*/, 'stream/2020-01-01T00:00:00.000');
    const [{ ShardId }] = await shardsOf(streams, arn);
    const ask = (StreamArn, shard) => streams.send(new GetShardIteratorCommand({ StreamArn, ShardId: shard, ShardIteratorType: 'LATEST' }));
    await rejects(ask(missing, ShardId), 'ResourceNotFoundException', `Requested resource not found: Stream: ${missing} not found`);
    await rejects(ask(arn, ShardId.replace(/\d{20}/, '9'.repeat(20))), 'ResourceNotFoundException');
  });
});

describe('streams', () => {
  test('are enabled, disabled and enabled anew', async () => {
    const table = await makeTable(client);
    const set = (StreamSpecification) => client.send(new UpdateTableCommand({ TableName: table, StreamSpecification }));
    await rejects(set({ StreamEnabled: false }), 'ValidationException', `Table has no stream to disable: TableName: ${table}`);
    await client.send(new PutItemCommand({ TableName: table, Item: item('before') }));
    await set({ StreamEnabled: true, StreamViewType: 'KEYS_ONLY' });
    await rejects(set({ StreamEnabled: true, StreamViewType: 'KEYS_ONLY' }), 'ValidationException', `Table already has an enabled stream: TableName: ${table}`);
    const first = await arnOf(table);
    await client.send(new PutItemCommand({ TableName: table, Item: item('while') }));
    await set({ StreamEnabled: false });
    await client.send(new PutItemCommand({ TableName: table, Item: item('after') }));
    await set({ StreamEnabled: true, StreamViewType: 'NEW_IMAGE' });
    const second = await arnOf(table);
    assert.notEqual(first, second);
    const { Streams } = await streams.send(new ListStreamsCommand({ TableName: table }));
    assert.deepEqual(Streams.map(({ StreamArn }) => StreamArn), [first, second]);
    assert.deepEqual((await readStream(streams, first)).map(({ dynamodb }) => dynamodb.Keys.pk.S), ['while']);
    assert.deepEqual(await readStream(streams, second), []);
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: first }));
    assert.equal(StreamDescription.StreamStatus, 'DISABLED');
    for (const { SequenceNumberRange } of StreamDescription.Shards) assert.match(SequenceNumberRange.EndingSequenceNumber, /^\d{21,40}$/);
    const [{ ShardId }] = StreamDescription.Shards;
    assert.equal((await readShard(streams, await iteratorOf(streams, first, ShardId))).next, undefined);
  });

  test('are described', async () => {
    const { table, arn } = await makeStream('OLD_IMAGE', { range: 'sk:N' });
    const { StreamDescription: stream } = await streams.send(new DescribeStreamCommand({ StreamArn: arn }));
    assert.equal(stream.StreamArn, arn);
    assert.equal(stream.StreamStatus, 'ENABLED');
    assert.equal(stream.StreamViewType, 'OLD_IMAGE');
    assert.equal(stream.TableName, table);
    assert.ok(arn.endsWith(`/stream/${stream.StreamLabel}`));
    assert.deepEqual(stream.KeySchema, [{ AttributeName: 'pk', KeyType: 'HASH' }, { AttributeName: 'sk', KeyType: 'RANGE' }]);
    assert.ok(Math.abs(stream.CreationRequestDateTime - Date.now()) < 60_000);
    assert.equal(stream.Shards.length, 4);
    assert.deepEqual(await shardsOf(streams, arn, 1), stream.Shards);
    for (const { ShardId, ParentShardId, SequenceNumberRange } of stream.Shards) {
      assert.match(ShardId, /^shardId-\d{20}-[0-9a-f]{8}$/);
      assert.equal(ParentShardId, undefined);
      assert.match(SequenceNumberRange.StartingSequenceNumber, /^\d{21,40}$/);
      assert.equal(SequenceNumberRange.EndingSequenceNumber, undefined);
    }
  });

  test('outlive their tables', async () => {
    const { table, arn } = await makeStream('KEYS_ONLY');
    await client.send(new PutItemCommand({ TableName: table, Item: item('a') }));
    await client.send(new DeleteTableCommand({ TableName: table }));
    assert.equal((await readStream(streams, arn)).length, 1);
    const { Streams } = await streams.send(new ListStreamsCommand({ TableName: table }));
    assert.equal(Streams.length, 1);
  });

  test('are listed page by page', async () => {
    await makeStream('KEYS_ONLY');
    await makeStream('KEYS_ONLY');
    const { Streams: all } = await streams.send(new ListStreamsCommand({}));
    const paged = [];
    for (let ExclusiveStartStreamArn; ;) {
      const page = await streams.send(new ListStreamsCommand({ Limit: 1, ExclusiveStartStreamArn }));
      paged.push(...page.Streams);
      ExclusiveStartStreamArn = page.LastEvaluatedStreamArn;
      if (!ExclusiveStartStreamArn) break;
    }
    assert.ok(all.length > 2);
    assert.deepEqual(paged, all);
  });
});
