// Types of the package's surface; written by hand, beside index.js.
export interface Config {
  organisation: string;
  publish: string;
  service: string;
  serverKey: string;
  /** Which the daemon may have as well; null: none. */
  nextServerKey: string | null;
  secretKey: string;
  /** null: the daemon's word is taken. */
  partnership: string | null;
  /** Signing keys by organisation; null: the daemon's word is taken. */
  partners: Map<string, Buffer> | null;
}
export function findConfig(): string;
export function readConfig(path?: string): Config;

export interface Tip {
  origin: string;
  counter: number;
  tag: bigint;
  seq: number | bigint;
  hash: Buffer;
}
/** What a consumer has processed; means the same at every daemon of the partnership. */
export class Cursor {
  tips: Map<string, Tip>;
  at: { storeId: string; offset: number | bigint } | null;
  advance(tip: Tip): void;
  save(): void;
  text(): string;
  load(text: string): void;
  static read(text: string): Cursor;
}
/** A cursor in a file that is replaced in one step with every save. */
export class CursorFile extends Cursor {
  constructor(path: string);
  readonly path: string;
}

export type Enum = string | number;
export interface Attachment { title: string; mediaType?: string; size?: number; sha256?: string; url?: string }
export interface AgendaItem {
  itemId: string; kind: Enum; title: string; description?: string; body?: Enum; start?: string; end?: string;
  timezone?: string; date?: string; location?: string; status?: Enum; participants?: string[];
  attachments?: Attachment[]; disclosure?: Enum; embargoUntil?: string; secrecyGround?: string; imposedBy?: string;
  liftableBy?: string; number?: string; parent?: string; portfolioHolder?: string; theme?: string;
  coEditors?: string[]; supersedes?: string[];
}
export interface Proposal {
  decisionId: string; title: string; text?: string; dossier?: string; participants: string[]; rule: Enum;
  weights?: Record<string, number>; threshold?: number; tie?: Enum; chair?: string; quorum?: number; body?: Enum;
  deadline?: string; date?: string; replaces?: string; supersedes?: string[]; attachments?: Attachment[];
}
export interface Position {
  decision: string; revision: string; value: Enum; kind?: Enum; body?: Enum; dateTaken: string; conditions?: string;
  reference?: string; round?: number; asChair?: boolean; onBehalfOf?: string;
}
export interface Withdrawal { decisionId: string; reason?: string; date?: string }
export interface Closing { decisionId: string; outcome: Enum; date?: string; cut?: object[] }
export interface Notification {
  notificationId: string; severity: Enum; subject: string; text?: string; addressees?: string[]; expires?: string;
  requiresAcknowledgement?: boolean;
}
export interface Acknowledgement { notification: string; text?: string }
export interface Custom { contentType: string; data?: Uint8Array | string }

/** An object as `samenbus publish` reads it, with exactly one content. */
export interface Draft {
  id?: string; topic: string; audience?: string[]; references?: string[];
  agendaItem?: AgendaItem; proposal?: Proposal; position?: Position; withdrawal?: Withdrawal; closing?: Closing;
  notification?: Notification; acknowledgement?: Acknowledgement; custom?: Custom;
}
export type State = 'present' | 'withheld' | 'missing' | 'erased' | 'expired' | 'hidden';
interface EventEnvelope {
  readonly origin: string; readonly epoch: string; readonly seq: number | bigint; readonly offset: number | bigint;
  readonly id: string; readonly reference: string; readonly tip: Tip; readonly audience: readonly string[];
  readonly state: State | string; readonly forked: boolean; readonly isSystem: boolean; readonly topic: string | null;
  readonly publisher: string | null; readonly references: readonly string[]; readonly timeMs: number;
  toJSON(): object;
  /** The line that `samenbus tail -o json` prints. */
  toString(): string;
}
interface Contents {
  agendaItem: AgendaItem; proposal: Proposal; position: Position; withdrawal: Withdrawal; closing: Closing;
  notification: Notification; acknowledgement: Acknowledgement; custom: { contentType: string; data: Buffer };
}
type System = 'epochStart' | 'keyCertificate' | 'erasure' | 'receipt';
/**
 * An event, verified. `type` is its content's name, `content` the fields that are there: in lowerCamelCase, enums by
 * name, or a number where it is newer. Both are null without a body, and where it cannot be read or is newer.
 */
export type Event = EventEnvelope & (
  { [Type in keyof Contents]: { readonly type: Type; readonly content: Partial<Contents[Type]> } }[keyof Contents]
  | { readonly type: System; readonly content: Record<string, unknown> }
  | { readonly type: null; readonly content: null });

