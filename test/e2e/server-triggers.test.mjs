// Functions that the server calls with the changes of a table: real HTTP handlers and commands, failures, kills.

import { DeleteItemCommand, DeleteTableCommand, PutItemCommand, ScanCommand, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { execFile } from 'node:child_process';
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { clientOf, inParallel, makeTable, newTableName } from './lib/client.mjs';
import { binary, startServer, temporaryDirectory } from './lib/server.mjs';

const run = promisify(execFile);
const directories = [];
after(() => Promise.all(directories.map((directory) => rm(directory, { recursive: true, force: true }))));

const streamed = { StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' } };
const put = (client, TableName, pk, v) =>
  client.send(new PutItemCommand({ TableName, Item: { pk: { S: pk }, v: { N: `${v}` } } }));

async function until(what, condition, seconds = 20) {
  for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; await sleep(10)) {
    const value = await condition();
    if (value) return value;
  }
  throw new Error(`never: ${what}`);
}

// An HTTP handler as functions have: `respond(records, request)` gives the answer: an object, or { status, headers, body }.
async function startHandler(respond = () => ({})) {
  const handler = { records: [], requests: [], respond };
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', async () => {
      const event = JSON.parse(Buffer.concat(chunks));
      handler.requests.push({ path: request.url, method: request.method, headers: request.headers, records: event.Records, event });
      const answer = await handler.respond(event.Records, request);
      if (!answer) return;
      const { status = 200, headers = {}, body = JSON.stringify(answer) } = answer.status || answer.headers ? answer : {};
      if (status === 200 && !answer.failed) handler.records.push(...event.Records);
      response.writeHead(status, headers);
      response.end(body);
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  handler.url = `http://127.0.0.1:${server.address().port}`;
  handler.stop = () => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  };
  return handler;
}

// `stator trigger` against this server.
const commandOf = (server) => (...args) => run(binary, ['trigger', ...args, '--admin', `127.0.0.1:${server.adminPort}`]);

const statusOf = async (server, name) => {
  const { triggers } = await (await fetch(`${server.adminEndpoint}/triggers`)).json();
  return triggers.find((trigger) => trigger.name === name);
};

const keyOf = ({ dynamodb }) => dynamodb.Keys.pk.S;
const valueOf = ({ dynamodb }) => (dynamodb.NewImage ? Number(dynamodb.NewImage.v.N) : undefined);

// Of each key the values 0, 1, ... came, each for the first time after the one before.
function assertInOrder(records, keys, count) {
  for (let k = 0; k < keys; k++) {
    let expected = 0;
    for (const record of records.filter((one) => keyOf(one) === `k${k}`)) {
      assert.ok(valueOf(record) <= expected, `k${k}: ${valueOf(record)} came before ${expected}`);
      if (valueOf(record) === expected) expected++;
    }
    assert.ok(expected >= count, `k${k}: ${expected} never came`);
  }
}

