// A program that publishes the objects that it is given, one per line, as `samenbus publish` does.
import { createInterface } from 'node:readline';
import { Client } from '../lib/index.js';

async function* drafts() {
  for await (const line of createInterface({ input: process.stdin })) {
    yield JSON.parse(line);
  }
}

const client = new Client(process.argv[2]);
try {
  for await (const { published, error } of client.publishMany(drafts(), { timeoutMs: 60000 })) {
    if (error) {
      throw error;
    }
    console.log(JSON.stringify(published));
  }
} finally {
  await client.close();
}
