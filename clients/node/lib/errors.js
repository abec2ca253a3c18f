// Everything that can go wrong, one class per name. Three families below SamenbusError: Refusal (the
// daemon says no, by code: PROTOCOL §13), Fault (what came does not verify: §10.1), Trouble
// (configuration, network, versions).

import { shown } from './shown.js';

/** Whatever this package raises on its own account; `code` is its name in words. */
export class SamenbusError extends Error {
  constructor(text, code) {
    super(shown(text)); // as text it is fit for a terminal
    this.name = this.constructor.name;
    this.code = code;
  }
}

const RETRIED = ['recovering', 'shutting_down', 'unknown_outcome', 'rate'];

/** The daemon did not do it, save where §13 says otherwise. `number`: of the code; `text`: its sentence. */
export class Refusal extends SamenbusError {
  constructor(text, number, code, sentence) {
    super(`${code}: ${text || sentence}`, code);
    this.number = number;
    this.text = text || sentence;
  }

  /** Whether publish tries again by itself until its time is up. */
  get isRetried() {
    return RETRIED.includes(this.code);
  }
}

/** What came does not verify; nothing of it was given on. `where`: the place. */
export class Fault extends SamenbusError {
  constructor(where, text, code, sentence) {
    super(`${code}: ${where ? `${where}: ` : ''}${text || sentence}`, code);
    this.where = where;
  }
}

/** Neither refused nor forged: it could not be done now, or not with this configuration. */
export class Trouble extends SamenbusError {}

// ---------------------------------------------------------------- the daemon says no

const refusals = new Map();

function refusalClass(number, code, sentence) {
  const kind = class extends Refusal {
    constructor(text = '') {
      super(text, number, code, sentence);
    }
  };
  refusals.set(number, named(kind, code));
  return kind;
}

function named(kind, code) {
  const name = code.replace(/(?:^|_)([a-z])/g, (_, letter) => letter.toUpperCase());
  Object.defineProperty(kind, 'name', { value: name });
  return kind;
}

export const MalformedRequest = refusalClass(1, 'malformed', 'The request could not be read.');
export const TooLarge = refusalClass(2, 'too_large', 'The request exceeds a limit on size or number.');
export const InvalidBody = refusalClass(3, 'invalid_body',
  'The content lacks a required field or has a value that is not allowed.');
export const InvalidTopic = refusalClass(4, 'invalid_topic',
  "The topic is not 2 to 8 segments of a-z, 0-9 and '-' joined by '/', or does not fit the content.");
export const NotAllowed = refusalClass(5, 'not_allowed', 'This key has no right to do that.');
export const IdConflict = refusalClass(6, 'id_conflict', 'An event with this id and another content exists.');
export const Recovering = refusalClass(7, 'recovering',
  'The daemon is fetching its own history back; nothing was published, try again.');
export const StoreFull = refusalClass(8, 'store_full', 'The store has no room; nothing was published.');
export const Quota = refusalClass(9, 'quota', 'The disk quota of this origin has been reached.');
export const Erased = refusalClass(10, 'erased', 'An event with this id was published before and has been erased.');
export const ShuttingDown = refusalClass(11, 'shutting_down', 'The daemon is stopping; nothing was published.');
export const UnknownDecision = refusalClass(12, 'unknown_decision', 'No such decision is known here.');
export const StaleRevision = refusalClass(13, 'stale_revision',
  'The position is about a text that has been revised since.');
export const NotParticipant = refusalClass(14, 'not_participant',
  'The organisation is not a participant in this decision.');
export const Closed = refusalClass(15, 'closed', 'The decision has been closed.');
export const RemoteImpossible = refusalClass(16, 'remote_impossible',
  'Fewer partners may hold this event than were to confirm it.');
export const UnknownOutcome = refusalClass(17, 'unknown_outcome',
  'It is not known whether this was done; ask again with the same id.');
export const UnknownConsumer = refusalClass(23, 'unknown_consumer', 'No consumer of this name is kept here.');
export const ConsumerConflict = refusalClass(24, 'consumer_conflict',
  "A consumer of this name exists and is another client's, or has other filters.");
export const UnknownEvent = refusalClass(25, 'unknown_event', 'No such event is known here.');
export const NotErasable = refusalClass(29, 'not_erasable',
  "Only its origin erases an event, and never one of the system's.");
export const Rate = refusalClass(30, 'rate',
  'This key has published as much as it may for now; nothing was published, try again later.');
export const BegunAnew = refusalClass(31, 'begun_anew',
  'The consumer was begun anew while it was read: what it gave before counts no more.');

/** A code above those that this version knows: surely not done. */
export class NewerCode extends Refusal {
  constructor(number, text) {
    super(text, number, `code_${number}`, 'The daemon refused for a reason that is newer than this client.');
  }
}

/** The error of a code. */
export function refusal(number, text = '') {
  const kind = refusals.get(number);
  return kind ? new kind(text) : new NewerCode(number, text);
}

// ---------------------------------------------------------------- what came does not verify

const faults = new Map();

function faultClass(code, sentence) {
  const kind = class extends Fault {
    constructor(where = '', text = '') {
      super(where, text, code, sentence);
    }
  };
  faults.set(code, named(kind, code));
  kind.sentence = sentence;
  return kind;
}

export const BadFile = faultClass('bad_file', 'the file is not what it says, or is cut short');
export const BadLink = faultClass('bad_link',
  'the link cannot be read, stands in the wrong place, or comes twice');
export const BadPrev = faultClass('bad_prev', 'prev is not the hash of the link before it');
export const BadCommitment = faultClass('bad_commitment', 'salt and body do not give the commitment of the link');
export const BadBody = faultClass('bad_body', 'the body has another length than the link says, or cannot be read');
export const BadCheckpoint = faultClass('bad_checkpoint',
  'the signature is wrong, or of another link, or the key of the epoch is not known');
export const NoCheckpoint = faultClass('no_checkpoint', 'no valid checkpoint covers this link');
export const BadEpoch = faultClass('bad_epoch',
  'the start of the epoch does not give its tag, its counter or its first event');
export const BadKey = faultClass('bad_key', 'the key of the epoch is not the pinned one, nor certified by it');
export const WrongPartnership = faultClass('wrong_partnership', "it is of another partnership than the daemon's");
export const WrongOrganisation = faultClass('wrong_organisation', "the daemon is another organisation's");
export const Gap = faultClass('gap', 'an event is left out');
export const WrongState = faultClass('wrong_state', 'it cannot be so for this organisation');

/** The error of a fault code of PROTOCOL §10.1. */
export const fault = (code, where = '', text = '') => new (faults.get(code))(where, text);
export const sentenceOf = (code) => faults.get(code).sentence;

// ---------------------------------------------------------------- configuration, network, versions

function troubleClass(code) {
  const kind = class extends Trouble {
    constructor(text) {
      super(text, code);
    }
  };
  return named(kind, code);
}

/** client.yaml or a key file is not as it should be. */
export const ConfigError = troubleClass('config_error');
/** The daemon cannot be reached, or does not admit this key; nothing was done. */
export const Unreachable = troubleClass('unreachable');
/** The daemon is connected and does not answer. */
export const NoAnswer = troubleClass('no_answer');
/** The daemon sent a frame that breaks the rules of PROTOCOL §2. */
export const MalformedFrame = troubleClass('malformed_frame');
/** The daemon speaks a version of the protocol that this client does not know. */
export const NewerVersion = troubleClass('newer_version');
/** close() was called while this was under way. */
export const ClientClosed = troubleClass('client_closed');
