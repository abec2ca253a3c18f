// What a program uses: one connection to its own municipality's daemon, with publishes and
// subscriptions on it. A short tour: config.js says where, session.js connects, publisher.js and
// stream.js do the two jobs, prover.js verifies what streams bring, contents.js reads what it says.
import { readConfig } from './config.js';
import * as errors from './errors.js';
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
    return this.publisher.add(draft, options).promise;
  }

  /** Many events, `window` under way; gives {draft, published, error} of each, in their order. */
  publishMany(drafts, options) {
    return this.publisher.many(drafts, options);
  }

  /** An async iterator of verified events whose topic one of these prefixes matches; none: all. */
  subscribe(topics = [], options = {}) {
    return new Subscription(this.session, this.prover, { ...options, topics });
  }

  /** The daemon's status, as `samenbus status` shows it. Errors: Unreachable, NoAnswer. */
  async status(timeoutMs = 10000) {
    const frame = await this.session.request('QUERY', {}, timeoutMs);
    return expect(frame, 'ANSWER').status;
  }

  /** One page of an origin's history, as the daemon gives it; see fetchHistory. */
  async fetch(from, timeoutMs = 10000) {
    return expect(await this.session.request('FETCH', from, timeoutMs), 'FETCHED');
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
