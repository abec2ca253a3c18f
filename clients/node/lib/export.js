// Export files: one origin's history, verified offline (PROTOCOL §10.3 to §10.5), and made of the pages
// of a daemon. A file is read as a whole; nothing in it is believed.
import { SYSTEM, decodeCheckpoint, decodeLink, verifyCertificate, verifyCheckpoint } from './link.js';
import { sentenceOf } from './errors.js';
import { readBody } from './schema.js';
import { SegmentFault, checkBody, readStart, verifyStart } from './segment.js';
import { Malformed, U64_MAX, epochText, isOrg, partnershipHash } from './words.js';

const MAGIC = Buffer.from('SBEXPORT\x01', 'latin1');
export const HEADER = 1;
export const EVENT = 2;
export const CHECKPOINT = 3;
export const END = 4;
const FAULTS_MAX = 100;
const KEYS_MAX = 64; // of one organisation that are followed (PROTOCOL §9.3)

// ---------------------------------------------------------------- records

/** {type, payload, end} of the record that begins there; null where it is cut short. */
export function recordAt(file, at) {
  if (at + 5 > file.length) {
    return null;
  }
  const end = at + 5 + file.readUInt32BE(at + 1);
  return end > file.length ? null : { type: file[at], payload: file.subarray(at + 5, end), end };
}

/** {partnership, origin, key} of a header record; null where it is none. */
export function readHeader(record) {
  if (record?.type !== HEADER) {
    return null;
  }
  const { payload } = record;
  const name = payload.subarray(1, 1 + payload[0]);
  const org = 2 + payload[0];
  const origin = payload.toString('latin1', org, org + payload[org - 1]);
  const isWhole = name.length >= 1 && name.length <= 100 && !name.includes(0) && isOrg(origin)
    && payload.length === org + payload[org - 1] + 32;
  return isWhole ? { partnership: partnershipHash(name), origin, key: payload.subarray(-32) } : null;
}

/** As far as the origin can be read, for the lines of faults. */
export function originOf(record) {
  const org = record?.type === HEADER ? 2 + record.payload[0] : Infinity;
  const origin = org <= record?.payload.length ? record.payload.toString('latin1', org, org + record.payload[org - 1]) : '';
  return isOrg(origin) ? origin : '-';
}

/** The form behind the link: p, n or e with salt and body; null where it is none of them. */
function readForm(rest) {
  switch (rest.length ? String.fromCharCode(rest[0]) : '') {
    case 'p': return rest.length >= 33 ? { salt: rest.subarray(1, 33), body: rest.subarray(33) } : null;
    case 'n':
    case 'e': return rest.length === 1 ? { salt: null, body: null } : null;
    default: return null;
  }
}

// ---------------------------------------------------------------- verifying

/** The certificates in the starts of epochs, whatever else is wrong with those (PROTOCOL §10.4). */
function certificatesIn(file, start, header) {
  const found = [];
  for (let at = start, record; (record = recordAt(file, at)); at = record.end) {
    const link = record.type === EVENT ? linkOf(record.payload) : null;
    const isStart = link && BigInt(link.seq) === 1n && link.kind === SYSTEM && link.origin === header.origin
      && link.partnership.equals(header.partnership);
    const form = isStart ? readForm(record.payload.subarray(4 + link.bytes.length)) : null;
    const certificate = form?.body ? readStart(form.body)?.certificate : null;
    if (certificate?.origin === header.origin) {
      found.push(certificate);
    }
  }
  return found;
}

/** The header's key, and those from which certificates lead to it (PROTOCOL §10.4). */
function keysIn(file, start, header) {
  const certificates = certificatesIn(file, start, header);
  const keys = [header.key];
  for (const key of keys) { // it grows
    for (const one of certificates) {
      if (one.newKey.equals(key) && keys.length < KEYS_MAX && !keys.some((known) => known.equals(one.oldKey))
        && verifyCertificate(one, header.partnership)) {
        keys.push(one.oldKey);
      }
    }
  }
  return keys;
}

/** Goes through one file, record by record. */
class Verifier {
  constructor(header, keys, replaced) {
    this.header = header;
    this.keys = keys;
    this.replaced = replaced; // keys by epoch
    this.faults = [];
    this.known = new Map(); // events by hash, in the order of the file
    this.starts = new Map(); // sign keys by epoch
    this.commitments = new Map(); // announced for seq 2, by epoch
    this.count = 0;
    this.before = null; // {counter, tag, seq}: the place of what has none
  }

