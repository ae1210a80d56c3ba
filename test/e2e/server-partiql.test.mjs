// PartiQL across restarts, and under injected conflicts.

import { BatchExecuteStatementCommand, ExecuteStatementCommand, ExecuteTransactionCommand } from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { test } from 'node:test';

import { clientOf, makeTable } from './lib/client.mjs';
import { rejects } from './lib/expect.mjs';
import { startServer, temporaryDirectory } from './lib/server.mjs';

const run = (client, Statement, more = {}) => client.send(new ExecuteStatementCommand({ Statement, ...more }));

test('a token is good after a restart, and on no other server', async () => {
  const data = await temporaryDirectory();
  let stator = await startServer({ data });
  let client = clientOf(stator);
  const other = await startServer({ inMemory: true });
  const shape = { name: 'kept', range: 'sk:N' };
  await Promise.all([makeTable(client, shape), makeTable(clientOf(other), shape)]);
  for (const i of [1, 2, 3]) await run(client, `INSERT INTO kept VALUE {'pk': 'p', 'sk': ${i}}`);
  const statement = `SELECT sk FROM kept WHERE pk = 'p'`;
  const { NextToken } = await run(client, statement, { Limit: 1 });
  await rejects(run(clientOf(other), statement, { NextToken }), 'ValidationException', 'Invalid NextToken');
  await stator.stop();
  stator = await startServer({ data });
  client = clientOf(stator);
  assert.deepEqual((await run(client, statement, { NextToken })).Items.map(({ sk }) => sk.N), ['2', '3']);
  await Promise.all([stator.stop(), other.stop()]);
  await rm(data, { recursive: true, force: true });
});

test('statements meet conflicts where they are injected', async () => {
  const stator = await startServer({ inMemory: true, args: ['--transaction-conflicts', '100'] });
  const client = clientOf(stator);
  const table = await makeTable(client);
  const insert = (pk) => ({ Statement: `INSERT INTO "${table}" VALUE {'pk': '${pk}'}` });
  const text = 'Transaction is ongoing for the item';
  await rejects(run(client, insert('a').Statement), 'TransactionConflictException', text);
  const { Responses } = await client.send(new BatchExecuteStatementCommand({ Statements: [insert('a'), insert('b')] }));
  for (const { Error: error } of Responses) assert.deepEqual(error, { Code: 'TransactionConflict', Message: text });
  const statements = [`SELECT * FROM "${table}" WHERE pk = 'a'`, `SELECT * FROM "${table}" WHERE pk = 'b'`];
  for (const TransactStatements of [[insert('a'), insert('b')], statements.map((Statement) => ({ Statement }))]) {
    const error = await client.send(new ExecuteTransactionCommand({ TransactStatements })).catch((reason) => reason);
    assert.equal(error.name, 'TransactionCanceledException');
    assert.deepEqual(error.CancellationReasons.map(({ Code }) => Code).sort(), ['None', 'TransactionConflict']);
  }
  assert.deepEqual((await run(client, statements[0])).Items, []);
  await stator.stop();
});
