// What an event says, between JSON and the bytes of a Body (PROTOCOL §16). Whether a content makes
// sense is the daemon's to check.
import * as errors from './errors.js';
import { readBody, tableOf } from './schema.js';
import { escapeJson } from './shown.js';
import { isOrg, isUuid, newIdBytes, tagText, uuidBytes, uuidText } from './words.js';
import { writeMessage } from './writer.js';

export const BODY_MAX = 65423; // of a submission
const OWN = ['id', 'topic', 'audience', 'references'];
const NOTHING = Object.freeze([]);
const CONTENTS = new Map(tableOf('Body').fields.filter((field) => field.number >= 10 && field.number < 20)
  .map((field) => [field.name, field]));
const ONE_CONTENT = `exactly one of ${[...CONTENTS.keys()].join(', ')} is needed`;
const NAMES_MAX = 1000;
const camels = new Map();

/** A name in lowerCamelCase. */
function camel(name) {
  let known = camels.get(name);
  if (known === undefined) {
    known = name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
    if (camels.size < NAMES_MAX) {
      camels.set(name, known);
    }
  }
  return known;
}

function must(condition, place, text) {
  if (!condition) {
    throw new errors.InvalidBody(place ? `${place}: ${text}` : text);
  }
}

// ---------------------------------------------------------------- to publish

/** {id, audience, body} of an object as `samenbus publish` reads it. Errors: InvalidBody, TooLarge. */
export function submissionOf(draft) {
  must(draft && typeof draft === 'object' && !Array.isArray(draft), '', 'an event is an object');
  const given = { id: undefined, topic: '', audience: undefined, references: NOTHING };
  let field = null;
  let content;
  for (const key of Object.keys(draft)) {
    const name = camel(key);
    const value = draft[key] ?? undefined;
    const one = CONTENTS.get(name);
    if (one && value !== undefined) {
      must(!field, '', ONE_CONTENT);
      field = one;
      content = value;
    } else if (!one) {
      must(OWN.includes(name), name, 'an event has no such field');
      given[name] = value ?? given[name];
    }
  }
  must(field, '', ONE_CONTENT);
  const { topic, audience = NOTHING, references } = given;
  must(given.id === undefined || isUuid(given.id), 'id', 'not a UUID');
  must(isList(audience) && (audience.length > 0 || audience === NOTHING), 'audience', 'a list that is not empty');
  must(audience.every(isOrg), 'audience', 'not an organisation id');
  must(typeof topic === 'string', 'topic', 'not a text');
  must(isList(references) && references.every((one) => typeof one === 'string'), 'references', 'a list of texts');
  const body = writeMessage('Body', { topic, references, [field.name]: fromJson(tableOf(field.sub), content, field.name) });
  if (body.length > BODY_MAX || audience.length > 64) {
    throw new errors.TooLarge(`a body of ${body.length} bytes; at most ${BODY_MAX}, and 64 organisations`);
  }
  const id = given.id === undefined ? newIdBytes() : uuidBytes(given.id);
  return { id: given.id ?? uuidText(id), item: { id, audience, body } };
}

const isList = Array.isArray;
const HALF = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** Whether a text can be written in UTF-8; otherwise another one would be published. */
const isWhole = (text) => (text.isWellFormed ? text.isWellFormed() : !HALF.test(text));

function fromJson(table, object, place) {
  must(object && typeof object === 'object' && !isList(object), place, 'an object is needed');
  const out = {};
  for (const key of Object.keys(object)) {
    const name = camel(key);
    const field = table.byName.get(name);
    const where = `${place}.${name}`;
    must(field, where, 'there is no such field');
    must(!(name in out), where, 'stands there twice');
    const value = object[key] ?? undefined; // null means absent
    out[name] = value === undefined ? value : field.repeated ? listOf(field, value, where) : valueOf(field, value, where);
  }
  return out;
}

