// One subscription (PROTOCOL §8.5). What comes is checked alone, proven, put in order, and stands in
// `ready` until the program takes it. After a lost connection the stream is opened again behind the
// last event in `ready`: nothing comes twice and nothing is left out.
import * as errors from './errors.js';
import { Event } from './event.js';
import { where } from './prover.js';
import { checkBody } from './segment.js';
import { LOST } from './session.js';
import { TIPS_MAX } from './cursor.js';
import { wishOf } from './wish.js';
import { prefixMatches } from './words.js';

const PRESENT = 1;
const WITHHELD = 2;
const MISSING = 3;
const AGAIN_MS = 300;

/** A page has an event that the stream left out: perhaps it was erased since the page was made. */
class LeftOut extends Error {
  constructor(link, seq) {
    super(`left out: ${seq}`);
    this.seq = seq;
    this.gap = new errors.Gap(where(link, seq), `the stream goes on at ${link.seq}`);
  }
}

/** A stream of the daemon from its SUBSCRIBE to its loss; what is not proven is lost with it. */
class Opening {
  constructor(request) {
    this.request = request;
    this.frames = [];
    this.isWorking = false;
    this.isOver = false;
    this.owed = 0; // credit that was not given back yet
    this.lastSeqs = new Map(); // by epoch, of what has come
  }
}

