// A real server process for a test file: its own port, its own data directory, gone when the tests are.
//
//   const stator = await startServer();              // build/stator, or STATOR_BINARY
//   const stator = await startServer({ data: dir, args: ['--region', 'eu-west-1'] });
//   await stator.stop();                             // SIGTERM, and it must exit with 0
//
// With STATOR_ENDPOINT set, startServer() hands out that server instead; then only the api-*.test.mjs files apply.

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const START_MS_MAX = 20_000;
const STOP_MS_MAX = 40_000;
export const binary = process.env.STATOR_BINARY ?? fileURLToPath(new URL('../../../build/stator', import.meta.url));

// Whatever ends this process, no server outlives it.
const running = new Set();
const killAll = () => running.forEach((child) => child.kill('SIGKILL'));
process.on('exit', killAll);
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => process.exit(1));
}

export async function freePort() {
  const probe = createServer();
  await new Promise((done) => probe.listen(0, '127.0.0.1', done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return port;
}

export const temporaryDirectory = () => mkdtemp(join(tmpdir(), 'stator-e2e-'));

class Server {
  constructor(child, facts) {
    Object.assign(this, facts, { child, pid: child.pid });
    running.add(child);
    this.output = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => this.output.push(chunk));
    this.exited = new Promise((done) => {
      child.on('close', (code, signal) => {
        running.delete(child);
        done({ code, signal });
      });
    });
  }

  log() {
    return Buffer.concat(this.output).toString('utf8');
  }

  signal(name) {
    this.child.kill(name);
  }

  // Waits until the log holds `pattern`: how a test sees that a signal has been acted on.
  async logged(pattern) {
    for (const deadline = Date.now() + 5000; Date.now() < deadline; await sleep(10)) {
      if (pattern.test(this.log())) return;
    }
    throw new Error(`the log never said ${pattern}:\n${this.log()}`);
  }

  // Ends the process and forgets the directory if it was made for it.
  async stop(signal = 'SIGTERM') {
    if (this.child.exitCode === null && this.child.signalCode === null) this.signal(signal);
    const late = sleep(STOP_MS_MAX, 'late', { ref: false });
    const ended = await Promise.race([this.exited, late]);
    if (ended === 'late') {
      this.signal('SIGKILL');
      throw new Error(`the server did not stop within ${STOP_MS_MAX} ms:\n${this.log()}`);
    }
    if (this.ownsDirectory) await rm(this.directory, { recursive: true, force: true });
    if (signal === 'SIGTERM' && ended.code !== 0) {
      throw new Error(`the server ended with ${JSON.stringify(ended)}:\n${this.log()}`);
    }
    return ended;
  }
}

// Starts the program and does not wait for anything: for servers that are expected to fail.
export async function spawnServer({ args = [], env = {}, data, inMemory = false, listen, admin = true } = {}) {
  const directory = data ?? (await temporaryDirectory());
  const port = await freePort();
  const adminPort = admin ? await freePort() : 0;
  const options = ['serve', '--listen', listen ?? `127.0.0.1:${port}`];
  options.push('--admin-listen', admin ? `127.0.0.1:${adminPort}` : 'none');
  if (inMemory) options.push('--in-memory');
  else options.push('--data', join(directory, 'data'));
  const child = spawn(binary, [...options, ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const scheme = args.includes('--tls-cert') ? 'https' : 'http';
  return new Server(child, {
    host: '127.0.0.1',
    port,
    adminPort,
    directory,
    ownsDirectory: data === undefined,
    endpoint: `${scheme}://127.0.0.1:${port}`,
    adminEndpoint: `http://127.0.0.1:${adminPort}`,
  });
}

async function isReady(server) {
  try {
    const answer = await fetch(`${server.adminEndpoint}/health/ready`);
    return answer.status === 200;
  } catch {
    return false;
  }
}

export async function startServer(options = {}) {
  if (process.env.STATOR_ENDPOINT) return externalServer(process.env.STATOR_ENDPOINT);
  const server = await spawnServer(options);
  const deadline = Date.now() + START_MS_MAX;
  while (!(await isReady(server))) {
    if (server.child.exitCode !== null || Date.now() > deadline) {
      const log = server.log();
      await server.stop('SIGKILL');
      throw new Error(`the server did not become ready:\n${log}`);
    }
    await sleep(10);
  }
  return server;
}

function externalServer(endpoint) {
  const { hostname, port } = new URL(endpoint);
  return { endpoint, host: hostname, port: Number(port), stop: async () => {} };
}
