// Ids, epochs, keys and hashes in their primitive forms (PROTOCOL §1, §4.3). Knows no message and no
// connection.
import * as crypto from 'node:crypto';

const ORG = /^[A-Z0-9-]{2,32}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const EPOCH = /^([1-9][0-9]{0,9})-([0-9a-f]{8,16})$/;
const TOPIC = /^(agenda|decision|notification|custom)(\/[a-z0-9-]+){1,7}$/;
const U32_MAX = 2 ** 32 - 1;
export const U64_MAX = 2n ** 64n - 1n;
export const NO_HASH = Buffer.alloc(32);

/** What the other side sent cannot be read; `fault` is its name in PROTOCOL §10.1 where it has one. */
export class Malformed extends Error {
  constructor(text, fault = 'malformed') {
    super(text);
    this.fault = fault;
  }
}

// ---------------------------------------------------------------- ids

export const isOrg = (text) => typeof text === 'string' && ORG.test(text);
export const isUuid = (text) => typeof text === 'string' && UUID.test(text) && !/^[0-]+$/.test(text);
export const isTopic = (text) => Buffer.byteLength(text) <= 200 && TOPIC.test(text);

export function isReference(text) {
  const slash = text.indexOf('/');
  return slash > 0 && isOrg(text.slice(0, slash)) && isUuid(text.slice(slash + 1));
}

export const uuidBytes = (text) => Buffer.from(text.replaceAll('-', ''), 'hex');

export function uuidText(bytes) {
  const hex = bytes.hexSlice(0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The bytes of a UUIDv7 of that time and ten random bytes. */
export function uuidOf(timeMs, random) {
  const bytes = Buffer.allocUnsafe(16);
  bytes.writeUIntBE(timeMs, 0, 6);
  bytes.set(random, 6);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes;
}

const RANDOM = 10; // bytes of an id
let pool = crypto.randomBytes(400 * RANDOM); // asked for together, which is cheaper
let drawn = 0;

export function newIdBytes() {
  if (drawn === pool.length) {
    pool = crypto.randomBytes(pool.length);
    drawn = 0;
  }
  drawn += RANDOM;
  return uuidOf(Date.now(), pool.subarray(drawn - RANDOM, drawn));
}

/** An id for a new event, item, decision or notification. */
export const newId = () => uuidText(newIdBytes());

/** Whether a prefix of a subscription or a right lets a topic pass (PROTOCOL §12.1). */
export const prefixMatches = (prefix, topic) =>
  (prefix.endsWith('/') ? topic.startsWith(prefix) : topic === prefix);

// ---------------------------------------------------------------- numbers

/** A number where it is exact, a BigInt above that. */
export const toNumber = (big) => (big <= 0x1fffffffffffffn && big >= -0x1fffffffffffffn ? Number(big) : big);

export const tagText = (tag, digits = 16) => tag.toString(16).padStart(16, '0').slice(0, digits);
export const epochText = (counter, tag, digits = 8) => `${counter}-${tagText(tag, digits)}`;

/** {counter, tag, digits} of an epoch's text; the digits that are missing are 0. Null: it is none. */
export function readEpoch(text) {
  const found = EPOCH.exec(text);
  if (!found || Number(found[1]) > U32_MAX) {
    return null;
  }
  return { counter: Number(found[1]), tag: BigInt(`0x${found[2].padEnd(16, '0')}`), digits: found[2].length };
}

/** The order of epochs and of what is in them: by counter, tag, seq. */
export const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

export const timeText = (ms) => new Date(Number(ms)).toISOString();

// ---------------------------------------------------------------- hashes and signatures

const scratch = Buffer.alloc(72 * 1024);
const oneShot = crypto.hash; // since node 20.12

/** SHA-256 over the parts, one behind the other. */
export function sha256(...parts) {
  let size = 0;
  for (const part of parts) {
    size += part.length;
  }
  if (!oneShot || size > scratch.length) {
    const hash = crypto.createHash('sha256');
    parts.forEach((part) => hash.update(part));
    return hash.digest();
  }
  let at = 0;
  for (const part of parts) {
    scratch.set(part, at);
    at += part.length;
  }
  return oneShot('sha256', scratch.subarray(0, size), 'buffer');
}

const LINK = Buffer.from('samenbus/link/1');
const BODY = Buffer.from('samenbus/body/1');
const EPOCH_TAG = Buffer.from('samenbus/epoch/1');
const PARTNERSHIP = Buffer.from('samenbus/partnership/1');

export const linkHash = (link) => sha256(LINK, link);
export const commitment = (salt, body) => sha256(BODY, salt, body);
export const epochTag = (body) => sha256(EPOCH_TAG, body).readBigUInt64BE(0);
export const partnershipHash = (name) => sha256(PARTNERSHIP, Buffer.from(name));

// Points whose order divides 8: whoever has one as a key signs everything (PROTOCOL §1.3).
const SMALL_ORDER = new Set([
  `00${'00'.repeat(30)}00`, `01${'00'.repeat(30)}00`, `ec${'ff'.repeat(30)}7f`, `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`, '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
]);
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const KEYS_MAX = 1000;
const keys = new Map(); // by hexadecimal digits; null: not to be trusted

function isSmall(point) {
  const positive = Buffer.from(point);
  positive[31] &= 0x7f;
  return SMALL_ORDER.has(positive.toString('hex'));
}

function keyOf(bytes) {
  const name = bytes.toString('hex');
  let key = keys.get(name);
  if (key === undefined) {
    key = isSmall(bytes) ? null
      : crypto.createPublicKey({ key: Buffer.concat([SPKI, bytes]), format: 'der', type: 'spki' });
    if (keys.size >= KEYS_MAX) {
      keys.clear();
    }
    keys.set(name, key);
  }
  return key;
}

/** Whether that key has signed these bytes. */
export function verifySignature(key, signed, signature) {
  const known = keyOf(key);
  return known !== null && !isSmall(signature.subarray(0, 32)) && crypto.verify(null, signed, known, signature);
}
