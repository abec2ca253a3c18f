// What a program uses: one connection to its own municipality's daemon, with publishes and
// subscriptions on it. A short tour: config.js says where, session.js connects, publisher.js and
// stream.js do the two jobs, prover.js verifies what streams bring, contents.js reads what it says.
import { readConfig } from './config.js';
import { openConsumer } from './consumer.js';
import * as errors from './errors.js';
import { exportEnd, exportHeader, exportPage, verifyUnder } from './export.js';
import { Prover } from './prover.js';
import { Publisher } from './publisher.js';
import { Session } from './session.js';
import { Subscription } from './stream.js';

export class Client {
  /** `config`: the path of a client.yaml, or what readConfig gave; absent: the file that findConfig finds. */
  constructor(config) {
    this.config = config && typeof config === 'object' ? config : readConfig(config);
    this.session = new Session(this.config);
    this.prover = new Prover(this.session);
    this.publisher = new Publisher(this.session);
  }

  /**
   * Publishes one event, an object as `samenbus publish` reads it, until it is acknowledged: by
   * 'local', or by partners, remote(k). Gives {id, origin, epoch, seq, duplicate}.
   * Errors: Refusal, UnknownOutcome (repeat with the same id), Unreachable.
   */
  publish(draft, options) {
    return this.publisher.publish(draft, options);
  }

  /** Many events, `window` under way; gives {draft, published, error} of each, in their order. */
  publishMany(drafts, options) {
    return this.publisher.many(drafts, options);
  }

  /** An async iterator of verified events whose topic one of these prefixes matches; none: all. */
  subscribe(topics = [], options = {}) {
    return new Subscription(this.session, this.prover, { ...options, topics });
  }

  /**
   * Events of a consumer, whose place the daemon keeps under that name (PROTOCOL §8.10). The first time
   * it is made, with these filters. `ack` gives a promise, resolved when the daemon has it on disk;
   * what was not acknowledged comes again, to whoever consumes next. Errors: ConsumerConflict where it
   * is another client's, or has other filters.
   */
  async consume(name, topics = [], options = {}) {
    const { cursor: _, sinceMs: __, liveOnly: ___, ...wishes } = options;
    const cursor = await openConsumer(this.session, name, topics, options);
    const { topics: own, origins, system } = cursor.kept;
    return new Subscription(this.session, this.prover, { ...wishes, topics: own, origins, system, cursor, consumer: name });
  }

  /** The daemon's status, as `samenbus status` shows it. Errors: Unreachable, NoAnswer. */
  async status(timeoutMs = 10000) {
    const frame = await this.session.request('QUERY', {}, timeoutMs);
    const { runningDigest: running, fileDigest: file, ...status } = expect(frame, 'ANSWER').status;
    return { ...status, configDigest: { running, file } };
  }

  /** One page of an origin's history, as the daemon gives it: a segment, not verified. */
  async fetch(from, timeoutMs = 10000) {
    return expect(await this.session.request('FETCH', from, timeoutMs), 'FETCHED');
  }

  /** The pages of an origin's whole history, in the order of §8.8; export verifies them. */
  async* history(origin) {
    let page = { counter: 0, tag: 0n, branch: 0, seq: 0 };
    do {
      const { counter, tag, branch, seq } = page;
      page = await this.fetch({ origin, counter, tag, branch, seq });
      yield page;
    } while (!page.end);
  }

  /**
   * One origin's history as the bytes of an export file, verified as anybody can verify it offline;
   * epochs whose key was replaced (PROTOCOL §9.4) under that, for which a verifier of the file has
   * `bad_key`. Errors: Fault, the first that was found.
   */
  async export(origin) {
    const { partnership } = await this.status();
    const parts = [];
    const keys = new Map(); // by epoch
    let count = 0;
    let pinned = null; // the end has the key of now; a page before, perhaps one that was replaced
    for await (const { events, signKey } of this.history(origin)) {
      pinned = this.prover.pinned(origin, signKey);
      parts.push(exportPage(events));
      count += events.items.length;
      if (events.items.length) {
        keys.set(events.items[0].at.place, pinned);
      }
    }
    const file = Buffer.concat([exportHeader(partnership, origin, pinned), ...parts, exportEnd(count)]);
    const [wrong] = verifyUnder(file, keys).faults;
    if (wrong) {
      throw errors.fault(wrong.code, origin, wrong.text);
    }
    return file;
  }

  /** Ends every stream; what is still being published is rejected as unknown or not done. */
  async close() {
    this.publisher.onError(new errors.ClientClosed('the client was closed'));
    [...this.session.users].filter((user) => user instanceof Subscription).forEach((user) => user.close());
    await this.session.close();
  }
}

function expect(frame, type) {
  if (frame.type === 'REFUSAL') {
    throw errors.refusal(frame.fields.code, frame.fields.text);
  }
  if (frame.type !== type) {
    throw new errors.MalformedFrame(`${frame.type} in place of ${type}`);
  }
  return frame.fields;
}
