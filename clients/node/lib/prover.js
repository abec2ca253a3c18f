// Proof that the origin signed what a stream delivers (PROTOCOL §8.5, §8.8, §10.2). A DELIVER carries
// no checkpoints, so the origin's history is fetched page by page beside the stream: a link is proven
// when its hash stands in a page whose checkpoints the origin's key signed.
import { contentOf } from './contents.js';
import * as errors from './errors.js';
import { SegmentFault, checkBody, verifySegment } from './segment.js';
import { epochText } from './words.js';

const PAGES_MAX = 64; // a page has at most 1 MiB
const PAGES_OF_EPOCH_MAX = 4;
const BRANCHES_MAX = 32;
const PAGE_MS = 10000;

/** A place in words. */
export const where = (link, seq = link.seq) => `${link.origin} ${epochText(link.counter, link.tag)}:${seq}`;

/** Consecutive links under verified checkpoints. */
class Page {
  constructor(events, verified) {
    this.first = verified.first;
    this.last = verified.first + verified.hashes.length - 1;
    this.hashes = verified.hashes;
    this.items = events.items;
  }

  /** Whether the link stands there, by its bytes; its hash need not be made again then. */
  has(link) {
    const at = link.seq - this.first;
    if (!(at >= 0 && at < this.hashes.length && this.items[at].at.bytes.equals(link.bytes))) {
      return false;
    }
    link.known = this.hashes[at];
    return true;
  }

  /** The topic at a seq; null where the body is not given or cannot be read. Errors: Fault. */
  topicAt(seq) {
    const { at: link, salt, body } = this.items[seq - this.first];
    if (!salt.length) {
      return null;
    }
    checkBody(link, salt, body, (code) => {
      throw errors.fault(code, where(link));
    });
    return contentOf(body)?.topic || null;
  }
}

export class Prover {
  constructor(session) {
    this.session = session;
    this.pages = new Map(); // by epoch, newest first
    this.keys = new Map(); // of epochs, where it is not the pinned one
    this.pending = new Map(); // fetches under way, by place, branch and seq
  }

  find(link) {
    return this.pages.get(link.place)?.find((page) => page.has(link)) ?? null;
  }

  /** Fetches the page that begins with this link before it is needed. */
  ahead(link) {
    this.fetch(link, link.seq, 0).catch(() => {}); // asked again, and told, when it is needed
  }

  /** The page that proves the link. Errors: Fault, LOST of session.js, NoAnswer, Refusal. */
  async prove(link) {
    for (let branch = 0; branch < BRANCHES_MAX; branch++) {
      const page = await this.fetch(link, link.seq, branch);
      if (page === null) {
        throw branch ? new errors.BadCheckpoint(where(link), 'the history has another link there')
          : new errors.NoCheckpoint(where(link));
      }
      if (page.has(link)) {
        return page;
      }
    }
    throw new errors.BadCheckpoint(where(link));
  }

  /** A verified page that begins there, or null; one that is under way is not asked for again. */
  fetch(link, seq, branch) {
    const name = `${link.place}/${branch}/${seq}`;
    let fetching = this.pending.get(name);
    if (!fetching) {
      fetching = this.fetchNow(link, seq, branch).finally(() => this.pending.delete(name));
      this.pending.set(name, fetching);
    }
    return fetching;
  }

  async fetchNow(link, seq, branch) {
    const { origin, counter, tag } = link;
    const frame = await this.session.question('FETCH', { origin, counter, tag, branch, seq }, PAGE_MS);
    if (frame.type === 'REFUSAL') {
      throw errors.refusal(frame.fields.code, frame.fields.text);
    }
    if (frame.type !== 'FETCHED') {
      throw new errors.MalformedFrame('another answer than a page');
    }
    const { events, signKey } = frame.fields;
    if (!events.items.length || events.items[0].at.seq !== seq || events.counter !== counter || events.tag !== tag) {
      return null;
    }
    const page = await this.verify(link, events, this.pinned(origin, signKey));
    this.keep(link.place, page);
    return page;
  }

  /** Under the pinned key, or the one that it certifies in the start of the epoch (PROTOCOL §9.3). */
  async verify(link, events, pinned) {
    const { partnership } = this.session;
    if (events.origin !== link.origin) {
      throw new errors.BadLink(where(link), 'a page of another origin');
    }
    const foreign = events.items.find((item) => !item.at.partnership.equals(partnership));
    if (foreign) {
      throw new errors.WrongPartnership(where(foreign.at));
    }
    try {
      const verified = verifySegment(events, partnership, pinned, this.keys.get(link.place) ?? pinned, false);
      if (verified.first === 1) {
        this.keys.set(link.place, verified.key);
      }
      return new Page(events, verified);
    } catch (error) {
      if (!(error instanceof SegmentFault)) {
        throw error;
      }
      const asked = error.code === 'bad_checkpoint' && events.items[0].at.seq > 1 && !this.keys.has(link.place);
      if (asked && await this.learnKey(link)) {
        return this.verify(link, events, pinned);
      }
      throw errors.fault(error.code, where(link, error.seq));
    }
  }

  async learnKey(link) {
    await this.fetch(link, 1, 0);
    return this.keys.has(link.place);
  }

  /** The key of an origin: ours, or else the one that the daemon has pinned. */
  pinned(origin, theirs) {
    const ours = this.session.config.partners;
    const key = ours === null ? theirs : ours.get(origin);
    if (!key || key.length !== 32) {
      throw new errors.BadKey(origin, ours === null ? 'the daemon gives no key of it'
        : 'no key of this organisation is pinned under `partners:`');
    }
    return key;
  }

  /** The oldest pages make room. */
  keep(place, page) {
    const pages = [page, ...(this.pages.get(place) ?? [])].slice(0, PAGES_OF_EPOCH_MAX);
    this.pages.delete(place);
    this.pages.set(place, pages);
    let count = 0;
    this.pages.forEach((some) => {
      count += some.length;
    });
    for (const [old, some] of this.pages) {
      if (count <= PAGES_MAX) {
        break;
      }
      this.pages.delete(old);
      count -= some.length;
    }
  }
}
