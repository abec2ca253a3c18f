// samenbus.proto as tables, and the strict reader of PROTOCOL §1.5; writer.js is its counterpart. What
// a message must have beyond that stands in frames.js; what a content means, in contents.js.
import { existsSync, readFileSync } from 'node:fs';
import protobuf from 'protobufjs';
import { Malformed, toNumber } from './words.js';

const HERE = new URL('samenbus.proto', import.meta.url); // put there when the package is made
const SOURCE = new URL('../../../proto/samenbus.proto', import.meta.url);
const root = protobuf.parse(readFileSync(existsSync(HERE) ? HERE : SOURCE, 'utf8')).root.resolveAll();

const LENGTHS = new Map(Object.entries({
  partnership: 32, hash: 32, tip: 32, linkHash: 32, digest: 32, restDigest: 32, salt: 32, signKey: 32, oldKey: 32,
  newKey: 32, nonce: 32, firstCommitment: 32, commitment: 32, oldSignature: 64, newSignature: 64, bootNonce: 16,
  storeId: 16, id: 16, whereId: 16, saidId: 16, challenge: 32, checkpoint: 112, checkpoints: 112,
}));
const DEPTH_MAX = 4;
const FIELDS_MAX = 32768;
const SHORT_MAX = 64; // bytes of a text that is looked at by ourselves
const VARINT = 0;
const EIGHT = 1;
const BYTES = 2;
const FOUR = 5;
const NONE = Buffer.alloc(0);
const EMPTY = Object.freeze([]);
const DEFAULTS = { string: '', bytes: NONE, bool: false };
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const tables = new Map();


/** The enum's names without the prefix of their type, in lower case, by number. */
function enumNames(type) {
  const prefix = `${type.name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()}_`;
  return new Map(Object.entries(type.values)
    .map(([name, number]) => [number, name.replace(prefix, '').toLowerCase()]));
}

function fieldOf(field) {
  const sub = field.resolvedType;
  const kind = sub instanceof protobuf.Enum ? 'enum' : sub ? 'message' : field.type;
  const wire = kind === 'message' || kind === 'string' || kind === 'bytes' ? BYTES : kind === 'fixed64' ? EIGHT : VARINT;
  return {
    name: field.name, number: field.id, kind, wire, repeated: field.repeated, oneof: field.partOf?.name ?? null,
    sub: kind === 'message' ? sub.name : null, table: null, names: kind === 'enum' ? enumNames(sub) : null,
    length: kind === 'bytes' ? LENGTHS.get(field.name) ?? 0 : 0,
  };
}

function emptyOf(field) {
  if (field.repeated) {
    return EMPTY;
  }
  return field.kind === 'message' ? null : field.name === 'tag' ? 0n : DEFAULTS[field.kind] ?? 0;
}

/** Fields of a message by number and in the order of their numbers, and what it is when empty. */
export function tableOf(name) {
  let table = tables.get(name);
  if (!table) {
    const fields = root.lookupType(`samenbus.${name}`).fieldsArray.map(fieldOf).sort((a, b) => a.number - b.number);
    const empty = Object.fromEntries(fields.map((field) => [field.name, emptyOf(field)]));
    if (name === 'Body') {
      empty.type = null; // the name of its content
    }
    table = {
      name, fields, byNumber: Object.assign([], Object.fromEntries(fields.map((field) => [field.number, field]))),
      byName: new Map(fields.map((field) => [field.name, field])), empty,
    };
    tables.set(name, table);
  }
  return table;
}

/** Reads one message; a field that is absent has its default. Errors: Malformed. */
class Reader {
  constructor(bytes, check) {
    this.bytes = bytes;
    this.check = check; // called with (name, message) when a message has been read
    this.at = 0;
    this.fields = 0;
  }

  refuse(text) {
    throw new Malformed(`${text}, at byte ${this.at}`);
  }

  message(table, end, depth) {
    if (depth > DEPTH_MAX) {
      this.refuse('too deep');
    }
    const message = { ...table.empty };
    while (this.at < end) {
      this.field(table, message, end, depth);
    }
    this.check?.(table.name, message);
    return message;
  }

  field(table, message, end, depth) {
    const tag = this.short(end);
    const wire = tag & 7;
    const field = table.byNumber[tag >>> 3];
    if (tag >>> 3 === 0) {
      this.refuse('a field of number 0');
    }
    if (++this.fields > FIELDS_MAX && this.check === null) {
      this.refuse('too many fields');
    }
    if (!field) {
      this.skip(wire, end);
    } else if (field.wire === wire) {
      this.put(field, message, this.value(field, end, depth, message));
    } else if (field.repeated && wire === BYTES && field.wire !== BYTES) {
      this.packed(field, message, end);
    } else {
      this.refuse(`${table.name}.${field.name} of another wire type`);
    }
  }