/** An async iterator of events. Ends with the program's `break`, with close(), or at the end. */
export class Subscription {
  constructor(session, prover, options) {
    if (session.isClosed) {
      throw new errors.ClientClosed('the client was closed');
    }
    this.session = session;
    this.prover = prover;
    this.wish = wishOf(options);
    this.cursor = this.wish.cursor;
    this.number = session.nextRequest; // unique, as request ids are
    session.nextRequest += 1;
    this.ready = []; // events and errors
    this.head = 0; // of ready
    this.wanting = []; // {resolve, reject} of next() that wait
    this.opening = null;
    this.openAt = 0;
    this.isEnded = false;
    this.place = this.cursor?.at ?? null;
    this.isByTips = Boolean(this.wish.consumer); // begun with tips: offsets would pass what is held back (PROTOCOL §8.7)
    this.taken = new Map(); // newest tip of each epoch
    for (const tip of this.cursor?.tips.values() ?? []) {
      this.taken.set(`${tip.origin} ${tip.counter} ${tip.tag}`, tip);
    }
    const { liveOnly, fromOffset, sinceMs, topics, stubs, consumer, system } = this.wish;
    this.fromStart = !(liveOnly || fromOffset || sinceMs || this.place || consumer);
    this.isWhole = topics.length === 0 && !stubs && (system || !consumer);
    this.given = new Map(); // tips since the last ack
    this.begun = 0; // of a consumer: how often it was begun anew
    this.last = null;
    session.users.add(this);
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  // ---- the program

  /** The next event. Errors: see errors.js; after one, the next call goes on where it was. */
  next() {
    if (this.head < this.ready.length) {
      return this.give();
    }
    if (this.isEnded) {
      return Promise.resolve({ value: undefined, done: true });
    }
    return new Promise((resolve, reject) => {
      this.wanting.push({ resolve, reject, since: Date.now() });
      this.step();
    });
  }

  /** What `break` of a loop calls. */
  async return() {
    this.close();
    return { value: undefined, done: true };
  }

  close() {
    this.shut();
    this.isEnded = true;
    this.ready = [];
    this.head = 0;
    this.session.users.delete(this);
    this.settleWanting();
  }

  /**
   * Says that events have been processed: without an argument, or with the last one, all that were
   * given; with an older one, those of its epoch up to it.
   */
  ack(event = this.last) {
    if (this.cursor === null) {
      throw new TypeError('ack: this subscription has no cursor');
    }
    if (event === null || event.begun !== this.begun) {
      return undefined;
    }
    if (event !== this.last) {
      this.cursor.advance(event.tip);
    } else {
      this.given.forEach((tip) => this.cursor.advance(tip));
      this.given.clear();
      if (!this.isByTips) {
        this.cursor.at = this.head < this.ready.length ? event.next : this.place;
      }
    }
    return this.cursor.save();
  }

  give() {
    const first = this.ready[this.head];
    this.ready[this.head] = undefined;
    this.head += 1;
    if (this.head === this.ready.length || this.head > 4096) {
      this.ready = this.ready.slice(this.head);
      this.head = 0;
    }
    if (!(first instanceof Event)) {
      return Promise.reject(first);
    }
    this.last = first;
    if (this.cursor) {
      this.given.set(first.link.place, first.tip);
      first.passed?.forEach((tip, place) => this.given.set(place, tip));
    }
    this.giveCredit();
    return Promise.resolve({ value: first, done: false });
  }

  /** Gives what is ready to who waits for it. */
  settleWanting() {
    while (this.wanting.length && (this.head < this.ready.length || this.isEnded)) {
      const one = this.wanting.shift();
      this.next().then(one.resolve, one.reject);
    }
  }

  // ---- the connection

  onUp() {
    this.step();
  }

  onDown() {
    if (this.opening) {
      this.opening.isOver = true;
      this.opening = null;
    }
  }

  /** Raises it behind what is ready; the next step goes on where it was. */
  onError(error) {
    if (this.opening) {
      this.shut();
      this.push(error);
    } else if (this.wanting.length && this.session.isUp === false) {
      this.wanting.shift().reject(error);
    }
  }

  onTick(now) {
    this.step();
    const { patienceMs } = this.wish;
    if (this.session.isUp || patienceMs === null) {
      return;
    }
    while (this.wanting.length && now - this.wanting[0].since >= patienceMs) {
      this.wanting.shift().reject(new errors.Unreachable(this.session.reason));
    }
  }

  /** Opens the stream where somebody waits for it. */
  step() {
    const wanted = this.wanting.length > 0 && this.head >= this.ready.length;
    if (wanted && !this.opening && !this.isEnded && this.session.isUp && Date.now() >= this.openAt) {
      this.open();
    }
  }

  open() {
    const { topics, origins, follow, stubs, window, consumer } = this.wish;
    const of = consumer ? { consumer } : { topics, origins, system: true, ...this.begin() };
    const fields = { subscription: this.number, follow, stubs, credit: window, ...of };
    this.cursor?.opens?.();
    const opening = new Opening(0);
    this.opening = opening;
    opening.request = this.session.ask('SUBSCRIBE', fields, (frame) => this.onFrame(opening, frame));
  }

  /** Where it begins: the place at this store, else the tips, else as was asked for. */
  begin() {
    const { liveOnly, fromOffset, sinceMs } = this.wish;
    if (this.place && this.place.storeId === this.session.status.storeId && !this.isByTips) {
      return { fromOffset: this.place.offset };
    }
    if (this.taken.size) {
      this.isByTips = true;
      return { cursor: [...this.taken.values()].slice(-TIPS_MAX) };
    }
    return liveOnly ? { liveOnly, follow: false } // its end says where now is
      : { fromOffset, sinceMs };
  }

  /** Has the daemon stop; what is not proven is dropped. */
  shut() {
    if (this.opening) {
      this.session.forget(this.opening.request);
      if (this.session.isUp) {
        this.session.ask('UNSUBSCRIBE', { subscription: this.number });
      }
      this.onDown();
    }
  }

  /** The consumer was begun anew: what it gave counts no more, and what comes is new (PROTOCOL §8.10). */
  beginAnew() {
    this.shut();
    this.ready = [];
    this.head = 0;
    this.taken.clear();
    this.given.clear();
    this.last = null;
    this.begun += 1;
    this.cursor.forget();
  }

  push(one) {
    this.ready.push(one);
    this.settleWanting();
  }

  giveCredit() {
    const { opening } = this;
    if (opening) {
      opening.owed += 1;
      if (opening.owed >= this.wish.window / 4) {
        this.session.ask('CREDIT', { subscription: this.number, credit: opening.owed });
        opening.owed = 0;
      }
    }
  }

  // ---- what comes

  onFrame(opening, frame) {
    if (frame.type === 'REFUSAL') {
      this.refuse(errors.refusal(frame.fields.code, frame.fields.text));
    } else if (frame.type !== 'DELIVER') {
      throw new errors.MalformedFrame('another answer than a stream');
    } else {
      opening.frames.push(frame.fields);
      this.fetchAhead(opening, frame.fields.items);
      this.work(opening);
    }
  }

  /** While the daemon starts or stops it is asked again. */
  refuse(error) {
    if (error.isRetried) {
      this.session.forget(this.opening.request);
      this.onDown();
      this.openAt = Date.now() + AGAIN_MS;
    } else if (error instanceof errors.BegunAnew && this.wish.consumer) {
      this.beginAnew();
      this.openAt = Date.now() + AGAIN_MS;
    } else if (error instanceof errors.UnknownConsumer && this.wish.consumer) {
      this.beginAnew(); // one that is added in its place begins anew too
      this.push(error);
    } else {
      this.onError(error);
    }
  }

  /** The first page of each epoch is on its way before it is needed. */
  fetchAhead(opening, items) {
    if (!this.wish.verify) {
      return;
    }
    for (const { at } of items) {
      const place = at.place;
      if (!opening.lastSeqs.has(place) && !this.prover.find(at)) {
        this.prover.ahead(at);
      }
      opening.lastSeqs.set(place, at.seq);
    }
  }

  /** Works through what has come, in order, one frame at a time. */
  async work(opening) {
    if (opening.isWorking) {
      return;
    }
    opening.isWorking = true;
    try {
      while (opening.frames.length && !opening.isOver) {
        await this.take(opening, opening.frames.shift());
      }
    } catch (error) {
      if (!opening.isOver && error !== LOST) {
        this.shut();
        this.push(error);
      }
    }
    opening.isWorking = false;
  }

  async take(opening, deliver) {
    for (const item of deliver.items) {
      const event = this.receive(item);
      let page = null;
      if (this.wish.verify) {
        page = this.prover.find(event.link) ?? await this.prover.prove(event.link);
        if (opening.isOver) {
          return;
        }
      }
      if (this.cursor?.wasBegunAnew?.(event)) {
        return this.beginAnew();
      }
      for (let left = this.leftOut(event, page, null), newer = null; left; left = this.leftOut(event, page, newer)) {
        newer = await this.lookAgain(event.link, left, newer);
        if (opening.isOver) {
          return;
        }
      }
    }
    this.settleWanting();
    this.mark(deliver);
  }

  /** Settles the event; or a LeftOut, and nothing has changed. `newer`: the page that was asked for then. */
  leftOut(event, page, newer) {
    try {
      this.settle(event, page, newer);
      return null;
    } catch (error) {
      if (error instanceof LeftOut) {
        return error;
      }
      throw error;
    }
  }

  /** The page that shows what is there now of an event that was left out: it may have been erased. Errors: Gap. */
  async lookAgain(link, left, newer) {
    const page = newer && left.seq <= newer.last ? null : await this.prover.fetch(link, left.seq, 0);
    if (page === null) {
      throw left.gap;
    }
    return page;
  }

  /** What can be checked of an event alone. Errors: Fault. */
  receive(item) {
    const link = item.at;
    const own = this.session.config.organisation;
    if (!link.partnership.equals(this.session.partnership)) {
      throw new errors.WrongPartnership(where(link));
    }
    const entitled = link.entitles(own);
    if (item.state === PRESENT) {
      checkBody(link, item.salt, item.body, (code) => {
        throw errors.fault(code, where(link));
      });
      if (!entitled) {
        throw new errors.WrongState(where(link), 'a body that this organisation may not have');
      }
    } else if (item.state === (entitled ? WITHHELD : MISSING)) {
      throw new errors.WrongState(where(link));
    }
    return new Event(link, item);
  }

  /** A proven event: in order, wanted, ready. */
  settle(event, page, newer) {
    const follows = this.follows(event, page, newer);
    event.next = this.goOnAt(event.offset + 1);
    event.begun = this.begun;
    if (follows && this.wants(event)) {
      this.ready.push(event);
      return;
    }
    if (follows && this.cursor) {
      this.pass(event);
    }
    this.giveCredit();
  }

  /** Everything before that offset has been considered. */
  goOnAt(offset) {
    const place = { storeId: this.session.status.storeId, offset };
    if (!this.isByTips) {
      this.place = place;
    }
    return place;
  }

  /**
   * The cursor shall not stop before what the program did not ask for, such as a system event: the
   * one behind it would look like the other side of a gap.
   */
  pass(event) {
    const before = this.head < this.ready.length ? this.ready.at(-1) : null;
    if (before instanceof Event) {
      before.passed ??= new Map();
      before.passed.set(event.link.place, event.tip);
    } else {
      this.given.set(event.link.place, event.tip);
    }
  }

  wants(event) {
    if (event.isSystem) {
      return this.wish.system;
    }
    const { topics, origins } = this.wish;
    const isAny = topics.length === 0 || event.delivered.state === MISSING; // damaged: whatever the topics (PROTOCOL §8.5)
    return (origins.length === 0 || origins.includes(event.origin))
      && (isAny || topics.some((one) => prefixMatches(one, event.topic ?? '')));
  }

  /** A whole DELIVER has been worked through. */
  mark(deliver) {
    if (deliver.position) {
      this.goOnAt(deliver.position);
    }
    if (deliver.end) {
      this.session.forget(this.opening.request);
      this.onDown();
      this.isEnded = !this.wish.follow;
      this.settleWanting();
      this.step();
    }
  }

  // ---- order

  /** Whether the event comes next in its epoch; false where it was there already. Errors: Gap, LeftOut, BadPrev. */
  follows(event, page, newer) {
    const { link } = event;
    const place = `${link.origin} ${link.counter} ${link.tag}`;
    const before = this.taken.get(place);
    if (before && link.seq <= before.seq) {
      return this.wish.stubs || (event.forked && !(link.seq === before.seq && link.hash.equals(before.hash)));
    }
    if (!event.forked) {
      this.checkGap(link, before, page, newer);
    }
    this.taken.delete(place);
    this.taken.set(place, event.tip);
    return true;
  }

  checkGap(link, before, page, newer) {
    const expected = before ? before.seq + 1 : 1;
    const text = `the stream goes on at ${link.seq}`;
    if (!before && !this.fromStart) {
      return;
    }
    if (this.isWhole) {
      if (link.seq > expected) {
        throw new errors.Gap(where(link, expected), text);
      }
      if (before && !link.prev.equals(before.hash)) {
        throw new errors.BadPrev(where(link));
      }
    } else if (page && !this.wish.stubs) {
      for (let seq = Math.max(page.first, expected); seq < link.seq; seq++) {
        if (this.passes(page, seq) && (!newer || seq > newer.last || (seq >= newer.first && this.passes(newer, seq)))) {
          throw new LeftOut(link, seq);
        }
      }
    }
  }

  /** Whether the event that a page has there is one that the topics let pass. */
  passes(page, seq) {
    const topic = page.topicAt(seq);
    const { topics } = this.wish;
    return topic !== null && (topics.length === 0 || topics.some((one) => prefixMatches(one, topic)));
  }
}
