// Secondary indexes as applications use them: a single-table design, from its items to its access patterns; pages over many
// equal keys and over many megabytes; parallel scans; indexes that follow many writers.

import { paginateQuery as paginateRaw, paginateScan as paginateRawScan } from '@aws-sdk/client-dynamodb';
import {
  BatchWriteCommand,
  DeleteCommand,
  paginateQuery,
  paginateScan,
  PutCommand,
  QueryCommand,
  ScanCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { clientOf, documentClientOf, inParallel, makeTable } from './lib/client.mjs';
import { startServer } from './lib/server.mjs';

let stator, raw, client;
before(async () => {
  stator = await startServer({ inMemory: true });
  raw = clientOf(stator, { maxAttempts: 3 });
  client = documentClientOf(raw);
});
after(() => stator?.stop());

const index = (IndexName, hash, range, Projection = { ProjectionType: 'ALL' }) => ({
  IndexName,
  KeySchema: [
    ...[hash].flat().map((AttributeName) => ({ AttributeName, KeyType: 'HASH' })),
    ...[range ?? []].flat().map((AttributeName) => ({ AttributeName, KeyType: 'RANGE' })),
  ],
  Projection,
});
const attributes = (types) =>
  Object.entries(types).map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType }));
const include = (...NonKeyAttributes) => ({ ProjectionType: 'INCLUDE', NonKeyAttributes });
const KEYS_ONLY = { ProjectionType: 'KEYS_ONLY' };

async function fill(TableName, items) {
  const batches = [];
  for (let i = 0; i < items.length; i += 25) batches.push(items.slice(i, i + 25));
  await inParallel(batches, 4, async (batch) => {
    const requests = batch.map((Item) => ({ PutRequest: { Item } }));
    const { UnprocessedItems } = await client.send(new BatchWriteCommand({ RequestItems: { [TableName]: requests } }));
    assert.deepEqual(UnprocessedItems, {});
  });
}

// A global index may take its time elsewhere than here: asks again until it agrees.
async function eventually(check) {
  for (const deadline = Date.now() + (process.env.STATOR_ENDPOINT ? 20_000 : 0); ; await sleep(200)) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() >= deadline) throw error;
    }
  }
}

async function all(pages) {
  const items = [];
  for await (const page of pages) items.push(...page.Items);
  return items;
}

