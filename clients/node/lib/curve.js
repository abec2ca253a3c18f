// Connection keys: Z85 (ZeroMQ RFC 32) and the public half of a secret (PROTOCOL §9.1).
import { createPrivateKey, createPublicKey } from 'node:crypto';

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';
const PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** The bytes of a text of Z85; null where it is none. */
export function z85Decode(text) {
  const bytes = Buffer.alloc((text.length / 5) * 4);
  for (let at = 0; at < text.length; at += 5) {
    let value = 0;
    for (const digit of text.slice(at, at + 5)) {
      value = DIGITS.includes(digit) ? value * 85 + DIGITS.indexOf(digit) : NaN;
    }
    if (!(value < 2 ** 32)) {
      return null;
    }
    bytes.writeUInt32BE(value, (at / 5) * 4);
  }
  return bytes;
}

export function z85Encode(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length; at += 4) {
    let value = bytes.readUInt32BE(at);
    let group = '';
    for (let i = 0; i < 5; i++) {
      group = DIGITS[value % 85] + group;
      value = Math.floor(value / 85);
    }
    text += group;
  }
  return text;
}

/** The public key of a secret one, both in Z85. */
export function publicOf(secret) {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, z85Decode(secret)]), format: 'der', type: 'pkcs8' });
  return z85Encode(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32));
}
