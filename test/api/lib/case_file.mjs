// Reads case files and refuses those that are not written as README.md says: a misspelt member would be a check that is
// never made.

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

import { expectationFault } from './compare.mjs';
import { expand } from './expand.mjs';
import { wholeRecords } from './stream.mjs';

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value) => typeof value === 'string' && value.trim() !== '';
const isFlag = (value) => typeof value === 'boolean';

const KEY = /^[^:]+:[SNB]$/;
const TABLE_NAME = /^[A-Z][A-Za-z0-9_]*$/;
const KEPT = /^kept[A-Z][A-Za-z0-9]*$/;

// name → is this value right? A question mark marks what may be absent.
const FILE = {
  about: isText,
  'source?': isText,
  'tables?': isObject,
  'own_tables?': isFlag,
  cases: (value) => Array.isArray(value) && value.length > 0,
};
const TABLE = {
  hash: (value) => KEY.test(value),
  'range?': (value) => KEY.test(value),
  'attributes?': (value) => Array.isArray(value) && value.every((one) => KEY.test(one)),
  'create?': isObject,
};
const CALL = {
  'call?': (value) => /^[A-Z][A-Za-z]+$/.test(value),
  'request?': isObject,
  'body?': (value) => typeof value === 'string',
  'headers?': (value) => isObject(value) && Object.entries(value).every(([name, text]) => name === name.toLowerCase() && typeof text === 'string'),
  'status?': Number.isInteger,
  'eventually?': isFlag,
  'reply?': (value) => isObject(value) || value === '',
  'error?': isObject,
  'keep?': (value) => isObject(value) && Object.keys(value).every((as) => KEPT.test(as)) && Object.values(value).every(isText),
  'stream?': isText,
  'records?': (value) => Array.isArray(value) || Array.isArray(value?.$unordered),
};
const OF_STREAM = ['stream', 'records'];
const CASE = {
  name: isText,
  'source?': isText,
  'own_tables?': isFlag,
  'given?': Array.isArray,
  ...CALL,
  'then?': (value) => Array.isArray(value) && value.length > 0,
};
const GIVEN = { table: isText, item: isObject };

class CaseFileError extends Error {}

function checkMembers(value, members, where) {
  const fail = (what) => {
    throw new CaseFileError(`${where}: ${what}`);
  };
  if (!isObject(value)) fail('is not an object');
  const known = new Set(Object.keys(members).map((name) => name.replace('?', '')));
  for (const name of Object.keys(value)) if (!known.has(name)) fail(`unknown member "${name}"`);
  for (const [name, isRight] of Object.entries(members)) {
    const plain = name.replace('?', '');
    if (!Object.hasOwn(value, plain)) {
      if (!name.endsWith('?')) fail(`"${plain}" is missing`);
    } else if (!isRight(value[plain])) {
      fail(`"${plain}" is not what it should be`);
    }
  }
}

const dollarMember = (value) => {
  if (typeof value !== 'object' || value === null) return undefined;
  const name = Array.isArray(value) ? undefined : Object.keys(value).find((one) => one.startsWith('$'));
  return name ?? Object.values(value).map(dollarMember).find(Boolean);
};

// Whether the expectation leaves open what stands there: it, or something that it is in, is a wildcard.
function isOpen(expected, [name, ...deeper]) {
  if (['$any', '$match'].some((open) => Object.hasOwn(expected ?? {}, open))) return true;
  if (name === undefined || typeof expected !== 'object' || expected === null) return false;
  return isOpen(expected.$every ?? expected[name], deeper);
}

function checkStream(step, where, facts, refuse) {
  for (const name of OF_STREAM) if (!(name in step)) refuse(`"${name}" is missing`);
  for (const name of Object.keys(step)) if (!OF_STREAM.includes(name)) refuse(`a stream is only read, so "${name}" has no place`);
  refuse(expectationFault(wholeRecords(built(step, where, facts).records, facts)));
}

