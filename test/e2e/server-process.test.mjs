// The program: its options, its start and its end, what it keeps and what it refuses.

import { execFile } from 'node:child_process';
import assert from 'node:assert/strict';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { clientOf, inParallel, makeTable } from './lib/client.mjs';
import { call, send } from './lib/raw.mjs';
import { binary, freePort, spawnServer, startServer, temporaryDirectory } from './lib/server.mjs';

const run = promisify(execFile);
const directories = [];
const newDirectory = async () => {
  directories.push(await temporaryDirectory());
  return directories.at(-1);
};
after(() => Promise.all(directories.map((directory) => rm(directory, { recursive: true, force: true }))));

// Starts a server that must not start; resolves to its exit code and what it said.
async function fails(options) {
  const server = await spawnServer(options);
  const ended = await Promise.race([server.exited, sleep(10_000, undefined, { ref: false })]);
  await server.stop('SIGKILL');
  assert.ok(ended, `the server runs:\n${server.log()}`);
  return { code: ended.code, said: server.log() };
}

describe('the command', () => {
  const output = async (...args) => (await run(binary, args)).stdout;
  test('tells its version', async () => assert.match(await output('version'), /^stator \d+\.\d+\.\d+\n$/));
  test('helps with every option', async () => {
    const help = await output('help');
    for (const option of ['listen', 'data', 'in-memory', 'credentials', 'region', 'tls-cert', 'tls-key', 'config', 'account-id', 'admin-listen']) {
      assert.match(help, new RegExp(`--${option}\\b`));
    }
  });
  test('refuses what it does not know', async () => {
    for (const args of [['sing'], ['serve', '--sing'], ['serve', 'data'], ['serve', '--listen', 'nowhere'], ['serve', '--data']]) {
      await assert.rejects(run(binary, args), (error) => {
        assert.equal(error.code, 2);
        assert.match(error.stderr, /^stator: .+\n$/);
        return true;
      });
    }
  });
});

describe('settings come', () => {
  const region = async (server) => {
    const table = await makeTable(clientOf(server));
    const { body } = await call(server, 'DescribeTable', { TableName: table });
    return body.Table.TableArn.split(':').slice(3, 5).join(' ');
  };
  const from = async (options, expected) => {
    const server = await startServer({ inMemory: true, ...options });
    try {
      assert.equal(await region(server), expected);
    } finally {
      await server.stop();
    }
  };
  test('from the command line', () =>
    from({ args: ['--region', 'eu-west-1', '--account-id=123456789012'] }, 'eu-west-1 123456789012'));
  test('from the environment', () =>
    from({ env: { STATOR_REGION: 'eu-west-2', STATOR_ACCOUNT_ID: '123456789012' } }, 'eu-west-2 123456789012'));
  test('from a file', async () => {
    const file = join(await newDirectory(), 'stator.ini');
    await writeFile(file, '; a comment\n[stator]\nregion = eu-west-3\naccount-id=123456789012\n');
    await from({ args: ['--config', file] }, 'eu-west-3 123456789012');
  });
  test('from the command line first, then from the environment, then from the file', async () => {
    const file = join(await newDirectory(), 'stator.ini');
    await writeFile(file, 'region = file\naccount-id = 000000000003\n');
    await from({ env: { STATOR_CONFIG: file, STATOR_ACCOUNT_ID: '000000000002' }, args: ['--region', 'arguments'] },
      'arguments 000000000002');
  });
  test('never from a file with a mistake', async () => {
    const file = join(await newDirectory(), 'stator.ini');
    await writeFile(file, 'region = file\nregoin = file\n');
    const { code, said } = await fails({ args: ['--config', file] });
    assert.equal(code, 2);
    assert.match(said, /stator\.ini:2: .*regoin/);
  });
});

describe('it does not start', () => {
  test('on an address that others can reach, without credentials', async () => {
    const { code, said } = await fails({ listen: `0.0.0.0:${await freePort()}` });
    assert.equal(code, 2);
    assert.match(said, /credentials/);
  });
  test('on an address that is taken', async () => {
    const first = await startServer({ inMemory: true });
    try {
      const { code, said } = await fails({ inMemory: true, listen: `127.0.0.1:${first.port}` });
      assert.equal(code, 1);
      assert.match(said, /in use/i);
    } finally {
      await first.stop();
    }
  });
  test('on data that another server holds', async () => {
    const data = await newDirectory();
    const first = await startServer({ data });
    try {
      const table = await makeTable(clientOf(first));
      const { code, said } = await fails({ data });
      assert.equal(code, 1);
      assert.match(said, /another process|already|held|lock/i);
      assert.equal((await call(first, 'Scan', { TableName: table })).status, 200);
    } finally {
      await first.stop();
    }
  });
  test('without its credentials file', async () => {
    const { code, said } = await fails({ inMemory: true, args: ['--credentials', '/nowhere/credentials'] });
    assert.equal(code, 1);
    assert.match(said, /\/nowhere\/credentials/);
  });
  test('where its data cannot be', async () => {
    const { code, said } = await fails({ data: '/dev/null' });
    assert.equal(code, 1);
    assert.match(said, /\/dev\/null/);
  });
  test('with a certificate alone', async () => {
    const { code, said } = await fails({ inMemory: true, args: ['--tls-cert', '/nowhere/cert.pem'] });
    assert.equal(code, 2);
    assert.match(said, /tls-key/);
  });
});