function listOf(field, value, place) {
  if (field.sub === 'Weight') {
    must(typeof value === 'object' && !isList(value), place, 'an object of organisations and numbers');
    const weight = tableOf('Weight').byName.get('weight');
    return Object.entries(value).map(([organisation, one]) =>
      ({ organisation, weight: valueOf(weight, one, `${place}.${organisation}`) }));
  }
  must(isList(value), place, 'a list is needed');
  return value.map((one, at) => valueOf(field, one, `${place}[${at}]`));
}

function valueOf(field, value, place) {
  switch (field.kind) {
    case 'message': return fromJson(tableOf(field.sub), value, place);
    case 'enum': return enumOf(field, value, place);
    case 'bytes': return bytesOf(value, place);
    case 'fixed64':
      must(/^[0-9a-f]{16}$/.test(value), place, '16 hexadecimal digits in quotes');
      return BigInt(`0x${value}`);
    case 'string':
      must(typeof value === 'string', place, 'a text is needed');
      must(isWhole(value), place, 'half a surrogate pair is no character');
      return value;
    case 'bool':
      must(typeof value === 'boolean', place, 'true or false is needed');
      return value;
    default:
      must(typeof value === 'bigint' || (Number.isSafeInteger(value) && value >= 0), place, 'a whole number is needed');
      must(field.kind !== 'uint32' || value < 2 ** 32, place, 'at most 4294967295');
      return value;
  }
}

function enumOf(field, value, place) {
  if (value === '') {
    return 0;
  }
  const found = [...field.names].find(([number, name]) => number !== 0 && name === value);
  must(found, place, `one of ${[...field.names.values()].slice(1).join(', ')} is needed`);
  return found[0];
}

function bytesOf(value, place) {
  if (value instanceof Uint8Array) {
    return value;
  }
  const bytes = Buffer.from(String(value), 'base64');
  must(bytes.toString('base64') === value, place, 'standard base64 with padding is needed');
  return bytes;
}

// ---------------------------------------------------------------- as it is printed

/** The fields that are not absent, in the order of their numbers (PROTOCOL §16.2); bytes by `bytes`. */
export function toJson(table, message, bytes = (value) => value.toString('base64')) {
  const out = {};
  for (const field of table.fields) {
    const value = message[field.name];
    if (field.repeated ? value.length : !isDefault(value)) {
      out[field.name] = field.sub === 'Weight' ? weightsOf(value)
        : field.repeated ? value.map((one) => printed(field, one, bytes)) : printed(field, value, bytes);
    }
  }
  return out;
}

const isDefault = (value) => value === null || value === 0 || value === 0n || value === '' || value === false || value.length === 0;
const weightsOf = (list) => Object.fromEntries([...list].map((one) => [one.organisation, one.weight]));

function printed(field, value, bytes) {
  switch (field.kind) {
    case 'message': return toJson(tableOf(field.sub), value, bytes);
    case 'enum': return field.names.get(value) ?? value;
    case 'bytes': return bytes(value);
    case 'fixed64': return tagText(value);
    default: return value;
  }
}

/** A Body with `type`, the name of its content, and `content`; null where it cannot be read. */
export function contentOf(bytes) {
  let body;
  try {
    body = readBody('Body', bytes);
  } catch {
    return null;
  }
  const field = body.type && tableOf('Body').fields.find((one) => one.name === body.type);
  body.content = field ? toJson(tableOf(field.sub), body[body.type], (value) => value) : null;
  return body;
}

/** JSON on one line with the escapes of PROTOCOL §16.3. */
export function stringify(value) {
  const text = JSON.stringify(value, (_, one) => {
    if (typeof one === 'bigint') {
      return one <= Number.MAX_SAFE_INTEGER ? Number(one) : `\u0000${one}\u0000`;
    }
    return one?.type === 'Buffer' && isList(one.data) ? Buffer.from(one.data).toString('base64') : one;
  });
  return escapeJson(text.replace(/"\\u0000(-?\d+)\\u0000"/g, '$1'));
}

