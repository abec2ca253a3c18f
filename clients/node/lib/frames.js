// Frames: their header, which message is of which type, and what a message must have (PROTOCOL §2).
// Every message that is read here has passed these rules; its links have been decoded.
import { decodeCheckpoint, decodeLink } from './link.js';
import { readMessage, tableOf } from './schema.js';
import { Malformed, isOrg } from './words.js';
import { writeMessage } from './writer.js';

export const FRAME_MAX = 1048576;
const HEADER = 8;
export const MESSAGES = {
  HELLO: [1, 'Hello'], FRONTIER: [2, 'Frontier'], WANT: [3, 'Want'], EVENTS: [4, 'Events'], VIEW: [5, 'View'],
  SUMMARY_REQUEST: [6, 'SummaryRequest'], SUMMARY: [7, 'Summary'], WANT_BODIES: [8, 'WantBodies'],
  BODIES: [9, 'Bodies'], FRONTIER_REQUEST: [10, 'FrontierRequest'], BROADCAST: [16, 'Broadcast'],
  PUBLISH: [32, 'Publish'], RESULTS: [33, 'Results'], SUBSCRIBE: [34, 'Subscribe'], DELIVER: [35, 'Deliver'],
  CREDIT: [36, 'Credit'], UNSUBSCRIBE: [37, 'Unsubscribe'], FETCH: [38, 'Fetch'], FETCHED: [39, 'Fetched'],
  QUERY: [40, 'Query'], ANSWER: [41, 'Answer'], EVIDENCE: [44, 'Evidence'],
  HOLDERS: [45, 'Holders'], SAID: [46, 'Said'], CONSUME: [48, 'Consume'], CONSUMERS: [49, 'Consumers'],
  HAPPENINGS: [50, 'Happenings'], ERASE: [51, 'Erase'], ERASURES: [52, 'Erasures'],
  ADMIN: [53, 'Admin'], ADMINISTERED: [54, 'Administered'],
  POSSESSION: [58, 'Possession'], REFUSAL: [63, 'Refusal'],
};
const NAMES = new Map(Object.entries(MESSAGES).map(([name, [number, message]]) => [number, { name, message }]));
export const STATES = ['', 'present', 'withheld', 'missing', 'erased', 'expired', 'hidden'];
const PRESENT = 1;

// The table of §2.5: required fields, lists, texts (per message, then those of every text in Status).
const RULES = {
  Hello: ['version partnership organisation bootNonce storeId', {}, { software: 200 }],
  Frontier: ['node bootNonce storeId', { origins: 401 }],
  OriginHeads: ['origin', { heads: 32 }],
  Head: ['counter checkpoint'],
  Want: ['origin counter'],
  Events: ['origin', { items: 2048, checkpoints: 2048 }],
  EventItem: ['link'],
  View: ['', {}, { state: 32, reason: 200 }],
  SummaryRequest: ['origin'],
  Summary: ['origin', { epochs: 512, parts: 512 }],
  WantBodies: ['origin counter', { seqs: 512 }],
  Bodies: ['origin counter', { items: 512 }],
  BodyItem: ['seq linkHash'],
  Broadcast: ['link checkpoint'],
  Publish: ['', { items: 1024 }],
  Submission: ['id', { audience: 64 }],
  Results: ['origin', { items: 1024 }],
  Result: ['', {}, { text: 1000, epoch: 27 }],
  Subscribe: ['', { cursor: 4096, topics: 256, origins: 401 }, { consumer: 64 }],
  Query: ['', {}, { consumer: 64 }],
  Tip: ['origin counter hash'],
  Deliver: ['', { items: 8192 }],
  Delivered: ['link state', {}, { epoch: 27 }],
  Fetch: ['origin'],
  Fetched: ['events'],
  Evidence: ['', { items: 256 }],
  Holders: ['origin id', { holders: 401 }, { epoch: 27 }],
  Holder: ['organisation'],
  Said: ['', { chains: 32768, links: 32768, items: 2048 }],
  SaidChain: ['origin counter', { parents: 32768 }],
  SaidLink: ['hash', {}, { epoch: 27 }],
  SaidItem: ['link salt'],
  Consume: ['action name', { cursor: 4096, topics: 64, origins: 64 }, { name: 64 }],
  Consumers: ['', { consumers: 64 }],
  Happenings: ['', { happenings: 1024 }],
  Happening: ['', {}, { code: 1000, action: 1000, actor: 1000, object: 1000, result: 1000, origin: 1000, text: 1000 }],
  Consumer: ['name', { cursor: 4096, topics: 64, origins: 64 }, { name: 64, client: 100 }],
  Erase: ['ground', { items: 1024 }, { ground: 1000 }],
  EraseItem: ['origin id'],
  Erasures: ['', { items: 256 }],
  ErasedEvent: ['origin id', { holders: 401 }, { ground: 1000 }],
  ErasureHolder: ['organisation'],
  Possession: ['statement'],
  EvidenceItem: ['kind origin', { sides: 8 }],
  EvidenceSide: ['counter seq hash commitment checkpoint', {}, { epoch: 27 }],
  Admin: ['order'],
  Administered: ['outcome', {}, { text: 49152 }],
  Status: ['', { heads: 12832, peers: 400, alarms: 1024, consumers: 64 },
    { organisation: 1000, name: 1000, partnership: 1000, version: 1000, state: 1000, reason: 1000, storeId: 1000 }],
  Refusal: ['', {}, { text: 1000 }],
};
const IDS = ['origin', 'node', 'organisation'];

