"""Statements, their order and their past (PROTOCOL §18.1)."""
from __future__ import annotations

import json
import uuid
from typing import Any, Callable, Iterable, NamedTuple, Optional

from samenbus_verify import forms
from samenbus_verify.protobuf import Field
from samenbus_verify.schema import BODY_SCHEMA, camel, read_enums
from samenbus_verify.submission import Refused, check_message

from .days import amsterdam_day, parse_time

Json = dict[str, Any]
Place = tuple[int, int]  # chain, seq
CONTENTS = {"agendaItem": "AgendaItem", "proposal": "Proposal", "position": "Position",
            "withdrawal": "Withdrawal", "closing": "Closing", "notification": "Notification",
            "acknowledgement": "Acknowledgement"}


class Statement(NamedTuple):
    """An event whose body can be read."""

    origin: str
    id: str
    place: Place
    order: tuple[Any, ...]
    time: str  # as written
    kind: str  # name of the content
    says: Json  # the content, with names of enum values
    valid: bool

    @property
    def event(self) -> str:
        """ORG/UUID."""
        return f"{self.origin}/{self.id}"

    @property
    def day(self) -> str:
        """The day of its body's time."""
        return amsterdam_day(parse_time(self.time))

    @property
    def date(self) -> str:
        """Of a Proposal, Withdrawal or Closing."""
        return self.says.get("date") or self.day


def event_key(event: str) -> tuple[bytes, bytes]:
    """How events are sorted."""
    organisation, _, identity = event.partition("/")
    return organisation.encode(), uuid.UUID(identity).bytes


class History:
    """Which place is in the past of which: the whole past of each, as a set."""

    def __init__(self, case: Json) -> None:
        self.chains: list[Json] = case["chains"]
        self.links = {(link["chain"], link["seq"]): link["hash"] for link in case.get("links", [])}
        self.known: dict[Place, frozenset[Place]] = {}

    def before(self, place: Place) -> list[Place]:
        """The places to which `prev` or, from a start, its parents lead."""
        chain, seq = place
        if seq > self.chains[chain]["base"]:
            return [(chain, seq - 1)]
        if self.chains[chain]["leansOn"] is not None:
            return [(self.chains[chain]["leansOn"], seq - 1)]
        return [(parent["chain"], parent["seq"]) for parent in self.chains[chain]["parents"]]

    def past(self, place: Place) -> frozenset[Place]:
        """Everything in the past of a place, and the place itself."""
        if place not in self.known:
            found, edge = set(), [place]
            while edge:
                at = edge.pop()
                if at not in found:
                    found.add(at)
                    edge += self.before(at)
            self.known[place] = frozenset(found)
        return self.known[place]

    def tip(self, tip: Json) -> tuple[frozenset[Place], bool]:
        """The past of a cut's tip with the tip itself, and whether its link is held (§18.5)."""
        epoch = [at for at, chain in enumerate(self.chains)
                 if (chain["origin"], chain["counter"], int(chain["tag"], 16))
                 == (tip["origin"], tip["counter"], int(tip.get("tag", "0"), 16))]
        for (chain, seq), known in self.links.items():
            if chain in epoch and seq == tip["seq"] and known == tip["hash"]:
                return self.past((chain, seq)), True
        found: set[Place] = set()
        for chain in epoch:
            for seq in range(self.chains[chain]["base"], self.chains[chain]["last"] + 1):
                if seq <= tip["seq"]:
                    found |= self.past((chain, seq))
        return frozenset(found), False

    def is_later(self, later: Statement, earlier: Statement) -> bool:
        """Rule 5."""
        return (later.origin == earlier.origin and later.id != earlier.id
                and later.place != earlier.place and earlier.place in self.past(later.place))

    def last_words(self, among: Iterable[Statement]) -> list[Statement]:
        """Those than which no other is later (rule 6), in order."""
        some = list(among)
        return in_order(s for s in some if not any(self.is_later(t, s) for t in some))


