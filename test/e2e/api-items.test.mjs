// PutItem, GetItem, DeleteItem: values come back as they went in.

import { DeleteItemCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { clientOf, documentClientOf, makeTable } from './lib/client.mjs';
import { perhapsPrefixed, refused, rejects } from './lib/expect.mjs';
import { call } from './lib/raw.mjs';
import { startServer } from './lib/server.mjs';

let stator, client, docs, table;
before(async () => {
  stator = await startServer({ inMemory: true });
  client = clientOf(stator);
  docs = documentClientOf(client);
  table = await makeTable(client);
});
after(() => stator?.stop());

const put = (Item, more) => client.send(new PutItemCommand({ TableName: table, Item, ...more }));
const get = (pk, more) => client.send(new GetItemCommand({ TableName: table, Key: { pk: { S: pk } }, ...more }));

async function comesBack(pk, value) {
  await put({ pk: { S: pk }, value });
  const { Item } = await get(pk, { ConsistentRead: true });
  return Item.value;
}

const sorted = (set) => [...set].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

describe('a value of each type comes back', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const values = {
    string: { S: 'plain' },
    'empty string': { S: '' },
    'string of every plane': { S: 'aß€𝄞 \u0000\u001f"\\/\u2028 \uffff' },
    number: { N: '42' },
    binary: { B: bytes },
    'empty binary': { B: new Uint8Array() },
    true: { BOOL: true },
    false: { BOOL: false },
    null: { NULL: true },
    list: { L: [{ S: 'a' }, { N: '1' }, { L: [] }, { NULL: true }] },
    'empty list': { L: [] },
    map: { M: { b: { S: 'x' }, a: { M: { '': { S: 'empty name' }, 'dot.dot': { N: '0' } } } } },
    'empty map': { M: {} },
  };
  for (const [title, value] of Object.entries(values)) {
    test(title, async () => assert.deepEqual(await comesBack('type', value), value));
  }
  test('string set', async () => {
    const { SS } = await comesBack('set', { SS: ['b', 'a', '', 'ä'] });
    assert.deepEqual(sorted(SS), sorted(['b', 'a', '', 'ä']));
  });
  test('number set', async () => {
    const { NS } = await comesBack('set', { NS: ['10', '-1', '2.50'] });
    assert.deepEqual(sorted(NS), sorted(['10', '-1', '2.5']));
  });
  test('binary set', async () => {
    const { BS } = await comesBack('set', { BS: [bytes, new Uint8Array([0])] });
    assert.deepEqual(sorted(BS), sorted([bytes, new Uint8Array([0])]));
  });
  test('31 containers around a scalar', async () => {
    let value = { S: 'deep' };
    for (let i = 0; i < 31; i++) value = i % 2 ? { L: [value] } : { M: { m: value } };
    assert.deepEqual(await comesBack('deep', value), value);
  });
});

describe('numbers are exact and canonical', () => {
  const nines = '9'.repeat(38);
  const numbers = [
    ['0', '0'],
    ['-0', '0'],
    ['0.0', '0'],
    ['+5', '5'],
    ['007', '7'],
    ['1.0', '1'],
    ['1e0', '1'],
    ['1E3', '1000'],
    ['1.50', '1.5'],
    ['-1.2e-3', '-0.0012'],
    ['0.1', '0.1'],
    [nines, nines],
    [`-${nines}`, `-${nines}`],
    [`0.${nines}`, `0.${nines}`],
    ['12345678901234567890.123456789012345678', '12345678901234567890.123456789012345678'],
    [`${nines}00000`, `${nines}00000`],
    ['1E125', `1${'0'.repeat(125)}`],
    [`9.${'9'.repeat(37)}E125`, `${nines}${'0'.repeat(88)}`],
    ['1E-130', `0.${'0'.repeat(129)}1`],
    ['-1E-130', `-0.${'0'.repeat(129)}1`],
  ];
  for (const [given, stored] of numbers) {
    test(`${given} is ${stored}`, async () => {
      assert.deepEqual(await comesBack('number', { N: given }), { N: stored });
    });
  }
  test('equal numbers are one key', async () => {
    const numbered = await makeTable(client, { hash: 'n:N' });
    for (const [i, n] of ['1', '1.0', '1e0', '10e-1'].entries()) {
      await client.send(new PutItemCommand({ TableName: numbered, Item: { n: { N: n }, i: { N: String(i) } } }));
    }
    const { body } = await call(stator, 'Scan', { TableName: numbered });
    assert.deepEqual(body.Items, [{ n: { N: '1' }, i: { N: '3' } }]);
  });
});

