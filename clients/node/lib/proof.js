// The proof of a fork: a file that shows by itself that the holder of one key signed two histories
// (PROTOCOL §10.6). Needs no daemon and no history; nothing in the file is believed.
import { CHECKPOINT, END, EVENT, HEADER, line, linkOf, nextPlace, originOf, placeText, readHeader, recordAt } from './export.js';
import { sentenceOf } from './errors.js';
import { decodeCheckpoint, verifyCertificate, verifyCheckpoint } from './link.js';

const MAGIC = Buffer.from('SB-PROOF\x01', 'latin1');
const CERTIFICATE = 5;
const CERTIFICATE_BYTES = 168;
const CHECKPOINT_BYTES = 124;
const END_BYTES = 8;
const BRANCH_EVENTS_MAX = 2048;

/** The first fault; it ends the verification. */
class Wrong extends Error {
  constructor(code, place, text = sentenceOf(code)) {
    super(text);
    this.fault = { code, place, text };
  }
}

const placeOf = (link) => ({ counter: link.counter, tag: link.tag, seq: link.seq });

/** Goes through the records behind the header, in their one order. */
class Checker {
  constructor(file, header, at) {
    this.file = file;
    this.header = header;
    this.at = at;
    this.fork = null; // the first link of the first branch
    this.last = null;
    this.events = 0;
    this.certifiedBy = null;
  }

  /** The place of a record that has none of its own. */
  get behind() {
    return this.last && nextPlace(placeOf(this.last));
  }

  next() {
    const record = recordAt(this.file, this.at);
    if (!record) {
      throw new Wrong('bad_file', this.behind, 'the file is cut short');
    }
    this.at = record.end;
    return record;
  }

  unknown() {
    return new Wrong('bad_file', this.behind, 'a record of an unknown type or form');
  }

  certificate({ payload }) {
    if (payload.length !== CERTIFICATE_BYTES) {
      throw this.unknown();
    }
    const { origin, key, partnership } = this.header;
    const oldKey = payload.subarray(0, 32);
    const message = { origin, oldKey, newKey: key, timeMs: payload.readBigInt64BE(32),
      oldSignature: payload.subarray(40, 104), newSignature: payload.subarray(104) };
    if (!verifyCertificate(message, partnership)) {
      throw new Wrong('bad_key', null);
    }
    this.certifiedBy = oldKey;
  }

  event({ payload }, isFirst) {
    const link = linkOf(payload);
    if (!link) {
      throw new Wrong('bad_link', this.behind);
    }
    const code = this.misplaced(link, isFirst)
      ?? (payload.subarray(4 + link.bytes.length).toString('latin1') === 'n' ? null : 'bad_body');
    if (code) {
      throw new Wrong(code, placeOf(link));
    }
    this.fork ??= link;
    this.last = link;
    this.events += 1;
  }

  /** Why a link does not belong where it stands, or null. */
  misplaced(link, isFirst) {
    const { fork, last, header } = this;
    if (!link.partnership.equals(header.partnership) || link.origin !== header.origin) {
      return 'bad_link';
    }
    if (!fork) {
      return null;
    }
    const seq = isFirst ? fork.seq : nextPlace(placeOf(last)).seq;
    if (link.place !== fork.place || BigInt(link.seq) !== BigInt(seq)
      || (isFirst && Buffer.compare(link.hash, fork.hash) <= 0)) {
      return 'bad_link';
    }
    return link.prev.equals(isFirst ? fork.prev : last.hash) ? null : 'bad_prev';
  }

  /** Over the last link that was read, by the header's key. */
  checkpoint({ payload }) {
    const { last, header } = this;
    const [counter, tag] = [payload.readUInt32BE(0), payload.readBigUInt64BE(4)];
    const { seq, hash, bytes } = decodeCheckpoint(payload.subarray(12));
    const fits = counter === last.counter && tag === last.tag && seq === last.seq && hash.equals(last.hash)
      && verifyCheckpoint(bytes, header.partnership, header.origin, counter, tag, header.key);
    if (!fits) {
      throw new Wrong('bad_checkpoint', { counter, tag, seq });
    }
  }

  /** Events and the checkpoint over the last of them. */
  branch(first) {
    let record = first;
    let read = 0;
    for (; record.type === EVENT && read < BRANCH_EVENTS_MAX; read++) {
      this.event(record, read === 0);
      record = this.next();
    }
    if (!read || record.type !== CHECKPOINT || record.payload.length !== CHECKPOINT_BYTES) {
      throw this.unknown();
    }
    this.checkpoint(record);
  }

  end({ type, payload }) {
    if (type !== END || payload.length !== END_BYTES) {
      throw this.unknown();
    }
    if (payload.readBigUInt64BE() !== BigInt(this.events)) {
      throw new Wrong('bad_file', this.behind, 'the file does not hold as many events as it says');
    }
    if (this.at !== this.file.length) {
      throw new Wrong('bad_file', this.behind, 'a record behind the end');
    }
  }

  run() {
    let record = this.next();
    if (record.type === CERTIFICATE) {
      this.certificate(record);
      record = this.next();
    }
    this.branch(record);
    this.branch(this.next());
    this.end(this.next());
  }
}

/**
 * What the bytes of a proof prove: {origin, place, key, certifiedBy, fault}. `fault` is null, or the
 * first {code, place, text}, and then there is neither place nor key.
 */
export function verifyProof(file) {
  const isOurs = file.subarray(0, MAGIC.length).equals(MAGIC);
  const first = isOurs ? recordAt(file, MAGIC.length) : null;
  const header = first?.type === HEADER ? readHeader(first) : null;
  const nothing = { origin: isOurs ? originOf(first) : '-', place: null, key: null, certifiedBy: null };
  if (!header) {
    return { ...nothing, fault: { code: 'bad_file', place: null, text: 'not a proof of version 1' } };
  }
  const checker = new Checker(file, header, first.end);
  try {
    checker.run();
  } catch (error) {
    if (error instanceof Wrong) {
      return { ...nothing, fault: error.fault };
    }
    throw error;
  }
  return { origin: header.origin, place: placeOf(checker.fork), key: header.key, certifiedBy: checker.certifiedBy, fault: null };
}

/** The lines of `samenbus verify` about a proof; `known`: {origin, key} that the reader is sure of. */
export function proofLines(file, known = null) {
  const { origin, place, key, certifiedBy, fault } = verifyProof(file);
  if (fault) {
    return [line(origin, fault)];
  }
  const isKnown = known && known.origin === origin && (known.key.equals(key) || certifiedBy?.equals(known.key));
  if (known && !isKnown) {
    return [line(origin, { code: 'bad_key', place: null, text: sentenceOf('bad_key') })];
  }
  const by = certifiedBy ? `, certified by ${certifiedBy.toString('base64')}` : '';
  return [`proof: ${origin} signed two histories at ${placeText(place)}`,
    `key: ${key.toString('base64')}${by}${isKnown ? `, known as that of ${origin}` : ''}`];
}
