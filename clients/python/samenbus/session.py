"""One connection to one daemon: frames out, frames in, and whether it is there (PROTOCOL §2, §8.1).

Nothing here waits: what needs to is a generator that yields for how long at most, and `run` (or its
counterpart in aio.py) waits for it. So the same code serves plain programs and asyncio. One thread.
"""
from __future__ import annotations

import collections
import logging
import time
from typing import Any, Callable, Generator, Optional, Protocol, TypeVar

import zmq
from zmq.utils.monitor import parse_monitor_message

from samenbus_verify.words import partnership_hash

from . import wire
from ._proto import pb
from .config import Config
from .errors import (ClientClosed, Error, MalformedFrame, NewerVersion, NoAnswer, Refusal, Unreachable,
                     WrongOrganisation, WrongPartnership, refusal)

log = logging.getLogger("samenbus")
HEARTBEAT_MS, HEARTBEAT_TIMEOUT_MS = 2000, 6000  # PROTOCOL §2.1
HANDSHAKE_MS, RECONNECT_MS, RECONNECT_MAX_MS = 5000, 100, 5000
REFUSED_S = 2.0  # until a daemon that did not admit us, or had no room, is asked again
PAUSE_S, PAUSE_MAX_S = 0.1, 5.0  # until a handshake that failed is tried again, perhaps with another key
QUIET_S, SILENT_S = 5.0, 15.0  # a daemon that says nothing is asked, then given up
FRAMES_AT_A_TIME = 64
WAIT_S = 1.0
NEVER = float("inf")
FAILED = {zmq.EVENT_HANDSHAKE_FAILED_AUTH: "the daemon does not admit this key: does it stand under `clients:` "
                                           "in its configuration?",
          zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL: "the handshake failed: is server_key the daemon's?",
          zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL: "the handshake failed: is server_key the daemon's?"}
T = TypeVar("T")
Steps = Generator[float, None, T]
Handler = Callable[[wire.Frame], None]


class User(Protocol):
    """Who uses a session: a stream, a publisher, a prover."""

    def on_up(self) -> None: ...
    def on_down(self) -> None: ...
    def on_error(self, error: Error) -> None: ...
    def on_tick(self, now: float) -> None: ...


