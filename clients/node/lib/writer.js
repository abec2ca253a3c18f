// Writes messages of samenbus.proto. From the last byte to the first, for then the length of what is
// inside is known when it has to be written, and everything is written once.
import { tableOf } from './schema.js';

const EIGHT = 1;
const BYTES = 2;
let space = Buffer.allocUnsafe(256 * 1024);
let at = 0; // of the first byte written so far

/** The bytes of a message whose absent and default fields are left out; `before`: bytes to leave in front. */
export function writeMessage(name, fields, before = 0) {
  at = space.length;
  message(tableOf(name), fields);
  const bytes = Buffer.allocUnsafe(before + space.length - at);
  space.copy(bytes, before, at);
  return bytes;
}

/** Makes room for so many bytes in front of what there is. */
function reserve(count) {
  if (at < count) {
    const used = space.length - at;
    const larger = Buffer.allocUnsafe(2 * (space.length + count));
    space.copy(larger, larger.length - used, at);
    at = larger.length - used;
    space = larger;
  }
}

function message(table, fields) {
  for (let i = table.fields.length - 1; i >= 0; i--) {
    const field = table.fields[i];
    const value = fields[field.name];
    if (value === undefined || value === null) {
      continue;
    }
    if (!field.repeated) {
      if (!isEmpty(value)) {
        one(field, value);
      }
    } else if (field.wire === BYTES) {
      for (let j = value.length - 1; j >= 0; j--) {
        one(field, value[j]);
      }
    } else if (value.length) {
      packed(field, value);
    }
  }
}

const isEmpty = (value) => value === 0 || value === 0n || value === '' || value === false || value.length === 0;

function one(field, value) {
  if (field.wire === BYTES) {
    const end = space.length - at; // the space may be exchanged meanwhile
    inside(field, value);
    varint(space.length - at - end);
  } else if (field.wire === EIGHT) {
    eight(value);
  } else {
    varint(value);
  }
  varint(field.number * 8 + field.wire);
}

function inside(field, value) {
  if (field.kind === 'message') {
    field.table ??= tableOf(field.sub);
    message(field.table, value);
  } else if (field.kind === 'string') {
    const length = Buffer.byteLength(value);
    reserve(length);
    at -= length;
    space.utf8Write(value, at, length);
  } else {
    reserve(value.length);
    at -= value.length;
    space.set(value, at);
  }
}

function packed(field, list) {
  const end = space.length - at;
  for (let i = list.length - 1; i >= 0; i--) {
    varint(list[i]);
  }
  varint(space.length - at - end);
  varint(field.number * 8 + BYTES);
}

function eight(value) {
  reserve(8);
  at -= 8;
  space.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), at);
}

/** A number, true, or a BigInt; negative ones in two's complement of 64 bits. */
function varint(value) {
  reserve(10);
  if (value < 128 && value >= 0) {
    space[--at] = Number(value);
  } else if (typeof value === 'bigint' || value < 0) {
    long(BigInt.asUintN(64, BigInt(value)));
  } else {
    short(value);
  }
}

function short(value) {
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) {
    length += 1;
  }
  at -= length;
  let rest = value;
  for (let i = 0; i < length - 1; i++) {
    space[at + i] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  space[at + length - 1] = rest;
}

function long(value) {
  const bytes = [];
  for (let rest = value; rest > 0n || !bytes.length; rest >>= 7n) {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
  }
  at -= bytes.length;
  space.set(bytes, at);
}
