// The other clients people use: boto3 and the AWS CLI, as Debian packages them.

import { execFile } from 'node:child_process';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { startServer } from './lib/server.mjs';
import { testKeys } from './lib/sigv4.mjs';

const run = promisify(execFile);
let stator;
before(async () => {
  stator = await startServer();
});
after(() => stator?.stop());

const environment = () => ({
  PATH: '/usr/bin:/bin',
  HOME: '/nonexistent',
  AWS_ACCESS_KEY_ID: testKeys.accessKeyId,
  AWS_SECRET_ACCESS_KEY: testKeys.secretAccessKey,
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_PAGER: '',
});

test('boto3', { timeout: 60_000 }, async () => {
  const script = fileURLToPath(new URL('boto3_smoke.py', import.meta.url));
  const { stdout } = await run('/usr/bin/python3', ['-W', 'ignore', script, stator.endpoint], { env: environment() });
  assert.match(stdout, /^ok: \d+ checks\n$/);
});

test('the AWS CLI', { timeout: 60_000 }, async () => {
  const aws = async (...args) => {
    const { stdout } = await run('/usr/bin/aws', ['dynamodb', '--endpoint-url', stator.endpoint, '--output', 'json', ...args], {
      env: environment(),
    });
    return stdout ? JSON.parse(stdout) : undefined;
  };
  const table = ['--table-name', 'Music'];
  const song = { Artist: { S: 'Acme Band' }, Title: { S: 'Happy Day' } };
  const created = await aws('create-table', ...table,
    '--attribute-definitions', 'AttributeName=Artist,AttributeType=S', 'AttributeName=Title,AttributeType=S',
    '--key-schema', 'AttributeName=Artist,KeyType=HASH', 'AttributeName=Title,KeyType=RANGE',
    '--billing-mode', 'PAY_PER_REQUEST');
  assert.equal(created.TableDescription.TableName, 'Music');
  await aws('wait', 'table-exists', ...table);
  await aws('put-item', ...table, '--item', JSON.stringify({ ...song, Year: { N: '1999' } }));
  const got = await aws('get-item', ...table, '--key', JSON.stringify(song));
  assert.equal(got.Item.Year.N, '1999');
  const found = await aws('query', ...table, '--key-condition-expression', 'Artist = :a',
    '--expression-attribute-values', '{":a":{"S":"Acme Band"}}');
  assert.equal(found.Count, 1);
  await assert.rejects(
    aws('put-item', ...table, '--item', JSON.stringify(song), '--condition-expression', 'attribute_not_exists(Artist)'),
    /\(ConditionalCheckFailedException\).*The conditional request failed/,
  );
  assert.ok((await aws('list-tables')).TableNames.includes('Music'));
  await aws('delete-table', ...table);
});
