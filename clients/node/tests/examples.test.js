// The examples do their work: against a real daemon, and a receiver on loopback that refuses first.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Client, newId } from '../lib/index.js';

const nodes = process.env.SAMENBUS_NODES ? Object.values(JSON.parse(process.env.SAMENBUS_NODES)) : null;
const options = { skip: nodes ? false : 'no daemons: SAMENBUS_NODES is not set', timeout: 60000 };
const SCRIPT = new URL('../examples/webhooks.mjs', import.meta.url).pathname;

/** A receiver that keeps what it takes by its key; `statuses` are its first answers. */
async function receiver(statuses) {
  const taken = new Map();
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) {
      parts.push(part);
    }
    const status = statuses.shift() ?? 204;
    if (status === 204) {
      taken.set(request.headers['idempotency-key'], JSON.parse(Buffer.concat(parts)));
    }
    response.writeHead(status).end();
    server.emit('answered', status);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { server, taken, statuses, url: `http://127.0.0.1:${server.address().port}/hook` };
}

const notification = (subject) => ({
  topic: 'notification/hooks',
  notification: { notificationId: newId(), severity: 'urgent', subject },
});

async function until(server, condition) {
  while (!condition()) {
    await once(server, 'answered');
  }
}

test('webhooks: each notification once, in order, through refusals and a kill', options, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'samenbus-'));
  const client = new Client(nodes[0]);
  const { server, taken, url } = await receiver([503, 429]);
  const running = [];
  const start = () => {
    const environment = { ...process.env, SAMENBUS_CONFIG: nodes[0] };
    running.push(spawn(process.execPath, [SCRIPT, url, join(folder, 'cursor'), 'notification/hooks'], { env: environment }));
    return running.at(-1);
  };
  t.after(async () => {
    running.forEach((one) => one.kill('SIGKILL'));
    server.closeAllConnections();
    server.close();
    await client.close();
    rmSync(folder, { recursive: true });
  });
  await client.publish(notification('one'));
  const first = start();
  await client.publish(notification('two'));
  await until(server, () => taken.size === 2);
  first.kill('SIGKILL');
  await once(first, 'exit');
  await client.publish(notification('three'));
  start();
  await until(server, () => taken.size === 3);
  assert.deepEqual([...taken.values()].map((event) => event.body.subject), ['one', 'two', 'three']);
  assert.deepEqual([...taken].map(([key]) => key), [...taken.values()].map((event) => `${event.origin}/${event.id}`));
});