describe('a shop in one table', () => {
  // Customers, their orders, the lines of orders. GSI1 is overloaded: orders by their number, lines by their product. GSI2 is
  // sparse: open orders by the day they came in. An order knows its amount, by which a customer's orders can be sorted.
  let shop;
  const day = (n) => new Date(Date.UTC(2026, 0, n)).toISOString().slice(0, 10);
  const orders = Array.from({ length: 40 }, (_, i) => {
    const customer = `CUSTOMER#${i % 4}`;
    const number = String(i).padStart(4, '0');
    return {
      PK: customer,
      SK: `ORDER#${day(1 + (i * 7) % 28)}#${number}`,
      GSI1PK: `ORDER#${number}`,
      GSI1SK: 'HEAD',
      ...(i % 3 === 0 ? { open: 'OPEN', since: day(1 + (i * 7) % 28) } : {}),
      amount: ((i * 37) % 101) + 0.5,
      note: `order ${i}`,
    };
  });
  const lines = orders.flatMap((order, i) =>
    Array.from({ length: 1 + (i % 3) }, (_, n) => ({
      PK: order.GSI1PK,
      SK: `LINE#${n}`,
      GSI1PK: `PRODUCT#${(i + n) % 5}`,
      GSI1SK: `${order.SK.slice(6, 16)}#${order.GSI1PK}#${n}`,
      quantity: n + 1,
    })));
  const customers = Array.from({ length: 4 }, (_, i) => ({ PK: `CUSTOMER#${i}`, SK: 'PROFILE', name: `Customer ${i}` }));

  before(async () => {
    shop = await makeTable(raw, {
      hash: 'PK:S',
      range: 'SK:S',
      AttributeDefinitions: attributes({ PK: 'S', SK: 'S', GSI1PK: 'S', GSI1SK: 'S', open: 'S', since: 'S', amount: 'N' }),
      GlobalSecondaryIndexes: [index('GSI1', 'GSI1PK', 'GSI1SK'), index('GSI2', 'open', 'since', include('amount'))],
      LocalSecondaryIndexes: [index('by-amount', 'PK', 'amount', KEYS_ONLY)],
    });
    await fill(shop, [...customers, ...orders, ...lines]);
  });

  const descending = (list, by) => [...list].sort((a, b) => (by(a) < by(b) ? 1 : -1));

  test("a customer's orders, the newest first, page by page", async () => {
    for (const { PK } of customers) {
      const expected = descending(orders.filter((order) => order.PK === PK), (order) => order.SK);
      const pages = [];
      for await (const page of paginateQuery(
        { client, pageSize: 3 },
        {
          TableName: shop,
          KeyConditionExpression: 'PK = :pk AND begins_with(SK, :order)',
          ExpressionAttributeValues: { ':pk': PK, ':order': 'ORDER#' },
          ScanIndexForward: false,
        },
      )) {
        pages.push(page);
      }
      assert.ok(pages.slice(0, -1).every((page) => page.Items.length === 3));
      assert.deepEqual(pages.flatMap((page) => page.Items), expected);
    }
  });

  test('an order and its head by its number', async () => {
    await eventually(async () => {
      const { Items } = await client.send(new QueryCommand({
        TableName: shop,
        IndexName: 'GSI1',
        KeyConditionExpression: 'GSI1PK = :number AND GSI1SK = :head',
        ExpressionAttributeValues: { ':number': 'ORDER#0017', ':head': 'HEAD' },
      }));
      assert.deepEqual(Items, [orders[17]]);
    });
  });

  test('where a product was sold in a week, the newest first', async () => {
    const expected = descending(
      lines.filter(({ GSI1PK, GSI1SK }) => GSI1PK === 'PRODUCT#2' && GSI1SK >= day(8) && GSI1SK <= `${day(14)}~`),
      (line) => line.GSI1SK,
    );
    assert.ok(expected.length > 2);
    await eventually(async () => {
      const items = await all(paginateQuery({ client, pageSize: 2 }, {
        TableName: shop,
        IndexName: 'GSI1',
        KeyConditionExpression: 'GSI1PK = :product AND GSI1SK BETWEEN :from AND :to',
        ExpressionAttributeValues: { ':product': 'PRODUCT#2', ':from': day(8), ':to': `${day(14)}~` },
        ScanIndexForward: false,
      }));
      assert.deepEqual(items, expected);
    });
  });

  const openOrders = (more = {}) => all(paginateQuery({ client, pageSize: 4 }, {
    TableName: shop,
    IndexName: 'GSI2',
    KeyConditionExpression: '#open = :open',
    ExpressionAttributeNames: { '#open': 'open' },
    ExpressionAttributeValues: { ':open': 'OPEN' },
    ...more,
  }));
  const shown = ({ PK, SK, open, since, amount }) => ({ PK, SK, open, since, amount });
  const byKey = (a, b) => (a.SK < b.SK ? -1 : 1);

  test('open orders, which leave the index when they are closed', async () => {
    const open = orders.filter((order) => order.open);
    await eventually(async () => {
      const found = await openOrders();
      assert.deepEqual([...found].sort(byKey), open.map(shown).sort(byKey));
      assert.ok(found.every(({ since }, i) => i === 0 || since >= found[i - 1].since));
    });
    for (const { PK, SK } of open.slice(0, 5)) {
      await client.send(new UpdateCommand({
        TableName: shop,
        Key: { PK, SK },
        UpdateExpression: 'REMOVE #open, since SET closed = :yes',
        ConditionExpression: 'attribute_exists(#open)',
        ExpressionAttributeNames: { '#open': 'open' },
        ExpressionAttributeValues: { ':yes': true },
      }));
    }
    await eventually(async () => assert.deepEqual((await openOrders()).sort(byKey), open.slice(5).map(shown).sort(byKey)));
  });

  test("a customer's largest orders, with all that is known of them", async () => {
    const expected = descending(orders.filter((order) => order.PK === 'CUSTOMER#1' && order.amount >= 20), (order) => order.amount);
    const { Items } = await client.send(new QueryCommand({
      TableName: shop,
      IndexName: 'by-amount',
      KeyConditionExpression: 'PK = :pk AND amount >= :least',
      ExpressionAttributeValues: { ':pk': 'CUSTOMER#1', ':least': 20 },
      ScanIndexForward: false,
      Select: 'ALL_ATTRIBUTES',
      ConsistentRead: true,
      Limit: 5,
    }));
    assert.deepEqual(Items.map(({ SK, amount }) => [SK, amount]), expected.slice(0, 5).map(({ SK, amount }) => [SK, amount]));
    assert.ok(Items.every(({ note }) => note));
  });

  test('an order that is deleted leaves every index', async () => {
    const { PK, SK } = orders[21];
    await client.send(new DeleteCommand({ TableName: shop, Key: { PK, SK } }));
    await eventually(async () => {
      const items = await all(paginateScan({ client }, { TableName: shop, IndexName: 'GSI1' }));
      assert.equal(items.filter((item) => item.SK === SK && item.PK === PK).length, 0);
      assert.ok(!(await openOrders()).some((item) => item.SK === SK));
    });
  });
});

