// The tables of a run: one for each shape that the files ask for, and fresh ones for the cases that scan.

import { setTimeout as sleep } from 'node:timers/promises';

const MAKE_MS_MAX = 120_000;

const keyOf = (text) => [text.slice(0, text.lastIndexOf(':')), text.slice(text.lastIndexOf(':') + 1)];

// CreateTable's request for a shape: { hash: "pk:S", range: "sk:N", attributes: ["x:S"], create: { … } }.
export function createRequest(name, { hash, range, attributes = [], create = {} }) {
  const keys = (range ? [hash, range] : [hash]).map(keyOf);
  const defined = [...keys, ...attributes.map(keyOf)];
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: defined.map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
    KeySchema: keys.map(([AttributeName], i) => ({ AttributeName, KeyType: i === 0 ? 'HASH' : 'RANGE' })),
    ...create,
  };
}

export class Tables {
  #call;
  #prefix;
  #made = 0;
  #shared = new Map();

  // `call(operation, request)` resolves to { status, body, text }.
  constructor(call, prefix) {
    this.#call = call;
    this.#prefix = prefix;
  }

  // The tables of a file as { T: { name, arn, stream } }. Two tables of one shape in one file are two tables.
  async of(shapes, own) {
    const seen = new Map();
    const entries = Object.entries(shapes).map(async ([name, shape]) => {
      if (own) return [name, await this.#make(shape)];
      const text = JSON.stringify(shape);
      const nth = (seen.get(text) ?? 0) + 1;
      seen.set(text, nth);
      const key = `${nth} ${text}`;
      if (!this.#shared.has(key)) this.#shared.set(key, this.#make(shape));
      return [name, await this.#shared.get(key)];
    });
    return Object.fromEntries(await Promise.all(entries));
  }

  async drop(tables) {
    for (const { name } of Object.values(tables)) await this.#drop(name);
  }

  // What a case has changed may be going on: a new index must be there before its table can go.
  async #drop(name) {
    const deadline = Date.now() + MAKE_MS_MAX;
    for (let wait_ms = 5; ; wait_ms = Math.min(2 * wait_ms, 1000)) {
      const { status, body, text } = await this.#call('DeleteTable', { TableName: name });
      if (status === 200) return;
      if (!body?.__type?.endsWith('#ResourceInUseException') || Date.now() > deadline) {
        throw new Error(`DeleteTable ${name}: ${status} ${text.slice(0, 300)}`);
      }
      await sleep(wait_ms);
    }
  }

  // Drops what cases have shared.
  async dropShared() {
    const made = await Promise.allSettled(this.#shared.values());
    await this.drop(made.filter(({ status }) => status === 'fulfilled').map(({ value }) => value));
  }

  async #make(shape) {
    const name = `${this.#prefix}-${++this.#made}`;
    await this.#must('CreateTable', createRequest(name, shape));
    const deadline = Date.now() + MAKE_MS_MAX;
    for (let wait_ms = 5; Date.now() < deadline; wait_ms = Math.min(2 * wait_ms, 1000)) {
      const { Table } = await this.#must('DescribeTable', { TableName: name });
      if (Table.TableStatus === 'ACTIVE') return { name, arn: Table.TableArn, stream: Table.LatestStreamArn };
      await sleep(wait_ms);
    }
    throw new Error(`table ${name} did not become active`);
  }

  async #must(operation, request) {
    const { status, body, text } = await this.#call(operation, request);
    if (status !== 200) throw new Error(`${operation} ${request.TableName}: ${status} ${text.slice(0, 300)}`);
    return body;
  }
}
