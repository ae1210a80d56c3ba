// UpdateItem as applications use it: counters, versions, lists and sets, under concurrency and through the SDK's clients.
// Texts and every corner of the grammar are in test/api.

import { ConditionalCheckFailedException, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { clientOf, documentClientOf, inParallel, makeTable } from './lib/client.mjs';
import { startServer } from './lib/server.mjs';

let stator, client, documents, table;
before(async () => {
  stator = await startServer({ inMemory: true });
  client = clientOf(stator);
  documents = documentClientOf(client);
  table = await makeTable(client);
});
after(() => stator?.stop());

const read = async (pk) => (await documents.send(new GetCommand({ TableName: table, Key: { pk }, ConsistentRead: true }))).Item;
const update = (pk, UpdateExpression, values, more = {}) =>
  documents.send(
    new UpdateCommand({ TableName: table, Key: { pk }, UpdateExpression, ExpressionAttributeValues: values, ...more }),
  );
const range = (n) => Array.from({ length: n }, (_, i) => i);

describe('concurrent updates of one item', () => {
  test('no increment is lost, and each sees a value of its own', async () => {
    const seen = new Set();
    await inParallel(range(400), 20, async () => {
      const { Attributes } = await update('counter', 'ADD n :one', { ':one': 1 }, { ReturnValues: 'UPDATED_NEW' });
      seen.add(Attributes.n);
    });
    assert.equal((await read('counter')).n, 400);
    assert.deepEqual([...seen].sort((a, b) => a - b), range(400).map((i) => i + 1));
  });

  test('of many that expect the same version one wins', async () => {
    await documents.send(new PutCommand({ TableName: table, Item: { pk: 'version', v: 1 } }));
    let won = 0;
    await inParallel(range(50), 25, async (i) => {
      try {
        await update('version', 'SET v = v + :one, winner = :i', { ':one': 1, ':i': i, ':expected': 1 }, {
          ConditionExpression: 'v = :expected',
        });
        won++;
      } catch (error) {
        assert.ok(error instanceof ConditionalCheckFailedException, error.message);
      }
    });
    assert.equal(won, 1);
    assert.equal((await read('version')).v, 2);
  });

  test('a limited counter stops at its limit', async () => {
    let refused = 0;
    await inParallel(range(60), 20, async () => {
      try {
        await update('limited', 'SET n = if_not_exists(n, :zero) + :one', { ':zero': 0, ':one': 1, ':max': 25 }, {
          ConditionExpression: 'attribute_not_exists(n) OR n < :max',
        });
      } catch (error) {
        assert.ok(error instanceof ConditionalCheckFailedException, error.message);
        refused++;
      }
    });
    assert.deepEqual([(await read('limited')).n, refused], [25, 35]);
  });

  test('appends to one list keep every element', async () => {
    await inParallel(range(100), 20, (i) =>
      update('log', 'SET entries = list_append(if_not_exists(entries, :none), :entry)', { ':none': [], ':entry': [i] }));
    assert.deepEqual((await read('log')).entries.sort((a, b) => a - b), range(100));
  });

  test('members added to one set are all there', async () => {
    await inParallel(range(100), 20, (i) => update('set', 'ADD members :m', { ':m': new Set([`m${i % 60}`]) }));
    assert.deepEqual((await read('set')).members, new Set(range(60).map((i) => `m${i}`).sort()));
  });
});

describe('what the client gets back', () => {
  test('the modes of ReturnValues show the item before, after, or what was touched', async () => {
    const shown = {};
    for (const ReturnValues of ['NONE', 'ALL_OLD', 'UPDATED_OLD', 'ALL_NEW', 'UPDATED_NEW']) {
      await documents.send(new PutCommand({ TableName: table, Item: { pk: 'modes', a: 1, b: { c: 2, d: 3 }, e: 'x' } }));
      const { Attributes } = await update('modes', 'SET b.c = :nine, f = :nine REMOVE e', { ':nine': 9 }, { ReturnValues });
      shown[ReturnValues] = Attributes;
    }
    assert.deepEqual(shown, {
      NONE: undefined,
      ALL_OLD: { pk: 'modes', a: 1, b: { c: 2, d: 3 }, e: 'x' },
      UPDATED_OLD: { b: { c: 2 }, e: 'x' },
      ALL_NEW: { pk: 'modes', a: 1, b: { c: 9, d: 3 }, f: 9 },
      UPDATED_NEW: { b: { c: 9 }, f: 9 },
    });
  });

  test('a refused update can show the item that refused it', async () => {
    await documents.send(new PutCommand({ TableName: table, Item: { pk: 'refusing', state: 'closed' } }));
    const refusal = client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: { pk: { S: 'refusing' } },
        UpdateExpression: 'SET touched = :t',
        ConditionExpression: '#s = :open',
        ExpressionAttributeNames: { '#s': 'state' },
        ExpressionAttributeValues: { ':t': { BOOL: true }, ':open': { S: 'open' } },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    await assert.rejects(refusal, (error) => {
      assert.ok(error instanceof ConditionalCheckFailedException);
      assert.deepEqual(error.Item, { pk: { S: 'refusing' }, state: { S: 'closed' } });
      return true;
    });
    assert.deepEqual(await read('refusing'), { pk: 'refusing', state: 'closed' });
  });
});

test('an item is the same after an update as when it is put whole', async () => {
  await update('built', 'SET m = :m, l = :l, t = :t ADD n :n, s :s', {
    ':m': {}, ':l': [], ':t': 'x', ':n': 5, ':s': new Set(['b', 'a']),
  });
  await update('built', 'SET m.k = :t, l[0] = :t, n = n - :n', { ':t': 'x', ':n': 7 });
  await update('built', 'REMOVE t DELETE s :a', { ':a': new Set(['a']) });
  assert.deepEqual(await read('built'), { pk: 'built', m: { k: 'x' }, l: ['x'], n: -2, s: new Set(['b']) });
});
