// What stands in the two READMEs runs as it stands there.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { errors, readConfig } from '../lib/index.js';
import { History, Liar } from './liar.js';

const ROOT = process.env.SAMENBUS_ROOT ?? new URL('../../..', import.meta.url).pathname;
const PACKAGE = new URL('..', import.meta.url).pathname;
const OURS = readFileSync(`${ROOT}/clients/node/README.md`, 'utf8');
const options = { timeout: 30000 };
const block = (text, language) => text.match(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's'))[1];

/** A program in a file of the package, so that it finds it by name. */
function program(name, text) {
  const path = join(PACKAGE, 'tests', `${name}.made.mjs`);
  writeFileSync(path, text);
  return path;
}

async function withLiar(topics, work) {
  const liar = await new Liar(new History(topics)).start();
  try {
    await work(liar, { ...process.env, SAMENBUS_CONFIG: liar.config });
  } finally {
    await liar.end();
  }
}

test('publishing', options, () => withLiar(['custom/x'], async (liar, env) => {
  const run = () => promisify(execFile)(process.execPath, [program('publishing', block(OURS, 'js'))], { env });
  assert.equal((await run()).stdout, 'published as GM9001 1-00000000 2\n');
  liar.results = () => ({ code: 9, text: 'full' });
  assert.equal((await run()).stdout, 'not published: quota full\n');
  assert.equal(liar.publishes[0].remote, 1);
}));

test('reading along with a cursor', options, () => withLiar(['decision/a', 'decision/b'], async (liar, env) => {
  const path = program('reading', block(readFileSync(`${ROOT}/README.md`, 'utf8'), 'js'));
  const child = spawn(process.execPath, [path], { env, cwd: liar.folder });
  let out = '';
  while (!out.includes('decision/b')) {
    out += (await once(child.stdout, 'data'))[0];
  }
  const cursor = join(liar.folder, 'decisions.cursor');
  while (!existsSync(cursor) || !readFileSync(cursor, 'utf8').includes(' 3 ')) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.match(out, /^GM9001 decision\/a/);
  assert.match(readFileSync(cursor, 'utf8'), /^samenbus-cursor-1\nat aa 4\ntip GM9001 1-[0-9a-f]{16} 3 [0-9a-f]{64}\n$/);
}));

test('pins', options, () => withLiar(['custom/x'], async (liar) => {
  writeFileSync(join(liar.folder, 'partners.yaml'), block(OURS, 'yaml'));
  const { partnership, partners } = readConfig(liar.config);
  assert.deepEqual([partnership, [...partners].map(([org, key]) => [org, key.length])], ['duoplus', [['GM0384', 32]]]);
}));

test('every error that is named exists, and has its type', () => {
  const types = readFileSync(join(PACKAGE, 'lib', 'index.d.ts'), 'utf8');
  for (const [, name] of OURS.slice(OURS.indexOf('| error')).matchAll(/`(?:errors\.)?([A-Z]\w+)`/g)) {
    assert.ok(errors[name].prototype instanceof errors.SamenbusError, name);
  }
  for (const [name, kind] of Object.entries(errors).filter(([one]) => /^[A-Z]/.test(one))) {
    assert.match(types, new RegExp(`class ${name} extends`), name);
    assert.equal(typeof kind, 'function');
  }
});
