// Long work as the operator sees and steers it: the admin endpoint, `stator jobs`, metrics.

import { execFile } from 'node:child_process';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { clientOf, inParallel, makeTable } from './lib/client.mjs';
import { call } from './lib/raw.mjs';
import { binary, startServer } from './lib/server.mjs';

const run = promisify(execFile);
const ITEMS = 2500;
let server;
let table;

before(async () => {
  server = await startServer({ inMemory: true });
  table = await makeTable(clientOf(server));
  const batches = Array.from({ length: ITEMS / 25 }, (_, b) => Array.from({ length: 25 }, (_, i) => b * 25 + i));
  await inParallel(batches, 4, async (numbers) => {
    const requests = numbers.map((n) => ({ PutRequest: { Item: { pk: { S: `i${n}` }, g: { S: `g${n % 3}` } } } }));
    const { status } = await call(server, 'BatchWriteItem', { RequestItems: { [table]: requests } });
    assert.equal(status, 200);
  });
});
after(() => server.stop());

async function admin(method, path, headers = {}) {
  const answer = await fetch(server.adminEndpoint + path, { method, headers });
  return { status: answer.status, body: JSON.parse(await answer.text()) };
}

const list = async () => (await admin('GET', '/jobs')).body.jobs;
const newest = async (kind) => (await list()).filter((job) => job.kind === kind).sort((a, b) => b.id - a.id)[0];

async function until(what, condition) {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(10)) {
    const found = await condition();
    if (found) return found;
  }
  throw new Error(`${what} never came: ${JSON.stringify(await list())}`);
}

async function update(change) {
  const { status, text } = await call(server, 'UpdateTable', {
    TableName: table,
    AttributeDefinitions: [{ AttributeName: 'g', AttributeType: 'S' }],
    GlobalSecondaryIndexUpdates: [change],
  });
  assert.equal(status, 200, text);
}

// A job of which there is time to see something: 40 items a second.
async function startSlowly(name) {
  await update({
    Create: {
      IndexName: name,
      KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'ALL' },
    },
  });
  const { id } = await newest('backfill');
  const { status, body } = await admin('POST', `/jobs/${id}/rate?items_per_s=40`);
  return status === 200 ? body : undefined;
}

// On a fast machine the job may be over before it is slowed down; then it is begun again.
async function slowJob(name) {
  for (;;) {
    const job = await startSlowly(name);
    if (job) return job;
    await update({ Delete: { IndexName: name } });
  }
}

const statusOf = async (name) => {
  const { body } = await call(server, 'DescribeTable', { TableName: table });
  return body.Table.GlobalSecondaryIndexes?.find((index) => index.IndexName === name)?.IndexStatus;
};

const command = (...args) => run(binary, ['jobs', ...args, '--admin', server.adminEndpoint.replace('http://', '')]);

describe('a job', () => {
  test('is listed with its progress, and done in the end', async () => {
    const { id } = await slowJob('ByGroup');
    const job = await until('progress', async () => (await list()).find((j) => j.id === id && j.done > 0 && j.items_per_s > 0));
    assert.equal(job.kind, 'backfill');
    assert.equal(job.state, 'RUNNING');
    assert.equal(job.table, table);
    assert.equal(job.index, 'ByGroup');
    assert.equal(job.total, ITEMS);
    assert.equal(job.items_per_s_max, 40);
    assert.ok(job.percent < 100 && job.percent === Math.floor((job.done * 100) / ITEMS), JSON.stringify(job));
    assert.ok(job.left_s > 0 && job.left_s < 100, JSON.stringify(job));
    assert.ok(Math.abs(job.created_ms - Date.now()) < 60_000);
    assert.equal(await statusOf('ByGroup'), 'CREATING');
    const answer = await admin('POST', `/jobs/${id}/rate?items_per_s=0`);
    assert.equal(answer.body.items_per_s_max, 0);
    const done = await until('the end', async () => (await list()).find((j) => j.id === id && j.state === 'DONE'));
    assert.equal(done.percent, 100);
    assert.equal(done.written, ITEMS);
    assert.ok(done.ended_ms >= done.created_ms);
    await until('the index', async () => (await statusOf('ByGroup')) === 'ACTIVE');
  });

  test('rests while it is paused, and can be cancelled', async () => {
    const { id } = await slowJob('ByOther');
    assert.equal((await admin('POST', `/jobs/${id}/pause`)).body.state, 'PAUSED');
    const { done } = (await list()).find((j) => j.id === id);
    await sleep(200);
    assert.equal((await list()).find((j) => j.id === id).done, done);
    assert.equal((await admin('POST', `/jobs/${id}/resume`)).body.state, 'RUNNING');
    await until('more', async () => (await list()).find((j) => j.id === id).done > done);
    assert.equal((await admin('POST', `/jobs/${id}/cancel`)).body.state, 'CANCELLING');
    await until('the end', async () => (await list()).find((j) => j.id === id).state === 'CANCELLED');
    await until('the index', async () => (await statusOf('ByOther')) === undefined);
    assert.equal(await statusOf('ByGroup'), 'ACTIVE');
    const drop = await until('the drop', () => newest('drop'));
    assert.equal(drop.index, 'ByOther');
    await until('its end', async () => (await newest('drop')).state === 'DONE');
  });

  test('of a table that was deleted shows that its room is given back', async () => {
    const name = await makeTable(clientOf(server));
    assert.equal((await call(server, 'DeleteTable', { TableName: name })).status, 200);
    const job = await until('the drop', async () => (await list()).find((j) => j.kind === 'drop' && j.table === name));
    assert.equal(job.index, undefined);
    await until('its end', async () => (await list()).find((j) => j.id === job.id).state === 'DONE');
  });
});