// Everything is built once with made-up facts, so that what cannot be built, or is not known, is found before a run.
function checkCall(call, where, facts) {
  const refuse = (fault) => {
    if (fault) throw new CaseFileError(`${where}: ${fault}`);
  };
  if (OF_STREAM.some((name) => name in call)) {
    checkStream(call, where, facts, refuse);
    return;
  }
  if (!('call' in call)) refuse('"call" is missing');
  if ('request' in call && 'body' in call) refuse('has both a request and a body');
  if ('reply' in call === 'error' in call) refuse('needs either a reply or an error');
  if ('error' in call && ![call.error.$one_of ?? call.error].flat().every((one) => isText(one?.type))) refuse('its error has no type');
  const { request, reply, error } = built(call, where, facts);
  const strange = dollarMember(request);
  if (strange) refuse(`${strange} has no place in a request`);
  refuse(expectationFault(reply ?? error));
  // A text it surely has: what else would later calls say?
  const kept = Object.entries(call.keep ?? {});
  if (!kept.every(([, path]) => (reply?.$one_of ?? [reply]).every((one) => isOpen(one, path.split('.'))))) {
    refuse('keeps what the reply does not leave open');
  }
  for (const [as] of kept) facts[as] = 'kept';
}

function built(value, where, facts) {
  try {
    return expand(value, facts);
  } catch (error) {
    throw new CaseFileError(`${where}: ${error.message}`);
  }
}

function checkCase(one, file, where, known) {
  const facts = { ...known };
  checkMembers(one, CASE, where);
  if (!one.source && !file.source) throw new CaseFileError(`${where}: "source" is missing: where does the expectation come from?`);
  const { given = [], then = [], name, source, own_tables: own, ...call } = one;
  checkCall(call, where, facts);
  for (const [i, item] of built(given, where, facts).entries()) {
    checkMembers(item, GIVEN, `${where}, given ${i + 1}`);
    if (!Object.hasOwn(file.tables ?? {}, item.table)) {
      throw new CaseFileError(`${where}, given ${i + 1}: there is no table "${item.table}"`);
    }
  }
  for (const [i, step] of then.entries()) {
    checkMembers(step, CALL, `${where}, then ${i + 1}`);
    checkCall(step, `${where}, then ${i + 1}`, facts);
  }
}

function madeUpFacts(tables) {
  const facts = { id: 'id000000', n: '200001', token: 'token' };
  for (const [name, { create }] of Object.entries(tables)) {
    Object.assign(facts, { [name]: 'table', [`arn:${name}`]: 'arn', region: 'region', account: 'account' });
    if (create?.StreamSpecification?.StreamEnabled) facts[`stream:${name}`] = 'stream';
  }
  return facts;
}

// The file's content with the defaults filled in: every case has its source, own_tables, given and then.
export function parseCaseFile(text, name) {
  let file;
  try {
    file = JSON.parse(text);
  } catch (error) {
    throw new CaseFileError(`${name}: ${error.message}`);
  }
  checkMembers(file, FILE, name);
  for (const [table, shape] of Object.entries(file.tables ?? {})) {
    if (!TABLE_NAME.test(table)) throw new CaseFileError(`${name}, table "${table}": begins with a capital letter`);
    checkMembers(shape, TABLE, `${name}, table "${table}"`);
  }
  const facts = madeUpFacts(file.tables ?? {});
  const names = new Set();
  for (const [i, one] of file.cases.entries()) {
    const where = `${name}, case ${isText(one?.name) ? `"${one.name}"` : i + 1}`;
    checkCase(one, file, where, facts);
    if (names.has(one.name)) throw new CaseFileError(`${where}: the name is used twice`);
    names.add(one.name);
  }
  const defaults = { own_tables: file.own_tables ?? false, source: file.source, given: [], then: [] };
  return {
    name,
    tables: file.tables ?? {},
    cases: file.cases.map((one) => ({ ...defaults, ...one, file: name })),
  };
}

export async function readCaseFile(path) {
  return parseCaseFile(await readFile(path, 'utf8'), basename(path, '.json'));
}
