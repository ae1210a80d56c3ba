// A Stator for a test file: in memory, on a port of its own, gone when the tests are. Fast enough for one a file.
//
//   const stator = await startStator();
//   const client = new DynamoDBClient({ endpoint: stator.endpoint, … });
//   await stator.stop();

import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const binary = process.env.STATOR_BINARY ?? fileURLToPath(new URL('../../build/stator', import.meta.url));
const START_MS_MAX = 20_000;

async function freePort() {
  const probe = createServer();
  await new Promise((done) => probe.listen(0, '127.0.0.1', done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return port;
}

export async function startStator(...args) {
  const endpoint = `http://127.0.0.1:${await freePort()}`;
  const listen = endpoint.slice('http://'.length);
  const child = spawn(binary, ['serve', '--in-memory', '--listen', listen, '--admin-listen', 'none', ...args], { stdio: 'inherit' });
  const exited = new Promise((done) => child.once('exit', done));
  const failed = new Promise((_, fail) => child.once('error', fail));
  process.once('exit', () => child.kill('SIGKILL'));

  const answers = async () => {
    for (const deadline = Date.now() + START_MS_MAX; Date.now() < deadline; await sleep(20)) {
      if (child.exitCode !== null) break;
      const healthy = await fetch(endpoint).then(({ ok }) => ok, () => false);
      if (healthy) return;
    }
    child.kill('SIGKILL');
    throw new Error(`${binary} did not start on ${listen}`);
  };
  await Promise.race([answers(), failed]);
  return {
    endpoint,
    stop: () => {
      child.kill('SIGTERM');
      return exited;
    },
  };
}
