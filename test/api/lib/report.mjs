// What a run says: TAP for programs; for people a dot a case, and each failure in full.

import { Mismatch } from './runner.mjs';

const TEXT_MAX = 400;
const DIFFERENCES_MAX = 10;

function show(value) {
  const text = value === undefined ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value);
  const { length } = text;
  return length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX / 2)} … ${text.slice(-TEXT_MAX / 2)} (${length} characters)`;
}

// The lines that tell why a case failed.
export function explain(failure, one) {
  const lines = [`source:   ${one.source}`];
  if (!(failure instanceof Mismatch)) return [...lines, `failed:   ${failure.stack ?? failure}`];
  const { step, request, answer, found } = failure;
  lines.push(`step:     ${step}`, `request:  ${show(request)}`, `answer:   ${answer.status} ${show(answer.text)}`);
  for (const { path, expected, actual } of found.slice(0, DIFFERENCES_MAX)) {
    lines.push(`at ${path || 'body'}`, `  expected ${show(expected)}`, `  got      ${show(actual)}`);
  }
  if (found.length > DIFFERENCES_MAX) lines.push(`and ${found.length - DIFFERENCES_MAX} more`);
  return lines;
}

export class Report {
  #tap;
  #write;
  #cases = 0;
  #files;
  #failed = [];

  constructor(cases, files, { tap, write }) {
    this.#tap = tap;
    this.#write = write;
    this.#files = files;
    if (tap) write(`TAP version 13\n1..${cases}\n`);
  }

  add(one, failure) {
    const number = ++this.#cases;
    const title = `${one.file}: ${one.name}`;
    const lines = failure ? explain(failure, one) : [];
    if (failure) this.#failed.push({ title, lines });
    if (this.#tap) {
      this.#write(`${failure ? 'not ok' : 'ok'} ${number} - ${title.replaceAll('#', '\\#')}\n`);
      if (failure) this.#write(lines.map((line) => `  # ${line.replaceAll('\n', '\n  # ')}\n`).join(''));
    } else {
      this.#write(failure ? 'F' : '.');
      if (number % 100 === 0) this.#write('\n');
    }
  }

  // Says how it went; true if all is well.
  end() {
    const counted = `${this.#cases} case${this.#cases === 1 ? '' : 's'} in ${this.#files} file${this.#files === 1 ? '' : 's'}`;
    const lead = this.#tap ? '# ' : '';
    if (!this.#tap) {
      this.#write('\n');
      for (const { title, lines } of this.#failed) this.#write(`\n${title}\n${lines.map((line) => `    ${line}\n`).join('')}`);
    }
    const verdict = this.#failed.length === 0 ? 'all pass' : `${this.#failed.length} fail`;
    this.#write(`${lead}${counted}: ${verdict}\n`);
    for (const { title } of this.#failed) this.#write(`${lead}  ${title}\n`);
    return this.#failed.length === 0;
  }
}
