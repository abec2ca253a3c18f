// Configuration, cursors and drafts by themselves.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Client, Cursor, CursorFile, errors, findConfig, newId, readConfig, verifyLines, verifyProof } from '../lib/index.js';
import { stringify, submissionOf } from '../lib/contents.js';

const ROOT = process.env.SAMENBUS_ROOT ?? new URL('../../..', import.meta.url).pathname;
const SECRET = '0'.repeat(40);
const CLIENT = {
  organisation: 'GM0384', publish: 'ipc://p', service: 'tcp://127.0.0.1:7462', server_key: `"${SECRET}"`, curve_key: 'x.key',
};

function inFolder(work) {
  return (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'samenbus-'));
    t.after(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'x.key'), `samenbus-curve-key-1 ${SECRET}\n`);
    return work(folder);
  };
}

function write(folder, more = {}, name = 'client.yaml') {
  const path = join(folder, name);
  writeFileSync(path, Object.entries({ ...CLIENT, ...more }).map(([key, value]) => `${key}: ${value}\n`).join(''));
  return path;
}

test('client.yaml is read, with paths relative to it', inFolder((folder) => {
  const config = readConfig(write(folder));
  assert.deepEqual(config, {
    organisation: 'GM0384', publish: `ipc://${folder}/p`, service: CLIENT.service, serverKey: SECRET, nextServerKey: null, secretKey: SECRET,
    partnership: null, partners: null,
  });
}));

for (const [name, more, text] of [
  ['an unknown key', { servce: 'x' }, /unknown key `servce`/],
  ['no organisation', { organisation: 'gm' }, /gm is no organisation id/],
  ['another endpoint', { service: 'http://x' }, /neither tcp/],
  ['a short key', { server_key: 'abc' }, /40 characters/],
  ['a short next key', { next_server_key: 'abc' }, /next_server_key: not 40 characters/],
  ['no key file', { curve_key: 'y.key' }, /y\.key: the key cannot be read/],
  ['a pin that is no key', { partners: '[{id: GM0384, sign_key: abc}]' }, /GM0384: sign_key/],
  ['no mapping', { organisation: '[' }, /client\.yaml/],
]) {
  test(`client.yaml is refused: ${name}`, inFolder((folder) => {
    assert.throws(() => readConfig(write(folder, more)), (error) => error instanceof errors.ConfigError && text.test(error.message));
  }));
}

test('SAMENBUS_CONFIG counts where no file is named', inFolder((folder) => {
  const before = process.env.SAMENBUS_CONFIG;
  process.env.SAMENBUS_CONFIG = write(folder);
  try {
    assert.equal(findConfig(), join(folder, 'client.yaml'));
    assert.equal(readConfig().organisation, 'GM0384');
  } finally {
    process.env.SAMENBUS_CONFIG = before ?? '';
  }
}));

const tip = (seq, counter = 1, origin = 'GM0384') => ({ origin, counter, tag: 0xffn, seq, hash: Buffer.alloc(32, seq) });

test('a cursor only grows, and its text is sorted', () => {
  const cursor = new Cursor();
  [tip(1, 10), tip(5), tip(3), tip(1, 2), tip(1, 1, 'GM0001')].forEach((one) => cursor.advance(one));
  cursor.at = { storeId: 'abc', offset: 9 };
  const places = cursor.text().split('\n').slice(1, -1).map((line) => line.split(' ').slice(0, 4).join(' '));
  const tag = '00000000000000ff';
  assert.deepEqual(places, ['at abc 9', `tip GM0001 1-${tag} 1`, `tip GM0384 1-${tag} 5`, `tip GM0384 2-${tag} 1`,
    `tip GM0384 10-${tag} 1`]);
  assert.equal(Cursor.read(cursor.text()).text(), cursor.text());
});

test('a cursor holds 4,096 tips; the longest untouched goes', () => {
  const cursor = new Cursor();
  for (let counter = 1; counter <= 4097; counter++) {
    cursor.advance(tip(1, counter));
  }
  assert.equal(cursor.tips.size, 4096);
  assert.doesNotMatch(cursor.text(), /GM0384 1-/);
});

for (const text of ['', 'samenbus-cursor-1', 'samenbus-cursor-2\n', 'samenbus-cursor-1\ntip x\n',
  'samenbus-cursor-1\nat a 99999999999999999999\n']) {
  test(`no cursor: ${JSON.stringify(text)}`, () => assert.throws(() => Cursor.read(text), RangeError));
}

test('a cursor file is whole, and private', inFolder((folder) => {
  const path = join(folder, 'cursor');
  const cursor = new CursorFile(path);
  cursor.advance(tip(7));
  cursor.save();
  assert.equal(new CursorFile(path).text(), cursor.text());
  assert.equal(statSync(path).mode & 0o777, 0o600);
}));

