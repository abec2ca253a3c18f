// Consumers: cursors that the daemon keeps for its clients, by name (PROTOCOL §8.10). An
// acknowledgement is durable at the daemon before it is resolved.
import { Cursor, TIPS_MAX } from './cursor.js';
import * as errors from './errors.js';
import { isOrg } from './words.js';

const ADD = 1;
const ACK = 2;
const ANSWER_MS = 30000;
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const FILTERS_MAX = 64;

const keyOf = (tip) => `${tip.origin} ${tip.counter} ${tip.tag}`;

/** What the consumer of that name has processed, as far as this program knows. */
export class ConsumerCursor extends Cursor {
  constructor(session, kept) {
    super();
    this.session = session;
    this.kept = kept; // {name, topics, origins, system}
    this.fresh = new Map(); // that the daemon was not told yet
    this.told = new Map(); // what the daemon had when its stream was opened
    this.begun = 0; // how often it was begun anew
    kept.cursor.forEach(({ origin, counter, tag, seq, hash }) => super.advance({ origin, counter, tag, seq, hash }));
    this.onDisk = new Map([...this.tips.values()].map((tip) => [keyOf(tip), tip])); // what the daemon has
  }

  /** The consumer was begun anew: what it gave before counts no more. */
  forget() {
    this.tips.clear();
    this.fresh.clear();
    this.onDisk.clear();
    this.told.clear();
    this.begun += 1;
  }

  /** A stream of it is opened. */
  opens() {
    this.told = new Map(this.onDisk);
  }

  /**
   * What the daemon had on disk when the stream was opened is given to nobody again, unless the
   * consumer was begun anew while we were away.
   */
  wasBegunAnew({ link, forked }) {
    const told = this.told.get(keyOf(link));
    return told !== undefined && link.seq <= told.seq && !forked;
  }

  advance(tip) {
    super.advance(tip);
    this.fresh.set(keyOf(tip), tip);
  }

  /**
   * Until the daemon has it on disk; where the consumer was begun anew meanwhile nothing is told.
   * Errors: a Refusal, Unreachable; then the next one tells it.
   */
  async save() {
    const { begun } = this;
    while (this.fresh.size && this.begun === begun) {
      const told = [...this.fresh].slice(0, TIPS_MAX);
      try {
        await ask(this.session, 'CONSUME', { action: ACK, name: this.kept.name, cursor: told.map(([, tip]) => tip) });
      } catch (error) {
        if (!(error instanceof errors.BegunAnew)) {
          throw error;
        }
        if (this.begun === begun) { // its stream is told as well
          this.forget();
        }
        return;
      }
      if (this.begun !== begun) {
        return;
      }
      for (const [key, tip] of told) {
        this.onDisk.set(key, tip);
        if (this.fresh.get(key) === tip) {
          this.fresh.delete(key);
        }
      }
    }
  }
}

/** Consumers; each question may be asked twice. Errors: a Refusal, Unreachable, NoAnswer. */
async function ask(session, type, fields) {
  const frame = await session.request(type, fields, ANSWER_MS);
  if (frame.type === 'REFUSAL') {
    throw errors.refusal(frame.fields.code, frame.fields.text);
  }
  if (frame.type === 'ANSWER') { // it knows no such question
    throw new errors.UnknownConsumer('this daemon keeps no consumers; update it, or keep the cursor in a file');
  }
  if (frame.type !== 'CONSUMERS') {
    throw new errors.MalformedFrame('another answer than consumers');
  }
  return frame.fields.consumers;
}

/** What no daemon would answer. */
function check(name, topics, origins) {
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw new RangeError(`consumer: ${name} is no name; write 1 to 64 of a-z, 0-9, - _ and .`);
  }
  if (topics.length > FILTERS_MAX || origins.length > FILTERS_MAX || topics.some((one) => Buffer.byteLength(one) > 200)) {
    throw new RangeError(`topics and origins: at most ${FILTERS_MAX} each, of at most 200 bytes`);
  }
  if (!origins.every(isOrg)) {
    throw new RangeError('origins: a list of organisation ids');
  }
}

/** The cursor of a consumer, which is made with these filters where it is not there yet. Errors: as of ask. */
export async function openConsumer(session, name, topics, options) {
  const { origins = [], system = false, cursor = null, sinceMs = 0, liveOnly = false } = options;
  check(name, topics, origins);
  const tips = [...cursor?.tips.values() ?? []].slice(-TIPS_MAX);
  await ask(session, 'CONSUME', { action: ADD, name, topics, origins, system, sinceMs, liveOnly, cursor: tips });
  const [kept, ...others] = await ask(session, 'QUERY', { consumer: name });
  if (!kept || kept.name !== name || others.length) {
    throw new errors.MalformedFrame('another consumer than the one that was asked for');
  }
  return new ConsumerCursor(session, kept);
}
