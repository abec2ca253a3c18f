"""Publishing: each draft until it is acknowledged, refused, or its time is up (PROTOCOL §8.2 to §8.4).

What was sent and not answered is sent again with the same id, which is never done twice.
"""
from __future__ import annotations

import collections
import re
import time
from typing import Any, Iterator, NamedTuple, Optional, Sequence, Union

from . import errors, wire
from ._proto import pb
from .event import Draft
from .session import Session, Steps

ITEMS_MAX = 1024
PIECE_BYTES = wire.FRAME_MAX // 2
ITEM_EXTRA = 2048  # id and audience of an item, and the lengths
AGAIN_S = 0.2  # until what may be tried again is
ANSWER_S = 1.0  # the daemon's answer to what has timed out there may take so long


class Acks_(NamedTuple):
    """How many partners are to hold an event before it is acknowledged."""

    remote: int


Acks = Union[str, Acks_]


def remote(partners: int) -> Acks_:
    """Acknowledged when that many partners hold the event, besides the own daemon."""
    return Acks_(partners)


def remote_of(ack: Acks) -> int:
    """The number of partners of "local", "remote:K" or remote(K)."""
    if isinstance(ack, Acks_):
        return ack.remote
    found = re.fullmatch(r"local|remote:([0-9]+)", ack)
    if not found:
        raise ValueError(f"ack: `{ack}` is neither local nor remote:K")
    return int(found[1] or 0)


class Published(NamedTuple):
    """Where an event stands."""

    id: str
    origin: str
    epoch: str
    seq: int
    duplicate: bool  # it was there already, with the same content


class Outcome(NamedTuple):
    """What became of one of many drafts: `published`, or `error`."""

    draft: Draft
    published: Optional[Published]
    error: Optional[errors.Error]


class Slot:
    """One draft under way."""

    def __init__(self, draft: Draft, remote: int, deadline: float) -> None:
        self.draft, self.remote, self.deadline = draft, remote, deadline
        self.submission: Any = None
        self.size = 0
        self.published: Optional[Published] = None
        self.error: Optional[errors.Error] = None
        self.sent = False  # and perhaps done
        self.under_way = False
        self.again_at = 0.0
        self.last_refusal: Optional[errors.Error] = None
        try:
            self.submission = draft.submission()
            self.size = len(self.submission.body) + ITEM_EXTRA
            if self.size > PIECE_BYTES:
                raise errors.TooLarge(f"a body of {len(self.submission.body)} bytes")
        except errors.Refusal as error:
            self.error = error

    @property
    def is_done(self) -> bool:
        """Whether its outcome is known."""
        return self.published is not None or self.error is not None

    def outcome(self) -> Outcome:
        """What became of it."""
        return Outcome(self.draft, self.published, self.error)

    def give_up(self, reason: str) -> None:
        """Its time is up; `reason`: why the daemon is not there, where it is not."""
        refused = self.last_refusal
        if self.sent and not (refused and not isinstance(refused, errors.UnknownOutcome)):
            self.error = refused or errors.UnknownOutcome()
        else:
            self.error = refused or errors.Unreachable(f"{reason or 'no time was left'}; nothing was published")