describe('an item', () => {
  test('is absent until it is put', async () => {
    const { body } = await call(stator, 'GetItem', { TableName: table, Key: { pk: { S: 'never' } } });
    assert.deepEqual(body, {});
  });

  test('is replaced whole', async () => {
    await put({ pk: { S: 'whole' }, a: { S: 'a' } });
    await put({ pk: { S: 'whole' }, b: { S: 'b' } });
    const { Item } = await get('whole');
    assert.deepEqual(Item, { pk: { S: 'whole' }, b: { S: 'b' } });
  });

  test('may be 400 KB, and no larger', async () => {
    const size = 400 * 1024 - 'pk'.length - 'big'.length - 'v'.length;
    await put({ pk: { S: 'big' }, v: { S: 'x'.repeat(size) } });
    const { Item } = await get('big');
    assert.equal(Item.v.S.length, size);
    await rejects(
      put({ pk: { S: 'big' }, v: { S: 'x'.repeat(size + 1) } }),
      'ValidationException',
      perhapsPrefixed('Item size has exceeded the maximum allowed size'),
    );
  });

  test('may have a thousand attributes', async () => {
    const item = { pk: { S: 'wide' } };
    for (let i = 0; i < 1000; i++) item[`attribute ${i}`] = { N: String(i) };
    await put(item);
    assert.deepEqual((await get('wide')).Item, item);
  });

  test('has keys of each type', async () => {
    for (const [type, values] of Object.entries({
      S: ['a', 'ä', 'a\u0000b'],
      N: ['-1', '0', '1.5'],
      B: [Buffer.from([0]), Buffer.from([0, 0]), Buffer.from([255])],
    })) {
      const keyed = await makeTable(client, { hash: `h:${type}`, range: `r:${type}` });
      for (const h of values) {
        for (const r of values) {
          const item = { h: { [type]: h }, r: { [type]: r }, both: { S: `${h}/${r}` } };
          await client.send(new PutItemCommand({ TableName: keyed, Item: item }));
        }
      }
      for (const h of values) {
        for (const r of values) {
          const Key = { h: { [type]: h }, r: { [type]: r } };
          const { Item } = await client.send(new GetItemCommand({ TableName: keyed, Key }));
          assert.equal(Item.both.S, `${h}/${r}`);
        }
      }
    }
  });

  test('is gone when it is deleted, and deleting it again succeeds', async () => {
    await put({ pk: { S: 'gone' } });
    const remove = () => client.send(new DeleteItemCommand({ TableName: table, Key: { pk: { S: 'gone' } } }));
    await remove();
    assert.equal((await get('gone')).Item, undefined);
    await remove();
  });
});

describe('ReturnValues', () => {
  const old = { pk: { S: 'returned' }, v: { L: [{ N: '1' }] } };
  const Key = { pk: old.pk };
  test('ALL_OLD of a put gives what was replaced', async () => {
    await client.send(new DeleteItemCommand({ TableName: table, Key }));
    const first = await put(old, { ReturnValues: 'ALL_OLD' });
    assert.equal(first.Attributes, undefined);
    const second = await put({ pk: old.pk }, { ReturnValues: 'ALL_OLD' });
    assert.deepEqual(second.Attributes, old);
  });
  test('ALL_OLD of a delete gives what was deleted', async () => {
    await put(old);
    const remove = () => client.send(new DeleteItemCommand({ TableName: table, Key, ReturnValues: 'ALL_OLD' }));
    assert.deepEqual((await remove()).Attributes, old);
    assert.equal((await remove()).Attributes, undefined);
  });
  test('NONE gives nothing', async () => {
    await put(old);
    const { body } = await call(stator, 'PutItem', { TableName: table, Item: old, ReturnValues: 'NONE' });
    assert.deepEqual(body, {});
  });
  test('nothing else is known to a put or a delete', async () => {
    for (const ReturnValues of ['ALL_NEW', 'UPDATED_OLD', 'UPDATED_NEW']) {
      const text = /ReturnValues can only be ALL_OLD or NONE$/;
      await refused(stator, 'PutItem', { TableName: table, Item: old, ReturnValues }, 'ValidationException', text);
      await refused(stator, 'DeleteItem', { TableName: table, Key, ReturnValues }, 'ValidationException', text);
    }
  });
});

test('the document client stores and reads JavaScript values', async () => {
  const Item = {
    pk: 'document',
    text: 'text',
    number: 12.5,
    list: [1, 'two', { three: 3 }, null, true],
    set: new Set(['a', 'b']),
    bytes: Uint8Array.from([1, 2, 3]),
  };
  await docs.send(new PutCommand({ TableName: table, Item }));
  const answer = await docs.send(new GetCommand({ TableName: table, Key: { pk: 'document' } }));
  assert.deepEqual(answer.Item, Item);
  const removed = await docs.send(
    new DeleteCommand({ TableName: table, Key: { pk: 'document' }, ReturnValues: 'ALL_OLD' }),
  );
  assert.deepEqual(removed.Attributes, Item);
});

test('a hundred writers of one item leave one of their items', async () => {
  const writers = Array.from({ length: 100 }, (_, i) => put({ pk: { S: 'contended' }, a: { N: `${i}` }, b: { N: `${i}` } }));
  await Promise.all(writers);
  const { Item } = await get('contended', { ConsistentRead: true });
  assert.equal(Item.a.N, Item.b.N);
});

test('an item operation on a table that is not there is refused', async () => {
  const Key = { pk: { S: 'a' } };
  for (const [operation, input] of [['PutItem', { Item: Key }], ['GetItem', { Key }], ['DeleteItem', { Key }]]) {
    await refused(stator, operation, { TableName: 'nowhere', ...input }, 'ResourceNotFoundException',
      'Requested resource not found');
  }
});
