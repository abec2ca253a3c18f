// Turns notifications into Web-hooks: POSTs each as JSON to an address, in order, until the receiver
// answers 2xx, and only then moves the cursor. What was posted when this program was killed may be
// posted once more: the header Idempotency-Key (ORG/UUID of the event) lets the receiver tell.
//
//   node webhooks.mjs URL CURSOR_FILE [TOPIC_PREFIX]        SAMENBUS_CONFIG names client.yaml
import { Client, CursorFile } from 'samenbus';

const PAUSE_MIN_MS = 500;
const PAUSE_MAX_MS = 60000;
const ANSWER_MS = 15000;
const [url, file, topic = 'notification/'] = process.argv.slice(2);

/** Whether the receiver has taken it; a 4xx says that it never will, save when it asks to wait. */
async function post(event) {
  const answer = await fetch(url, {
    method: 'POST', body: String(event), signal: AbortSignal.timeout(ANSWER_MS),
    headers: { 'content-type': 'application/json', 'idempotency-key': event.reference },
  });
  await answer.arrayBuffer();
  const refused = answer.status >= 400 && answer.status < 500 && ![408, 425, 429].includes(answer.status);
  if (refused) {
    console.error(`webhooks: ${event.reference}: refused for good with ${answer.status}; going on behind it`);
  } else if (!answer.ok) {
    throw new Error(`answered ${answer.status}`);
  }
}

async function deliver(event) {
  for (let pause = PAUSE_MIN_MS; ; pause = Math.min(2 * pause, PAUSE_MAX_MS)) {
    try {
      await post(event);
      return;
    } catch (error) {
      console.error(`webhooks: ${event.reference}: ${error.cause?.message ?? error.message}; again in ${pause} ms`);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

if (!url || !file) {
  console.error('usage: node webhooks.mjs URL CURSOR_FILE [TOPIC_PREFIX]');
  process.exit(64);
}
const client = new Client();
const events = client.subscribe([topic], { cursor: new CursorFile(file), patienceMs: null });
for await (const event of events) {
  if (event.type === 'notification') {
    await deliver(event);
  }
  events.ack(event);
}
