"""Consumers: cursors that the daemon keeps for its clients, by name (PROTOCOL §8.10).

A consumer's stream begins behind what was acknowledged, whoever reads it, on whatever machine; an
acknowledgement is durable at the daemon before `ack` returns.
"""
from __future__ import annotations

import re
from typing import Any, Iterable, Optional

from samenbus_verify.forms import TOPIC_MAX
from samenbus_verify.words import Epoch, is_org_text

from . import errors, wire
from ._proto import pb
from .cursor import TIPS_MAX, Cursor, Tip, as_message
from .session import Session, Steps

ADD, ACK = 1, 2
ANSWER_S = 30.0
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
FILTERS_MAX = 64


class ConsumerCursor(Cursor):
    """What the consumer of that name has processed, as far as this program knows."""

    def __init__(self, session: Session, kept: Any) -> None:
        self.fresh: dict[tuple[str, Epoch], Tip] = {}  # that the daemon was not told yet
        super().__init__(map(tip_of, kept.cursor))
        self.session, self.name = session, kept.name
        self.topics, self.origins, self.system = tuple(kept.topics), tuple(kept.origins), bool(kept.system)
        self.fresh.clear()
        self.kept = dict(self.tips)  # what the daemon has on disk

    def forget(self) -> None:
        """The consumer was begun anew: what it gave before counts no more."""
        self.tips.clear()
        self.fresh.clear()
        self.kept.clear()

    def advance(self, tip: Tip) -> None:
        """Everything of that epoch up to the tip has been processed."""
        super().advance(tip)
        self.fresh[tip.origin, tip.epoch] = tip

    def save_steps(self) -> Steps[None]:
        """Until the daemon has it on disk; where the consumer was begun anew meanwhile nothing is told.

        Errors: a Refusal, Unreachable; then the next save tells it.
        """
        while self.fresh:
            told = dict(list(self.fresh.items())[:TIPS_MAX])
            message = pb.Consume(action=ACK, name=self.name)
            for tip in told.values():
                as_message(tip, message.cursor.add())
            try:
                yield from ask(self.session, wire.CONSUME, message)
            except errors.BegunAnew:  # its stream is told as well
                self.forget()
                return
            for place, tip in told.items():
                if place in self.tips:
                    self.kept[place] = tip
                if self.fresh.get(place) == tip:
                    del self.fresh[place]

    def save(self) -> None:
        """The same, for plain programs."""
        self.session.run(self.save_steps())


def tip_of(message: Any) -> Tip:
    """A tip of a message; `past` is the daemon's own to know."""
    return Tip(message.origin, Epoch(message.counter, message.tag), message.seq, message.hash)


def ask(session: Session, kind: int, message: Any) -> Steps[Any]:
    """CONSUMERS; each question may be asked twice. Errors: a Refusal, Unreachable, NoAnswer."""
    frame = yield from session.request(kind, message, ANSWER_S)
    if frame.type == wire.REFUSAL:
        raise errors.refusal(frame.message.code, frame.message.text)
    if frame.type == wire.ANSWER:  # it knows no such question
        raise errors.UnknownConsumer("this daemon keeps no consumers; update it, or keep the cursor in a file")
    if frame.type != wire.CONSUMERS:
        raise errors.MalformedFrame("another answer than consumers")
    return frame.message


def find(session: Session, name: str) -> Steps[ConsumerCursor]:
    """The consumer and where it is. Errors: UnknownConsumer, and as of ask."""
    found = yield from ask(session, wire.QUERY, pb.Query(consumer=name))
    if len(found.consumers) != 1 or found.consumers[0].name != name:
        raise errors.MalformedFrame("another consumer than the one that was asked for")
    return ConsumerCursor(session, found.consumers[0])


def find_or_add(session: Session, name: str, topics: Iterable[str], origins: Iterable[str], system: bool,
                cursor: Optional[Cursor], since_ms: int, live_only: bool) -> Steps[ConsumerCursor]:
    """The consumer; made with these filters where it is not there yet, and then it begins as is said."""
    topics, origins = tuple(topics), tuple(origins)
    if not NAME.fullmatch(name):  # a frame that breaks a rule would not be answered
        raise ValueError(f"consumer: `{name}` is no name; write 1 to 64 of a-z, 0-9, - _ and .")
    if max(len(topics), len(origins)) > FILTERS_MAX or any(len(one.encode()) > TOPIC_MAX for one in topics):
        raise ValueError(f"topics and origins: at most {FILTERS_MAX} each, of at most {TOPIC_MAX} bytes")
    if not all(map(is_org_text, origins)):
        raise ValueError(f"origins: {origins!r} is no list of organisation ids")
    message = pb.Consume(action=ADD, name=name, topics=topics, origins=origins, system=system, since_ms=since_ms,
                         live_only=live_only)
    for tip in list(cursor.tips.values())[-TIPS_MAX:] if cursor else ():
        as_message(tip, message.cursor.add())
    yield from ask(session, wire.CONSUME, message)
    return (yield from find(session, name))
