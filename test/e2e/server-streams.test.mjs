// Settings of the server that concern streams, what they keep over a kill, and waiting for records.

import { DescribeTableCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetRecordsCommand } from '@aws-sdk/client-dynamodb-streams';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { clientOf, makeTable } from './lib/client.mjs';
import { rejects } from './lib/expect.mjs';
import { startServer, temporaryDirectory } from './lib/server.mjs';
import { iteratorOf, readShard, readStream, shardsOf, streamsClientOf } from './lib/streams.mjs';

const directories = [];
after(() => Promise.all(directories.map((directory) => rm(directory, { recursive: true, force: true }))));

const shape = { StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' } };
const put = (client, TableName, pk) => client.send(new PutItemCommand({ TableName, Item: { pk: { S: pk } } }));
const arnOf = async (client, TableName) =>
  (await client.send(new DescribeTableCommand({ TableName }))).Table.LatestStreamArn;
const keysOf = (records) => records.map(({ dynamodb }) => dynamodb.Keys.pk.S);

async function until(condition) {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await sleep(20)) {
    if (await condition()) return;
  }
  throw new Error('it did not happen');
}

// Runs `work` on a server with these options and stops it.
async function withServer(options, work) {
  const stator = await startServer(options);
  try {
    await work(stator, clientOf(stator), streamsClientOf(stator));
  } finally {
    await stator.stop();
  }
}

test('shards get children on a timer, and go when they are old', async () => {
  const args = ['--stream-shards', '2', '--stream-shard-time', '300ms', '--stream-retention', '2s'];
  await withServer({ inMemory: true, args }, async (stator, client, streams) => {
    const table = await makeTable(client, shape);
    const arn = await arnOf(client, table);
    const [first, second] = await shardsOf(streams, arn);
    await put(client, table, 'a');
    const iterator = await iteratorOf(streams, arn, first.ShardId);
    await until(async () => (await shardsOf(streams, arn)).length >= 4);
    const shards = await shardsOf(streams, arn);
    assert.ok(shards[0].SequenceNumberRange.EndingSequenceNumber);
    assert.equal(shards[2].ParentShardId, first.ShardId);
    assert.equal(shards[3].ParentShardId, second.ShardId);
    assert.ok(BigInt(shards[2].SequenceNumberRange.StartingSequenceNumber) > BigInt(shards[0].SequenceNumberRange.EndingSequenceNumber));
    await put(client, table, 'a');
    await put(client, table, 'b');
    assert.deepEqual(keysOf(await readStream(streams, arn)).sort(), ['a', 'b']);
    await until(async () => (await shardsOf(streams, arn))[0].ShardId !== first.ShardId);
    await rejects(streams.send(new GetRecordsCommand({ ShardIterator: iterator })), 'TrimmedDataAccessException');
    const [oldest] = await shardsOf(streams, arn);
    assert.equal(oldest.ParentShardId, undefined);
  });
});

