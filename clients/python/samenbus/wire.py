"""Frames: their head, their messages, and which rules these must keep (PROTOCOL §2). Sends nothing.

What streams consist of is read fast, by the rule of bodies.py: what gives the same bytes when
written again is in order. Everything else goes through the strict reader of samenbus_verify.
"""
from __future__ import annotations

from typing import Any, NamedTuple, Optional

from google.protobuf.message import DecodeError

from samenbus_verify import frames as strict
from samenbus_verify.link import Link, decode_link
from samenbus_verify.protobuf import Schema
from samenbus_verify.schema import make_field
from samenbus_verify.words import Malformed

from ._proto import pb
from .errors import MalformedFrame, NewerVersion
from .errors import TooLarge as RefusedTooLarge

VERSION = 1
FRAME_MAX = strict.FRAME_MAX
MESSAGE_MAX = FRAME_MAX + 33  # with what CURVE adds (PROTOCOL §2.1)
(PUBLISH, RESULTS, SUBSCRIBE, DELIVER, CREDIT, UNSUBSCRIBE, FETCH, FETCHED, QUERY,
 ANSWER) = range(32, 42)
CONSUME, CONSUMERS = 48, 49
REFUSAL = 63
PRESENT, WITHHELD, MISSING, ERASED, EXPIRED, HIDDEN = range(1, 7)
STATES = {PRESENT: "present", WITHHELD: "withheld", MISSING: "missing", ERASED: "erased",
          EXPIRED: "expired", HIDDEN: "hidden"}
SCALARS = {"int64", "uint64", "uint32", "fixed64", "bool", "string", "bytes"}
CLASSES = {number: getattr(pb, name) for number, name in strict.TYPES.items()}


class Frame(NamedTuple):
    """A frame that keeps all rules; the links of a DELIVER or FETCHED are taken apart."""

    type: int
    request: int
    message: Any
    links: list[Link]


def schema() -> Schema:
    """All messages as the strict reader wants them."""
    return {name: {field.number: make_field(*declared(field)) for field in message.fields}
            for name, message in pb.DESCRIPTOR.message_types_by_name.items()}


def declared(field: Any) -> tuple[str, str, bool, bool, str]:
    """Type, name, repeated, member of a oneof, and the enum of a field."""
    enum = field.enum_type.name if field.enum_type else ""
    types = {getattr(field, "TYPE_" + kind.upper()): kind for kind in SCALARS}
    kind = "enum" if enum else types.get(field.type) or field.message_type.name
    return kind, field.name, field.label == field.LABEL_REPEATED, bool(field.containing_oneof), enum


SCHEMA = schema()


def write_frame(kind: int, request: int, message: Any) -> bytes:
    """The frame of a message (PROTOCOL §2.2); TooLarge where it does not fit."""
    raw = b"SB" + bytes([VERSION, kind]) + request.to_bytes(4, "big") + message.SerializeToString()
    if len(raw) > FRAME_MAX:
        raise RefusedTooLarge(f"a frame of {len(raw)} bytes; at most {FRAME_MAX} are allowed")
    return raw


def head_of(raw: bytes) -> tuple[int, int]:
    """Type and request of a frame of our version, whatever its message is."""
    if len(raw) < 8 or raw[:2] != b"SB":
        raise MalformedFrame("a frame that does not begin with SB")
    if raw[2] != VERSION:
        raise NewerVersion(f"the daemon sends frames of version {raw[2]}; this client knows version "
                           f"{VERSION}: update it")
    return raw[3], int.from_bytes(raw[4:8], "big")


def read_frame(raw: bytes) -> Optional[Frame]:
    """A frame that keeps all rules, None for a type that is newer.

    Errors: MalformedFrame, NewerVersion.
    """
    kind, request = head_of(raw)
    if kind not in CLASSES:
        return None
    try:
        if len(raw) > FRAME_MAX:
            raise strict.TooLarge("frame")
        message = CLASSES[kind].FromString(raw[8:])
        if kind in FAST and message.SerializeToString() == raw[8:]:
            return Frame(kind, request, message, FAST[kind](message))
        strict.read_frame(SCHEMA, raw)
    except (Malformed, strict.TooLarge, DecodeError) as error:
        name = strict.TYPES[kind].upper()
        too_large = isinstance(error, strict.TooLarge)
        raise MalformedFrame(f"{name}: " + ("too large: " if too_large else "") + str(error)) from error
    return Frame(kind, request, message, [decode_link(item.link) for item in items_of(kind, message)])


def items_of(kind: int, message: Any) -> Any:
    """What has links in it."""
    if kind == DELIVER:
        return message.items
    return message.events.items if kind == FETCHED else []


def check_deliver(message: Any) -> list[Link]:
    """PROTOCOL §8.5, §2.4, §2.5."""
    if len(message.items) > 8192:
        raise strict.TooLarge("items")
    links = []
    for item in message.items:
        links.append(decode_link(item.link))
        if item.state == PRESENT:
            if len(item.salt) != 32:
                raise Malformed("salt: not 32 bytes")
        elif item.salt or item.body or not item.state:
            raise Malformed("state and salt contradict each other")
        if len(item.epoch) > 27 or "\0" in item.epoch:
            raise Malformed("epoch: no text of an epoch")
    return links


def check_fetched(message: Any) -> list[Link]:
    """PROTOCOL §7.4, §8.8."""
    events = message.events
    if len(events.items) > 2048 or len(events.checkpoints) > 2048:
        raise strict.TooLarge("events")
    strict.check_org("Events", {"origin": events.origin})
    if len(message.sign_key) not in (0, 32) or any(len(c) != 112 for c in events.checkpoints):
        raise Malformed("sign_key or checkpoints: another length")
    links = []
    for item in events.items:
        links.append(decode_link(item.link))
        salted = len(item.salt)
        if salted not in (0, 32) or (item.body and not salted) or (item.erased and salted):
            raise Malformed("salt and body contradict each other")
    return links


def check_results(message: Any) -> list[Link]:
    """PROTOCOL §8.3, §2.5."""
    if len(message.items) > 1024:
        raise strict.TooLarge("items")
    strict.check_org("Results", {"origin": message.origin})
    for item in message.items:
        if len(item.text.encode()) > 1000 or len(item.epoch) > 27:
            raise strict.TooLarge("text")
        if "\0" in item.text or "\0" in item.epoch:
            raise Malformed("NUL in a text")
    return []


FAST = {DELIVER: check_deliver, FETCHED: check_fetched, RESULTS: check_results}
