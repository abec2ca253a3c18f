// Publishing: each draft until it is acknowledged, refused, or its time is up (PROTOCOL §8.2 to
// §8.4). What was sent and not answered is sent again with the same id, which is never done twice.
import { submissionOf } from './contents.js';
import * as errors from './errors.js';
import { FRAME_MAX } from './frames.js';

const ITEMS_MAX = 1024;
const PIECE_BYTES = FRAME_MAX / 2;
const ITEM_EXTRA = 2600; // id and audience of an item, and the lengths
const AGAIN_MS = 200;
const ANSWER_MS = 1000; // the daemon's answer to what has timed out there may take so long

/** The number of partners of 'local', 'remote:K' or remote(K). */
function remoteOf(ack) {
  const found = typeof ack === 'object' ? ['', ack.remote] : /^(?:local|remote:([0-9]{1,3}))$/.exec(ack);
  if (!found) {
    throw new RangeError(`ack: ${ack} is neither local nor remote:K`);
  }
  return Number(found[1] ?? 0);
}

/** Acknowledged when that many partners hold the event, besides the own daemon. */
export const remote = (partners) => ({ remote: partners });

/** One draft under way; has `published` or `error` when it is done. */
class Slot {
  constructor(draft, remotes, timeoutMs) {
    this.draft = draft;
    this.remote = remotes;
    this.deadline = Date.now() + timeoutMs;
    this.isSent = false; // and perhaps done
    this.isUnderWay = false;
    this.againAt = 0;
    this.refused = null;
    this.isDone = false;
    this.published = null;
    this.error = null;
    this.onDone = null; // whoever waits for it
    this.id = null;
    this.item = null;
    this.size = 0;
    try {
      const { id, item } = submissionOf(draft);
      this.id = id;
      this.item = item;
      this.size = item.body.length + ITEM_EXTRA;
    } catch (error) {
      this.finish(null, error);
    }
  }

  finish(published, error) {
    this.isDone = true;
    this.published = published;
    this.error = error;
    this.onDone?.();
  }

  /** Resolves when it is done. */
  wait() {
    return this.isDone ? Promise.resolve() : new Promise((resolve) => {
      this.onDone = resolve;
    });
  }

  outcome() {
    const { draft, published, error } = this;
    return { draft, published, error };
  }

  /** Its time is up. */
  giveUp(reason) {
    const { refused } = this;
    const perhaps = this.isSent && (!refused || refused instanceof errors.UnknownOutcome);
    this.finish(null, refused ?? (perhaps ? new errors.UnknownOutcome(`no answer about ${this.id}`)
      : new errors.Unreachable(`${reason}; nothing was published`)));
  }
}

/** All drafts under way on one session. */
export class Publisher {
  constructor(session) {
    this.session = session;
    this.slots = new Set();
    this.isFlushing = false;
    session.users.add(this);
  }

  add(draft, { ack = 'local', timeoutMs = 10000 } = {}) {
    const slot = new Slot(draft, remoteOf(ack), timeoutMs);
    if (this.session.isClosed) {
      slot.finish(null, new errors.ClientClosed('the client was closed'));
    } else if (!slot.isDone) {
      this.slots.add(slot);
      this.flushSoon();
    }
    return slot;
  }

  /** One draft, until its outcome is known, which is told to whoever asks. */
  publish(draft, options) {
    const outcome = this.outcomeOf(this.add(draft, options));
    outcome.catch(() => {});
    return outcome;
  }

  async outcomeOf(slot) {
    await slot.wait();
    if (slot.error) {
      throw slot.error;
    }
    return slot.published;
  }

  // ---- the session

  onUp() {
    this.flush();
  }

  onDown() {
    this.slots.forEach((slot) => {
      slot.isUnderWay = false;
    });
  }

  /** A frame that could not be read may have been an answer. */
  onError(error) {
    for (const slot of this.slots) {
      slot.isUnderWay = false;
      if (!(error instanceof errors.MalformedFrame)) {
        this.end(slot, null, error);
      }
    }
  }

  onTick(now) {
    for (const slot of this.slots) {
      if (now >= slot.deadline + (slot.isUnderWay ? ANSWER_MS : 0)) {
        this.slots.delete(slot);
        slot.giveUp(this.session.isUp ? 'no time was left' : this.session.reason);
      }
    }
    this.flush();
  }

  end(slot, published, error) {
    this.slots.delete(slot);
    slot.finish(published, error);
  }

  // ---- frames

  /** All that is added in one turn goes out together. */
  flushSoon() {
    if (!this.isFlushing) {
      this.isFlushing = true;
      setImmediate(() => {
        this.isFlushing = false;
        this.flush();
      });
    }
  }

