// Cursors: what a consumer has processed, the same at every daemon of the partnership (PROTOCOL §8.7).
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { compare, isOrg, readEpoch, tagText, toNumber, U64_MAX } from './words.js';

export const TIPS_MAX = 4096;
const HEADING = 'samenbus-cursor-1';
const AT = /^at (\S+) ([0-9]{1,20})$/;
const TIP = /^tip (\S+) ([1-9][0-9]{0,9}-[0-9a-f]{16}) ([0-9]{1,20}) ([0-9a-f]{64})$/;

const keyOf = (tip) => `${tip.origin} ${tip.counter}-${tip.tag}`;
const inOrder = (a, b) => compare(a.origin, b.origin) || compare(a.counter, b.counter) || compare(a.tag, b.tag);

/** A set of tips {origin, counter, tag, seq, hash}, one per epoch, that only grows. */
export class Cursor {
  constructor() {
    this.tips = new Map();
    this.at = null; // {storeId, offset}: the next one at the daemon with that store
  }

  /** Everything of that epoch up to the tip has been processed. */
  advance(tip) {
    const key = keyOf(tip);
    const known = this.tips.get(key);
    this.tips.delete(key);
    this.tips.set(key, known && known.seq > tip.seq ? known : tip);
    if (this.tips.size > TIPS_MAX) { // the longest untouched goes: repeated then, never left out
      this.tips.delete(this.tips.keys().next().value);
    }
  }

  /** Makes it last; nothing here, for it is in memory only. */
  save() {}

  /** The text form. */
  text() {
    const tips = [...this.tips.values()].sort(inOrder);
    return [HEADING, this.at ? `at ${this.at.storeId} ${this.at.offset}` : 'at - 0',
      ...tips.map((tip) => `tip ${tip.origin} ${tip.counter}-${tagText(tip.tag)} ${tip.seq} ${tip.hash.toString('hex')}`),
      ''].join('\n');
  }

  /** The cursor of a text form. Errors: RangeError names the line that is none. */
  static read(text) {
    const cursor = new Cursor();
    cursor.load(text);
    return cursor;
  }

  /** Takes over what a text form says. */
  load(text) {
    const lines = text.split('\n');
    if (lines[0] !== HEADING || lines.at(-1) !== '') {
      throw new RangeError(`not a cursor: ${HEADING} is missing, or the last line has no end`);
    }
    lines.slice(1, -1).forEach((line, at) => this.loadLine(line, at + 2));
  }

  loadLine(line, number) {
    const at = AT.exec(line);
    const tip = TIP.exec(line);
    const epoch = tip && isOrg(tip[1]) ? readEpoch(tip[2]) : null;
    if (at && number === 2) {
      this.at = at[1] === '-' ? null : { storeId: at[1], offset: u64(at[2], number) };
    } else if (epoch) {
      const { counter, tag } = epoch;
      this.advance({ origin: tip[1], counter, tag, seq: u64(tip[3], number), hash: Buffer.from(tip[4], 'hex') });
    } else {
      throw new RangeError(`line ${number} of the cursor is none of \`at\`, \`tip\`: ${line.slice(0, 80)}`);
    }
  }
}

function u64(text, number) {
  const value = BigInt(text);
  if (value > U64_MAX) {
    throw new RangeError(`line ${number} of the cursor: a number is too large`);
  }
  return toNumber(value);
}

/** A cursor in a file, which is always whole: it is replaced in one step, after it is on the disk. */
export class CursorFile extends Cursor {
  constructor(path) {
    super();
    this.path = resolve(path);
    if (existsSync(this.path)) {
      this.load(readFileSync(this.path, 'latin1'));
    }
  }

  save() {
    const file = openSync(`${this.path}.new`, 'w', 0o600);
    try {
      writeFileSync(file, this.text());
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(`${this.path}.new`, this.path);
    const folder = openSync(dirname(this.path), 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  }
}
