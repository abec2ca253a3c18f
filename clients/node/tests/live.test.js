// Against real daemons: SAMENBUS_NODES names their client.yaml files, by organisation.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { curveKeyPair } from 'zeromq';
import { Client, Cursor, errors, newId, remote, verifyLines } from '../lib/index.js';

const nodes = process.env.SAMENBUS_NODES ? Object.values(JSON.parse(process.env.SAMENBUS_NODES)) : null;
const options = { skip: nodes ? false : 'no daemons: SAMENBUS_NODES is not set', timeout: 120000 };
const said = (event) => event.content.data.toString();
const custom = (text, topic) => ({ topic, custom: { contentType: 'text/plain', data: Buffer.from(text) } });
const names = (prefix, count) => Array.from({ length: count }, (_, at) => `${prefix}${at}`);

async function using(at, work) {
  const client = new Client(nodes[at]);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

async function publishAll(client, topic, texts) {
  const outcomes = [];
  for await (const one of client.publishMany(texts.map((text) => custom(text, topic)))) {
    outcomes.push(one.error);
  }
  assert.deepEqual(outcomes, texts.map(() => null));
}

async function readAll(client, topic, more = {}) {
  const found = [];
  for await (const event of client.subscribe([topic], { follow: false, ...more })) {
    found.push(said(event));
  }
  return found;
}

test('what is published is read, in order, and verified', options, () => using(0, async (client) => {
  await publishAll(client, 'custom/order', names('a', 500));
  assert.deepEqual(await readAll(client, 'custom/order'), names('a', 500));
}));

test('an id is published once', options, () => using(0, async (client) => {
  const draft = { id: newId(), ...custom('x', 'custom/once') };
  const first = await client.publish(draft);
  assert.equal(first.duplicate, false);
  assert.deepEqual(await client.publish(draft), { ...first, duplicate: true });
  await assert.rejects(client.publish({ ...draft, ...custom('y', 'custom/once') }), errors.IdConflict);
}));

test('a key that the daemon does not know is not admitted', options, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'samenbus-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'client.yaml');
  writeFileSync(path, readFileSync(nodes[0], 'utf8').replace(/^curve_key: .*$/m, 'curve_key: x.key'));
  writeFileSync(join(folder, 'x.key'), `samenbus-curve-key-1 ${curveKeyPair().secretKey}\n`);
  const client = new Client(path);
  await assert.rejects(client.status(3000), (error) =>
    error instanceof errors.Unreachable && /the daemon does not admit this key: .*clients:/.test(error.message));
  await client.close();
});

test('refusals are errors of their own', options, () => using(0, async (client) => {
  await assert.rejects(client.publish(custom('x', 'agenda/x')), errors.InvalidTopic);
  await assert.rejects(client.publish(custom('x', 'custom/x'), { ack: remote(5) }), errors.RemoteImpossible);
  await assert.rejects(client.publish({ topic: 'custom/x' }), errors.InvalidBody);
}));

test('a partner holds it, and one reads it there with the same cursor', options, async () => {
  const cursor = new Cursor();
  await using(0, async (client) => {
    await client.publish(custom('r0', 'custom/moved'), { ack: remote(1), timeoutMs: 30000 });
    const events = client.subscribe(['custom/moved'], { cursor });
    assert.equal(said((await events.next()).value), 'r0');
    events.ack();
    await client.publish(custom('r1', 'custom/moved'), { ack: 'remote:1', timeoutMs: 30000 });
  });
  await using(1, async (client) => {
    assert.deepEqual(await readAll(client, 'custom/moved', { cursor: Cursor.read(cursor.text()) }), ['r1']);
  });
});

test('replay goes over into live without a gap or a double', options, () => using(0, async (client) => {
  await publishAll(client, 'custom/switch', names('s', 300));
  const events = client.subscribe(['custom/switch'], { window: 64 });
  const publishing = using(1, (other) => publishAll(other, 'custom/switch', names('t', 300)));
  const found = [];
  for await (const event of events) {
    found.push(said(event));
    if (found.length === 600) {
      break;
    }
  }
  await publishing;
  const of = (letter) => found.filter((text) => text[0] === letter);
  assert.deepEqual([of('s'), of('t')], [names('s', 300), names('t', 300)]);
}));