describe('pages of an index', () => {
  let table;
  const items = Array.from({ length: 150 }, (_, i) => ({
    pk: `p${String(i).padStart(3, '0')}`,
    g: 'same',
    n: i < 100 ? 7 : i,
    text: `${i}`,
  }));
  before(async () => {
    table = await makeTable(raw, {
      AttributeDefinitions: attributes({ pk: 'S', g: 'S', n: 'N' }),
      GlobalSecondaryIndexes: [index('sorted', 'g', 'n'), index('hash', 'g', undefined, KEYS_ONLY)],
    });
    await fill(table, items);
    await eventually(async () => {
      const { Count } = await client.send(new ScanCommand({ TableName: table, IndexName: 'sorted', Select: 'COUNT' }));
      assert.equal(Count, items.length);
    });
  });

  for (const name of ['sorted', 'hash']) {
    for (const pageSize of [1, 7, 50, 1000]) {
      test(`${name}: of ${pageSize}, in both directions, hold every one of many equal keys once`, async () => {
        const ask = (ScanIndexForward) => all(paginateQuery({ client, pageSize }, {
          TableName: table,
          IndexName: name,
          KeyConditionExpression: 'g = :g',
          ExpressionAttributeValues: { ':g': 'same' },
          ScanIndexForward,
        }));
        const forward = (await ask(true)).map(({ pk }) => pk);
        const backward = (await ask(false)).map(({ pk }) => pk);
        assert.deepEqual([...forward].sort(), items.map(({ pk }) => pk));
        assert.deepEqual([...backward].reverse(), forward);
      });
    }
  }

  test('survive that their last item goes away', async () => {
    const ask = (ExclusiveStartKey) => client.send(new QueryCommand({
      TableName: table,
      IndexName: 'sorted',
      KeyConditionExpression: 'g = :g AND n = :n',
      ExpressionAttributeValues: { ':g': 'same', ':n': 7 },
      Limit: 10,
      ExclusiveStartKey,
    }));
    const first = await ask();
    const last = first.Items.at(-1);
    await client.send(new DeleteCommand({ TableName: table, Key: { pk: last.pk } }));
    const second = await ask(first.LastEvaluatedKey);
    assert.equal(second.Items.length, 10);
    const seen = [...first.Items, ...second.Items].map(({ pk }) => pk);
    assert.equal(new Set(seen).size, 20);
    await client.send(new PutCommand({ TableName: table, Item: last }));
  });
});

