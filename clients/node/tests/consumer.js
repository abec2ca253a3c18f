// A program that keeps its cursor in a file and prints what it is given; it can be killed.
import { writeSync } from 'node:fs';
import { Client, CursorFile } from '../lib/index.js';

const [config, cursor] = process.argv.slice(2);
const client = new Client(config);
const events = client.subscribe(['custom/test'], { cursor: new CursorFile(cursor), patienceMs: null });
for await (const event of events) {
  writeSync(1, `${event}\n`);
  events.ack(event);
}