// What the files below a directory take on the disk. They come and go meanwhile.
async function diskBytes(directory) {
  const names = await readdir(directory, { recursive: true });
  const sizes = await Promise.all(names.map((name) => stat(join(directory, name)).then(({ blocks }) => blocks * 512, () => 0)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

const metricsOf = async (stator) => {
  const text = await (await fetch(`${stator.adminEndpoint}/metrics`)).text();
  return (name) => Number(text.match(new RegExp(`^${name} (\\d+)$`, 'm'))?.[1]);
};

test('what is trimmed is counted, and its room given back', async () => {
  const args = ['--stream-shard-time', '500ms', '--stream-retention', '3s', '--memtable-size', '4M'];
  await withServer({ args }, async (stator, client, streams) => {
    const table = await makeTable(client, shape);
    const other = await makeTable(client);
    const overwrite = (TableName, i) => {
      const text = { S: randomBytes(225_000).toString('base64') };
      return client.send(new PutItemCommand({ TableName, Item: { pk: { S: 'a' }, i: { N: String(i) }, text } }));
    };
    for (let i = 0; i < 250; i++) await overwrite(table, i); // 56 MB of records that cannot be compressed
    const arn = await arnOf(client, table);
    const last = (await shardsOf(streams, arn)).at(-1).ShardId;
    await until(async () => (await shardsOf(streams, arn))[0].ShardId > last);
    // Files in which other things are, too, are rewritten when the store writes on.
    await until(async () => {
      for (let i = 0; i < 20; i++) await overwrite(other, i);
      return (await diskBytes(stator.directory)) < 28e6;
    });
    const metric = await metricsOf(stator);
    assert.ok(metric('stator_streams_rolled_total') >= 2);
    assert.ok(metric('stator_streams_trimmed_total') >= 1);
  });
});

const cpuMs = async ({ pid }) => {
  const fields = (await readFile(`/proc/${pid}/stat`, 'latin1')).split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
};

test('a hundred streams that nothing happens to cost next to nothing', async () => {
  await withServer({ inMemory: true, args: ['--stream-shards', '4'] }, async (stator, client) => {
    await Promise.all(Array.from({ length: 100 }, () => makeTable(client, shape)));
    await sleep(500);
    const before = await cpuMs(stator);
    await sleep(5000);
    const spent = (await cpuMs(stator)) - before;
    assert.ok(spent <= 100, `${spent} ms of CPU time in 5 seconds`);
  });
});

test('who waits for records of a shard is told when it is closed', async () => {
  const args = ['--stream-shards', '1', '--stream-shard-time', '1500ms'];
  await withServer({ inMemory: true, args }, async (stator, client, streams) => {
    const table = await makeTable(client, shape);
    const arn = await arnOf(client, table);
    const shards = await shardsOf(streams, arn);
    const begun = Date.now();
    const answer = await waiting(stator, 10_000).send(new GetRecordsCommand({ ShardIterator: await iteratorOf(streams, arn, shards.at(-1).ShardId) }));
    assert.deepEqual(answer.Records, []);
    assert.equal(answer.NextShardIterator, undefined);
    assert.ok(Date.now() - begun < 5000);
  });
});

test('records and iterators are kept over a kill', async () => {
  const data = await temporaryDirectory();
  directories.push(data);
  const stator = await startServer({ data });
  const client = clientOf(stator);
  const table = await makeTable(client, shape);
  const arn = await arnOf(client, table);
  await put(client, table, 'a');
  const shards = await shardsOf(streamsClientOf(stator), arn);
  const iterators = await Promise.all(shards.map(({ ShardId }) => iteratorOf(streamsClientOf(stator), arn, ShardId)));
  stator.signal('SIGKILL');
  await stator.exited;
  await withServer({ data }, async (again, later, streams) => {
    await put(later, table, 'b');
    const records = [];
    for (const iterator of iterators) records.push(...(await readShard(streams, iterator)).records);
    assert.deepEqual(keysOf(records).sort(), ['a', 'b']);
  });
});

// A client whose requests may wait.
function waiting(stator, ms) {
  const client = streamsClientOf(stator);
  client.middlewareStack.add(
    (next) => (args) => {
      args.request.headers['x-stator-wait-ms'] = String(ms);
      return next(args);
    },
    { step: 'build' },
  );
  return client;
}

test('a request that may wait is answered when there is a record', async () => {
  await withServer({ inMemory: true, args: ['--stream-shards', '1'] }, async (stator, client, streams) => {
    const table = await makeTable(client, shape);
    const arn = await arnOf(client, table);
    const [{ ShardId }] = await shardsOf(streams, arn);
    const patient = waiting(stator, 10_000);
    const iterator = await iteratorOf(streams, arn, ShardId, 'LATEST');
    const begun = Date.now();
    const answer = patient.send(new GetRecordsCommand({ ShardIterator: iterator }));
    await sleep(300);
    await put(client, table, 'a');
    assert.deepEqual(keysOf((await answer).Records), ['a']);
    assert.ok(Date.now() - begun >= 290);
    assert.ok(Date.now() - begun < 5000);
    const idle = await streams.send(new GetRecordsCommand({ ShardIterator: iterator }));
    const unanswered = patient.send(new GetRecordsCommand({ ShardIterator: idle.NextShardIterator }));
    await sleep(100);
    stator.signal('SIGTERM');
    assert.deepEqual((await unanswered).Records, []);
  });
});