describe('entries of many megabytes', () => {
  let table;
  const COUNT = 60, BYTES = 50_000;
  before(async () => {
    table = await makeTable(raw, {
      range: 'sk:N',
      AttributeDefinitions: attributes({ pk: 'S', sk: 'N', g: 'S', l: 'N' }),
      GlobalSecondaryIndexes: [index('all', 'g', 'sk'), index('keys', 'g', 'sk', KEYS_ONLY)],
      LocalSecondaryIndexes: [index('local', 'pk', 'l', KEYS_ONLY)],
    });
    const items = Array.from({ length: COUNT }, (_, i) => ({ pk: 'p', sk: i, g: 'g', l: COUNT - i, text: 'x'.repeat(BYTES) }));
    for (let i = 0; i < COUNT; i += 10) await fill(table, items.slice(i, i + 10));
  });
  const pagesOf = async (IndexName, more) => {
    const pages = [];
    for await (const page of paginateRaw({ client: raw }, {
      TableName: table,
      IndexName,
      KeyConditionExpression: IndexName === 'local' ? 'pk = :k' : 'g = :k',
      ExpressionAttributeValues: { ':k': { S: IndexName === 'local' ? 'p' : 'g' } },
      ReturnConsumedCapacity: 'INDEXES',
      ...more,
    })) {
      pages.push(page);
    }
    return pages;
  };
  const numbers = (pages) => pages.flatMap((page) => page.Items.map(({ sk }) => Number(sk.N)));

  test('come in pages of a megabyte', async () => {
    await eventually(async () => {
      const pages = await pagesOf('all');
      assert.deepEqual(numbers(pages), Array.from({ length: COUNT }, (_, i) => i));
      assert.ok(pages.length >= 3 && pages[0].Count === 21, `${pages.map((page) => page.Count)}`);
      assert.equal(pages[0].ConsumedCapacity.GlobalSecondaryIndexes.all.CapacityUnits, 128.5);
      assert.equal(pages[0].ConsumedCapacity.Table.CapacityUnits, 0);
    });
  });
  test('are small where little is projected', async () => {
    await eventually(async () => {
      const pages = await pagesOf('keys');
      assert.equal(pages.length, 1);
      assert.equal(pages[0].Count, COUNT);
      assert.equal(pages[0].ConsumedCapacity.CapacityUnits, 0.5);
    });
  });
  test('count when they are fetched from the table', async () => {
    const pages = await pagesOf('local', { Select: 'ALL_ATTRIBUTES', ConsistentRead: true });
    assert.deepEqual(numbers(pages), Array.from({ length: COUNT }, (_, i) => COUNT - 1 - i));
    assert.ok(pages.every((page) => page.Count <= 21));
    assert.ok(pages[0].Items.every(({ text }) => text.S.length === BYTES));
    assert.equal(pages[0].ConsumedCapacity.Table.CapacityUnits, 13 * pages[0].Count);
  });
  test('are counted without being fetched', async () => {
    const [page] = await pagesOf('local', { Select: 'COUNT', ConsistentRead: true });
    assert.equal(page.Count, COUNT);
    assert.equal(page.ConsumedCapacity.Table.CapacityUnits, 0);
  });
});