  fault(code, place, text = sentenceOf(code)) {
    this.faults.push({ code, place, text });
  }

  records(file, start) {
    let at = start;
    let isOver = false;
    for (let record; (record = recordAt(file, at)); at = record.end) {
      if (isOver) {
        this.fault('bad_file', this.before, 'a record behind the end');
      } else {
        isOver = this.record(record);
      }
    }
    if (!isOver || at !== file.length) {
      this.fault('bad_file', this.before, 'the file is cut short');
    }
  }

  /** Whether it was the end. */
  record({ type, payload }) {
    if (type === EVENT) {
      this.event(payload);
    } else if (type === CHECKPOINT && payload.length === 124) {
      this.checkpoint(payload);
    } else if (type === END && payload.length === 8) {
      if (payload.readBigUInt64BE() !== BigInt(this.count)) {
        this.fault('bad_file', this.before, 'the file does not hold as many events as it says');
      }
      return true;
    } else {
      this.fault('bad_file', this.before, 'a record of an unknown type or form');
    }
    return false;
  }

  event(payload) {
    this.count += 1;
    const link = linkOf(payload);
    if (!link) {
      this.fault('bad_link', this.before);
      this.before = nextPlace(this.before);
      return;
    }
    const place = { counter: link.counter, tag: link.tag, seq: link.seq };
    this.before = nextPlace(place);
    const hash = link.hash.toString('latin1');
    if (!link.partnership.equals(this.header.partnership) || link.origin !== this.header.origin || this.known.has(hash)) {
      this.fault('bad_link', place);
      return;
    }
    const code = this.known.set(hash, this.entry(link, place)) && this.faultOf(link, payload.subarray(4 + link.bytes.length));
    if (code) {
      this.fault(code, place);
    }
  }

  /** The one before it is looked for now and never again. */
  entry(link, place) {
    const before = link.seq === 1 ? null : this.known.get(link.prev.toString('latin1'));
    const fits = before && before.link.place === link.place && BigInt(before.link.seq) + 1n === BigInt(link.seq);
    return { link, place, before: fits ? before : null, isCovered: false };
  }

  /** The first fault of an event whose link is good, or null. */
  faultOf(link, rest) {
    if (link.seq !== 1 && !this.known.get(link.hash.toString('latin1')).before) {
      return 'bad_prev';
    }
    const form = readForm(rest);
    if (!form) {
      return 'bad_body';
    }
    let code = null;
    if (form.salt) {
      checkBody(link, form.salt, form.body, (found) => {
        code = found;
      });
      code ??= isWellFormed(form.body) ? null : 'bad_body';
    }
    return code ?? (link.seq === 1 ? this.start(link, form.body) : link.seq === 2 ? this.second(link) : null);
  }

  start(link, body) {
    try {
      const start = verifyStart(link, body, this.replaced.get(link.place) ?? this.header.key, this.keys);
      this.starts.set(link.place, start.signKey);
      this.commitments.set(link.place, start.firstCommitment);
      return null;
    } catch (error) {
      if (error instanceof SegmentFault) {
        return error.code;
      }
      throw error;
    }
  }

  second(link) {
    const announced = this.commitments.get(link.place);
    return announced && !announced.equals(link.commitment) ? 'bad_epoch' : null;
  }

  checkpoint(payload) {
    const counter = payload.readUInt32BE(0);
    const tag = payload.readBigUInt64BE(4);
    const { seq, hash, bytes } = decodeCheckpoint(payload.subarray(12));
    const { partnership, origin } = this.header;
    const event = this.known.get(hash.toString('latin1'));
    const key = event && this.starts.get(event.link.place);
    const fits = key && event.place.counter === counter && event.place.tag === tag && event.place.seq === seq
      && verifyCheckpoint(bytes, partnership, origin, counter, tag, key);
    if (!fits) {
      this.fault('bad_checkpoint', { counter, tag, seq });
      return;
    }
    for (let one = event; one && !one.isCovered; one = one.before) {
      one.isCovered = true;
    }
  }