const ascending = (numbers) => numbers.every((one, at) => at === 0 || one > numbers[at - 1]);
const isOff = (bytes) => bytes.every((byte) => byte === 0);
const withBody = (item) => (item.salt.length || !item.body.length) && !(item.erased && item.salt.length);

// What else must hold within one message (§6 to §8, §12.2).
const MORE = {
  Hello: (m) => m.version === 1,
  EventItem: (m) => withBody(m),
  BodyItem: (m) => withBody(m),
  Delivered: (m) => (m.state === PRESENT) === m.salt.length > 0 && (m.salt.length > 0 || !m.body.length),
  Submission: (m) => !isOff(m.id) && m.audience.every(isOrg),
  Subscribe: (m) => m.origins.every(isOrg),
  Publish: (m) => m.items.length > 0,
  WantBodies: (m) => m.seqs.length > 0 && m.seqs[0] > 0 && ascending(m.seqs),
  SummaryRequest: (m) => m.fromCounter <= m.toCounter,
  Summary: (m) => m.fromCounter <= m.toCounter,
  RangeDigest: (m) => m.fromCounter <= m.toCounter,
  Credit: (m) => m.credit > 0,
  Broadcast: (m) => decodeCheckpoint(m.checkpoint).seq >= m.at.seq && (m.salt.length > 0 || !m.body.length),
};

/** All that is demanded of a message, of the three tables. */
function rulesOf(name) {
  const [required, lists = {}, texts = {}] = RULES[name] ?? [''];
  const fields = tableOf(name).byName;
  return {
    required: required.split(' ').filter(Boolean), lists: Object.entries(lists), texts: Object.entries(texts),
    ids: name === 'StatusHead' || name === 'Status' ? [] : IDS.filter((field) => fields.has(field)),
    hasLink: fields.get('link')?.kind === 'bytes', more: MORE[name] ?? null,
  };
}

const rules = new Map();

/** The rules of one message, as soon as it has been read; puts a decoded link beside its bytes, as `at`. */
function check(name, message) {
  let known = rules.get(name);
  if (known === undefined) {
    known = rulesOf(name);
    rules.set(name, known);
  }
  checkTable(name, known, message);
  if (known.hasLink) {
    message.at = decodeLink(message.link);
  }
  if (known.more !== null && !known.more(message)) {
    throw new Malformed(`${name} is not as it must be`);
  }
}

function checkTable(name, { required, lists, texts, ids }, message) {
  for (const field of required) {
    const value = message[field];
    if (!value || value.length === 0) {
      throw new Malformed(`${name}.${field} is required`);
    }
  }
  for (const [field, most] of lists) {
    if (message[field].length > most) {
      throw new Malformed(`${name}.${field}: at most ${most}`, 'too_large');
    }
  }
  for (const [field, most] of texts) {
    if (message[field].length * 3 > most && Buffer.byteLength(message[field]) > most) {
      throw new Malformed(`${name}.${field}: at most ${most} bytes`, 'too_large');
    }
  }
  for (const field of ids) {
    if (!isOrg(message[field])) {
      throw new Malformed(`${name}.${field} is no organisation id`);
    }
  }
}

/** Whether a frame of ours has a type of a later version (PROTOCOL §14). */
export const isOfNewerType = (bytes) => bytes.length >= HEADER && bytes[2] === 1 && !NAMES.has(bytes[3]) && isOurs(bytes);

/** Whether a frame has a later version altogether. */
export const isOfNewerVersion = (bytes) => bytes.length >= HEADER && bytes[2] > 1 && isOurs(bytes);

const isOurs = (bytes) => bytes[0] === 0x53 && bytes[1] === 0x42;

/** {type, request, fields} of a frame. Errors: Malformed, with `fault` too_large or malformed. */
export function readFrame(bytes) {
  if (bytes.length < HEADER || !isOurs(bytes)) {
    throw new Malformed('no frame of samenbus');
  }
  if (bytes[2] !== 1) {
    throw new Malformed(`a frame of version ${bytes[2]}`);
  }
  const known = NAMES.get(bytes[3]);
  if (!known) {
    throw new Malformed(`a frame of the unknown type ${bytes[3]}`);
  }
  const fields = readMessage(known.message, bytes.subarray(HEADER), check);
  return { type: known.name, request: bytes.readUInt32BE(4), fields };
}

/** The bytes of a frame. */
export function writeFrame(type, request, fields) {
  const [number, message] = MESSAGES[type];
  const bytes = writeMessage(message, fields, HEADER);
  bytes.writeUInt32BE(0x53420100 + number, 0);
  bytes.writeUInt32BE(request, 4);
  return bytes;
}
