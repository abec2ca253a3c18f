// Measures this client at one daemon and prints a line of JSON, as `samenbus bench` does:
//   node tests/bench.mjs CLIENT_YAML publish COUNT [WINDOW]
//   node tests/bench.mjs CLIENT_YAML read COUNT
// `processorUs` is the processor time of this process for an event. Events of 512 bytes go under
// custom/bench and stay in the daemon's log: not for a daemon in use.
import { Client } from '../lib/index.js';

const [config, what, count, window = '64'] = process.argv.slice(2);
const COUNT = Number(count);
const WARM_UP = Math.floor(COUNT / 10); // not counted
const custom = { contentType: 'application/octet-stream', data: Buffer.alloc(512, 'a') };
const memoryMiB = () => Math.round(process.memoryUsage().rss / 2 ** 20);

/** Counts what comes, and when; memory is looked at ten times. */
class Meter {
  constructor() {
    this.seen = 0;
    this.memoryMiB = [];
  }

  add() {
    this.seen += 1;
    if (this.seen === WARM_UP) {
      this.begun = performance.now();
      this.used = process.cpuUsage();
    }
    if (this.seen % WARM_UP === 0) {
      this.memoryMiB.push(memoryMiB());
    }
  }

  print() {
    const { user, system } = process.cpuUsage(this.used);
    const counted = this.seen - WARM_UP;
    console.log(JSON.stringify({
      what, count: this.seen, eventsPerSecond: Math.round(counted / (performance.now() - this.begun) * 1000),
      processorUs: Math.round((user + system) / counted * 10) / 10, memoryMiB: this.memoryMiB,
    }));
  }
}

function* drafts() {
  for (let at = 0; at < COUNT; at++) {
    yield { topic: 'custom/bench', custom };
  }
}

async function publish(client, meter) {
  for await (const { error } of client.publishMany(drafts(), { window: Number(window) })) {
    if (error) {
      throw error;
    }
    meter.add();
  }
}

async function read(client, meter) {
  for await (const _ of client.subscribe([], { follow: false })) {
    meter.add();
    if (meter.seen === COUNT) {
      break;
    }
  }
}

const client = new Client(config);
const meter = new Meter();
try {
  await (what === 'publish' ? publish : read)(client, meter);
  meter.print();
} finally {
  await client.close();
}
