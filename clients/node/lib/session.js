// The connection to a daemon's service endpoint: one socket after the other, requests and their
// answers (PROTOCOL §8.1). A socket lives from its first handshake to its first loss; what was asked
// over it is asked anew by whoever wants it. Knows nothing of streams or publishes but their frames.
import { Dealer } from 'zeromq';
import { publicOf } from './curve.js';
import * as errors from './errors.js';
import { FRAME_MAX, isOfNewerType, isOfNewerVersion, readFrame, writeFrame } from './frames.js';
import { Malformed, partnershipHash } from './words.js';

const TICK_MS = 100;
const PAUSE_MIN_MS = 100;
const PAUSE_MAX_MS = 5000;
const QUIET_MS = 8000; // then the daemon is asked for its status
const SILENT_MS = 20000; // then the connection is given up
const NOT_ADMITTED = 'the daemon does not admit this key: does it stand under `clients:` in its configuration?';
const NO_HANDSHAKE = "the handshake failed: is server_key the daemon's?";
export const LOST = new errors.Unreachable('the connection was lost');

export class Session {
  constructor(config) {
    this.config = config;
    this.users = new Set(); // with onUp, onDown, onError, onTick
    this.handlers = new Map(); // by request id
    this.waiters = new Set(); // for the connection
    this.nextRequest = 1;
    this.isUp = false;
    this.triesNext = false; // the daemon's next key, where it may have one
    this.isClosed = false;
    this.status = null;
    this.partnership = null;
    this.trouble = null; // an error that the next one who waits is told
    this.reason = `${config.service}: not connected yet`;
    this.heardAt = 0;
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.running = this.run();
  }

  close() {
    this.isClosed = true;
    clearInterval(this.timer);
    this.lose?.('closed');
    this.wake?.();
    this.release(new errors.ClientClosed('the client was closed'));
    return this.running;
  }

  // ---- the life of sockets

  async run() {
    let pause = PAUSE_MIN_MS;
    while (!this.isClosed) {
      const socket = this.open();
      const wasUp = await this.live(socket);
      socket.close();
      this.down();
      pause = wasUp ? PAUSE_MIN_MS : Math.min(2 * pause, PAUSE_MAX_MS);
      await this.sleep(this.isClosed ? 0 : pause);
    }
  }

