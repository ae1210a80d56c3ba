// Kinesis streaming destinations of a server with an endpoint: what is delivered, in which form and order, and what becomes of
// failures, kills and destinations that are disabled.

import {
  DeleteItemCommand,
  DescribeKinesisStreamingDestinationCommand,
  DescribeTableCommand,
  DisableKinesisStreamingDestinationCommand,
  EnableKinesisStreamingDestinationCommand,
  PutItemCommand,
  UpdateKinesisStreamingDestinationCommand,
} from '@aws-sdk/client-dynamodb';
import { ListStreamsCommand } from '@aws-sdk/client-dynamodb-streams';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { clientOf, inParallel, makeTable, newTableName } from './lib/client.mjs';
import { kinesisArn, kinesisEnvironment, startKinesalite, startRecorder } from './lib/kinesis.mjs';
import { binary, spawnServer, startServer, temporaryDirectory } from './lib/server.mjs';
import { streamsClientOf } from './lib/streams.mjs';

const StreamArn = kinesisArn('changes');
const directories = [];
after(() => Promise.all(directories.map((directory) => rm(directory, { recursive: true, force: true }))));

async function until(condition) {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await sleep(20)) {
    if (await condition()) return;
  }
  throw new Error('it did not happen');
}

const settings = (endpoint, more = {}) => ({
  inMemory: !more.data,
  env: kinesisEnvironment,
  ...more,
  args: ['--kinesis-endpoint', endpoint.url, ...(more.args ?? [])],
});

// Runs `work` on a server that delivers to this endpoint, and stops both.
async function withEndpoint(endpoint, work, more = {}) {
  try {
    const stator = await startServer(settings(endpoint, more));
    try {
      await work(clientOf(stator), stator);
    } finally {
      await stator.stop();
    }
  } finally {
    await endpoint.stop();
  }
}

const put = (client, TableName, pk, v) => client.send(new PutItemCommand({ TableName, Item: { pk: { S: pk }, v: { N: `${v}` } } }));
const enable = (client, TableName, more = {}) =>
  client.send(new EnableKinesisStreamingDestinationCommand({ TableName, StreamArn, ...more }));
const disable = (client, TableName) => client.send(new DisableKinesisStreamingDestinationCommand({ TableName, StreamArn }));
const destinations = async (client, TableName) =>
  (await client.send(new DescribeKinesisStreamingDestinationCommand({ TableName }))).KinesisDataStreamDestinations;
const microseconds = { ApproximateCreationDateTimePrecision: 'MICROSECOND' };

test('the four operations', async () => {
  await withEndpoint(await startRecorder(), async (client, stator) => {
    const TableName = await makeTable(client);
    const { $metadata, ...enabled } = await enable(client, TableName);
    assert.deepEqual(enabled, { TableName, StreamArn, DestinationStatus: 'ENABLING', EnableKinesisStreamingConfiguration: {} });
    assert.deepEqual(await destinations(client, TableName), [{ StreamArn, DestinationStatus: 'ACTIVE' }]);

    const { $metadata: m, ...updated } = await client.send(
      new UpdateKinesisStreamingDestinationCommand({ TableName, StreamArn, UpdateKinesisStreamingConfiguration: microseconds }),
    );
    assert.deepEqual(updated, {
      TableName,
      StreamArn,
      DestinationStatus: 'UPDATING',
      UpdateKinesisStreamingConfiguration: microseconds,
    });
    assert.deepEqual(await destinations(client, TableName), [{ StreamArn, DestinationStatus: 'ACTIVE', ...microseconds }]);
    await assert.rejects(enable(client, TableName), {
      name: 'ValidationException',
      message:
        'Table is not in a valid state to enable Kinesis Streaming Destination: EnableKinesisStreamingDestination must be ' +
        'DISABLED or ENABLE_FAILED to perform ENABLE operation.',
    });

    assert.equal((await disable(client, TableName)).DestinationStatus, 'DISABLING');
    assert.equal((await destinations(client, TableName))[0].DestinationStatus, 'DISABLED');
    const again = await enable(client, TableName, { EnableKinesisStreamingConfiguration: microseconds });
    assert.deepEqual(again.EnableKinesisStreamingConfiguration, microseconds);

    await disable(client, TableName);
    const far = kinesisArn('changes', 'eu-west-1');
    await client.send(new EnableKinesisStreamingDestinationCommand({ TableName, StreamArn: far }));
    assert.deepEqual((await destinations(client, TableName))[0], {
      StreamArn: far,
      DestinationStatus: 'ENABLE_FAILED',
      DestinationStatusDescription:
        'The kinesis Arn used to enable kinesis replication belongs to a stream which is not in the current region',
    });
  });
});