class Session:
    """The DEALER, what was asked over it, and those who asked."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.context = zmq.Context()
        self.handlers: dict[int, Handler] = {}
        self.users: list[User] = []
        self.outbox: collections.deque[bytes] = collections.deque()
        self.requests = 0
        self.status: Optional[Any] = None  # of the daemon that is there
        self.partnership = b""
        self.reason = "not connected yet"
        self.trouble: Optional[Error] = None
        self.malformed_frames = 0
        self.keys = collections.deque(filter(None, (config.server_key, config.next_server_key)))  # the first is used
        self.pause_s = PAUSE_S
        self.open()

    def new_number(self) -> int:
        """A number for a request or a subscription that nothing else has."""
        self.requests = self.requests % 0xFFFFFFFF + 1
        return self.requests

    # ---- the connection

    def open(self) -> None:
        """Connect; what was there before is gone."""
        self.socket = socket = self.context.socket(zmq.DEALER)
        socket.linger, socket.immediate = 0, True
        socket.maxmsgsize = wire.MESSAGE_MAX
        socket.heartbeat_ivl, socket.heartbeat_timeout = HEARTBEAT_MS, HEARTBEAT_TIMEOUT_MS
        socket.handshake_ivl = HANDSHAKE_MS
        socket.reconnect_ivl, socket.reconnect_ivl_max = RECONNECT_MS, RECONNECT_MAX_MS
        socket.ipv6 = True
        socket.curve_serverkey = self.keys[0]
        socket.curve_secretkey = self.config.secret_key
        socket.curve_publickey = zmq.curve_public(self.config.secret_key)
        self.monitor = socket.get_monitor_socket()
        socket.connect(self.config.service)
        self.heard = time.monotonic()
        self.asked_at, self.greeted_at, self.reopen_at = 0.0, NEVER, NEVER

    def fail_handshake(self, refused: bool) -> None:
        """Connect again later; where it is not ours that is refused, under another key if there is one:
        a daemon that changes its key is found under the next one, and before that under the old one.

        Until then nothing is connected: libzmq would go on with this key, some seven times a second."""
        self.socket.disconnect(self.config.service)
        self.reopen_at = time.monotonic() + (REFUSED_S if refused else self.pause_s)
        if not refused:
            self.keys.rotate()
            self.pause_s = min(2 * self.pause_s, PAUSE_MAX_S)

    def close(self) -> None:
        """End the connection; unanswered publishes are left without an answer."""
        self.socket.disable_monitor()
        self.monitor.close(0)
        self.socket.close(0)

    def end(self) -> None:
        """Close for good."""
        if not self.socket.closed:
            self.close()
            self.context.term()

    def reopen(self, why: str) -> None:
        """A connection that says nothing is given up for another one."""
        self.go_down(why)
        self.close()
        self.open()

    @property
    def is_up(self) -> bool:
        """Whether a daemon is there that is the right one."""
        return self.status is not None

    def go_down(self, why: str) -> None:
        """Nothing that was asked will be answered."""
        was_up, self.status, self.reason = self.is_up, None, why
        self.handlers.clear()
        self.outbox.clear()
        if was_up:
            log.info("the daemon at %s is gone: %s", self.config.service, why)
            for user in list(self.users):
                user.on_down()

    def greet(self) -> None:
        """Ask who is there, first of all."""
        self.go_down("connecting")
        self.greeted_at = time.monotonic()
        self.ask(wire.QUERY, pb.Query(), self.on_greeting)

    def on_greeting(self, frame: wire.Frame) -> None:
        """The daemon said who it is, or that there is no room for one more connection."""
        if frame.type == wire.REFUSAL:
            self.reopen_at = time.monotonic() + REFUSED_S
            raise refusal(frame.message.code, frame.message.text)
        if frame.type != wire.ANSWER:
            raise MalformedFrame("another answer than the status")
        status, wanted = frame.message.status, self.config
        if status.organisation != wanted.organisation:
            raise WrongOrganisation(wanted.service, f"the daemon is {status.organisation}'s, "
                                    f"client.yaml says {wanted.organisation}")
        if wanted.partnership not in (None, status.partnership):
            raise WrongPartnership(wanted.service, f"the daemon serves {status.partnership}, "
                                   f"this client is for {wanted.partnership}")
        self.status, self.reason, self.trouble = status, "", None
        self.forget(frame.request)
        self.partnership = partnership_hash(status.partnership.encode())
        for user in list(self.users):
            user.on_up()

    # ---- frames

    def ask(self, kind: int, message: Any, handler: Optional[Handler] = None, request: int = 0) -> int:
        """Send a message; the handler gets every answer until it is forgotten."""
        request = request or self.new_number()
        if handler is not None:
            self.handlers[request] = handler
        self.outbox.append(wire.write_frame(kind, request, message))
        self.flush()
        return request

    def forget(self, request: int) -> None:
        """No answer to this request is expected any more."""
        self.handlers.pop(request, None)

    def flush(self) -> None:
        """Send what the network takes."""
        try:
            while self.outbox:
                self.socket.send(self.outbox[0], zmq.NOBLOCK)
                self.outbox.popleft()
        except zmq.Again:
            pass

    def pump(self) -> None:
        """Take what has come, and let everybody look at the clock."""
        while self.monitor.poll(0):
            self.on_event(parse_monitor_message(self.monitor.recv_multipart()))
        self.flush()
        for _ in range(FRAMES_AT_A_TIME):
            try:
                raw = self.socket.recv(zmq.NOBLOCK)
            except zmq.Again:
                break
            self.heard = time.monotonic()
            self.on_raw(raw)
        self.tick(time.monotonic())

    def on_event(self, event: Any) -> None:
        """What libzmq says of the connection."""
        kind = event["event"]
        if self.reopen_at != NEVER:
            return  # it was given up
        if kind == zmq.EVENT_HANDSHAKE_SUCCEEDED:
            self.heard = time.monotonic()
            self.pause_s = PAUSE_S
            self.greet()
        elif kind == zmq.EVENT_DISCONNECTED:
            self.go_down("the connection was lost")
        elif kind in FAILED:
            self.go_down(FAILED[kind])
            self.fail_handshake(kind == zmq.EVENT_HANDSHAKE_FAILED_AUTH)
        elif kind == zmq.EVENT_CONNECT_RETRIED and self.reason == "not connected yet":
            self.reason = "nobody answers there"

    def on_raw(self, raw: bytes) -> None:
        """One frame; one that breaks the rules ends what it would have answered, nothing else."""
        try:
            frame = wire.read_frame(raw)
            if frame is not None and frame.request in self.handlers:
                self.handlers[frame.request](frame)
        except MalformedFrame as error:
            self.malformed_frames += 1
            log.warning("malformed frame from %s: %s", self.config.service, error)
            self.fail(error)
        except (NewerVersion, Refusal, WrongOrganisation, WrongPartnership) as error:
            self.fail(error)

    def fail(self, error: Error) -> None:
        """Everybody learns of it: what was lost cannot be told."""
        if not self.is_up:
            self.trouble, self.reason = error, str(error)
        for user in list(self.users):
            user.on_error(error)

    def tick(self, now: float) -> None:
        """A daemon that is silent for long is asked for its status, then given up."""
        if self.is_up and now - self.heard > QUIET_S and now - self.asked_at > QUIET_S:
            self.asked_at = now
            request = self.ask(wire.QUERY, pb.Query(), lambda frame: self.forget(request))
        silent = self.is_up and now - self.heard > SILENT_S and (self.outbox or self.handlers)
        unknown = not self.is_up and now - self.greeted_at > SILENT_S
        if silent or unknown or now >= self.reopen_at:
            self.reopen("it does not answer" if silent or unknown else self.reason)
        for user in list(self.users):
            user.on_tick(now)

    # ---- waiting

    def wait(self, seconds: float) -> None:
        """Wait until something has come, or for so long."""
        poller = zmq.Poller()
        poller.register(self.socket, zmq.POLLIN | (zmq.POLLOUT if self.outbox else 0))
        poller.register(self.monitor, zmq.POLLIN)
        poller.poll(self.poll_ms(seconds))

    def poll_ms(self, seconds: float) -> int:
        """So long, but not past what has its time."""
        return int(1000 * max(0.0, min(seconds, WAIT_S, self.reopen_at - time.monotonic())) + 0.999)

    def check_open(self) -> None:
        """Errors: ClientClosed."""
        if self.socket.closed:
            raise ClientClosed("the client was closed")

    def run(self, steps: Steps[T]) -> T:
        """Carry something out that needs to wait; what it returns. Errors: ClientClosed, and the steps' own."""
        self.check_open()
        try:
            seconds = next(steps)
            while True:
                self.wait(seconds)
                self.pump()
                seconds = steps.send(None)
        except StopIteration as done:
            return done.value

    def await_up(self, deadline: Optional[float]) -> Steps[None]:
        """Until the daemon is there. Errors: Unreachable, and what is wrong with it."""
        while not self.is_up:
            if self.trouble is not None:
                trouble, self.trouble = self.trouble, None
                raise trouble
            if deadline is not None and time.monotonic() >= deadline:
                raise Unreachable(f"{self.config.service}: {self.reason}")
            yield WAIT_S if deadline is None else deadline - time.monotonic()

    def request(self, kind: int, message: Any, seconds: float) -> Steps[wire.Frame]:
        """One question and its one answer; asked again where the connection is lost."""
        deadline = time.monotonic() + seconds
        answers: list[wire.Frame] = []
        asked = 0
        while not answers:
            yield from self.await_up(deadline)
            if asked not in self.handlers:
                asked = self.ask(kind, message, answers.append)
            if time.monotonic() >= deadline:
                self.forget(asked)
                raise NoAnswer(f"{self.config.service}: it does not answer")
            yield deadline - time.monotonic()
        self.forget(asked)
        return answers[0]
