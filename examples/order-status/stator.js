// A Stator for a test file, on ports of its own: with a directory, so that it can be killed and started again.
//
//   const stator = await startStator({ data });
//   await stator.kill();

import { execFile, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const binary = process.env.STATOR_BINARY ?? fileURLToPath(new URL('../../build/stator', import.meta.url));
const START_MS_MAX = 20_000;

async function freePort() {
  const probe = createServer();
  await new Promise((done) => probe.listen(0, '127.0.0.1', done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return port;
}

export async function startStator({ data, port, adminPort }) {
  port ??= await freePort();
  adminPort ??= await freePort();
  const child = spawn(binary, ['serve', '--data', data, '--listen', `127.0.0.1:${port}`, '--admin-listen', `127.0.0.1:${adminPort}`], { stdio: 'inherit' });
  const exited = new Promise((done) => child.once('exit', done));
  process.once('exit', () => child.kill('SIGKILL'));
  const end = (signal) => {
    child.kill(signal);
    return exited;
  };
  for (const deadline = Date.now() + START_MS_MAX; ; await sleep(20)) {
    const ready = await fetch(`http://127.0.0.1:${adminPort}/health/ready`).then(({ ok }) => ok, () => false);
    if (ready) break;
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`${binary} did not start`);
    }
  }
  return {
    port,
    adminPort,
    endpoint: `http://127.0.0.1:${port}`,
    admin: `127.0.0.1:${adminPort}`,
    trigger: (...args) => promisify(execFile)(binary, ['trigger', ...args, '--admin', `127.0.0.1:${adminPort}`]),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}