test('all events with system ones hang together, and restricted ones are kept apart', options, async () => {
  await using(0, (client) => client.publish(
    { audience: ['GM0384'], ...custom('secret', 'custom/own') }, { ack: 'local' }));
  await using(0, (client) => client.publish(custom('after', 'custom/own'), { ack: remote(1), timeoutMs: 30000 }));
  await using(1, async (client) => {
    const states = new Set();
    let starts = 0;
    for await (const event of client.subscribe([], { system: true, follow: false })) {
      states.add(event.state);
      starts += event.type === 'epochStart';
    }
    assert.deepEqual([...states].sort(), ['present', 'withheld']);
    assert.ok(starts >= 2);
  });
});

test('only what is live', options, () => using(0, async (client) => {
  await client.publish(custom('old', 'custom/live'));
  const events = client.subscribe(['custom/live'], { liveOnly: true });
  const next = events.next();
  for (let round = 0; round < 50; round++) { // until the place where it begins is known
    await client.status();
  }
  await client.publish(custom('new', 'custom/live'));
  assert.equal(said((await next).value), 'new');
}));

test('a line of the event is what tail prints', options, () => using(0, async (client) => {
  const itemId = newId();
  await client.publish({ topic: 'agenda/line', agenda_item: {
    item_id: itemId, kind: 'meeting', title: 'Overleg', date: '2026-12-10', status: 'planned', participants: ['GM0384'],
  } });
  const { value } = await client.subscribe(['agenda/line'], { follow: false }).next();
  assert.deepEqual(JSON.parse(String(value)).body, {
    itemId, kind: 'meeting', title: 'Overleg', date: '2026-12-10', status: 'planned', participants: ['GM0384'] });
  assert.equal(value.toJSON().publisher, 'operator');
}));

test('a history is exported, and verified offline', options, () => using(0, async (client) => {
  await publishAll(client, 'custom/export', names('e', 100));
  const { organisation } = await client.status();
  const file = await client.export(organisation);
  assert.match(verifyLines([file])[0], /^ok: \d{3,} events, 1 epochs, 1 origins$/);
  file[file.length - 200] ^= 1;
  assert.match(verifyLines([file])[0], /^fault /);
}));

test('a consumer: what was not acknowledged comes again', options, async () => {
  await using(0, async (client) => {
    await publishAll(client, 'custom/consumed', names('c', 60));
    const events = await client.consume('node', ['custom/consumed']);
    for (let at = 0; at < 40; at++) {
      assert.equal(said((await events.next()).value), `c${at}`);
    }
    await events.ack();
    assert.equal(said((await events.next()).value), 'c40'); // and is killed here
  });
  await using(0, async (client) => {
    const rest = async () => {
      const events = await client.consume('node', ['custom/consumed'], { follow: false });
      const found = [];
      for await (const event of events) {
        found.push(said(event));
      }
      await events.ack();
      return found;
    };
    assert.deepEqual(await rest(), names('c', 60).slice(40));
    assert.deepEqual(await rest(), []);
    await publishAll(client, 'custom/consumed', ['more']);
    assert.deepEqual(await rest(), ['more']);
    await assert.rejects(client.consume('node', ['custom/other']), errors.ConsumerConflict);
    await assert.rejects(client.consume('Node'), RangeError);
  });
});

test('a consumer of everything, system events left out', options, () => using(0, async (client) => {
  const all = [];
  for await (const event of client.subscribe([], { follow: false })) {
    all.push(event.reference);
  }
  const events = await client.consume('everything', [], { follow: false });
  const found = [];
  for await (const event of events) {
    found.push(event.reference);
  }
  await events.ack();
  assert.deepEqual(found, all);
}));
