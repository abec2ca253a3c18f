// A daemon in JavaScript that serves one organisation's history, and lies where a test says so. It
// speaks the client's half of the protocol (PROTOCOL §8), with keys of its own.
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Router, curveKeyPair } from 'zeromq';
import { readFrame, writeFrame } from '../lib/frames.js';
import { checkpointSigned } from '../lib/link.js';
import { writeMessage } from '../lib/writer.js';
import { NO_HASH, commitment, epochTag, epochText, linkHash, partnershipHash } from '../lib/words.js';

export const ORIGIN = 'GM9001';
const PARTNERSHIP = 'liars';

/** An ed25519 pair; `raw` are the 32 bytes of the public key. */
export function signingKey() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { raw: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32), privateKey };
}

const u32 = (value) => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value].map((byte) => byte & 0xff));

function u64(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

/** One epoch of the liar's organisation, honest as it is made. */
export class History {
  constructor(topics, key = signingKey()) {
    this.key = key;
    this.partnership = partnershipHash(PARTNERSHIP);
    const bodies = topics.map((topic, at) => ({ salt: randomBytes(32), body: writeMessage('Body', {
      topic, timeMs: 1n, custom: { contentType: 'text/plain', data: Buffer.from(`${at}`) } }) }));
    const firstCommitment = commitment(bodies[0].salt, bodies[0].body);
    const start = { salt: randomBytes(32), body: writeMessage('Body', { timeMs: 1n, epochStart: {
      counter: 1, nonce: randomBytes(32), signKey: key.raw, firstCommitment } }) };
    this.tag = epochTag(start.body);
    this.items = [];
    for (const { salt, body } of [start, ...bodies]) {
      this.items.push({ link: this.link(salt, body), salt, body });
    }
  }

  link(salt, body, partnership = this.partnership) {
    const seq = this.items.length + 1;
    const prev = seq === 1 ? NO_HASH : linkHash(this.items.at(-1).link);
    return Buffer.concat([Buffer.from([1]), partnership, Buffer.from([ORIGIN.length]), Buffer.from(ORIGIN), u32(1),
      u64(this.tag), u64(seq), prev, Buffer.from([seq === 1 ? 1 : 2]), randomBytes(16), Buffer.from([0]),
      u32(body.length), commitment(salt, body)]);
  }

  checkpoint(seq, key = this.key.privateKey) {
    const bytes = Buffer.concat([u64(seq), linkHash(this.items[seq - 1].link), u64(1)]);
    return Buffer.concat([bytes, sign(null, checkpointSigned(this.partnership, ORIGIN, 1, this.tag, bytes), key)]);
  }

  delivered() {
    return this.items.map((item, at) => ({ ...item, offset: BigInt(at + 1), state: 1, checkpointMs: 1n,
      epoch: epochText(1, this.tag) }));
  }

  /** One more event; `isSystem`: of the daemon itself. */
  add(fields, isSystem = false) {
    const salt = randomBytes(32);
    const body = writeMessage('Body', { timeMs: 1n, ...fields });
    const link = this.link(salt, body);
    link[86 + ORIGIN.length] = isSystem ? 1 : 2;
    this.items.push({ link, salt, body });
  }

  page(seq) {
    const items = this.items.slice(seq - 1);
    const events = { origin: ORIGIN, counter: 1, tag: this.tag, items, checkpoints: [this.checkpoint(this.items.length)] };
    return { events, counter: 1, tag: this.tag, seq: BigInt(this.items.length + 1), signKey: this.key.raw };
  }
}

const honest = (message) => message;

/** Serves a History until it is stopped; tests set `deliver`, `page`, `results`, `status` and others to lie. */
export class Liar {
  constructor(history) {
    this.history = history;
    this.folder = mkdtempSync(join(tmpdir(), 'samenbus-'));
    this.deliver = honest;
    this.page = honest;
    this.results = (publish) => ({ origin: ORIGIN, items: publish.items.map((_, index) => ({ index, epoch: '1-00000000', seq: 2n })) });
    this.status = { organisation: ORIGIN, partnership: PARTNERSHIP, storeId: 'aa', state: 'ready' };
    this.version = 1;
    this.extra = null; // a frame to send before each answer
    this.subscribes = [];
    this.publishes = [];
    this.keys = curveKeyPair();
    this.endpoint = `ipc://${this.folder}/service`;
    this.config = join(this.folder, 'client.yaml');
    writeFileSync(join(this.folder, 'x.key'), `# secret\nsamenbus-curve-key-1 ${curveKeyPair().secretKey}\n`);
    writeFileSync(this.config, `organisation: ${ORIGIN}\npublish: ${this.endpoint}\nservice: ${this.endpoint}\n`
      + `server_key: "${this.keys.publicKey}"\ncurve_key: x.key\n`);
  }

  pin(key) {
    writeFileSync(join(this.folder, 'partners.yaml'),
      `partnership: ${PARTNERSHIP}\npartners:\n  - {id: ${ORIGIN}, sign_key: "${key.raw.toString('base64')}"}\n`);
  }

  async start() {
    this.socket = new Router({ linger: 0, curveServer: true, curveSecretKey: this.keys.secretKey });
    await this.socket.bind(this.endpoint);
    this.serving = this.serve(this.socket);
    return this;
  }

  async stop() {
    this.socket.close();
    await this.serving;
  }

  async end() {
    await this.stop();
    rmSync(this.folder, { recursive: true });
  }

  async serve(socket) {
    for await (const [peer, raw] of socket) {
      const { type, request, fields } = readFrame(raw);
      for (const [answer, message] of this.answers(type, fields)) {
        const frame = writeFrame(answer, request, message);
        frame[2] = this.version;
        if (this.extra) {
          await socket.send([peer, this.extra]);
        }
        await socket.send([peer, frame]);
      }
    }
  }

  answers(type, fields) {
    switch (type) {
      case 'QUERY': return [['ANSWER', { status: this.status }]];
      case 'SUBSCRIBE': return this.stream(fields);
      case 'FETCH': return [this.fetched(fields)].filter(Boolean);
      case 'PUBLISH': return this.published(fields);
      default: return [];
    }
  }

  stream(fields) {
    this.subscribes.push(fields);
    const from = Math.max(Number(fields.fromOffset), ...fields.cursor.map((tip) => tip.seq + 1), 1);
    const items = this.history.delivered().slice(from - 1);
    const position = BigInt(this.history.items.length + 1);
    const deliver = this.deliver({ subscription: fields.subscription, items, position, end: !fields.follow });
    return items.length || !fields.follow ? [['DELIVER', deliver]] : [];
  }

  fetched(fields) {
    const seq = fields.counter === 0 ? 1 : fields.seq; // the beginning
    const known = seq >= 1 && seq <= this.history.items.length && fields.branch === 0;
    const page = this.page(known ? this.history.page(seq) : { events: { origin: ORIGIN }, end: true, signKey: this.history.key.raw });
    return page && ['FETCHED', page];
  }

  published(fields) {
    this.publishes.push(fields);
    const answer = this.results(fields);
    return answer ? [[answer.code === undefined ? 'RESULTS' : 'REFUSAL', answer]] : [];
  }
}
