"""Events as they are given to a program, and drafts of those that it publishes (PROTOCOL §3, §16)."""
from __future__ import annotations

import datetime
import json
import os
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Mapping, Optional, Sequence

from samenbus_verify.forms import print_time, print_uuid, uuid7
from samenbus_verify.link import AUDIENCE_MAX, SYSTEM, Link
from samenbus_verify.schema import camel
from samenbus_verify.shown import escape_json, shown
from samenbus_verify.words import Epoch, is_org_text, parse_uuid

from . import codec
from ._proto import pb
from .bodies import read_body, read_outermost
from .contents import Content
from .cursor import At, Tip
from .errors import InvalidBody, TooLarge
from .wire import PRESENT, STATES



def new_id() -> str:
    """A fresh UUIDv7."""
    return print_uuid(uuid7(time.time_ns() // 1_000_000, os.urandom(10)))


class Event:
    """One event, verified. What it says is in `content`, None where the body is not here, or newer.

    `state` is present, withheld (not for us), missing (not yet here), erased, expired or hidden (not
    shown to this client).
    """

    def __init__(self, link: Link, hash: bytes, delivered: Any) -> None:
        self.link, self.hash = link, hash
        self.at: Optional[At] = None  # the offset behind it, at the daemon that delivered it
        self.begun = 0  # the beginning of its consumer that gave it
        self.passed: dict[tuple[str, Epoch], Tip] = {}  # of events behind it that were not asked for
        self.offset: int = delivered.offset
        self.epoch_text: str = delivered.epoch
        self.state = STATES.get(delivered.state, f"state_{delivered.state}")
        self.forked: bool = delivered.forked
        self.checkpoint_ms: int = delivered.checkpoint_ms
        self._body: Optional[Any] = None
        self._head: Optional[Any] = None
        if delivered.state == PRESENT:
            self._body = read_body(delivered.body)
            self._head = self._body if self._body is not None else read_outermost(delivered.body)

    @property
    def origin(self) -> str:
        """The organisation that said it."""
        return self.link.origin.decode()

    @property
    def epoch(self) -> Epoch:
        """(counter, tag) of its epoch."""
        return self.link.epoch

    @property
    def seq(self) -> int:
        """Its place in the epoch."""
        return self.link.seq

    @cached_property
    def id(self) -> str:
        """Its UUID; (origin, id) is unique."""
        return print_uuid(self.link.id)

    @property
    def reference(self) -> str:
        """`ORG/UUID`, as others refer to it."""
        return f"{self.origin}/{self.id}"

    @property
    def tip(self) -> Tip:
        """Its place for a cursor: everything of its epoch up to here."""
        return Tip(self.origin, self.link.epoch, self.link.seq, self.hash)

    @property
    def audience(self) -> tuple[str, ...]:
        """Who may read it; empty: everybody."""
        return tuple(org.decode() for org in self.link.audience)

    @property
    def is_system(self) -> bool:
        """Whether the daemon itself speaks."""
        return self.link.kind == SYSTEM

    @property
    def topic(self) -> Optional[str]:
        """Its topic, None without a readable body and for system events."""
        return (self._head.topic or None) if self._head is not None else None

    @property
    def publisher(self) -> Optional[str]:
        """The origin's client that published it."""
        return (self._head.publisher or None) if self._head is not None else None

    @property
    def references(self) -> tuple[str, ...]:
        """`ORG/UUID` of events that it is about, beyond what its content names."""
        return tuple(self._body.references) if self._body is not None else ()

    @property
    def time_ms(self) -> int:
        """When the origin's daemon took it; without a readable body, when it was signed."""
        return self._head.time_ms if self._head is not None else self.checkpoint_ms

    @property
    def time(self) -> datetime.datetime:
        """The same in UTC."""
        return (datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
                + datetime.timedelta(milliseconds=self.time_ms))

    @property
    def type(self) -> Optional[str]:
        """Name of the content in lowerCamelCase, None where there is none that this version knows."""
        name = self._body.WhichOneof("content") if self._body is not None else None
        return camel(name) if name else None

    @cached_property
    def content(self) -> Optional[Content]:
        """What it says, as a dataclass of samenbus.contents."""
        name = self._body.WhichOneof("content") if self._body is not None else None
        return codec.read_content(getattr(self._body, name)) if name else None

    def to_json(self) -> str:
        """The line that `samenbus tail -o json` prints (PROTOCOL §16.2)."""
        line: dict[str, Any] = {
            "origin": self.origin, "epoch": self.epoch_text, "seq": self.seq, "offset": self.offset,
            "id": self.id, "time": print_time(self.time_ms), "topic": self.topic, "type": self.type,
            "audience": list(self.audience), "state": self.state,
            **({"forked": True} if self.forked else {}), "publisher": self.publisher,
            **({"references": list(self.references)} if self.references else {}),
            "body": codec.content_json(self.content) if self.content is not None else None}
        return escape_json(json.dumps(line, ensure_ascii=False, separators=(",", ":")))

    def __repr__(self) -> str:
        return shown(f"<Event {self.reference} {self.topic or '-'} {self.type or self.state}>")


@dataclass(frozen=True)
class Draft:
    """What is to be published. Its id makes it safe to publish again, as often as one likes."""

    topic: str
    content: Content
    audience: Sequence[str] = ()  # empty: all partners
    references: Sequence[str] = ()
    id: str = field(default_factory=new_id)

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> "Draft":
        """An object as `samenbus publish` reads it (PROTOCOL §16.1); ValueError names the place."""
        others = {"id", "topic", "audience", "references"}
        for name in ("time", "timeMs", "time_ms", "publisher"):
            if given.get(name) is not None:
                raise ValueError(f"{name}: the daemon writes it")
        kinds = [name for name, value in given.items() if name not in others and value is not None]
        if len(kinds) != 1:
            raise ValueError(f"exactly one content is needed, not {len(kinds)}")
        if given.get("audience") == []:
            raise ValueError("audience: empty; leave it out for all partners")
        content = codec.content_from_json(kinds[0], given[kinds[0]])
        audience, references = (tuple(given.get(name) or ()) for name in ("audience", "references"))
        name = new_id() if given.get("id") is None else given["id"]
        return cls(codec.scalar(str, given.get("topic", ""), "topic"), content, audience, references, name)

    def submission(self) -> Any:
        """What is sent of it (PROTOCOL §8.2). InvalidBody names a field with an impossible value."""
        raw_id = parse_uuid(self.id)
        if raw_id is None or not any(raw_id):
            raise InvalidBody(f"id: `{self.id}` is no UUID")
        if len(self.audience) > AUDIENCE_MAX:  # a frame that breaks a rule would not be answered
            raise TooLarge(f"audience: {len(self.audience)} organisations; at most {AUDIENCE_MAX} are allowed")
        for org in self.audience:
            if not is_org_text(org):
                raise InvalidBody(f"audience: `{org}` is no organisation id")
        body = pb.Body()
        try:
            body.topic = self.topic
            body.references.extend(self.references)
            codec.write_content(self.content, getattr(body, self.content.kind))
            return pb.Submission(id=raw_id, audience=self.audience, body=body.SerializeToString())
        except (TypeError, ValueError) as error:
            raise InvalidBody(f"{camel(self.content.kind)}.{error}") from error
