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

/** One draft under way; `promise` gives what became of it. */
class Slot {
  constructor(draft, remotes, timeoutMs) {
    this.remote = remotes;
    this.deadline = Date.now() + timeoutMs;
    this.isSent = false; // and perhaps done
    this.isUnderWay = false;
    this.againAt = 0;
    this.refused = null;
    this.isDone = false;
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.promise.catch(() => {}); // told to whoever asks
    try {
      const { id, item } = submissionOf(draft);
      Object.assign(this, { id, item, size: item.body.length + ITEM_EXTRA });
    } catch (error) {
      this.finish(this.reject, error);
    }
  }

  finish(settle, value) {
    this.isDone = true;
    settle(value);
  }

  /** Its time is up. */
  giveUp(reason) {
    const { refused } = this;
    const perhaps = this.isSent && (!refused || refused instanceof errors.UnknownOutcome);
    this.finish(this.reject, refused ?? (perhaps ? new errors.UnknownOutcome(`no answer about ${this.id}`)
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
    if (!slot.isDone) {
      this.slots.add(slot);
      this.flushSoon();
    }
    return slot;
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
        this.end(slot, slot.reject, error);
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

  end(slot, settle, value) {
    this.slots.delete(slot);
    slot.finish(settle, value);
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
      this.end(slot, slot.resolve, { id: slot.id, origin, epoch, seq, duplicate });
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
      this.end(slot, slot.reject, error);
    }
  }

  /** Outcomes {draft, published, error} in the order of the drafts, `window` under way. */
  async* many(drafts, { window = 64, ...options } = {}) {
    const waiting = [];
    let head = 0;
    for await (const draft of drafts) {
      waiting.push({ draft, slot: this.add(draft, options) });
      if (waiting.length - head >= window) {
        yield await outcome(waiting[head++]);
      }
      if (head > 4096) {
        waiting.splice(0, head);
        head = 0;
      }
    }
    while (head < waiting.length) {
      yield await outcome(waiting[head++]);
    }
  }
}

async function outcome({ draft, slot }) {
  try {
    return { draft, published: await slot.promise, error: null };
  } catch (error) {
    return { draft, published: null, error };
  }
}