describe('a trigger', () => {
  let server, client, trigger;
  const handlers = [];
  const handler = async (respond) => {
    const one = await startHandler(respond);
    handlers.push(one);
    return one;
  };
  before(async () => {
    server = await startServer({ inMemory: true, args: ['--trigger-commands'] });
    client = clientOf(server);
    trigger = commandOf(server);
  });
  after(async () => {
    await server?.stop();
    await Promise.all(handlers.map((one) => one.stop()));
  });

  test('calls a URL as Lambda calls a function', async () => {
    const target = await handler();
    const table = await makeTable(client, streamed);
    const { stdout } = await trigger('create', '--table', table, '--target', `${target.url}/2015-03-31/functions/function/invocations`);
    assert.equal(stdout, `trigger ${table} is created\n`);
    await put(client, table, 'a', 1);
    await put(client, table, 'a', 2);
    await client.send(new DeleteItemCommand({ TableName: table, Key: { pk: { S: 'a' } } }));
    await until('three changes', () => target.records.length === 3);
    const [{ method, path, headers, event }] = target.requests;
    assert.equal(method, 'POST');
    assert.equal(path, '/2015-03-31/functions/function/invocations');
    assert.equal(headers['content-type'], 'application/json');
    assert.deepEqual(Object.keys(event), ['Records']);
    assert.deepEqual(target.records.map(({ eventName }) => eventName), ['INSERT', 'MODIFY', 'REMOVE']);
    const [{ eventSourceARN, dynamodb, ...insert }] = target.records;
    assert.match(eventSourceARN, new RegExp(`^arn:aws:dynamodb:us-east-1:000000000000:table/${table}/stream/20`));
    assert.deepEqual({ ...insert, eventID: undefined },
      { eventID: undefined, eventName: 'INSERT', eventVersion: '1.1', eventSource: 'aws:dynamodb', awsRegion: 'us-east-1' });
    assert.deepEqual(dynamodb.NewImage, { pk: { S: 'a' }, v: { N: '1' } });
    assert.equal(dynamodb.StreamViewType, 'NEW_AND_OLD_IMAGES');
    assert.equal(new Set(target.records.map(({ eventID }) => eventID)).size, 3);
  });

  test('sees what its filter lets pass', async () => {
    const target = await handler();
    const table = await makeTable(client, streamed);
    const filter = { Filters: [{ Pattern: JSON.stringify({ eventName: ['MODIFY'], dynamodb: { NewImage: { v: { N: [{ numeric: ['>', 5] }] } } } }) }] };
    await trigger('create', '--table', table, '--target', target.url, '--filter', JSON.stringify(filter));
    for (let v = 0; v < 10; v++) await put(client, table, 'a', v);
    const status = await until('all are done', async () => {
      const now = await statusOf(server, table);
      return now.delivered === 4 && now.lag_records === 0 && now;
    });
    assert.deepEqual(target.records.map(valueOf), [6, 7, 8, 9]);
    assert.equal(status.passed_over, 6);
    assert.deepEqual(status.filter, filter);
  });

  test('takes each way to fail for a failure', async () => {
    const failures = [
      { status: 500, headers: {}, body: 'broken' },
      { status: 302, headers: { Location: '/elsewhere' }, body: '' },
      { status: 200, headers: { 'X-Amz-Function-Error': 'Unhandled' }, body: '{"errorMessage":"no","errorType":"Error"}', failed: true },
      { failed: true, status: 200, headers: {}, body: '{"errorMessage":"Task timed out after 3.00 seconds","errorType":"Runtime.ExitError"}' },
    ];
    const errors = [/^status 500: broken$/, /^status 302: $/, /^the function failed: /, /^the function failed: Runtime\.ExitError: Task timed out/];
    const table = await makeTable(client, streamed);
    const seen = [];
    let next = 0;
    const target = await handler(async () => {
      if (next > 0) seen.push((await statusOf(server, table)).last_error);
      return failures[next++] ?? {};
    });
    await trigger('create', '--table', table, '--target', target.url);
    await put(client, table, 'a', 1);
    await until('the end', async () => (await statusOf(server, table)).delivered === 1);
    assert.equal(target.requests.length, 5);
    assert.equal(new Set(target.requests.map(({ records }) => records[0].eventID)).size, 1);
    errors.forEach((pattern, i) => assert.match(seen[i], pattern));
    assert.equal((await statusOf(server, table)).calls_failed, 4);
  });

  test('calls again from the lowest record that is named', async () => {
    let told = false;
    const target = await handler((records) => {
      if (told || records.length < 5) return {};
      told = true;
      return { batchItemFailures: [records[4], records[3]].map(({ dynamodb }) => ({ itemIdentifier: dynamodb.SequenceNumber })) };
    });
    const table = await makeTable(client, streamed);
    for (let v = 0; v < 6; v++) await put(client, table, 'k0', v);
    await trigger('create', '--table', table, '--target', target.url, '--start', 'TRIM_HORIZON');
    await until('the end', async () => (await statusOf(server, table)).delivered === 6);
    assert.deepEqual(target.requests.map(({ records }) => records.map(valueOf)), [[0, 1, 2, 3, 4, 5], [3, 4, 5]]);
  });

  test('puts what always fails into a file or a table, alone', async () => {
    const directory = await temporaryDirectory();
    directories.push(directory);
    const file = join(directory, 'dead.jsonl');
    const dead = await makeTable(client, { hash: 'trigger:S', range: 'at:S' });
    const target = await handler((records) => (records.some((one) => valueOf(one) % 7 === 3) ? { status: 500, headers: {}, body: 'not 3' } : {}));
    const table = await makeTable(client, streamed);
    for (let v = 0; v < 20; v++) await put(client, table, 'k0', v);
    const options = ['--table', table, '--target', target.url, '--start', 'TRIM_HORIZON', '--retries', '1'];
    await trigger('create', ...options, '--name', `${table}.file`, '--on-failure', file);
    await trigger('create', ...options, '--name', `${table}.table`, '--on-failure', `table:${dead}`);
    for (const name of [`${table}.file`, `${table}.table`]) {
      const status = await until('the end', async () => {
        const now = await statusOf(server, name);
        return now.dead_letters === 3 && now.delivered === 17 && now;
      });
      assert.equal(status.lag_records, 0);
    }
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n').map((line) => JSON.parse(line));
    assert.deepEqual(lines.map(({ record }) => valueOf(record)), [3, 10, 17]);
    for (const { deadLetter, record } of lines) {
      assert.equal(deadLetter.trigger, `${table}.file`);
      assert.equal(deadLetter.error, 'status 500: not 3');
      assert.equal(deadLetter.attempts, 2);
      assert.equal(deadLetter.sequenceNumber, record.dynamodb.SequenceNumber);
      assert.equal(deadLetter.eventID, record.eventID);
      assert.match(deadLetter.shardId, /^shardId-\d{20}-[0-9a-f]{8}$/);
    }
    const { Items } = await client.send(new ScanCommand({ TableName: dead }));
    assert.deepEqual(Items.map(({ record }) => valueOf(JSON.parse(record.S))).sort((a, b) => a - b), [3, 10, 17]);
    assert.ok(Items.every((item) => item.trigger.S === `${table}.table` && item.at.S === JSON.parse(item.record.S).dynamodb.SequenceNumber));
  });

  test('runs a command, which fails by its status', async () => {
    const directory = await temporaryDirectory();
    directories.push(directory);
    const [out, flag] = [join(directory, 'out'), join(directory, 'flag')];
    const table = await makeTable(client, streamed);
    await trigger('create', '--table', table, '--target', `test -e ${flag} || { echo not yet >&2; exit 9; }; cat >>${out}; echo >>${out}`);
    await put(client, table, 'a', 1);
    const failed = await until('a failure', async () => (await statusOf(server, table)).last_error);
    assert.equal(failed, 'the command ended with status 9: not yet');
    await writeFile(flag, '');
    await until('the end', async () => (await statusOf(server, table)).delivered === 1);
    const [line] = (await readFile(out, 'utf8')).trimEnd().split('\n');
    assert.deepEqual(JSON.parse(line).Records.map(valueOf), [1]);
  });

  test('is paused, resumed, reset and deleted', async () => {
    const target = await handler();
    const table = await makeTable(client, streamed);
    await trigger('create', '--table', table, '--target', target.url, '--name', 'steered');
    await put(client, table, 'a', 1);
    await until('the first', () => target.records.length === 1);
    assert.equal((await trigger('pause', 'steered')).stdout, 'trigger steered is paused\n');
    await put(client, table, 'a', 2);
    await sleep(100);
    assert.equal(target.records.length, 1);
    const paused = await statusOf(server, 'steered');
    assert.equal(paused.state, 'PAUSED');
    assert.equal(paused.lag_records, 1);
    assert.ok(paused.lag_ms >= 50);
    assert.equal((await trigger('resume', 'steered')).stdout, 'trigger steered is resumed\n');
    await until('the second', () => target.records.length === 2);
    assert.equal((await trigger('reset', 'steered', 'TRIM_HORIZON')).stdout, 'trigger steered is reset\n');
    await until('both again', () => target.records.length === 4);
    assert.equal(target.records[0].eventID, target.records[2].eventID);
    await trigger('reset', 'steered', target.records[1].dynamodb.SequenceNumber);
    await until('the second again', () => target.records.length === 5);
    assert.equal(valueOf(target.records[4]), 2);
    assert.equal((await trigger('delete', 'steered')).stdout, 'trigger steered is deleted\n');
    await put(client, table, 'a', 3);
    await sleep(100);
    assert.equal(target.records.length, 5);
    assert.equal(await statusOf(server, 'steered'), undefined);
  });

  test('keeps nobody waiting but itself', async () => {
    const slow = await handler(() => undefined); // never answers
    const quick = await handler();
    const table = await makeTable(client, streamed);
    await trigger('create', '--table', table, '--target', slow.url, '--name', 'slow', '--parallel', '10');
    await trigger('create', '--table', table, '--target', quick.url, '--name', 'quick');
    for (let v = 0; v < 50; v++) await put(client, table, `k${v}`, 0);
    await until('the quick one', () => quick.records.length === 50, 5);
    assert.equal((await statusOf(server, 'slow')).delivered, 0);
    assert.ok((await statusOf(server, 'slow')).calls_in_flight > 4);
    await trigger('delete', 'slow');
  });

  test('gives a call up that takes too long', async () => {
    let calls = 0;
    const target = await handler(() => (calls++ ? {} : undefined));
    const table = await makeTable(client, streamed);
    await trigger('create', '--table', table, '--target', target.url, '--timeout', '1');
    await put(client, table, 'a', 1);
    await until('the end', async () => (await statusOf(server, table)).delivered === 1);
    assert.match((await statusOf(server, table)).last_error, /timed out/);
    assert.equal(target.requests.length, 2);
  });

  test('follows the stream when it is enabled anew, and ends with the table', async () => {
    const target = await handler();
    const table = await makeTable(client, streamed);
    await trigger('create', '--table', table, '--target', target.url);
    await put(client, table, 'k0', 0);
    await client.send(new UpdateTableCommand({ TableName: table, StreamSpecification: { StreamEnabled: false } }));
    await until('it waits', async () => (await statusOf(server, table)).waits === 'the stream of the table is disabled');
    await client.send(new UpdateTableCommand({ TableName: table, ...streamed }));
    await put(client, table, 'k0', 1);
    await until('the second', () => target.records.length === 2);
    assertInOrder(target.records, 1, 2);
    await client.send(new DeleteTableCommand({ TableName: table }));
    const ended = await until('the end', async () => {
      const status = await statusOf(server, table);
      return status.state === 'ENDED' && status;
    });
    assert.equal(ended.error, 'the table was deleted');
    assert.match((await trigger()).stdout, new RegExp(`^${table} +${table} +ENDED .*\n +error: the table was deleted$`, 'm'));
  });

  test('is counted', async () => {
    const target = await handler();
    const table = await makeTable(client, streamed);
    await trigger('create', '--table', table, '--target', target.url, '--name', 'counted');
    await put(client, table, 'a', 1);
    await until('the end', async () => (await statusOf(server, 'counted')).delivered === 1);
    const text = await (await fetch(`${server.adminEndpoint}/metrics`)).text();
    const value = (name) => Number(text.match(new RegExp(`^stator_trigger_${name}\\{trigger="counted"\\} (\\d+)$`, 'm'))?.[1]);
    assert.equal(value('running'), 1);
    assert.equal(value('records_delivered_total'), 1);
    assert.equal(value('calls_total'), 1);
    assert.equal(value('calls_failed_total'), 0);
    assert.equal(value('dead_letters_total'), 0);
    assert.equal(value('lag_milliseconds'), 0);
  });

  test('is refused when it makes no sense', async () => {
    const table = await makeTable(client, streamed);
    const plain = await makeTable(client);
    const admin = async (method, path, body, headers) => {
      const answer = await fetch(server.adminEndpoint + path, { method, body, headers });
      return { status: answer.status, error: (await answer.json()).error };
    };
    const create = (more) => admin('POST', '/triggers', JSON.stringify({ table, target: 'http://127.0.0.1:1', ...more }));
    assert.deepEqual(await create({ table: plain }),
      { status: 400, error: `The stream of table '${plain}' is not enabled: its changes are not recorded` });
    assert.equal((await create({ table: newTableName() })).status, 404);
    assert.match((await create({ filter: { eventname: ['INSERT'] } })).error, /records have no member 'eventname'/);
    assert.equal((await create({ batch_size: 0 })).status, 400);
    assert.equal((await fetch(`${server.adminEndpoint}/triggers`, { method: 'POST', body: 'x'.repeat(70000) })).status, 413);
    assert.equal((await create({ name: 'taken' })).status, 200);
    assert.deepEqual(await create({ name: 'taken' }), { status: 409, error: "There is a trigger 'taken' already" });
    assert.equal((await admin('POST', '/triggers', '{')).status, 400);
    assert.equal((await admin('POST', '/triggers/taken/sing')).status, 404);
    assert.equal((await admin('POST', '/triggers/none/pause')).status, 404);
    assert.equal((await admin('POST', '/triggers/taken/reset')).status, 400);
    assert.equal((await admin('POST', '/triggers/taken/reset?to=yesterday')).status, 400);
    assert.equal((await admin('PUT', '/triggers')).status, 405);
    assert.equal((await admin('GET', '/triggers', undefined, { Origin: 'http://example.org' })).status, 403);
    assert.equal((await admin('POST', '/triggers', '{}', { Origin: 'http://127.0.0.1:8001' })).status, 403);
    const fails = (args, code, message) =>
      assert.rejects(trigger(...args), (error) => {
        assert.equal(error.code, code, error.stderr);
        assert.match(error.stderr, message);
        return true;
      });
    await fails(['delete', 'none'], 1, /^stator: There is no trigger 'none'\n$/);
    for (const args of [['sing'], ['pause'], ['reset', 'taken'], ['pause', 'a/b'], ['create'], ['create', '--table', table],
      ['create', '--table', table, '--target', 'http://x', '--retries', 'many'], ['create', '--colour', 'red'],
      ['create', '--table', table, '--target', 'http://x', '--filter', '{'], ['list', 'x']]) {
      await fails(args, 2, /^stator: .*stator help\n$/);
    }
    await trigger('delete', 'taken');
  });
});

