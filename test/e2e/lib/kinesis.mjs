// Endpoints of Kinesis for a test: kinesalite, which keeps streams as the service does but looks at no signature; and a
// recorder of our own, which checks every signature and fails what it is told to fail.

import { createServer } from 'node:http';
import kinesalite from 'kinesalite';

import { signHeaders } from './sigv4.mjs';

export const kinesisKeys = { accessKeyId: 'kinesis', secretAccessKey: 'kinesis secret' };
export const kinesisEnvironment = { AWS_ACCESS_KEY_ID: kinesisKeys.accessKeyId, AWS_SECRET_ACCESS_KEY: kinesisKeys.secretAccessKey };
export const kinesisArn = (name, region = 'us-east-1') => `arn:aws:kinesis:${region}:000000000000:stream/${name}`;

const listen = async (server) => {
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${server.address().port}`;
};

export async function startKinesalite() {
  const server = kinesalite({ createStreamMs: 0, deleteStreamMs: 0, updateStreamMs: 0 });
  const url = await listen(server);
  const call = async (operation, input) => {
    const body = JSON.stringify(input);
    const headers = signHeaders({
      body,
      keys: kinesisKeys,
      service: 'kinesis',
      headers: {
        host: new URL(url).host,
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `Kinesis_20131202.${operation}`,
      },
    });
    const answer = await fetch(url, { method: 'POST', headers, body });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${operation}: ${text}`);
    return text ? JSON.parse(text) : {};
  };
  // All records of a stream, those of a shard in its order.
  const read = async (StreamName) => {
    const { StreamDescription } = await call('DescribeStream', { StreamName });
    const records = [];
    for (const { ShardId } of StreamDescription.Shards) {
      let { ShardIterator } = await call('GetShardIterator', { StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' });
      for (;;) {
        const { Records, NextShardIterator } = await call('GetRecords', { ShardIterator, Limit: 10000 });
        if (Records.length === 0) break;
        records.push(...Records.map(parse));
        ShardIterator = NextShardIterator;
      }
    }
    return records;
  };
  return { url, call, read, stop: () => new Promise((done) => server.close(done)) };
}

const parse = ({ Data, PartitionKey }) => ({ PartitionKey, ...JSON.parse(Buffer.from(Data, 'base64').toString('utf8')) });

// Why a request is not one that Kinesis would take; undefined: it is.
function wrong(request, body) {
  const { authorization = '', ...sent } = request.headers;
  const [, day, region, signed] =
    /Credential=kinesis\/(\d{8})\/([^/]+)\/kinesis\/aws4_request, SignedHeaders=([^,]+),/.exec(authorization) ?? [];
  if (!day) return 'no credential';
  const headers = Object.fromEntries(
    signed
      .split(';')
      .filter((name) => name !== 'x-amz-date')
      .map((name) => [name, sent[name]]),
  );
  for (const name of ['host', 'content-type', 'x-amz-target']) if (!headers[name]) return `${name} is not signed`;
  const stamp = sent['x-amz-date'];
  const date = new Date(stamp.replace(/^(....)(..)(..T..)(..)(..)Z$/, '$1-$2-$3:$4:$5Z'));
  if (Math.abs(date - Date.now()) > 60_000) return 'an old date';
  const expected = signHeaders({ body, headers, keys: kinesisKeys, date, region, service: 'kinesis', path: request.url });
  return expected.authorization === authorization ? undefined : 'another signature';
}

// `judge(records, input)` says of a request what it is answered: {status, body}, or an array of the error codes of its records
// (null: taken), or undefined: all are taken.
export async function startRecorder(judge = () => undefined) {
  const requests = [];
  const complaints = [];
  const taken = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    const complaint = wrong(request, body);
    if (complaint) complaints.push(complaint);
    const answer = (status, value) => {
      response.writeHead(status, { 'Content-Type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(value));
    };
    if (complaint) return answer(400, { __type: 'InvalidSignatureException', message: complaint });
    const input = JSON.parse(body);
    const records = input.Records.map(parse);
    requests.push({ ...input, Records: records });
    const verdict = judge(records, input);
    if (verdict?.status) return answer(verdict.status, verdict.body);
    const codes = verdict ?? records.map(() => null);
    taken.push(...records.filter((_, i) => !codes[i]));
    answer(200, {
      FailedRecordCount: codes.filter(Boolean).length,
      Records: codes.map((code) =>
        code
          ? { ErrorCode: code, ErrorMessage: 'try again' }
          : { SequenceNumber: '1', ShardId: 'shardId-000000000000' },
      ),
    });
  });
  const url = await listen(server);
  return {
    url,
    requests,
    complaints,
    taken,
    judge: (next) => (judge = next),
    stop: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
}
