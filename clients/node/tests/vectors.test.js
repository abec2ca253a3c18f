// The vectors of the protocol, in SAMENBUS_ROOT/proto/vectors: encode, decode, hash, verify, refuse.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { Cursor } from '../lib/index.js';
import { contentOf, submissionOf, toJson } from '../lib/contents.js';
import { publicOf, z85Decode, z85Encode } from '../lib/curve.js';
import { verifyLines } from '../lib/export.js';
import { MESSAGES, readFrame, writeFrame } from '../lib/frames.js';
import {
  certificateSigned, checkpointSigned, decodeCheckpoint, decodeLink, verifyCertificate, verifyCheckpoint,
} from '../lib/link.js';
import { proofLines } from '../lib/proof.js';
import { readBody, tableOf } from '../lib/schema.js';
import { verifySegment, verifyStart } from '../lib/segment.js';
import * as words from '../lib/words.js';

const ROOT = process.env.SAMENBUS_ROOT ?? new URL('../../..', import.meta.url).pathname;
const hex = (text) => Buffer.from(text, 'hex');
const tagOf = (text) => BigInt(`0x${text}`);
const load = (name) => JSON.parse(readFileSync(`${ROOT}/proto/vectors/${name}.json`, 'utf8'));
const KINDS = ['', 'system', 'open', 'restricted'];

// What a client has no part in: submissions are checked, and chains and frontiers kept, by daemons;
// what events mean, and proofs of it, are for who shows views. C and Python run these.
const NOT_OURS = ['cursors/chains', 'decision-proofs/proofs', 'possessions/statements', 'possessions/refused', 'rekeys/announcements', 'rekeys/refused', 'forms/dates', 'forms/localTimes', 'forms/times', 'frontier/lists', 'frontier/rests', 'frontier/steps',
  'rules-agenda/items', 'rules-dates/days', 'rules-dates/reminders', 'rules-dates/weeks', 'rules-decision/decisions',
  'rules-notification/notifications'];
const ran = [];

/** One test for each list of a file; a case that fails is named. */
function cases(file, list, run) {
  ran.push(`${file}/${list}`);
  test(`${file}: ${list}`, () => {
    const all = load(file)[list];
    assert.ok(all.length > 0);
    for (const one of all) {
      try {
        run(one);
      } catch (error) {
        error.message = `${one.name}: ${error.message}`;
        throw error;
      }
    }
  });
}

/** What a function throws, by its fault or code; null where it throws nothing. */
function faultOf(run) {
  try {
    run();
    return null;
  } catch (error) {
    assert.ok(error.fault || error.code, error.stack);
    return error.fault ?? error.code;
  }
}