test('a server runs commands only if it was told to', async () => {
  const server = await startServer({ inMemory: true });
  try {
    const table = await makeTable(clientOf(server), streamed);
    await assert.rejects(commandOf(server)('create', '--table', table, '--target', 'cat'), /--trigger-commands/);
  } finally {
    await server.stop();
  }
});

test('a call in flight does not keep the server from stopping, and happens again', async () => {
  const data = await temporaryDirectory();
  directories.push(data);
  const handler = await startHandler(() => undefined);
  const server = await startServer({ data });
  const table = await makeTable(clientOf(server), streamed);
  await commandOf(server)('create', '--table', table, '--target', handler.url);
  await put(clientOf(server), table, 'a', 1);
  await until('the call', () => handler.requests.length === 1);
  const begun = Date.now();
  await server.stop();
  assert.ok(Date.now() - begun < 5000);
  handler.respond = () => ({});
  const again = await startServer({ data });
  await until('the call again', () => handler.records.length === 1);
  assert.equal(handler.requests[0].records[0].eventID, handler.records[0].eventID);
  await again.stop();
  await handler.stop();
});

// Writers, kills, failures by chance, shards that are rolled: every change comes, and of each key in order.
test('nothing is lost and nothing overtaken over kills', async () => {
  const [KEYS, VALUES, KILLS] = [12, 40, 4];
  const data = await temporaryDirectory();
  directories.push(data);
  const out = join(data, 'out');
  const args = ['--stream-shards', '2', '--stream-shard-time', '400ms', '--trigger-commands'];
  const chance = () => Math.random();
  const handler = await startHandler(async (records) => {
    await sleep(chance() * 20);
    if (chance() < 0.2) return { status: 500, headers: {}, body: 'by chance' };
    if (chance() < 0.2 && records.length > 1) {
      const bad = Math.floor(chance() * records.length);
      handler.records.push(...records.slice(0, bad));
      return { failed: true, batchItemFailures: [{ itemIdentifier: records[bad].dynamodb.SequenceNumber }] };
    }
    return {};
  });
  let server = await startServer({ data, args });
  const table = await makeTable(clientOf(server), streamed);
  await commandOf(server)('create', '--table', table, '--target', handler.url, '--parallel', '3', '--batch-size', '7', '--name', 'url');
  await commandOf(server)('create', '--table', table, '--target', `{ cat; echo; } >${out}.$$ && cat ${out}.$$ >>${out}`, '--name', 'command', '--batch-size', '20');

  let writing = KEYS;
  const writers = Array.from({ length: KEYS }, async (_, k) => {
    for (let v = 0; v < VALUES; v++) {
      // Whether a write that failed was done is not known; doing it again records nothing if it was.
      for (;;) {
        try {
          await put(clientOf(server), table, `k${k}`, v);
          break;
        } catch {
          await sleep(20);
        }
      }
      await sleep(chance() * 60);
    }
    writing--;
  });
  for (let i = 0; i < KILLS; i++) {
    await sleep(500);
    server.signal('SIGKILL');
    await server.exited;
    server = await startServer({ data, args });
  }
  await Promise.all(writers);
  assert.equal(writing, 0);
  for (const name of ['url', 'command']) {
    await until(`${name} is done`, async () => (await statusOf(server, name)).lag_records === 0, 60);
    assert.equal((await statusOf(server, name)).trimmed_gaps, 0);
    assert.equal((await statusOf(server, name)).dead_letters, 0);
  }
  assertInOrder(handler.records, KEYS, VALUES);
  // Commands outlive the server that is killed; the calls then happen again.
  const lines = (await readFile(out, 'utf8')).trimEnd().split('\n');
  assertInOrder(lines.flatMap((line) => JSON.parse(line).Records), KEYS, VALUES);
  await server.stop();
  await handler.stop();
});

test('many changes of many tables come through', async () => {
  const server = await startServer({ inMemory: true });
  const client = clientOf(server);
  const handler = await startHandler();
  const tables = await Promise.all(Array.from({ length: 5 }, () => makeTable(client, streamed)));
  for (const table of tables) await commandOf(server)('create', '--table', table, '--target', handler.url);
  const writes = Array.from({ length: 2000 }, (_, i) => i);
  await inParallel(writes, 16, (i) => put(client, tables[i % 5], `k${i}`, 0));
  await until('all', () => handler.records.length >= writes.length);
  assert.equal(new Set(handler.records.map(keyOf)).size, writes.length);
  assert.equal(handler.records.length, writes.length);
  await server.stop();
  await handler.stop();
});