test('the stream that feeds a destination is nobody else\'s', async () => {
  await withEndpoint(await startRecorder(), async (client, stator) => {
    const TableName = await makeTable(client);
    await enable(client, TableName);
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    assert.equal(Table.StreamSpecification, undefined);
    assert.equal(Table.LatestStreamArn, undefined);
    const { Streams } = await streamsClientOf(stator).send(new ListStreamsCommand({ TableName }));
    assert.deepEqual(Streams, []);
  });
});

test('kinesalite gets every change, those of an item in order', async () => {
  const kinesis = await startKinesalite();
  await kinesis.call('CreateStream', { StreamName: 'changes', ShardCount: 3 });
  await until(async () => (await kinesis.call('DescribeStream', { StreamName: 'changes' })).StreamDescription.StreamStatus === 'ACTIVE');
  await withEndpoint(kinesis, async (client) => {
    const TableName = await makeTable(client);
    await put(client, TableName, 'before', 1);
    await enable(client, TableName, { EnableKinesisStreamingConfiguration: microseconds });
    const items = Array.from({ length: 40 }, (_, i) => `item-${i}`);
    await inParallel(items, 8, async (pk) => {
      for (let v = 1; v <= 10; v++) await put(client, TableName, pk, v);
      await client.send(new DeleteItemCommand({ TableName, Key: { pk: { S: pk } } }));
    });
    let records;
    await until(async () => (records = await kinesis.read('changes')).length >= items.length * 11);
    const seen = new Map();
    for (const record of records) {
      const { Keys, NewImage, OldImage, ApproximateCreationDateTime: time } = record.dynamodb;
      const before = seen.get(Keys.pk.S) ?? { v: undefined, time: 0, count: 0 };
      assert.equal(OldImage?.v.N, before.v);
      assert.ok(time > before.time);
      seen.set(Keys.pk.S, { v: NewImage?.v.N, time, count: before.count + 1 });
    }
    assert.equal(seen.size, items.length);
    for (const { v, count } of seen.values()) assert.deepEqual([v, count], [undefined, 11]);
    assert.equal(new Set(records.map(({ eventID }) => eventID)).size, records.length);
  });
});