  put(field, message, value) {
    if (!field.repeated) {
      message[field.name] = value;
    } else if (message[field.name] === EMPTY) {
      message[field.name] = [value];
    } else {
      message[field.name].push(value);
    }
  }

  packed(field, message, end) {
    const stop = this.stop(end);
    while (this.at < stop) {
      if (++this.fields > FIELDS_MAX && this.check === null) {
        this.refuse('too many fields');
      }
      this.put(field, message, this.value(field, stop, 0, message));
    }
  }

  value(field, end, depth, message) {
    switch (field.kind) {
      case 'message': return this.inner(field, end, depth, message);
      case 'string': return this.text(this.stop(end));
      case 'bytes': return this.octets(field, this.stop(end));
      case 'fixed64': return this.eight(end);
      case 'bool': return this.long(end) !== 0;
      case 'uint32': return this.limited(this.long(end), 0, 2 ** 32 - 1);
      case 'enum': return this.limited(this.signed(end), -(2 ** 31), 2 ** 31 - 1);
      case 'int64': return this.signed(end);
      default: return this.long(end);
    }
  }

  inner(field, end, depth, message) {
    if (!field.repeated && message[field.name] !== null) {
      this.refuse(`${field.name} stands there twice`);
    }
    if (field.oneof) {
      if (message.type !== null) {
        this.refuse('two contents');
      }
      message.type = field.name;
    }
    const stop = this.stop(end);
    field.table ??= tableOf(field.sub);
    return this.message(field.table, stop, depth + 1);
  }

  limited(value, least, most) {
    if (value < least || value > most) {
      this.refuse('a number of more than 32 bits');
    }
    return value;
  }

  text(stop) {
    const from = this.at;
    this.at = stop;
    if (stop - from <= SHORT_MAX && this.isPlain(from, stop)) {
      return this.bytes.latin1Slice(from, stop);
    }
    let text;
    try {
      text = utf8.decode(this.bytes.subarray(from, stop));
    } catch {
      this.refuse('a text that is not UTF-8');
    }
    if (text.includes('\0')) {
      this.refuse('NUL in a text');
    }
    return text;
  }

  /** Whether it is ASCII without NUL, as names and short texts are. */
  isPlain(from, stop) {
    for (let at = from; at < stop; at++) {
      if (this.bytes[at] > 0x7f || this.bytes[at] === 0) {
        return false;
      }
    }
    return true;
  }

  octets(field, stop) {
    const bytes = this.bytes.subarray(this.at, stop);
    if (field.length && bytes.length && bytes.length !== field.length) {
      this.refuse(`${field.name} has ${bytes.length} bytes`);
    }
    this.at = stop;
    return bytes;
  }

  /** The end of what a length announces. */
  stop(end) {
    const length = this.short(end);
    if (length > end - this.at) {
      this.refuse('cut short');
    }
    return this.at + length;
  }

  /** A tag or a length. */
  short(end) {
    const first = this.at;
    const value = this.long(end);
    if (this.at - first > 5 || value > 2 ** 32 - 1) {
      this.refuse('too long a tag or length');
    }
    return value;
  }

  /** A varint: a number, or a BigInt where a number is not exact. */
  long(end) {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 7; i++) {
      const byte = this.byte(end);
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        return value;
      }
      factor *= 128;
    }
    let big = BigInt(value);
    for (let shift = 49n; shift < 70n; shift += 7n) {
      const byte = this.byte(end);
      big |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        return big >> 64n ? this.refuse('a number of more than 64 bits') : toNumber(big);
      }
    }
    return this.refuse('too long a number');
  }

  signed(end) {
    const value = this.long(end);
    return typeof value === 'bigint' ? toNumber(BigInt.asIntN(64, value)) : value;
  }

  byte(end) {
    if (this.at >= end) {
      this.refuse('cut short');
    }
    return this.bytes[this.at++];
  }

  eight(end) {
    this.jump(8, end);
    return this.bytes.readBigUInt64LE(this.at - 8);
  }

  jump(count, end) {
    if (count > end - this.at) {
      this.refuse('cut short');
    }
    this.at += count;
  }

  skip(wire, end) {
    switch (wire) {
      case VARINT: return this.long(end);
      case EIGHT: return this.jump(8, end);
      case FOUR: return this.jump(4, end);
      case BYTES: return this.jump(this.short(end), end);
      default: return this.refuse('a group, or an unknown wire type');
    }
  }
}

/** A message of the wire; `check` sees every message in it as soon as it has been read. */
export function readMessage(name, bytes, check) {
  return new Reader(bytes, check).message(tableOf(name), bytes.length, 1);
}

/** A Body or what is like one: without the rules of §2.5, with the limit on fields. */
export function readBody(name, bytes) {
  return new Reader(bytes, null).message(tableOf(name), bytes.length, 1);
}