const custom = { contentType: 'text/plain', data: 'eA==' };
for (const [name, draft, text] of [
  ['no content', { topic: 'custom/x' }, /exactly one of/],
  ['two contents', { topic: 'custom/x', custom, withdrawal: {} }, /exactly one of/],
  ['an unknown field', { topic: 'custom/x', custom: { ...custom, dta: '' } }, /custom\.dta/],
  ['a name twice', { topic: 'custom/x', custom: { ...custom, content_type: 'a/b' } }, /contentType: stands there twice/],
  ['an empty audience', { topic: 'custom/x', audience: [], custom }, /audience/],
  ['no base64', { topic: 'custom/x', custom: { ...custom, data: '*' } }, /custom\.data/],
  ['an unknown value', { topic: 'decision/x', closing: { decisionId: newId(), outcome: 'open-ish' } }, /closing\.outcome: one of open/],
  ['a time of its own', { topic: 'custom/x', timeMs: 1, custom }, /timeMs/],
]) {
  test(`a draft is refused: ${name}`, () => assert.throws(() => submissionOf(draft), (error) => {
    assert.match(error.message, text);
    return error instanceof errors.InvalidBody;
  }));
}

test('a draft that is too large', () => assert.throws(() => submissionOf(
  { topic: 'custom/x', custom: { contentType: 'a/b', data: Buffer.alloc(65423) } }), errors.TooLarge));

test('large numbers and dangerous characters in JSON', () => assert.equal(
  stringify({ a: 2n ** 64n - 1n, b: '\u202e\u0085', c: Buffer.from('x') }),
  '{"a":18446744073709551615,"b":"\\u202e\\u0085","c":"eA=="}'));

test('what has no shape is escaped in JSON and in errors (PROTOCOL §16.3)', () => {
  const ranges = readFileSync(join(ROOT, 'proto/PROTOCOL.md'), 'utf8').split('### 16.3')[1].split('Line feed')[0]
    .matchAll(/U\+([0-9A-F]+)(?:–([0-9A-F]+))?/g);
  const hostile = new Set();
  for (const [, from, to] of [...ranges].filter(([, from]) => from !== 'FFFF')) {
    for (let code = parseInt(from, 16); code <= parseInt(to ?? from, 16); code++) {
      hostile.add(code);
    }
  }
  assert.ok(hostile.size > 4000);
  const wrong = [];
  for (let code = 0x20; code <= 0x10ffff; code += code === 0xd7ff ? 0x801 : 1) {
    const text = [String.fromCodePoint(code)];
    if ((stringify(text) !== JSON.stringify(text)) !== hostile.has(code)) {
      wrong.push(code.toString(16));
    }
  }
  assert.deepEqual(wrong, []);
  assert.equal(stringify(['\u{e0041}\ufe0f']), '["\\udb40\\udc41\\ufe0f"]');
  assert.deepEqual(JSON.parse(stringify(['\u{e0041}\ufe0f'])), ['\u{e0041}\ufe0f']);
  const error = new errors.Trouble('a\u001b[31mb\n\u200b\u{e0041}', 'x');
  assert.match(error.message, /a\\x1b\[31mb\\x0a\\u\{200b\}\\u\{e0041\}$/);
});

test('an option that does not exist', inFolder(async (folder) => {
  const client = new Client(write(folder));
  assert.throws(() => client.subscribe([], { live_only: true }), /there is no option live_only/);
  await client.close();
}));

test('a proof that is damaged proves nothing', () => {
  const { proofs } = JSON.parse(readFileSync(`${ROOT}/proto/vectors/proofs.json`, 'utf8'));
  const proof = Buffer.from(proofs[0].file, 'hex');
  assert.equal(verifyProof(proof).fault, null);
  for (let at = 0; at < proof.length; at++) {
    const other = Buffer.from(proof);
    other[at] ^= 1 << (at % 8);
    assert.notEqual(verifyProof(other).fault, null, `byte ${at}`);
    assert.equal(verifyProof(proof.subarray(0, at)).fault?.code, 'bad_file');
  }
});

test('an export that is damaged is found out, and ends nothing else', () => {
  const { exports } = JSON.parse(readFileSync(`${ROOT}/proto/vectors/exports.json`, 'utf8'));
  const file = Buffer.from(exports.find((one) => one.lines[0].startsWith('ok: ')).file, 'hex');
  assert.match(verifyLines([file])[0], /^ok: /);
  for (let at = 0; at < file.length; at++) {
    const other = Buffer.from(file);
    other[at] ^= 1 << (at % 8);
    assert.match(verifyLines([other])[0], /^fault /, `byte ${at}`);
    assert.match(verifyLines([file.subarray(0, at)])[0], /^fault .* bad_file: /);
  }
});

test('a text that UTF-8 cannot hold is refused, and not changed', () => {
  const draft = (text) => ({ topic: 'notification/x', notification: { notificationId: newId(), severity: 'urgent', subject: text } });
  assert.throws(() => submissionOf(draft('half \ud83d')), /subject: half a surrogate pair/);
  assert.ok(submissionOf(draft('whole \ud83d\ude00')).item.body.includes('whole \ud83d\ude00'));
});
