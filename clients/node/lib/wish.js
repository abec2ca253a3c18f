// What a program wants of a subscription.
import { isOrg } from './words.js';

const WINDOW_MAX = 8192;
const TOPICS_MAX = 256;
const DEFAULTS = {
  topics: [], origins: [], cursor: null, follow: true, system: false, stubs: false, liveOnly: false, fromOffset: 0,
  sinceMs: 0, window: 2048, verify: true, patienceMs: 60000,
  consumer: '', // of the daemon; its cursor and its filters are those of the stream
};

/** The options of a subscription with their defaults. Errors: TypeError, RangeError, for what no daemon would read. */
export function wishOf(options) {
  for (const name of Object.keys(options)) {
    if (!(name in DEFAULTS)) {
      throw new TypeError(`subscribe: there is no option ${name}; there are ${Object.keys(DEFAULTS).join(', ')}`);
    }
  }
  const wish = { ...DEFAULTS, ...options };
  if (!Array.isArray(wish.topics) || wish.topics.length > TOPICS_MAX
    || wish.topics.some((one) => typeof one !== 'string' || Buffer.byteLength(one) > 200)) {
    throw new RangeError(`topics: a list of at most ${TOPICS_MAX} prefixes of at most 200 bytes`);
  }
  if (!Array.isArray(wish.origins) || !wish.origins.every(isOrg)) {
    throw new RangeError('origins: a list of organisation ids');
  }
  if (!(wish.window >= 1 && wish.window <= WINDOW_MAX)) {
    throw new RangeError(`window: 1 to ${WINDOW_MAX} events may be under way`);
  }
  return wish;
}
