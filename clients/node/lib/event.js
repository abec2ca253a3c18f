// An event as a program is given it. Made by streams alone, after the checks of PROTOCOL §8.5.
import { SYSTEM } from './link.js';
import { STATES } from './frames.js';
import { contentOf, stringify } from './contents.js';
import { timeText } from './words.js';

export class Event {
  constructor(link, delivered) {
    this.link = link;
    this.origin = link.origin;
    this.epoch = delivered.epoch;
    this.seq = link.seq;
    this.offset = delivered.offset; // at this daemon
    this.state = STATES[delivered.state] ?? `state_${delivered.state}`;
    this.forked = delivered.forked;
    this.delivered = delivered;
    this.read = undefined;
    this.next = null; // where to go on behind it
    this.begun = 0; // the beginning of its consumer that gave it
    this.passed = null; // tips of events behind it that the program did not ask for
  }

  get id() {
    return this.link.id;
  }

  get audience() {
    return this.link.audience;
  }

  get isSystem() {
    return this.link.kind === SYSTEM;
  }

  /** ORG/UUID, by which other events name it. */
  get reference() {
    return `${this.origin}/${this.id}`;
  }

  /** Its place, for a cursor. */
  get tip() {
    const { origin, counter, tag, seq, hash } = this.link;
    return { origin, counter, tag, seq, hash };
  }

  get body() {
    if (this.read === undefined) {
      this.read = this.state === 'present' ? contentOf(this.delivered.body) : null;
    }
    return this.read;
  }

  get topic() {
    return this.body?.topic || null;
  }

  get type() {
    return this.body?.type ?? null;
  }

  /** The content's fields as `tail -o json` prints them, save that bytes are a Buffer. */
  get content() {
    return this.body?.content ?? null;
  }

  get publisher() {
    return this.body?.publisher || null;
  }

  get references() {
    return this.body?.references ?? [];
  }

  get timeMs() {
    return this.body?.timeMs || this.delivered.checkpointMs;
  }

  /** The line that `samenbus tail -o json` prints, as an object (PROTOCOL §16.2). */
  toJSON() {
    const { origin, epoch, seq, offset, id, topic, type, audience, state } = this;
    return {
      origin, epoch, seq, offset, id, time: timeText(this.timeMs), topic, type, audience, state,
      ...(this.forked ? { forked: true } : {}), publisher: this.publisher,
      ...(this.references.length ? { references: this.references } : {}), body: this.content,
    };
  }

  /** That line. */
  toString() {
    return stringify(this.toJSON());
  }
}