  uncovered() {
    for (const one of this.known.values()) {
      if (!one.isCovered && (one.before === null || one.before.isCovered)) {
        this.fault('no_checkpoint', one.place);
      }
    }
  }
}

/** The link at the beginning of an event record; null where it cannot be read. */
export function linkOf(payload) {
  if (payload.length < 4 || payload.readUInt32BE(0) > payload.length - 4) {
    return null;
  }
  try {
    return decodeLink(payload.subarray(4, 4 + payload.readUInt32BE(0)));
  } catch (error) {
    if (error instanceof Malformed || error instanceof RangeError) {
      return null;
    }
    throw error;
  }
}

function isWellFormed(body) {
  try {
    return Boolean(body.length <= 65536 && readBody('Body', body));
  } catch (error) {
    if (error instanceof Malformed) {
      return false;
    }
    throw error;
  }
}

/** The place one seq further; behind the last number comes 0. */
export const nextPlace = (place) => place && { ...place, seq: BigInt(place.seq) === U64_MAX ? 0 : BigInt(place.seq) + 1n };

/** {origin, events, epochs, faults: [{code, place, text}]} of the bytes of one file. */
export function verifyExport(file) {
  return verifyUnder(file, new Map());
}

/** The same, where keys that an announcement replaced (PROTOCOL §9.4) are known, by epoch. */
export function verifyUnder(file, replaced) {
  const first = recordAt(file, MAGIC.length);
  const isOurs = file.subarray(0, MAGIC.length).equals(MAGIC);
  const header = isOurs ? readHeader(first) : null;
  if (!header) {
    const fault = { code: 'bad_file', place: null, text: 'not an export file of version 1' };
    return { origin: isOurs ? originOf(first) : '-', events: 0, epochs: 0, faults: [fault] };
  }
  const verifier = new Verifier(header, keysIn(file, first.end, header), replaced);
  verifier.records(file, first.end);
  verifier.uncovered();
  return { origin: header.origin, events: verifier.known.size, epochs: verifier.starts.size, faults: verifier.faults };
}

export const placeText = ({ counter, tag, seq }) => `${epochText(counter, tag)}:${seq}`;

/** The line about one fault (PROTOCOL §10.5). */
export const line = (origin, { code, place, text }) =>
  `fault ${origin} ${place && place.counter ? placeText(place) : '-'} ${code}: ${text}`;

/** The lines that a verifier prints of these files (PROTOCOL §10.5). */
export function verifyLines(files) {
  const found = files.map(verifyExport);
  const lines = found.flatMap(({ origin, faults }) => faults.slice(0, FAULTS_MAX).map((fault) => line(origin, fault)));
  const sum = (name) => found.reduce((all, one) => all + one[name], 0);
  return lines.length ? lines : [`ok: ${sum('events')} events, ${sum('epochs')} epochs, ${found.length} origins`];
}

// ---------------------------------------------------------------- writing

function record(type, ...parts) {
  const payload = Buffer.concat(parts);
  const head = Buffer.alloc(5);
  head[0] = type;
  head.writeUInt32BE(payload.length, 1);
  return Buffer.concat([head, payload]);
}

const sized = (text) => Buffer.concat([Buffer.from([Buffer.byteLength(text)]), Buffer.from(text)]);

function u32(number) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
}

function u64(number) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(number));
  return bytes;
}

/** The beginning of a file. */
export const exportHeader = (partnership, origin, key) =>
  Buffer.concat([MAGIC, record(HEADER, sized(partnership), sized(origin), key)]);

/** One page of FETCHED, each checkpoint right behind the event that it ends with. */
export function exportPage(events) {
  const checkpoints = new Map(events.checkpoints.map((one) =>
    [BigInt(decodeCheckpoint(one).seq), record(CHECKPOINT, u32(events.counter), u64(events.tag), one)]));
  return Buffer.concat(events.items.flatMap((item) => [
    record(EVENT, u32(item.link.length), item.link,
      item.salt.length ? Buffer.concat([Buffer.from('p'), item.salt, item.body]) : Buffer.from(item.erased ? 'e' : 'n')),
    checkpoints.get(BigInt(item.at.seq)) ?? Buffer.alloc(0)]));
}

/** The end of a file with that many events. */
export const exportEnd = (count) => record(END, u64(count));