test('the segments of an index hold each entry once', async () => {
  const table = await makeTable(raw, {
    AttributeDefinitions: attributes({ pk: 'S', g: 'S' }),
    GlobalSecondaryIndexes: [index('by-group', 'g', undefined, KEYS_ONLY)],
  });
  const items = Array.from({ length: 300 }, (_, i) => ({ pk: `p${i}`, ...(i % 3 ? { g: `group ${i % 50}` } : {}) }));
  await fill(table, items);
  await eventually(async () => {
    const found = [];
    const home = new Map();
    const TotalSegments = 5;
    await inParallel(Array.from({ length: TotalSegments }, (_, i) => i), 3, async (Segment) => {
      for await (const page of paginateRawScan({ client: raw, pageSize: 11 }, { TableName: table, IndexName: 'by-group', Segment, TotalSegments })) {
        for (const { pk, g } of page.Items) {
          found.push(pk.S);
          assert.equal(home.get(g.S) ?? Segment, Segment, 'a partition of an index is in one segment');
          home.set(g.S, Segment);
        }
      }
    });
    assert.deepEqual(found.sort(), items.filter(({ g }) => g).map(({ pk }) => pk).sort());
  });
});

// The order of the writes of different writers is not known; that the indexes agree with the table is.
test('indexes agree with their table whatever many writers do', async () => {
  const table = await makeTable(raw, {
    range: 'sk:N',
    AttributeDefinitions: attributes({ pk: 'S', sk: 'N', g: 'S', h: 'N', l: 'N' }),
    GlobalSecondaryIndexes: [index('all', 'g', 'h'), index('some', 'h', 'g', include('x')), index('multi', ['g', 'h'], ['l', 'sk'], KEYS_ONLY)],
    LocalSecondaryIndexes: [index('local', 'pk', 'l', include('x'))],
  });
  let seed = 1;
  const random = (n) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * n);
  };
  const Key = () => ({ pk: `p${random(3)}`, sk: random(6) });
  const perhaps = (name, value) => (random(3) ? { [name]: value } : {});
  const writes = Array.from({ length: 600 }, () => {
    const kind = random(4);
    if (kind === 0) return new DeleteCommand({ TableName: table, Key: Key() });
    if (kind === 1) {
      return new UpdateCommand({
        TableName: table,
        Key: Key(),
        UpdateExpression: ['SET g = :g REMOVE h', 'SET h = if_not_exists(h, :n) + :n', 'REMOVE g, l', 'SET x = :g', 'SET l = :n REMOVE x'][random(5)],
        ExpressionAttributeValues: undefined,
      });
    }
    return new PutCommand({
      TableName: table,
      Item: { ...Key(), ...perhaps('g', `g${random(3)}`), ...perhaps('h', random(4)), ...perhaps('l', random(4)), ...perhaps('x', random(9)), ...perhaps('y', random(9)) },
    });
  });
  for (const write of writes) {
    const expression = write.input.UpdateExpression;
    if (!expression) continue;
    const values = { ':g': 'g1', ':n': 2 };
    write.input.ExpressionAttributeValues = Object.fromEntries(Object.entries(values).filter(([name]) => expression.includes(name)));
    if (Object.keys(write.input.ExpressionAttributeValues).length === 0) delete write.input.ExpressionAttributeValues;
  }
  await inParallel(writes, 8, (write) => client.send(write));

  const items = await all(paginateScan({ client }, { TableName: table, ConsistentRead: true }));
  const entries = {
    all: ['g', 'h'],
    some: ['h', 'g'],
    multi: ['g', 'h', 'l'],
    local: ['l'],
  };
  const shows = { some: ['pk', 'sk', 'g', 'h', 'x'], multi: ['pk', 'sk', 'g', 'h', 'l'], local: ['pk', 'sk', 'l', 'x'] };
  const order = (a, b) => (a.pk === b.pk ? a.sk - b.sk : a.pk < b.pk ? -1 : 1);
  for (const [IndexName, needs] of Object.entries(entries)) {
    const expected = items
      .filter((item) => needs.every((name) => name in item))
      .map((item) => Object.fromEntries(Object.entries(item).filter(([name]) => !shows[IndexName] || shows[IndexName].includes(name))));
    await eventually(async () => {
      const found = await all(paginateScan({ client }, { TableName: table, IndexName }));
      assert.deepEqual(found.sort(order), expected.sort(order), IndexName);
    });
  }
});
