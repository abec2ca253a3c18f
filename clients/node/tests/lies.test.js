// What becomes of lies: a named error, nothing unverified is given on, and it goes on where it was.
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { curveKeyPair } from 'zeromq';
import { Client, Cursor, errors, newId, verifyLines } from '../lib/index.js';
import { History, Liar, ORIGIN, signingKey } from './liar.js';

const TOPICS = Array.from({ length: 6 }, (_, at) => `custom/${at % 2 ? 'odd' : 'even'}`);
const options = { timeout: 30000 };

/** Runs a test with a liar and a client of it. */
function lie(name, prepare, work) {
  test(name, options, async () => {
    const liar = new Liar(new History(TOPICS));
    prepare(liar);
    await liar.start();
    const client = new Client(liar.config);
    try {
      await work(client, liar);
    } finally {
      await client.close();
      await liar.end();
    }
  });
}

async function texts(events) {
  const found = [];
  for await (const event of events) {
    found.push(String(event.content.data));
  }
  return found;
}

const ALL = ['0', '1', '2', '3', '4', '5'];
const changed = (bytes, at = bytes.length - 1) => {
  const other = Buffer.from(bytes);
  other[at] ^= 1;
  return other;
};
const itemAt = (deliver, at, more) => ({ ...deliver, items: deliver.items.map((item, i) => (i === at ? { ...item, ...more(item) } : item)) });

lie('the truth is given on', () => {}, async (client) => {
  assert.deepEqual(await texts(client.subscribe([], { follow: false })), ALL);
  assert.deepEqual(await texts(client.subscribe(['custom/odd'], { follow: false })), ['1', '3', '5']);
});

/** A lie about a stream: the error, and what is given on before it. */
function streamLie(name, deliver, error, before, more = {}) {
  lie(name, (liar) => {
    liar.deliver = deliver;
  }, async (client, liar) => {
    const events = client.subscribe([], { follow: false, ...more });
    const found = [];
    await assert.rejects(async () => {
      for await (const event of events) {
        found.push(String(event.content.data));
      }
    }, error);
    assert.deepEqual(found, ALL.slice(0, before));
    liar.deliver = (message) => message;
    assert.deepEqual(await texts(events), ALL.slice(before), 'it goes on where it was');
  });
}

streamLie('another body', (m) => itemAt(m, 3, (item) => ({ body: changed(item.body) })), errors.BadCommitment, 2);
streamLie('a longer body', (m) => itemAt(m, 3, (item) => ({ body: Buffer.concat([item.body, item.body]) })), errors.BadBody, 2);
streamLie('another link', (m) => itemAt(m, 3, (item) => ({ link: changed(item.link, 100) })), errors.BadCheckpoint, 2);
streamLie('another partnership', (m) => itemAt(m, 3, (item) => ({ link: changed(item.link, 2) })), errors.WrongPartnership, 2);
streamLie('an event is left out', (m) => ({ ...m, items: m.items.filter((_, at) => at !== 3) }), errors.Gap, 2);
streamLie('an open event is withheld', (m) => itemAt(m, 3, () => ({ state: 2, salt: null, body: null })), errors.WrongState, 2);
streamLie('the frame cannot be read', (m) => itemAt(m, 3, () => ({ state: 2 })), errors.MalformedFrame, 0);

/** A lie about pages. */
function pageLie(name, page, error) {
  lie(name, (liar) => {
    liar.page = (message) => (message.end ? message : page(message, liar));
  }, async (client) => {
    await assert.rejects(texts(client.subscribe([], { follow: false })), error);
    assert.deepEqual(await texts(client.subscribe([], { follow: false, verify: false })), ALL, 'it is the proof that is wrong');
  });
}

const inEvents = (message, more) => ({ ...message, events: { ...message.events, ...more(message.events) } });
pageLie('a signature of another key', (m, liar) => inEvents(m, () =>
  ({ checkpoints: [liar.history.checkpoint(7, signingKey().privateKey)] })), errors.BadCheckpoint);
pageLie('no signature', (m) => inEvents(m, () => ({ checkpoints: [] })), errors.NoCheckpoint);
pageLie('a page that leaves a link out', (m) => inEvents(m, (events) =>
  ({ items: events.items.filter((_, at) => at !== 2) })), errors.BadLink);
pageLie('no page', () => ({ events: { origin: ORIGIN }, end: true }), errors.NoCheckpoint);
pageLie('a key that is not the pinned one', (m) => ({ ...m, signKey: signingKey().raw }), errors.BadKey);

lie('a history under a key that is not pinned in partners.yaml', (liar) => liar.pin(signingKey()), async (client) => {
  await assert.rejects(texts(client.subscribe([], { follow: false })), errors.BadKey);
});

lie('a history under the key that is pinned in partners.yaml', (liar) => liar.pin(liar.history.key), async (client) => {
  assert.deepEqual(await texts(client.subscribe([], { follow: false })), ALL);
});

const replace = (liar) => {
  const now = signingKey();
  const page = liar.page;
  liar.page = (m) => (m.end ? { ...m, signKey: now.raw } : page(m));
  return now;
};