  sleep(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  open() {
    const { serverKey, nextServerKey, secretKey } = this.config;
    const curveServerKey = this.triesNext ? nextServerKey : serverKey;
    return new Dealer({
      linger: 0, immediate: true, maxMessageSize: FRAME_MAX + 33, heartbeatInterval: 2000, heartbeatTimeout: 6000,
      reconnectInterval: 200, reconnectMaxInterval: 2000, receiveHighWaterMark: 64, ipv6: false,
      curveServerKey, curveSecretKey: secretKey, curvePublicKey: publicOf(secretKey),
    });
  }

  /** From connecting until it is lost; whether the daemon was there. */
  async live(socket) {
    const lost = new Promise((resolve) => {
      this.lose = (reason) => { // the first one tells most
        this.reason = `${this.config.service}: ${reason}`;
        this.lose = resolve;
        resolve();
      };
    });
    socket.events.on('handshake', () => this.greet());
    socket.events.on('disconnect', () => this.lose('the connection was lost'));
    socket.events.on('connect:retry', () => {
      if (!this.isUp && this.socket === socket) {
        this.reason = `${this.config.service}: nobody answers there`;
      }
    });
    socket.events.on('handshake:error:auth', () => this.lose(NOT_ADMITTED));
    socket.events.on('handshake:error:protocol', () => this.failHandshake(socket));
    socket.events.on('handshake:error:other', () => this.failHandshake(socket));
    this.outbox = [];
    this.socket = socket;
    this.greetedAt = 0;
    socket.connect(this.config.service);
    this.receive(socket);
    await lost;
    this.socket = null;
    return this.isUp;
  }

  /** A daemon that changes its key is found under the next one, and before that under the old one. */
  failHandshake(socket) {
    if (this.socket === socket) {
      this.triesNext = !this.triesNext && Boolean(this.config.nextServerKey);
      this.lose(NO_HANDSHAKE);
    }
  }

  async receive(socket) {
    try {
      for await (const [raw] of socket) {
        if (socket !== this.socket) {
          return;
        }
        this.heardAt = Date.now();
        this.onRaw(raw);
      }
    } catch (error) {
      if (socket === this.socket) {
        this.lose(error.message);
      }
    }
  }

  greet() {
    this.greetedAt = Date.now();
    this.heardAt = this.greetedAt;
    this.ask('QUERY', {}, (frame) => {
      this.handlers.delete(frame.request);
      this.welcome(frame);
    });
  }

  /** Whose daemon it is, of which partnership, and which store. */
  welcome(frame) {
    const status = frame.type === 'ANSWER' ? frame.fields.status : null;
    if (!status) {
      throw frame.type === 'REFUSAL' ? errors.refusal(frame.fields.code, frame.fields.text)
        : new errors.MalformedFrame('another answer than the status');
    }
    if (status.organisation !== this.config.organisation) {
      throw new errors.WrongOrganisation(status.organisation, `client.yaml says ${this.config.organisation}`);
    }
    if (this.config.partnership !== null && status.partnership !== this.config.partnership) {
      throw new errors.WrongPartnership(status.partnership, `the configuration says ${this.config.partnership}`);
    }
    this.status = status;
    this.partnership = partnershipHash(status.partnership);
    this.isUp = true;
    this.trouble = null;
    this.release(null);
    this.users.forEach((user) => user.onUp());
  }

  down() {
    const handlers = [...this.handlers.values()];
    this.isUp = false;
    this.handlers.clear();
    this.users.forEach((user) => user.onDown());
    handlers.forEach((handler) => handler.lost?.());
  }

  // ---- frames

  onRaw(raw) {
    if (isOfNewerType(raw)) {
      return; // dropped (PROTOCOL §14)
    }
    try {
      const frame = readFrame(raw);
      this.handlers.get(frame.request)?.(frame);
    } catch (error) {
      if (error instanceof Malformed) {
        const text = `from ${this.config.service}: ${error.message}`;
        this.fail(isOfNewerVersion(raw) ? new errors.NewerVersion(text) : new errors.MalformedFrame(text));
      } else if (error instanceof errors.SamenbusError) {
        this.fail(error);
      } else {
        throw error;
      }
    }
  }

  /** Everybody learns of it: what was lost cannot be told. */
  fail(error) {
    if (!this.isUp) {
      this.trouble = error;
      this.release(error);
      this.lose(error.message);
    }
    this.users.forEach((user) => user.onError(error));
  }

  /** Sends a message; its answers go to `handler` until it is forgotten. Gives the request id. */
  ask(type, fields, handler = null) {
    const request = this.nextRequest;
    this.nextRequest = request === 0xffffffff ? 1 : request + 1;
    if (handler) {
      this.handlers.set(request, handler);
    }
    this.outbox.push(writeFrame(type, request, fields));
    this.flush();
    return request;
  }

  forget(request) {
    this.handlers.delete(request);
  }

  async flush() {
    const { socket, outbox } = this;
    if (!socket || outbox.isSending) {
      return;
    }
    outbox.isSending = true;
    try {
      while (outbox.length) {
        await socket.send(outbox.shift());
      }
    } catch (error) {
      if (socket === this.socket) {
        this.lose(error.message);
      }
    }
    outbox.isSending = false;
  }

  // ---- waiting

  /** Until the daemon is there; `patienceMs` null: for ever. Errors: Unreachable, and what is wrong with it. */
  up(patienceMs) {
    if (this.isUp) {
      return Promise.resolve();
    }
    if (this.isClosed) {
      return Promise.reject(new errors.ClientClosed('the client was closed'));
    }
    if (this.trouble) {
      const error = this.trouble;
      this.trouble = null;
      return Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      const until = patienceMs === null ? Infinity : Date.now() + patienceMs;
      this.waiters.add({ resolve, reject, until });
    });
  }

  release(error) {
    if (error && this.waiters.size) {
      this.trouble = null;
    }
    this.waiters.forEach((one) => (error ? one.reject(error) : one.resolve()));
    this.waiters.clear();
  }

  tick() {
    const now = Date.now();
    for (const one of this.waiters) {
      if (now >= one.until) {
        this.waiters.delete(one);
        one.reject(new errors.Unreachable(this.reason));
      }
    }
    const silent = now - this.heardAt;
    if (this.socket && this.greetedAt && silent > SILENT_MS && (this.handlers.size || !this.isUp)) {
      this.lose('it does not answer');
    } else if (this.isUp && silent > QUIET_MS && now - (this.askedAt ?? 0) > QUIET_MS) {
      this.askedAt = now;
      const request = this.ask('QUERY', {}, () => this.forget(request));
    }
    this.users.forEach((user) => user.onTick(now));
  }

  /** One question and its one answer over this connection. Errors: Unreachable when it is lost, NoAnswer. */
  question(type, fields, timeoutMs) {
    return new Promise((resolve, reject) => {
      const finish = (settle, value) => {
        clearTimeout(timer);
        this.forget(request);
        settle(value);
      };
      const handler = (frame) => finish(resolve, frame);
      handler.lost = () => finish(reject, LOST);
      const request = this.ask(type, fields, handler);
      const timer = setTimeout(() => finish(reject, new errors.NoAnswer(`${type} is not answered`)), timeoutMs);
    });
  }

  /** The same, asked again where the connection is lost. Errors: as of up, NoAnswer. */
  async request(type, fields, timeoutMs) {
    const until = Date.now() + timeoutMs;
    for (;;) {
      await this.up(Math.max(0, until - Date.now()));
      try {
        return await this.question(type, fields, Math.max(1, until - Date.now()));
      } catch (error) {
        if (error !== LOST) {
          throw error;
        }
      }
    }
  }
}
