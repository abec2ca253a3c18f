// client.yaml: which daemon, and who we are there. Reads files; connects to nothing. What the
// `samenbus` command does not know, pinned keys and the partnership's name, stands in partners.yaml.
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { z85Decode } from './curve.js';
import { ConfigError } from './errors.js';
import { isOrg } from './words.js';

const NAMES = ['organisation', 'publish', 'service', 'server_key', 'curve_key'];
const OPTIONAL = ['partners', 'partnership'];
const NEXT = 'next_server_key';
const SECRET = /^samenbus-curve-key-1 (\S{40})$/m;

function must(condition, file, text) {
  if (!condition) {
    throw new ConfigError(`${file}: ${text}`);
  }
}

/** The file that counts where none is named: $SAMENBUS_CONFIG, then ~/.config, then /etc. */
export function findConfig() {
  if (process.env.SAMENBUS_CONFIG) {
    return process.env.SAMENBUS_CONFIG;
  }
  const places = [join(homedir(), '.config/samenbus/client.yaml'), '/etc/samenbus/client.yaml'];
  const found = places.find(existsSync);
  must(found, 'no client.yaml', `name one, or set SAMENBUS_CONFIG; looked for ${places.join(' and ')}`);
  return found;
}

/** The configuration in that file, or in the one that findConfig finds. Errors: ConfigError. */
export function readConfig(path = findConfig()) {
  const file = resolve(path);
  const folder = dirname(file);
  const beside = join(folder, 'partners.yaml');
  const found = { ...readYaml(file, [...NAMES, NEXT, ...OPTIONAL]), ...(existsSync(beside) ? readYaml(beside, OPTIONAL) : {}) };
  for (const name of NAMES) {
    must(typeof found[name] === 'string' && found[name], file, `${name}: a text is needed here`);
  }
  must(isOrg(found.organisation), file, `organisation: ${found.organisation} is no organisation id`);
  must(isZ85(found.server_key), file, 'server_key: not 40 characters of Z85');
  must(found[NEXT] === undefined || isZ85(String(found[NEXT])), file, `${NEXT}: not 40 characters of Z85`);
  must(found.partnership === undefined || typeof found.partnership === 'string', file, 'partnership: not a text');
  return {
    organisation: found.organisation, publish: endpoint(file, found.publish), service: endpoint(file, found.service),
    serverKey: found.server_key, nextServerKey: found[NEXT] ?? null, secretKey: readSecret(resolve(folder, found.curve_key)),
    partnership: found.partnership ?? null, partners: readPartners(file, found.partners),
  };
}

function readYaml(file, names) {
  let found;
  try {
    found = parse(readFileSync(file, 'utf8'), { maxAliasCount: 0 });
  } catch (error) {
    throw new ConfigError(`${file}: ${error.message}`);
  }
  must(found && typeof found === 'object' && !Array.isArray(found), file, 'not a list of `name: value`');
  for (const name of Object.keys(found)) {
    must(names.includes(name), file, `unknown key \`${name}\`; allowed here: ${names.join(', ')}`);
  }
  return found;
}

const isZ85 = (text) => text.length === 40 && z85Decode(text) !== null;

/** tcp://HOST:PORT or ipc://PATH; a relative path is relative to the file. */
function endpoint(file, text) {
  must(/^(tcp|ipc):\/\/./.test(text), file, `${text} is neither tcp://HOST:PORT nor ipc://PATH`);
  return text.startsWith('ipc://') ? `ipc://${resolve(dirname(file), text.slice('ipc://'.length))}` : text;
}

/** The secret key in a file of `samenbus key gen --client`. */
function readSecret(path) {
  let text;
  try {
    text = readFileSync(path, 'latin1');
  } catch (error) {
    throw new ConfigError(`${path}: the key cannot be read: ${error.message}`);
  }
  const found = SECRET.exec(text);
  must(found && isZ85(found[1]), path, 'no line `samenbus-curve-key-1 KEY` in it');
  return found[1];
}

/** Signing keys by organisation; null where the daemon's word is to be taken. */
function readPartners(file, given) {
  if (given === undefined) {
    return null;
  }
  must(given && typeof given === 'object', file, 'partners: a list of {id, sign_key}');
  const entries = Array.isArray(given) ? given.map((one) => [one?.id, one?.sign_key]) : Object.entries(given);
  return new Map(entries.map(([org, text]) => {
    must(isOrg(org), file, `partners: ${org} is no organisation id`);
    const key = Buffer.from(String(text), 'base64');
    must(key.length === 32 && key.toString('base64') === text, file, `partners: ${org}: sign_key is not 32 bytes in base64`);
    return [org, key];
  }));
}