lie('a history whose key was replaced is exported, and its verifier says so', replace, async (client) => {
  const lines = verifyLines([await client.export(ORIGIN)]);
  assert.match(lines[0], /^fault GM9001 1-[0-9a-f]{8}:1 bad_key: /);
});

lie('what such a history would not hold is not exported', (liar) => {
  liar.page = (m) => inEvents(m, () => ({ checkpoints: [liar.history.checkpoint(7, signingKey().privateKey)] }));
  replace(liar);
}, (client) => assert.rejects(client.export(ORIGIN), errors.BadCheckpoint));

lie('nor under another key than it is said to have', (liar) => {
  liar.page = (m) => ({ ...m, signKey: signingKey().raw });
  replace(liar);
}, (client) => assert.rejects(client.export(ORIGIN), errors.BadKey));

lie('nor where partners.yaml pins the new key alone', (liar) => liar.pin(replace(liar)),
  (client) => assert.rejects(client.export(ORIGIN), errors.BadKey));

lie('a topic that passes the filter is left out', (liar) => {
  liar.deliver = (m) => ({ ...m, items: m.items.filter((_, at) => at !== 3) });
}, async (client) => {
  await assert.rejects(texts(client.subscribe(['custom/even', 'custom/odd'], { follow: false })), errors.Gap);
});

lie('what was erased meanwhile is no gap', (liar) => {
  let pages = 0;
  liar.deliver = (m) => ({ ...m, items: m.items.filter((_, at) => at !== 3) });
  liar.page = (m) => (m.end || ++pages === 1 ? m : inEvents(m, ({ items }) => ({ items: items.map((item) =>
    (item === liar.history.items[3] ? { link: item.link, erased: true } : item)) })));
}, async (client) => {
  assert.deepEqual(await texts(client.subscribe(['custom/'], { follow: false })), ['0', '1', '3', '4', '5']);
});

/** Its body has rotted at the daemon: nobody can tell any more what it was about. */
const damaged = (m) => itemAt(m, 3, () => ({ state: 3, salt: null, body: null }));

lie('a damaged event is told whatever the topics', (liar) => {
  liar.deliver = damaged;
}, async (client) => {
  const found = [];
  for await (const event of client.subscribe(['custom/even'], { follow: false, origins: [ORIGIN] })) {
    found.push([event.seq, event.state]);
  }
  assert.deepEqual(found, [[2, 'present'], [4, 'missing'], [6, 'present']]);
});

lie('the topic of what is left out is not believed where its body does not fit', (liar) => {
  liar.deliver = (m) => ({ ...m, items: m.items.filter((_, at) => at !== 3) });
  liar.page = (m) => (m.end ? m : inEvents(m, ({ items }) => ({ items: items.map(({ link, salt, body }) =>
    ({ link, salt, body: Buffer.from(body.toString('latin1').replace('custom/', 'agenda/'), 'latin1') })) })));
}, async (client) => {
  await assert.rejects(texts(client.subscribe(['custom/'], { follow: false })), errors.BadCommitment);
});

lie('a system event in mid-epoch is no gap', () => {}, async (client, liar) => {
  const cursor = new Cursor();
  const read = async () => {
    const events = client.subscribe([], { cursor, follow: false });
    const found = await texts(events);
    events.ack();
    return found;
  };
  const say = (text) => liar.history.add({ topic: 'custom/x', custom: { contentType: 'text/plain', data: Buffer.from(text) } });
  liar.history.add({ erasure: {} }, true);
  assert.deepEqual(await read(), ALL);
  assert.equal([...cursor.tips.values()][0].seq, 8);
  say('more');
  assert.deepEqual(await read(), ['more']);
  liar.history.add({ erasure: {} }, true);
  say('last');
  assert.deepEqual(await read(), ['last']);
});

lie('what was begun by tips goes on by tips', () => {}, async (client, liar) => {
  const cursor = new Cursor();
  const first = client.subscribe([], { cursor, window: 8 });
  await first.next();
  first.ack();
  first.close();
  liar.status.storeId = 'bb';
  await liar.stop();
  await liar.start();
  const events = client.subscribe([], { cursor, window: 8 });
  await events.next();
  events.ack();
  await liar.stop();
  liar.history.add({ topic: 'custom/x', custom: { contentType: 'text/plain', data: Buffer.from('6') } });
  await liar.start();
  const found = [];
  while (found.length < 5) {
    found.push(String((await events.next()).value.content.data));
  }
  assert.deepEqual(found, [...ALL.slice(2), '6']);
  const { fromOffset, cursor: tips } = liar.subscribes.at(-1);
  assert.deepEqual([fromOffset, tips.length], [0, 1]);
  assert.equal(cursor.at.storeId, 'aa');
});

lie('another organisation', (liar) => {
  liar.status.organisation = 'GM0001';
}, (client) => assert.rejects(client.status(3000), errors.WrongOrganisation));

lie('a newer version', (liar) => {
  liar.version = 2;
}, (client) => assert.rejects(client.status(3000), errors.NewerVersion));