class Publisher:
    """All drafts under way on one session."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.slots: list[Slot] = []  # whose outcome is not known
        session.users.append(self)

    def add(self, draft: Draft, remote: int, timeout: float) -> Slot:
        """One more draft; it is sent with the next flush."""
        slot = Slot(draft, remote, time.monotonic() + timeout)
        if not slot.is_done:
            self.slots.append(slot)
        return slot

    def publish(self, draft: Draft, remote: int, timeout: float) -> Steps[Published]:
        """One draft, until its outcome is known."""
        slot = self.add(draft, remote, timeout)
        try:
            while not slot.is_done:
                self.flush()
                yield max(0.0, min(slot.deadline - time.monotonic(), AGAIN_S))
        finally:
            self.drop(slot)
        if slot.error is not None:
            raise slot.error
        assert slot.published is not None
        return slot.published

    def drop(self, slot: Slot) -> None:
        """Nobody waits for it any more."""
        if slot in self.slots:
            self.slots.remove(slot)

    def batch(self, drafts: Iterator[Draft], remote: int, timeout: float, window: int) -> "Batch":
        """Many drafts, so many at a time."""
        return Batch(self, drafts, remote, timeout, window)

    # ---- the session

    def on_up(self) -> None:
        """Whatever has no answer is sent again."""
        self.flush()

    def on_down(self) -> None:
        """No answer will come over this connection."""
        for slot in self.slots:
            slot.under_way = False

    def on_error(self, error: errors.Error) -> None:
        """A frame that could not be read may have been an answer."""
        for slot in self.slots:
            slot.under_way = False
            if not isinstance(error, errors.MalformedFrame):
                slot.error = error
        self.settle()

    def on_tick(self, now: float) -> None:
        """Send what may be tried again; give up what is late."""
        for slot in self.slots:
            if now >= slot.deadline + (ANSWER_S if slot.under_way else 0):
                slot.give_up(self.session.reason)
        self.settle()

    def settle(self) -> None:
        """Forget what is done."""
        if any(slot.is_done for slot in self.slots):
            self.slots = [slot for slot in self.slots if not slot.is_done]

    # ---- frames

    def flush(self) -> None:
        """Send whatever is not under way, in order, in as few frames as will hold it."""
        if not self.session.is_up:
            return
        now = time.monotonic()
        waiting = [slot for slot in self.slots if not slot.under_way and now >= slot.again_at]
        while waiting:
            piece = take_piece(waiting)
            self.send(piece, now)
            del waiting[: len(piece)]

    def send(self, piece: list[Slot], now: float) -> None:
        """One PUBLISH."""
        left_ms = int(1000 * (min(slot.deadline for slot in piece) - now))
        message = pb.Publish(remote=piece[0].remote, timeout_ms=max(1, left_ms),
                             items=[slot.submission for slot in piece])
        for slot in piece:
            slot.sent = slot.under_way = True
        left = len(piece)

        def on_answer(frame: wire.Frame) -> None:
            nonlocal left
            left -= self.on_results(frame, piece)
            if left <= 0:
                self.session.forget(frame.request)

        self.session.ask(wire.PUBLISH, message, on_answer)

    def on_results(self, frame: wire.Frame, piece: Sequence[Slot]) -> int:
        """RESULTS, or the REFUSAL of all; how many were answered."""
        message = frame.message
        if frame.type == wire.REFUSAL:
            for slot in piece:
                self.refuse(slot, errors.refusal(message.code, message.text))
            answered = len(piece)
        elif frame.type == wire.RESULTS:
            for result in message.items:
                if result.index < len(piece):
                    self.on_result(piece[result.index], message.origin, result)
            answered = len(message.items)
        else:
            raise errors.MalformedFrame("another answer than results")
        self.settle()
        return answered

    def on_result(self, slot: Slot, origin: str, result: Any) -> None:
        """What became of one item."""
        if slot.is_done:
            return
        if result.code:
            self.refuse(slot, errors.refusal(result.code, result.text))
        else:
            slot.published = Published(slot.draft.id, origin, result.epoch, result.seq, result.duplicate)

    def refuse(self, slot: Slot, error: errors.Refusal) -> None:
        """Final, or to be tried again while there is time."""
        slot.under_way = False
        if error.retried and time.monotonic() + AGAIN_S < slot.deadline:
            slot.last_refusal, slot.again_at = error, time.monotonic() + AGAIN_S
        else:
            slot.error = error


def take_piece(waiting: Sequence[Slot]) -> list[Slot]:
    """As many of the first as one frame holds, all with the same wish."""
    piece: list[Slot] = []
    size = 0
    for slot in waiting[:ITEMS_MAX]:
        size += slot.size
        if piece and (size > PIECE_BYTES or slot.remote != piece[0].remote):
            break
        piece.append(slot)
    return piece


class Batch:
    """Many drafts with a window; outcomes come in the order of the drafts."""

    def __init__(self, publisher: Publisher, drafts: Iterator[Draft], remote: int, timeout: float,
                 window: int) -> None:
        self.publisher, self.drafts = publisher, drafts
        self.remote, self.timeout, self.window = remote, timeout, max(1, window)
        self.slots: collections.deque[Slot] = collections.deque()
        self.exhausted = False

    def fill(self) -> None:
        """Take drafts as far as the window allows."""
        while not self.exhausted and len(self.slots) < self.window:
            draft = next(self.drafts, None)
            if draft is None:
                self.exhausted = True
            else:
                self.slots.append(self.publisher.add(draft, self.remote, self.timeout))
        self.publisher.flush()

    def next_steps(self) -> Steps[list[Outcome]]:
        """The outcomes that are known next; an empty list at the end."""
        self.fill()
        while self.slots and not self.slots[0].is_done:
            yield AGAIN_S
            self.publisher.flush()
        done: list[Outcome] = []
        while self.slots and self.slots[0].is_done:
            done.append(self.slots.popleft().outcome())
        return done
