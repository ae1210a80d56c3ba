// The command behind test/api/run: reads the case files, finds or starts a server, runs the cases side by side.

import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import https from 'node:https';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { call, isOfStreams } from '../../e2e/lib/raw.mjs';
import { startServer } from '../../e2e/lib/server.mjs';
import { testKeys } from '../../e2e/lib/sigv4.mjs';
import { readCaseFile } from './case_file.mjs';
import { Report } from './report.mjs';
import { runCase } from './runner.mjs';
import { Tables } from './tables.mjs';

const WIDTH = 16;
const CASE_MS_MAX = 180_000;
const TRIES = 6;
const RETRIED = /#(ThrottlingException|ProvisionedThroughputExceededException|RequestLimitExceeded)$/;

const PATIENCE_MS = 10_000; // with what AWS does eventually
const USAGE = 'usage: test/api/run [--endpoint URL] [--region REGION] [--filter TEXT] [--lenient] [file...]';

function options() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        endpoint: { type: 'string' },
        region: { type: 'string' },
        filter: { type: 'string', default: '' },
        lenient: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    process.exit(2);
  }
}

// Somebody else's server gets the caller's own credentials.
function signingFor(endpoint, region) {
  const env = process.env;
  if (!endpoint) return { region: region ?? 'us-east-1', keys: testKeys };
  return {
    region: region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? 'us-east-1',
    keys: env.AWS_ACCESS_KEY_ID
      ? { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY }
      : testKeys,
    token: env.AWS_ACCESS_KEY_ID && env.AWS_SESSION_TOKEN,
  };
}

// AWS serves streams from a host of their own.
const hostOfStreams = (server) => ({ ...server, endpoint: server.endpoint.replace(/^(https:\/\/)(dynamodb\.[^/]+\.amazonaws\.com)/, '$1streams.$2') });

// What sends a request: throttled calls and failures of a server that is not ours are tried again.
function sender(server, { region, keys, token }) {
  const isHttps = server.endpoint.startsWith('https:');
  const agent = isHttps ? new https.Agent({ keepAlive: true, maxSockets: 2 * WIDTH }) : undefined;
  const common = token ? { 'x-amz-security-token': token } : {};
  const streams = hostOfStreams(server);
  return async (operation, request, headers = {}) => {
    for (let tried = 1; ; tried++) {
      const answer = await call(isOfStreams(operation) ? streams : server, operation, request, { region, keys, agent, headers: { ...common, ...headers } });
      const again = answer.status >= 500 || RETRIED.test(answer.body?.__type ?? '');
      if (!again || server.pid || tried === TRIES) return answer;
      await sleep(50 * 2 ** tried * Math.random());
    }
  };
}

async function caseFiles(paths) {
  const folder = fileURLToPath(new URL('../cases/', import.meta.url));
  const names = paths.length ? paths : (await readdir(folder)).filter((name) => name.endsWith('.json')).sort().map((name) => folder + name);
  const read = await Promise.allSettled(names.map(readCaseFile));
  const faults = read.filter(({ status }) => status === 'rejected').map(({ reason }) => reason.message);
  if (faults.length) {
    console.error(faults.join('\n'));
    process.exit(2);
  }
  return read.map(({ value }) => value);
}

let started = 0;

// What the texts of this case may name. Both keys keep their length, so that sizes can be counted.
function factsOf(tables, region) {
  const number = ++started;
  const facts = { id: `id${String(number).padStart(6, '0')}`, n: String(200_001 + 10 * number), token: randomUUID(), region };
  for (const [name, table] of Object.entries(tables)) {
    facts[name] = table.name;
    facts[`arn:${name}`] = table.arn;
    if (table.stream) facts[`stream:${name}`] = table.stream;
    facts.account = table.arn.split(':')[4];
  }
  return facts;
}

async function runOne(one, file, tables, region, target) {
  const its = await tables.of(file.tables, one.own_tables);
  const late = new AbortController();
  try {
    await Promise.race([
      runCase(one, factsOf(its, region), target),
      sleep(CASE_MS_MAX, undefined, { signal: late.signal }).then(() => {
        throw new Error(`not done after ${CASE_MS_MAX} ms`);
      }),
    ]);
  } finally {
    late.abort();
    if (one.own_tables) await tables.drop(its);
  }
}

async function main() {
  const { values, positionals } = options();
  const files = await caseFiles(positionals);
  const queue = files.flatMap((file) =>
    file.cases.filter((one) => `${file.name}: ${one.name}`.includes(values.filter)).map((one) => ({ one, file })));

  const server = values.endpoint ? { endpoint: values.endpoint } : await startServer({ inMemory: true });
  const signing = signingFor(values.endpoint, values.region);
  const target = {
    send: sender(server, signing),
    lenient: values.lenient,
    patience_ms: values.endpoint ? PATIENCE_MS : 0,
  };
  const tables = new Tables(target.send, `stator-api-${process.pid}`);
  const filesLeft = new Set(queue.map(({ file }) => file)).size;
  const report = new Report(queue.length, filesLeft, {
    tap: !process.stdout.isTTY,
    write: (text) => process.stdout.write(text),
  });

  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const failure = await runOne(next.one, next.file, tables, signing.region, target).then(
        () => undefined,
        (error) => error,
      );
      report.add(next.one, failure);
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, worker));

  let good = report.end();
  if (values.endpoint) await tables.dropShared();
  else {
    await server.stop().catch((error) => {
      console.error(error.message);
      good = false;
    });
  }
  process.exit(good ? 0 : 1);
}

await main();