lie('frames of a newer type are passed over', (liar) => {
  liar.extra = Buffer.from([0x53, 0x42, 1, 62, 0, 0, 0, 0, 0x08, 0x01]);
}, async (client) => {
  assert.deepEqual(await texts(client.subscribe([], { follow: false })), ALL);
});

lie('a daemon that goes away and comes back', () => {}, async (client, liar) => {
  const cursor = new Cursor();
  const events = client.subscribe([], { cursor, window: 4 });
  liar.deliver = (m) => ({ ...m, items: m.items.slice(0, 4), position: m.items[0].offset + 4n });
  assert.equal(String((await events.next()).value.content.data), '0');
  await liar.stop();
  liar.deliver = (message) => message;
  await liar.start();
  const found = [];
  while (found.length < 5) {
    found.push(String((await events.next()).value.content.data));
  }
  events.ack();
  assert.deepEqual(found, ALL.slice(1));
  assert.equal([...cursor.tips.values()][0].seq, 7);
});

lie('a client that was closed says so', () => {}, async (client) => {
  const draft = { topic: 'custom/x', custom: { contentType: 'text/plain' } };
  const events = client.subscribe([]);
  await events.next();
  const waiting = client.publish({ ...draft, id: newId() });
  await client.close();
  await assert.rejects(waiting, errors.ClientClosed);
  await assert.rejects(client.publish(draft), errors.ClientClosed);
  await assert.rejects(client.status(), errors.ClientClosed);
  assert.throws(() => client.subscribe([]), errors.ClientClosed);
  assert.equal((await events.next()).done, true);
});

lie('drafts that come slowly, or not at all any more', () => {}, async (client, liar) => {
  const draft = () => ({ id: newId(), topic: 'custom/x', custom: { contentType: 'text/plain' } });
  let more;
  let isReturned = false;
  async function* drafts() {
    try {
      yield draft();
      await new Promise((resolve) => {
        more = resolve;
      });
      yield draft();
      throw new Error('the source is broken');
    } finally {
      isReturned = true;
    }
  }
  const outcomes = client.publishMany(drafts(), { window: 64 });
  assert.equal((await outcomes.next()).value.published.seq, 2); // before the second draft is there
  more();
  assert.equal((await outcomes.next()).value.error, null);
  await assert.rejects(outcomes.next(), /the source is broken/);
  assert.equal((await outcomes.next()).done, true);
  isReturned = false;
  for await (const outcome of client.publishMany(drafts(), { window: 1 })) {
    assert.equal(outcome.error, null);
    break;
  }
  assert.equal(isReturned, true);
  assert.equal(liar.publishes.reduce((all, one) => all + one.items.length, 0), 3);
  assert.throws(() => client.publishMany([], { window: 0 }), RangeError);
});

lie('a daemon without room for one more connection', (liar) => {
  const { answers } = liar;
  let times = 0;
  liar.answers = function (type, fields) {
    return times++ === 0 ? [['REFUSAL', { code: 2, text: 'end one' }]] : answers.call(this, type, fields);
  };
}, async (client) => {
  const events = client.subscribe([], { follow: false });
  await assert.rejects(events.next(), (error) => error instanceof errors.TooLarge && error.text === 'end one');
  assert.deepEqual(await texts(events), ALL, 'it comes back by itself');
});

lie('publishing: refused, unanswered, and again with the same id', () => {}, async (client, liar) => {
  const draft = { id: newId(), topic: 'custom/x', custom: { contentType: 'text/plain', data: 'eA==' } };
  const { results } = liar;
  liar.results = () => ({ code: 9, text: 'full' });
  await assert.rejects(client.publish(draft), (error) => error instanceof errors.Quota && error.text === 'full');
  liar.results = () => null;
  await assert.rejects(client.publish(draft, { timeoutMs: 1500 }), errors.UnknownOutcome);
  let times = 0;
  liar.results = (publish) => (times++ > 1 ? results(publish) : { code: times === 1 ? 7 : 30, text: 'wait' });
  assert.equal((await client.publish(draft)).seq, 2);
  assert.equal(new Set(liar.publishes.map((one) => one.items[0].id.toString('hex'))).size, 1);
});

test('nobody is there', options, async () => {
  const liar = new Liar(new History(TOPICS));
  const client = new Client(liar.config);
  await assert.rejects(client.publish({ topic: 'custom/x', custom: { contentType: 'a/b' } }, { timeoutMs: 300 }), errors.Unreachable);
  await assert.rejects(client.subscribe([], { patienceMs: 1500 }).next(),
    (error) => error instanceof errors.Unreachable && error.message.endsWith('nobody answers there'));
  await client.close();
  rmSync(liar.folder, { recursive: true });
});

lie('another server key than the daemon has', (liar) => {
  const text = readFileSync(liar.config, 'utf8');
  writeFileSync(liar.config, text.replace(liar.keys.publicKey, curveKeyPair().publicKey));
}, (client) => assert.rejects(client.status(3000),
  (error) => error instanceof errors.Unreachable && error.message.endsWith("is server_key the daemon's?")));