export type Ack = 'local' | `remote:${number}` | { remote: number };
export function remote(partners: number): Ack;
export interface PublishOptions { ack?: Ack; timeoutMs?: number }
export interface Published { id: string; origin: string; epoch: string; seq: number | bigint; duplicate: boolean }
export interface Outcome { draft: Draft; published: Published | null; error: errors.SamenbusError | null }
export interface SubscribeOptions {
  cursor?: Cursor | null; origins?: string[]; follow?: boolean; system?: boolean; stubs?: boolean; liveOnly?: boolean;
  fromOffset?: number; sinceMs?: number; window?: number; verify?: boolean;
  /** How long to wait for a daemon that is not there; null: for ever. */
  patienceMs?: number | null;
}
/** After an error the next step goes on where it was; `break` closes it. */
export interface Subscription extends AsyncIterableIterator<Event> {
  ack(event?: Event): void;
  close(): void;
}
export interface ConsumeOptions {
  origins?: string[]; system?: boolean;
  /** Where it begins the first time: behind this cursor, then, or with what is new; else at the beginning. */
  cursor?: Cursor; sinceMs?: number; liveOnly?: boolean;
  follow?: boolean; window?: number; verify?: boolean; patienceMs?: number | null;
}
/** What was not acknowledged comes again, to whoever consumes next. */
export interface Consumer extends AsyncIterableIterator<Event> {
  /** Resolved when the daemon has it on disk. */
  ack(event?: Event): Promise<void>;
  close(): void;
}
export class Client {
  constructor(config?: string | Config);
  publish(draft: Draft, options?: PublishOptions): Promise<Published>;
  publishMany(drafts: Iterable<Draft> | AsyncIterable<Draft>, options?: PublishOptions & { window?: number }):
    AsyncIterableIterator<Outcome>;
  subscribe(topics?: string[], options?: SubscribeOptions): Subscription;
  /** A consumer, whose place the daemon keeps under that name. */
  consume(name: string, topics?: string[], options?: ConsumeOptions): Promise<Consumer>;
  status(timeoutMs?: number): Promise<any>;
  fetch(from: { origin: string; counter?: number; tag?: bigint; branch?: number; seq?: number | bigint },
    timeoutMs?: number): Promise<any>;
  history(origin: string): AsyncIterableIterator<any>;
  export(origin: string): Promise<Buffer>;
  close(): Promise<void>;
}

export interface ExportFault { code: string; place: { counter: number; tag: bigint; seq: number | bigint } | null; text: string }
export function verifyExport(file: Buffer): { origin: string; events: number; epochs: number; faults: ExportFault[] };
/** The lines of `samenbus verify` about these files. */
export function verifyLines(files: Buffer[]): string[];
export interface Place { counter: number; tag: bigint; seq: number | bigint }
/** What a proof of a fork proves (`samenbus evidence export`); `fault` null: its key signed two histories at `place`. */
export function verifyProof(file: Buffer):
  { origin: string; place: Place | null; key: Buffer | null; certifiedBy: Buffer | null; fault: ExportFault | null };
/** The lines of `samenbus verify` about it; `known`: an organisation's key that the reader is sure of. */
export function proofLines(file: Buffer, known?: { origin: string; key: Buffer } | null): string[];
/** A UUIDv7. */
export function newId(): string;

export namespace errors {
  class SamenbusError extends Error { readonly code: string }
  class Refusal extends SamenbusError { readonly number: number; readonly text: string }
  class Fault extends SamenbusError { readonly where: string }
  class Trouble extends SamenbusError {}
  class MalformedRequest extends Refusal {}
  class TooLarge extends Refusal {}
  class InvalidBody extends Refusal {}
  class InvalidTopic extends Refusal {}
  class NotAllowed extends Refusal {}
  class IdConflict extends Refusal {}
  class Recovering extends Refusal {}
  class StoreFull extends Refusal {}
  class Quota extends Refusal {}
  class Erased extends Refusal {}
  class ShuttingDown extends Refusal {}
  class UnknownDecision extends Refusal {}
  class StaleRevision extends Refusal {}
  class NotParticipant extends Refusal {}
  class Closed extends Refusal {}
  class RemoteImpossible extends Refusal {}
  class UnknownOutcome extends Refusal {}
  class UnknownConsumer extends Refusal {}
  class ConsumerConflict extends Refusal {}
  class UnknownEvent extends Refusal {}
  class NotErasable extends Refusal {}
  class Rate extends Refusal {}
  class BegunAnew extends Refusal {}
  class NewerCode extends Refusal {}
  class BadFile extends Fault {}
  class BadLink extends Fault {}
  class BadPrev extends Fault {}
  class BadCommitment extends Fault {}
  class BadBody extends Fault {}
  class BadCheckpoint extends Fault {}
  class NoCheckpoint extends Fault {}
  class BadEpoch extends Fault {}
  class BadKey extends Fault {}
  class WrongPartnership extends Fault {}
  class WrongOrganisation extends Fault {}
  class Gap extends Fault {}
  class WrongState extends Fault {}
  class ConfigError extends Trouble {}
  class Unreachable extends Trouble {}
  class NoAnswer extends Trouble {}
  class MalformedFrame extends Trouble {}
  class NewerVersion extends Trouble {}
  class ClientClosed extends Trouble {}
}