test('a record is what DynamoDB makes of a change', async () => {
  const kinesis = await startRecorder();
  await withEndpoint(kinesis, async (client) => {
    const TableName = await makeTable(client);
    await enable(client, TableName);
    const began = Date.now();
    await put(client, TableName, 'a', 1);
    await put(client, TableName, 'a', 2);
    await put(client, TableName, 'a', 2);
    await until(() => kinesis.taken.length === 2);
    const [first, second] = kinesis.taken;
    assert.deepEqual(kinesis.complaints, []);
    assert.equal(kinesis.requests[0].StreamName, 'changes');
    assert.equal(kinesis.requests[0].StreamARN, StreamArn);
    assert.match(second.PartitionKey, /^[0-9A-F]{32}$/);
    assert.equal(first.PartitionKey, second.PartitionKey);
    assert.match(second.eventID, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const { PartitionKey, eventID, dynamodb: { ApproximateCreationDateTime: time, ...change }, ...rest } = second;
    assert.ok(Math.abs(time - began) < 10_000);
    assert.deepEqual(rest, {
      awsRegion: 'us-east-1',
      eventName: 'MODIFY',
      userIdentity: null,
      recordFormat: 'application/json',
      tableName: TableName,
      eventSource: 'aws:dynamodb',
    });
    assert.deepEqual(change, {
      Keys: { pk: { S: 'a' } },
      NewImage: { pk: { S: 'a' }, v: { N: '2' } },
      OldImage: { pk: { S: 'a' }, v: { N: '1' } },
      SizeBytes: 15,
    });
    await client.send(
      new UpdateKinesisStreamingDestinationCommand({ TableName, StreamArn, UpdateKinesisStreamingConfiguration: microseconds }),
    );
    let v = 3;
    await until(async () => {
      await put(client, TableName, 'a', v++);
      return kinesis.taken.at(-1).dynamodb.ApproximateCreationDateTimePrecision === 'MICROSECOND';
    });
    assert.ok(kinesis.taken.at(-1).dynamodb.ApproximateCreationDateTime > began * 1000);
  });
});

test('what failed among others is sent again, and what is of the same item with it', async () => {
  const kinesis = await startRecorder(() => ({ status: 503, body: {} }));
  // One shard, and an endpoint that takes nothing at first, so that many changes are one request.
  await withEndpoint(
    kinesis,
    async (client) => {
      const TableName = await makeTable(client);
      await enable(client, TableName);
      for (const [pk, v] of [['a', 1], ['b', 1], ['a', 2], ['b', 2], ['c', 1]]) await put(client, TableName, pk, v);
      await until(() => kinesis.requests.length > 0);
      let fail = true;
      kinesis.judge((records) => {
        const at = records.findIndex(({ dynamodb }) => dynamodb.Keys.pk.S === 'b');
        if (!fail || at < 0 || records.length < 4) return undefined;
        fail = false;
        return records.map((_, i) => (i === at ? 'InternalFailure' : null));
      });
      await until(() => {
        const last = {};
        for (const { dynamodb } of kinesis.taken) last[dynamodb.Keys.pk.S] = dynamodb.NewImage.v.N;
        return last.a === '2' && last.b === '2' && last.c === '1' && (fail || kinesis.requests.at(-1).Records.length === 2);
      });
      const times = (pk, v) => kinesis.taken.filter(({ dynamodb: d }) => d.Keys.pk.S === pk && d.NewImage.v.N === v).length;
      assert.equal(times('a', '1'), 1);
      assert.equal(times('a', '2'), 1);
      assert.equal(times('b', '1'), 1);
      assert.equal(times('b', '2'), fail ? 1 : 2);
      assert.equal(kinesis.taken.filter(({ dynamodb: d }) => d.Keys.pk.S === 'b').at(-1).dynamodb.NewImage.v.N, '2');
    },
    { args: ['--stream-shards', '1'] },
  );
});

test('an endpoint that fails is tried again, and what was written before the end is delivered after it', async () => {
  const kinesis = await startRecorder(() => ({ status: 500, body: { __type: 'InternalFailure' } }));
  await withEndpoint(kinesis, async (client) => {
    const TableName = await makeTable(client);
    await enable(client, TableName);
    for (let v = 1; v <= 5; v++) await put(client, TableName, 'a', v);
    await until(() => kinesis.requests.length >= 2);
    await disable(client, TableName);
    await put(client, TableName, 'a', 6);
    await enable(client, TableName);
    await put(client, TableName, 'a', 7);
    kinesis.judge(() => undefined);
    await until(() => kinesis.taken.length === 6);
    await sleep(300);
    assert.deepEqual(
      kinesis.taken.map(({ dynamodb }) => dynamodb.NewImage.v.N),
      ['1', '2', '3', '4', '5', '7'],
    );
  });
});

test('a record that is too large is given up, and nothing else with it', async () => {
  const bytes = (record) => Buffer.from(record.Data, 'base64').length;
  const kinesis = await startRecorder((_, { Records }) =>
    Records.some((record) => bytes(record) > 1 << 20) ? { status: 400, body: { __type: 'ValidationException' } } : undefined,
  );
  await withEndpoint(
    kinesis,
    async (client, stator) => {
      const TableName = await makeTable(client);
      await enable(client, TableName);
      const large = (v) =>
        client.send(
          new PutItemCommand({ TableName, Item: { pk: { S: 'large' }, v: { N: `${v}` }, b: { B: Buffer.alloc(398_000, v) } } }),
        );
      for (let v = 1; v <= 2; v++) {
        await put(client, TableName, 'small', v);
        await large(v);
      }
      await client.send(new DeleteItemCommand({ TableName, Key: { pk: { S: 'large' } } }));
      await put(client, TableName, 'small', 3);
      const of = (pk) => kinesis.taken.filter(({ dynamodb: d }) => d.Keys.pk.S === pk).map(({ eventName }) => eventName);
      await until(() => of('small').length === 3 && of('large').length === 2);
      assert.deepEqual(of('large'), ['INSERT', 'REMOVE']);
      await stator.logged(/kinesis:/);
    },
    { args: ['--stream-shards', '1'] },
  );
});

test('nothing is lost in a kill', async () => {
  const directory = await temporaryDirectory();
  directories.push(directory);
  const kinesis = await startRecorder(() => ({ status: 500, body: {} }));
  const first = await startServer(settings(kinesis, { data: directory }));
  const TableName = await makeTable(clientOf(first));
  await enable(clientOf(first), TableName);
  for (let v = 1; v <= 20; v++) await put(clientOf(first), TableName, `k${v % 4}`, v);
  await until(() => kinesis.requests.length > 0);
  await first.stop('SIGKILL');
  kinesis.judge(() => undefined);
  await withEndpoint(
    kinesis,
    async (client) => {
      await put(client, TableName, 'k0', 21);
      await until(() => new Set(kinesis.taken.map(({ eventID }) => eventID)).size === 21);
      const of = (pk) => kinesis.taken.filter(({ dynamodb }) => dynamodb.Keys.pk.S === pk).map(({ dynamodb }) => +dynamodb.NewImage.v.N);
      for (const pk of ['k0', 'k1', 'k2', 'k3']) assert.deepEqual(of(pk), of(pk).slice().sort((a, b) => a - b));
    },
    { data: directory },
  );
});

test('a delivery can be paused and resumed, and what is left of it deleted', async () => {
  const kinesis = await startRecorder();
  await withEndpoint(kinesis, async (client, stator) => {
    const trigger = (action, name) =>
      promisify(execFile)(binary, ['trigger', action, name, '--admin', `127.0.0.1:${stator.adminPort}`]);
    const deliveries = async () => (await (await fetch(`${stator.adminEndpoint}/triggers`)).json()).triggers;
    // The longest name that a table may have.
    const TableName = await makeTable(client, { name: newTableName('t').padEnd(255, 'x') });
    await enable(client, TableName);
    const [{ name, target }] = await deliveries();
    assert.match(name, new RegExp(`^kinesis:${TableName}:`));
    assert.equal(target, StreamArn);
    await trigger('pause', name);
    await put(client, TableName, 'a', 1);
    await sleep(200);
    assert.equal(kinesis.taken.length, 0);
    await assert.rejects(trigger('delete', name), { stderr: /DisableKinesisStreamingDestination/ });
    await trigger('resume', name);
    await until(() => kinesis.taken.length === 1);
    await trigger('pause', name);
    await put(client, TableName, 'a', 2);
    await disable(client, TableName);
    await trigger('delete', name);
    assert.deepEqual(await deliveries(), []);
  });
});

test('a server without credentials for its endpoint does not start', async () => {
  const stator = await spawnServer({
    inMemory: true,
    args: ['--kinesis-endpoint', 'http://127.0.0.1:1'],
    env: { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
  });
  assert.notEqual((await stator.exited).code, 0);
  assert.match(stator.log(), /AWS_ACCESS_KEY_ID/);
});