def in_order(some: Iterable[Statement]) -> list[Statement]:
    """Rule 4."""
    return sorted(some, key=lambda s: s.order)


def is_the_same(some: list[Any], view: Callable[[Any], Any]) -> bool:
    """Do all of them look the same?"""
    return len({json.dumps(view(one), sort_keys=True) for one in some}) <= 1


# ---- reading


def numbers_of(enums: dict[str, dict[int, str]], types: dict[str, dict[str, str]], name: str,
               value: Json) -> Json:
    """A content with the names and numbers of the protobuf schema, for the checks."""
    found: Json = {}
    for field in BODY_SCHEMA[name].values():
        one = value.get(camel(field.name))
        if one not in (None, "", 0, [], {}, False):
            found[field.name] = number_of(enums, types, name, field, one)
    return found


def number_of(enums: Any, types: Any, name: str, field: Field, one: Any) -> Any:
    """One field."""
    if field.kind == "message" and isinstance(one, dict):  # weights
        one = [{"organisation": org, "weight": weight} for org, weight in one.items()]
    if field.kind == "message":
        return [numbers_of(enums, types, field.message, each) for each in one]
    if field.kind == "enum":
        return {label: number for number, label in enums[types[name][field.name]].items()}[one]
    return one


class Reader:
    """Reads the statements of a case; knows the enums of samenbus.proto."""

    def __init__(self, source: str) -> None:
        self.enums = read_enums(source)
        self.types = {message: enum_fields(source, message) for message in BODY_SCHEMA}

    def is_valid(self, kind: str, says: Json, time: str) -> bool:
        """Rule 1."""
        moment = forms.parse_time(time)
        try:
            check_message(CONTENTS[kind], numbers_of(self.enums, self.types, CONTENTS[kind], says))
        except Refused:
            return False
        return moment is not None and forms.tells_day(moment)

    def statement(self, case: Json, event: Json) -> Statement:
        """One event of a case."""
        chain = case["chains"][event["chain"]]
        kind = next(name for name in CONTENTS if name in event)
        order = (chain["origin"].encode(), chain["counter"], int(chain["tag"], 16), event["seq"],
                 bytes.fromhex(event["hash"]))
        return Statement(chain["origin"], event["id"], (event["chain"], event["seq"]), order,
                         event["time"], kind, event[kind],
                         self.is_valid(kind, event[kind], event["time"]))

    def statements(self, case: Json) -> list[Statement]:
        """All of a case."""
        return once(self.statement(case, event) for event in case["events"])


def once(some: Iterable[Statement]) -> list[Statement]:
    """Each once (rules 2 and 3), in order."""
    found: list[Statement] = []
    for one in in_order(some):
        if not any((s.event, s.kind) == (one.event, one.kind)
                   and is_the_same([s, one], lambda s: plain(s.says)) for s in found):
            found.append(one)
    return found


def enum_fields(source: str, message: str) -> dict[str, str]:
    """{field: type} of the fields of a message in samenbus.proto whose type is a name."""
    block = source.partition(f"message {message} {{")[2].partition("\n}")[0]
    words = (line.split() for line in block.splitlines())
    return {line[1]: line[0] for line in words if len(line) > 3 and line[2] == "="}


def plain(says: Json) -> Json:
    """A content without what is default; weights are a list, and so have an order (rule 2)."""
    return {key: list(value.items()) if key == "weights" else value
            for key, value in says.items() if value not in (None, "", 0, [], {}, False)}


def ignored_view(ignored: Iterable[tuple[Statement, str]]) -> list[Json]:
    """The list of what has no effect."""
    return [{"event": s.event, "why": why}
            for s, why in sorted(ignored, key=lambda one: (event_key(one[0].event), one[1],
                                                           one[0].order))]


def absent(text: Optional[str]) -> Optional[str]:
    """None for an empty text."""
    return text or None