describe('what was acknowledged is there', () => {
  const write = async (server, table, from, count) =>
    inParallel(Array.from({ length: count }, (_, i) => from + i), 16, async (i) => {
      const { status, text } = await call(server, 'PutItem', { TableName: table, Item: { pk: { S: `item ${i}` } } });
      assert.equal(status, 200, text);
    });
  const count = async (server, table) => {
    const { body } = await call(server, 'Scan', { TableName: table, Select: 'COUNT', ConsistentRead: true });
    return body.Count;
  };
  for (const signal of ['SIGTERM', 'SIGKILL']) {
    test(`after ${signal} and a new start`, async () => {
      const data = await newDirectory();
      let server = await startServer({ data });
      const table = await makeTable(clientOf(server), { DeletionProtectionEnabled: true });
      const before = await call(server, 'DescribeTable', { TableName: table });
      await write(server, table, 0, 300);
      await server.stop(signal);
      server = await startServer({ data });
      try {
        const again = await call(server, 'DescribeTable', { TableName: table });
        assert.equal(again.body.Table.TableId, before.body.Table.TableId);
        assert.equal(again.body.Table.CreationDateTime, before.body.Table.CreationDateTime);
        assert.equal(again.body.Table.DeletionProtectionEnabled, true);
        assert.equal(await count(server, table), 300);
        await write(server, table, 300, 100);
        assert.equal(await count(server, table), 400);
      } finally {
        await server.stop();
      }
    });
  }
  test('but not if it was kept in memory', async () => {
    const data = join(await newDirectory(), 'data');
    const server = await startServer({ inMemory: true, args: ['--data', data] });
    await makeTable(clientOf(server));
    await server.stop();
    await assert.rejects(stat(data), { code: 'ENOENT' });
  });
});

test('SIGTERM lets requests in flight finish, and what they wrote stays', async () => {
  const data = await newDirectory();
  let server = await startServer({ data });
  const table = await makeTable(clientOf(server));
  const acknowledged = [];
  const failures = [];
  const writers = Array.from({ length: 32 }, async (_, w) => {
    for (let i = 0; ; i++) {
      const pk = { S: `${w}/${i}` };
      const answer = await call(server, 'PutItem', { TableName: table, Item: { pk } }).catch((error) => error);
      if (answer instanceof Error) return failures.push(answer.code);
      if (answer.status !== 200) return failures.push(answer.status);
      acknowledged.push(pk.S);
    }
  });
  await sleep(300);
  const began = Date.now();
  await server.stop();
  assert.ok(Date.now() - began < 5000, 'it stopped at once');
  await Promise.all(writers);
  assert.ok(acknowledged.length > 32);
  for (const failure of failures) assert.match(String(failure), /^(ECONNREFUSED|ECONNRESET|EPIPE|503)$/);

  server = await startServer({ data });
  try {
    const found = new Set();
    let ExclusiveStartKey;
    do {
      const { body } = await call(server, 'Scan', { TableName: table, ExclusiveStartKey });
      for (const { pk } of body.Items) found.add(pk.S);
      ExclusiveStartKey = body.LastEvaluatedKey;
    } while (ExclusiveStartKey);
    assert.deepEqual(acknowledged.filter((pk) => !found.has(pk)), []);
  } finally {
    await server.stop();
  }
});

test('TLS with a certificate of our own', async () => {
  const directory = await newDirectory();
  const [cert, key] = ['cert.pem', 'key.pem'].map((name) => join(directory, name));
  await run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1',
    '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert]);
  const server = await startServer({ inMemory: true, args: ['--tls-cert', cert, '--tls-key', key] });
  try {
    const { status, socket } = await call(server, 'ListTables');
    assert.equal(status, 200);
    assert.ok(socket.encrypted);
    const plain = await send({ ...server, endpoint: server.endpoint.replace('https', 'http') }).catch((error) => error);
    assert.ok(plain instanceof Error || plain.status >= 400);
    assert.equal((await call(server, 'ListTables')).status, 200);
    const ca = await readFile(cert);
    const https = await import('node:https');
    const answer = await new Promise((resolve, reject) => {
      https.get({ host: '127.0.0.1', port: server.port, ca }, (res) => resolve(res.resume())).on('error', reject);
    });
    assert.equal(answer.statusCode, 200);
  } finally {
    await server.stop();
  }
});

describe('the admin address', () => {
  let server;
  const admin = (path, init) => fetch(`${server.adminEndpoint}${path}`, init);
  test('tells health', async () => {
    server = await startServer({ inMemory: true });
    assert.equal((await admin('/health/live')).status, 200);
    assert.equal((await admin('/health/ready')).status, 200);
    assert.equal((await admin('/nowhere')).status, 404);
  });
  test('counts what was done', async () => {
    const table = await makeTable(clientOf(server));
    for (let i = 0; i < 7; i++) await call(server, 'PutItem', { TableName: table, Item: { pk: { S: 'a' } } });
    await call(server, 'PutItem', { TableName: table, Item: {} });
    const answer = await admin('/metrics');
    assert.match(answer.headers.get('content-type'), /^text\/plain; version=0\.0\.4/);
    const metrics = await answer.text();
    assert.match(metrics, /^stator_requests_total\{operation="PutItem"\} 8$/m);
    assert.match(metrics, /^stator_errors_total\{operation="PutItem",error="ValidationException".*\} 1$/m);
    for (const line of metrics.trim().split('\n')) {
      assert.match(line, /^(# (HELP|TYPE) .+|[a-z_]+(\{[^}]*\})? [-+.e0-9]+|[a-z_]+(\{[^}]*\})? (\+Inf|NaN))$/);
    }
  });
  test('can be left out', async () => {
    await server.stop();
    const without = await spawnServer({ inMemory: true, admin: false });
    for (let i = 0; i < 500; i++) {
      if ((await send(without, { method: 'GET' }).catch(() => ({}))).status === 200) break;
      await sleep(10);
    }
    assert.equal((await call(without, 'ListTables')).status, 200);
    await without.stop();
  });
});