cases('keys', 'sign', (one) => {
  const der = Buffer.concat([hex('302e020100300506032b657004220420'), hex(one.seed)]);
  const key = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  assert.equal(key.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex'), one.public);
  assert.equal(hex(one.public).toString('base64'), one.base64);
});
cases('keys', 'curve', (one) => {
  assert.equal(z85Encode(hex(one.public)), one.z85);
  assert.equal(z85Decode(one.z85).toString('hex'), one.public);
  assert.equal(publicOf(z85Encode(hex(one.secret))), one.z85);
});
cases('keys', 'partnerships', (one) => assert.equal(words.partnershipHash(one.name).toString('hex'), one.hash));

cases('forms', 'uuids', (one) => {
  assert.equal(words.uuidBytes(one.name).toString('hex'), one.bytes);
  assert.equal(words.uuidText(hex(one.bytes)), one.name.toLowerCase());
});
cases('forms', 'uuidv7', (one) =>
  assert.equal(words.uuidOf(one.timeMs, hex(one.random)).toString('hex'), one.bytes));
cases('forms', 'organisations', (one) => assert.equal(words.isOrg(one.name), one.valid));
cases('forms', 'references', (one) => assert.equal(words.isReference(one.name), one.valid));
cases('forms', 'epochs', (one) => {
  assert.equal(words.epochText(one.counter, tagOf(one.tag), one.digits), one.name);
  const { counter, tag, digits } = words.readEpoch(one.name);
  assert.deepEqual([counter, words.tagText(tag, digits), digits], [one.counter, one.tag.slice(0, digits), one.digits]);
});
cases('forms', 'topics', (one) =>
  assert.equal(words.isTopic(one.name) ? one.name.split('/')[0] : null, one.class ?? null));
cases('forms', 'prefixes', (one) => assert.equal(words.prefixMatches(one.prefix, one.name), one.matches));

cases('bodies', 'bodies', (one) => {
  assert.equal(words.commitment(hex(one.salt), hex(one.body)).toString('hex'), one.commitment);
  const { topic, timeMs, publisher, type } = contentOf(hex(one.body));
  assert.deepEqual({ topic, timeMs, publisher, type }, one.head);
});
cases('bodies', 'sealed', (one) => {
  const { timeMs, publisher, ...rest } = readBody('Body', hex(one.body));
  assert.deepEqual([timeMs, publisher], [Number(one.timeMs), one.publisher]);
  assert.deepEqual({ ...rest, timeMs: 0, publisher: '' }, readBody('Body', hex(one.submission)));
});
cases('bodies', 'malformed', (one) => assert.equal(faultOf(() => readBody('Body', hex(one.body))), 'malformed'));

cases('links', 'links', (one) => {
  const link = decodeLink(hex(one.bytes));
  assert.deepEqual({
    partnership: link.partnership.toString('hex'), origin: link.origin, counter: link.counter,
    tag: words.tagText(link.tag), seq: link.seq, prev: link.prev.toString('hex'), kind: KINDS[link.kind], id: link.id,
    audience: [...link.audience], bodyLength: link.bodyLength, commitment: link.commitment.toString('hex'),
    hash: link.hash.toString('hex'), entitled: ['GM0384', 'GM0437', 'GM0451'].filter((org) => link.entitles(org)),
  }, Object.fromEntries(Object.entries(one).filter(([name]) => name !== 'name' && name !== 'bytes')));
});
cases('links', 'refused', (one) => assert.equal(faultOf(() => decodeLink(hex(one.bytes))), one.fault));

cases('epochs', 'epochs', (one) => {
  assert.equal(words.tagText(words.epochTag(hex(one.body))), one.bodyTag);
  const link = decodeLink(hex(one.link));
  const start = () => verifyStart(link, hex(one.body), hex(one.pinned));
  assert.equal(faultOf(start), one.fault);
  if (!one.fault) {
    assert.deepEqual([start().counter, start().signKey.toString('hex'), start().parents.length],
      [one.counter, one.signKey, one.parents]);
  }
});

cases('checkpoints', 'checkpoints', (one) => {
  const place = [hex(one.partnership), one.origin, one.counter, tagOf(one.tag)];
  const { seq, hash, timeMs, signature, bytes } = decodeCheckpoint(hex(one.bytes));
  assert.deepEqual([seq, hash.toString('hex'), timeMs, signature.toString('hex')],
    [one.seq, one.hash, one.timeMs, one.signature]);
  assert.equal(checkpointSigned(...place, bytes).toString('hex'), one.signed);
  assert.equal(verifyCheckpoint(bytes, ...place, hex(one.key)), one.valid);
});

cases('certificates', 'certificates', (one) => {
  const [oldKey, newKey] = [hex(one.oldKey), hex(one.newKey)];
  const [oldSignature, newSignature] = [hex(one.oldSignature), hex(one.newSignature)];
  const signed = certificateSigned(hex(one.partnership), one.origin, oldKey, newKey, one.timeMs);
  assert.equal(signed.toString('hex'), one.signed);
  const message = { origin: one.origin, oldKey, newKey, timeMs: one.timeMs, oldSignature, newSignature };
  assert.equal(verifyCertificate(message, hex(one.partnership)), one.valid);
});

cases('frames', 'frames', (one) => {
  const frame = readFrame(hex(one.frame));
  assert.deepEqual([frame.type, MESSAGES[frame.type][0], frame.request], [one.message, one.type, one.request]);
  assert.deepEqual(toJson(tableOf(MESSAGES[frame.type][1]), frame.fields), one.fields);
  const again = readFrame(writeFrame(frame.type, frame.request, frame.fields));
  assert.deepEqual(again.fields, frame.fields);
});
// Whatever the bytes are, they are read or refused, and nothing else happens.
cases('frames', 'frames', (one) => {
  const frame = hex(one.frame);
  for (let at = 8; at < frame.length; at++) {
    for (const bits of [1 << (at % 8), 0xff]) {
      const other = Buffer.from(frame);
      other[at] ^= bits;
      const fault = faultOf(() => readFrame(other));
      assert.ok([null, 'malformed', 'too_large', 'bad_link', 'bad_checkpoint'].includes(fault), fault);
    }
    faultOf(() => readFrame(frame.subarray(0, at)));
  }
});
cases('frames', 'refused', (one) => assert.equal(faultOf(() => readFrame(hex(one.frame))), one.code));

cases('segments', 'segments', (one) => {
  const items = one.items.map((item) => ({
    at: linkOrNull(hex(item.link)), salt: hex(item.salt ?? ''), body: hex(item.body ?? ''),
  }));
  const events = { origin: one.origin, counter: one.counter, tag: tagOf(one.tag), items,
    checkpoints: one.checkpoints.map(hex) };
  let found = { code: null, seq: 0 };
  try {
    verifySegment(events, words.partnershipHash('duoplus'), hex(one.pinned), one.key && hex(one.key), true,
      one.promised && hex(one.promised));
  } catch (error) {
    found = error;
  }
  assert.deepEqual([found.code, found.seq], [one.fault, one.at]);
});

function linkOrNull(bytes) {
  try {
    return decodeLink(bytes);
  } catch {
    return null;
  }
}

cases('cursors', 'cursors', (one) => {
  const cursor = new Cursor();
  one.tips.forEach((tip) => cursor.advance({ ...tip, tag: tagOf(tip.tag), hash: hex(tip.hash) }));
  const again = Cursor.read(cursor.text());
  assert.equal(again.text(), cursor.text());
  assert.equal(again.tips.size, new Set(one.tips.map((tip) => `${tip.origin} ${tip.counter} ${tip.tag}`)).size);
});

cases('exports', 'exports', (one) => assert.deepEqual(verifyLines([hex(one.file)]), one.lines));

cases('proofs', 'proofs', (one) => {
  const known = one.organisation && one.key ? { origin: one.organisation, key: hex(one.key) } : null;
  assert.deepEqual(proofLines(hex(one.file), known), one.lines);
});

// What is taken is what the client makes of the same fields; what is no protobuf it cannot read either.
cases('submissions', 'submissions', (one) => {
  if (one.code !== 'ok') {
    assert.ok(one.code !== 'malformed' || /is not known/.test(one.text) || faultOf(() => readBody('Body', hex(one.submission))));
    return;
  }
  const body = readBody('Body', hex(one.submission));
  const content = toJson(tableOf(tableOf('Body').fields.find((field) => field.name === body.type).sub), body[body.type]);
  const made = submissionOf({ topic: body.topic, references: [...body.references], [body.type]: content }).item.body;
  assert.deepEqual(readBody('Body', made), body);
});

test('every list of the vectors is run, or is not a client\'s', () => {
  const all = readdirSync(`${ROOT}/proto/vectors`).flatMap((name) => {
    const file = name.replace(/\.json$/, '');
    return Object.keys(load(file)).filter((list) => list !== 'about').map((list) => `${file}/${list}`);
  });
  assert.deepEqual([...new Set(ran), ...NOT_OURS].sort(), all.sort());
});
