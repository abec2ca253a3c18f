// Verifying consecutive links of one epoch under checkpoints, and the start of an epoch
// (PROTOCOL §10.2). Holds no state and asks nobody.
import { decodeCheckpoint, SYSTEM, verifyCertificate, verifyCheckpoint } from './link.js';
import { readBody } from './schema.js';
import { Malformed, NO_HASH, commitment, epochTag, isOrg } from './words.js';

const PARENTS_MAX = 16;

/** The first fault of a segment; `seq` is where, 0 for the whole. */
export class SegmentFault extends Error {
  constructor(code, seq) {
    super(code);
    this.code = code;
    this.seq = seq;
  }
}

function must(condition, code, seq) {
  if (!condition) {
    throw new SegmentFault(code, seq);
  }
}

/** Checks salt and body against the link. `fail` gets the code. */
export function checkBody(link, salt, body, fail) {
  if (body.length !== link.bodyLength) {
    fail('bad_body');
  } else if (!commitment(salt, body).equals(link.commitment)) {
    fail('bad_commitment');
  }
}

/**
 * The EpochStart in a body that was checked against its link; `others`: keys that are as good as the
 * pinned one for an epoch under just that key (PROTOCOL §10.4). Errors: SegmentFault.
 */
export function verifyStart(link, body, pinned, others = []) {
  const start = readStart(body);
  const tag = body && epochTag(body);
  must(start && link.seq === 1 && link.kind === SYSTEM && start.counter === link.counter && tag === link.tag, 'bad_epoch', 1);
  const isKnown = [pinned, ...others].some((key) => start.signKey.equals(key));
  must(isKnown || isCertified(start, link, pinned), 'bad_key', 1);
  return start;
}

/** The EpochStart with the fields of §5.2 in a body; null where it is none. */
export function readStart(bytes) {
  try {
    const body = bytes && bytes.length <= 65536 ? readBody('Body', bytes) : null;
    return body && body.type === 'epochStart' && body.topic === '' && body.publisher === '' && hasForm(body.epochStart)
      ? body.epochStart : null;
  } catch (error) {
    if (error instanceof Malformed) {
      return null;
    }
    throw error;
  }
}

/** The fields of §5.2. */
function hasForm(start) {
  const certificate = start.certificate;
  return start.counter >= 1 && start.nonce.length && start.signKey.length && start.firstCommitment.length
    && start.parents.length <= PARENTS_MAX
    && start.parents.every((one) => one.origin === '' && one.counter >= 1 && one.counter < start.counter
      && one.seq >= 1 && one.hash.length)
    && (certificate === null || (isOrg(certificate.origin) && certificate.oldKey.length && certificate.newKey.length
      && certificate.oldSignature.length && certificate.newSignature.length));
}

function isCertified(start, link, pinned) {
  const certificate = start.certificate;
  return certificate !== null && certificate.origin === link.origin && certificate.oldKey.equals(pinned)
    && certificate.newKey.equals(start.signKey) && verifyCertificate(certificate, link.partnership);
}

/**
 * Verifies {origin, counter, tag, items: [{at, salt, body}], checkpoints}; `key`: that of the epoch
 * where it is known, else null; `bodies`: whether those are checked as well, save that of an epoch's
 * start, which always is; `promised`: the commitment of seq 2 where its start is known. Gives the hashes of the links and the key. Errors: SegmentFault.
 */
export function verifySegment(events, partnership, pinned, key, bodies = true, promised = null) {
  const { items } = events;
  must(items.length, 'no_checkpoint', 0);
  const first = items[0].at?.seq ?? 1;
  must(key || first === 1, 'bad_epoch', 0);
  const hashes = verifyLinks(events, partnership, first, bodies);
  const checkpoints = verifyPlaces(events, first, hashes);
  must(first !== 2 || promised === null || promised.equals(items[0].at.commitment), 'bad_epoch', 2);
  const trusted = first === 1 ? verifyBeginning(items, pinned) : key;
  for (const one of checkpoints) {
    must(verifyCheckpoint(one.bytes, partnership, events.origin, events.counter, events.tag, trusted),
      'bad_checkpoint', one.seq);
  }
  return { first, hashes, key: trusted, checkpoints };
}

function verifyLinks(events, partnership, first, bodies) {
  const hashes = [];
  events.items.forEach((item, i) => {
    const link = item.at;
    must(link && link.seq === first + i && link.counter === events.counter && link.tag === events.tag
      && link.origin === events.origin && link.partnership.equals(partnership), 'bad_link', first + i);
    must(i === 0 || link.prev.equals(hashes[i - 1]), 'bad_prev', first + i);
    if (bodies && item.salt.length) {
      checkBody(link, item.salt, item.body, (code) => must(false, code, first + i));
    }
    hashes.push(link.hash);
  });
  return hashes;
}

function verifyPlaces(events, first, hashes) {
  const last = first + hashes.length - 1;
  const checkpoints = events.checkpoints.map(decodeCheckpoint);
  let before = 0;
  for (const one of checkpoints) {
    must(one.seq >= first && one.seq <= last && one.seq > before && one.hash.equals(hashes[one.seq - first] ?? NO_HASH),
      'bad_checkpoint', one.seq);
    before = one.seq;
  }
  must(before === last, 'no_checkpoint', before === 0 ? first : before + 1);
  return checkpoints;
}

function verifyBeginning(items, pinned) {
  const start = verifyStart(items[0].at, items[0].salt.length ? items[0].body : null, pinned);
  must(items[1] && start.firstCommitment.equals(items[1].at.commitment), 'bad_epoch', 2);
  return start.signKey;
}
