// The link and the checkpoint: the two layouts that are not protobuf (PROTOCOL §3, §5.4). Decides
// what is lawful in itself, not whether it follows what came before.
import { Malformed, isOrg, linkHash, toNumber, uuidText, verifySignature } from './words.js';

export const SYSTEM = 1;
export const OPEN = 2;
export const RESTRICTED = 3;
const AUDIENCE_MAX = 64;
const BODY_MAX = 65536;
const NOBODY = Object.freeze([]);
const CHECKPOINT = Buffer.from('samenbus/checkpoint/1');
const CERTIFICATE = Buffer.from('samenbus/certificate/1');

function lawful(condition, text) {
  if (!condition) {
    throw new Malformed(text, 'bad_link');
  }
}

/** One link as it was received; made by decodeLink alone. */
export class Link {
  constructor(bytes) {
    this.bytes = bytes;
    this.partnership = bytes.subarray(1, 33);
    const end = 34 + bytes[33];
    this.origin = bytes.latin1Slice(34, end);
    this.counter = bytes.readUInt32BE(end);
    this.tag = bytes.readBigUInt64BE(end + 4);
    this.seq = toNumber(bytes.readBigUInt64BE(end + 12));
    this.prev = bytes.subarray(end + 20, end + 52);
    this.kind = bytes[end + 52];
    this.audience = NOBODY;
    this.bodyLength = bytes.readUInt32BE(bytes.length - 36);
    this.commitment = bytes.subarray(bytes.length - 32);
    this.end = end;
    this.known = null;
  }

  get id() {
    return uuidText(this.bytes.subarray(this.end + 53, this.end + 69));
  }

  get hash() {
    this.known ??= linkHash(this.bytes);
    return this.known;
  }

  /** The epoch as a key of maps: origin, counter and tag. */
  get place() {
    return this.bytes.latin1Slice(34, this.end + 12);
  }

  entitles(org) {
    return this.audience.length === 0 || org === this.origin || this.audience.includes(org);
  }
}

/** The link in these bytes. Errors: Malformed with `bad_link`. */
export function decodeLink(bytes) {
  const length = bytes[33];
  lawful(bytes.length >= 142 && bytes[0] === 1, 'no link of version 1');
  lawful(length >= 2 && length <= 32 && bytes.length >= 140 + length, 'an origin of another length');
  const count = bytes[103 + length];
  lawful(count <= AUDIENCE_MAX, 'too many organisations');
  const [audience, end] = count ? readAudience(bytes, 104 + length, count) : [NOBODY, 104 + length];
  lawful(bytes.length === end + 36, 'bytes are missing or left over');
  const link = new Link(bytes);
  link.audience = audience;
  lawful(isOrg(link.origin), 'the origin is no organisation id');
  lawful(link.counter >= 1 && link.seq >= 1, 'counter and seq begin at 1');
  lawful((link.seq === 1) === link.prev.every((byte) => byte === 0), 'prev is none exactly at seq 1');
  lawful(link.kind >= SYSTEM && link.kind <= RESTRICTED, 'an unknown kind');
  lawful((link.kind === RESTRICTED) === (count > 0), 'an audience exactly where it is restricted');
  lawful(link.bodyLength <= BODY_MAX, 'too long a body');
  return link;
}

function readAudience(bytes, start, count) {
  const audience = [];
  let at = start;
  for (let i = 0; i < count; i++) {
    const end = at + 1 + bytes[at];
    lawful(end <= bytes.length, 'bytes are missing');
    const org = bytes.latin1Slice(at + 1, end);
    lawful(isOrg(org), 'no organisation id in the audience');
    lawful(i === 0 || org > audience[i - 1], 'the audience is not strictly ascending');
    audience.push(org);
    at = end;
  }
  return [audience, at];
}

// ---------------------------------------------------------------- checkpoints and certificates

/** The fields of 112 bytes; their signature is not looked at. */
export function decodeCheckpoint(bytes) {
  if (bytes.length !== 112) {
    throw new Malformed('a checkpoint has 112 bytes', 'bad_checkpoint');
  }
  return {
    seq: toNumber(bytes.readBigUInt64BE(0)), hash: bytes.subarray(8, 40),
    timeMs: toNumber(bytes.readBigInt64BE(40)), signature: bytes.subarray(48), bytes,
  };
}

function head(domain, partnership, origin) {
  const org = Buffer.from(origin, 'latin1');
  return Buffer.concat([domain, partnership, Buffer.from([org.length]), org]);
}

/** The bytes that a checkpoint signs. */
export function checkpointSigned(partnership, origin, counter, tag, bytes) {
  const epoch = Buffer.alloc(12);
  epoch.writeUInt32BE(counter, 0);
  epoch.writeBigUInt64BE(tag, 4);
  return Buffer.concat([head(CHECKPOINT, partnership, origin), epoch, bytes.subarray(0, 48)]);
}

/** Whether the key signed that checkpoint of that epoch. */
export function verifyCheckpoint(bytes, partnership, origin, counter, tag, key) {
  return !bytes.subarray(0, 8).every((byte) => byte === 0) // there is no seq 0
    && verifySignature(key, checkpointSigned(partnership, origin, counter, tag, bytes), bytes.subarray(48));
}

/** The bytes that both keys of a certificate sign. */
export function certificateSigned(partnership, origin, oldKey, newKey, timeMs) {
  const time = Buffer.alloc(8);
  time.writeBigInt64BE(BigInt(timeMs));
  return Buffer.concat([head(CERTIFICATE, partnership, origin), oldKey, newKey, time]);
}

/** Whether both signatures of a KeyCertificate message are valid. */
export function verifyCertificate(certificate, partnership) {
  const { origin, oldKey, newKey, timeMs } = certificate;
  const signed = certificateSigned(partnership, origin, oldKey, newKey, timeMs);
  return verifySignature(oldKey, signed, certificate.oldSignature)
    && verifySignature(newKey, signed, certificate.newSignature);
}