describe('the admin endpoint refuses', () => {
  const refused = async (status, method, path, headers) => {
    const answer = await admin(method, path, headers);
    assert.equal(answer.status, status, path);
    assert.ok(answer.body.error);
  };
  test('jobs that are not there, or over', async () => {
    await refused(404, 'POST', '/jobs/999/pause');
    await refused(404, 'POST', '/jobs/0/cancel');
    await refused(404, 'POST', `/jobs/${(await newest('backfill')).id}/resume`);
  });
  test('what makes no sense', async () => {
    for (const path of ['/jobs/', '/jobs/x/pause', '/jobs/-1/pause', '/jobs/1', '/jobs/1/sing', '/jobs/99999999999999999999/pause']) {
      await refused(404, 'POST', path);
    }
    for (const query of ['', '?items_per_s=', '?items_per_s=-1', '?items_per_s=1.5', '?items_per_s=5&x=1', '?items_per_s=9999999999', '?rate=5']) {
      await refused(400, 'POST', `/jobs/1/rate${query}`);
    }
  });
  test('other methods', async () => {
    await refused(405, 'POST', '/jobs');
    await refused(405, 'GET', '/jobs/1/pause');
    await refused(405, 'DELETE', '/jobs/1');
  });
  test('pages in a browser', async () => {
    await refused(403, 'POST', '/jobs/1/cancel', { Origin: 'http://example.org' });
    await refused(403, 'GET', '/jobs', { Origin: 'http://127.0.0.1:8001' });
  });
});

test('metrics count jobs', async () => {
  const text = await (await fetch(`${server.adminEndpoint}/metrics`)).text();
  const value = (name) => Number(text.match(new RegExp(`^${name.replace(/[{}]/g, '\\$&')} (\\d+)$`, 'm'))?.[1]);
  assert.equal(value('stator_jobs{state="FAILED"}'), 0);
  assert.ok(value('stator_job_items_total') >= ITEMS);
  assert.ok(value('stator_job_steps_total') > 0);
  assert.equal(value('stator_job_refusals_total'), 0);
});

describe('stator jobs', () => {
  test('lists and steers', async () => {
    const { id } = await slowJob('ByThird');
    const { stdout } = await command();
    const [head, ...rows] = stdout.trimEnd().split('\n');
    assert.match(head, /^ID +KIND +TABLE +INDEX +STATE +DONE +ITEMS\/S +LEFT$/);
    assert.ok(rows.some((row) => new RegExp(`^${id} +backfill +${table} +ByThird +RUNNING +\\d+% \\d+/\\d+`).test(row)), stdout);
    assert.equal((await command('list')).stdout.split('\n')[0], head);
    assert.equal((await command('pause', `${id}`)).stdout, `job ${id} is PAUSED\n`);
    assert.equal((await command('rate', `${id}`, '1000')).stdout, `job ${id} is PAUSED\n`);
    assert.equal((await command('resume', `${id}`)).stdout, `job ${id} is RUNNING\n`);
    assert.equal((await command('cancel', `${id}`)).stdout, `job ${id} is CANCELLING\n`);
    await until('the end', async () => (await list()).find((j) => j.id === id).state === 'CANCELLED');
  });
  test('finds the server by the environment', async () => {
    const env = { STATOR_ADMIN_LISTEN: server.adminEndpoint.replace('http://', '') };
    assert.match((await run(binary, ['jobs'], { env })).stdout, /^ID /);
  });
  test('says what is wrong', async () => {
    const fails = async (promise, code, message) =>
      assert.rejects(promise, (error) => {
        assert.equal(error.code, code);
        assert.match(error.stderr, message);
        return true;
      });
    await fails(command('pause', '999'), 1, /^stator: There is no job 999 that has not ended\n$/);
    for (const args of [['sing'], ['pause'], ['pause', 'x'], ['rate', '1'], ['list', '1'], ['pause', '1', '2']]) {
      await fails(command(...args), 2, /^stator: .*stator help\n$/);
    }
    await fails(run(binary, ['jobs', '--admin', '127.0.0.1:1']), 1, /^stator: could not connect to 127\.0\.0\.1:1: /);
    await fails(run(binary, ['jobs', '--admin', 'nowhere']), 1, /^stator: 'nowhere' is not an address/);
    await fails(run(binary, ['jobs', '--admin', `127.0.0.1:${server.port}`]), 1, /^stator: /);
  });
});
