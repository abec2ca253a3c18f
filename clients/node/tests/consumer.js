// A program that keeps its cursor in a file and writes down what it is given; it can be killed.
import { appendFileSync } from 'node:fs';
import { Client, CursorFile } from '../lib/index.js';

const [config, cursor, out, until] = process.argv.slice(2);
const client = new Client(config);
const events = client.subscribe(['custom/test'], { cursor: new CursorFile(cursor), patienceMs: null });
for await (const event of events) {
  const text = event.content.data.toString();
  appendFileSync(out, `${text}\n`);
  events.ack(event);
  if (text === until) {
    break;
  }
}
await client.close();