  flush() {
    if (!this.session.isUp) {
      return;
    }
    const now = Date.now();
    let piece = [];
    let size = 0;
    for (const slot of this.slots) {
      if (slot.isUnderWay || now < slot.againAt || now >= slot.deadline) {
        continue;
      }
      if (piece.length && (piece.length === ITEMS_MAX || size + slot.size > PIECE_BYTES || slot.remote !== piece[0].remote)) {
        this.send(piece, now);
        piece = [];
        size = 0;
      }
      piece.push(slot);
      size += slot.size;
    }
    if (piece.length) {
      this.send(piece, now);
    }
  }

  send(piece, now) {
    const timeoutMs = Math.max(1, Math.min(...piece.map((slot) => slot.deadline)) - now);
    let left = piece.length;
    for (const slot of piece) {
      slot.isSent = true;
      slot.isUnderWay = true;
    }
    const items = piece.map((slot) => slot.item);
    this.session.ask('PUBLISH', { remote: piece[0].remote, timeoutMs, items }, (frame) => {
      left -= this.onAnswer(frame, piece);
      if (left <= 0) {
        this.session.forget(frame.request);
      }
    });
  }

  /** RESULTS, or the REFUSAL of all; how many were answered. */
  onAnswer(frame, piece) {
    if (frame.type === 'REFUSAL') {
      piece.forEach((slot) => this.refuse(slot, errors.refusal(frame.fields.code, frame.fields.text)));
      return piece.length;
    }
    if (frame.type !== 'RESULTS') {
      throw new errors.MalformedFrame('another answer than results');
    }
    for (const result of frame.fields.items) {
      this.onResult(piece[result.index], frame.fields.origin, result);
    }
    return frame.fields.items.length;
  }

  onResult(slot, origin, { code, text, epoch, seq, duplicate }) {
    if (!slot || slot.isDone) {
      return;
    }
    if (code) {
      this.refuse(slot, errors.refusal(code, text));
    } else {
      this.end(slot, { id: slot.id, origin, epoch, seq, duplicate }, null);
    }
  }

  /** Final, or to be tried again while there is time. */
  refuse(slot, error) {
    if (slot.isDone) {
      return;
    }
    slot.isUnderWay = false;
    if (error.isRetried && Date.now() + AGAIN_MS < slot.deadline) {
      slot.refused = error;
      slot.againAt = Date.now() + AGAIN_MS;
    } else {
      this.end(slot, null, error);
    }
  }

  /** Outcomes {draft, published, error} in the order of the drafts, `window` under way. */
  many(drafts, { window = 64, ...options } = {}) {
    if (!(window >= 1)) {
      throw new RangeError('window: at least 1 draft must be under way');
    }
    return new Batch(drafts, (draft) => this.add(draft, options), window);
  }
}

const END = { value: undefined, done: true };

/** Many drafts, from anything that can be gone through; an outcome is given as soon as it is its turn. */
class Batch {
  constructor(drafts, add, window) {
    this.isAsync = Symbol.asyncIterator in drafts;
    this.source = drafts[Symbol.asyncIterator]?.() ?? drafts[Symbol.iterator]();
    this.add = add;
    this.window = window;
    this.slots = [];
    this.head = 0; // of slots
    this.isOver = false; // the source is at its end
    this.coming = null; // the draft that an async source was asked for
    this.failure = null; // what the source threw, told behind the drafts before it
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  get count() {
    return this.slots.length - this.head;
  }

  async next() {
    for (;;) {
      this.fill();
      const first = this.slots[this.head];
      if (first?.isDone) {
        return { value: this.shift().outcome(), done: false };
      }
      if (!first && !this.coming) {
        return this.end();
      }
      await (first && this.coming ? Promise.race([first.wait(), this.coming]) : first?.wait() ?? this.coming);
    }
  }

  end() {
    const { failure } = this;
    this.failure = null;
    if (failure) {
      throw failure;
    }
    return END;
  }

  /** What `break` of a loop calls; what is under way may still be done. */
  async return() {
    this.isOver = true;
    this.slots = [];
    this.head = 0;
    await this.source.return?.();
    return END;
  }

  /** Takes drafts as far as the window allows. */
  fill() {
    while (!this.isOver && !this.coming && this.count < this.window) {
      if (this.isAsync) {
        this.coming = this.await();
      } else {
        this.take(this.source.next());
      }
    }
  }

  async await() {
    try {
      this.take(await this.source.next());
    } catch (error) {
      this.isOver = true;
      this.failure = error;
    }
    this.coming = null;
  }

  take({ value, done }) {
    if (done) {
      this.isOver = true;
    } else if (!this.isOver) {
      this.slots.push(this.add(value));
    }
  }

  shift() {
    const first = this.slots[this.head];
    this.slots[this.head] = undefined;
    this.head += 1;
    if (this.head > 4096) {
      this.slots = this.slots.slice(this.head);
      this.head = 0;
    }
    return first;
  }
}
