"""Frames: their head, their messages, and the rules for the fields of these (PROTOCOL §2, §7, §8)."""
from __future__ import annotations

from typing import Any, Callable, NamedTuple

from .link import decode_link
from .protobuf import Schema, decode
from .words import Malformed, is_org_text

FRAME_MAX = 1048576
TYPES = {
    1: "Hello", 2: "Frontier", 3: "Want", 4: "Events", 5: "View", 6: "SummaryRequest", 7: "Summary",
    8: "WantBodies", 9: "Bodies", 10: "FrontierRequest", 16: "Broadcast", 32: "Publish", 33: "Results",
    34: "Subscribe", 35: "Deliver", 36: "Credit", 37: "Unsubscribe", 38: "Fetch", 39: "Fetched",
    40: "Query", 41: "Answer", 63: "Refusal",
}
Message = dict[str, Any]


class TooLarge(Exception):
    """More of something than PROTOCOL §11 allows."""


class Frame(NamedTuple):
    """A frame taken apart."""

    type: int
    request: int
    message: Message


def read_frame(schema: Schema, raw: bytes) -> Frame:
    """A frame that breaks no rule; Malformed or TooLarge otherwise (PROTOCOL §2.2)."""
    if len(raw) > FRAME_MAX:
        raise TooLarge("frame")
    if len(raw) < 8 or raw[:3] != b"SB\x01" or raw[3] not in TYPES:
        raise Malformed("not a frame of version 1")
    name = TYPES[raw[3]]
    message = decode(schema, name, raw[8:])
    if name in RULES:
        RULES[name](message)
    return Frame(raw[3], int.from_bytes(raw[4:8], "big"), message)


def need(message: Message, *names: str) -> None:
    """Fields that are required."""
    for name in names:
        if name not in message:
            raise Malformed(f"{name} is missing")


def need_org(message: Message, name: str) -> None:
    """An organisation id that is required."""
    if not is_org_text(message.get(name, "")):
        raise Malformed(f"{name} is not an organisation id")


def at_most(size: int, limit: int) -> None:
    """A limit of PROTOCOL §11."""
    if size > limit:
        raise TooLarge(f"{size}, at most {limit}")


def check_hello(hello: Message) -> None:
    """PROTOCOL §7.2."""
    need(hello, "partnership", "boot_nonce", "store_id")
    need_org(hello, "organisation")
    if hello.get("version") != 1:
        raise Malformed("another version")
    at_most(len(hello.get("software", "").encode()), 200)


def check_range(message: Message) -> None:
    """PROTOCOL §6.3."""
    need_org(message, "origin")
    if message.get("from_counter", 0) > message.get("to_counter", 0):
        raise Malformed("a range that ends before it begins")
    at_most(len(message.get("epochs", [])), 512)


def check_given(item: Message) -> None:
    """Salt and body come together, and not for what is erased (PROTOCOL §7.4)."""
    if "body" in item and "salt" not in item:
        raise Malformed("a body without a salt")
    if "erased" in item and "salt" in item:
        raise Malformed("erased with a salt")


def check_item(item: Message) -> None:
    """An item of EVENTS, or a BROADCAST (PROTOCOL §7.4)."""
    decode_link(item.get("link", b""))
    check_given(item)


def check_events(events: Message) -> None:
    """PROTOCOL §7.4."""
    need_org(events, "origin")
    for item in events.get("items", []):
        check_item(item)
    at_most(len(events.get("checkpoints", [])), 2048)


def check_want_bodies(want: Message) -> None:
    """PROTOCOL §7.5."""
    need_org(want, "origin")
    seqs = want.get("seqs", [])
    at_most(len(seqs), 512)
    if any(a >= b for a, b in zip(seqs, seqs[1:])):
        raise Malformed("seqs do not ascend")


def check_bodies(bodies: Message) -> None:
    """PROTOCOL §7.5."""
    need_org(bodies, "origin")
    for item in bodies.get("items", []):
        need(item, "seq", "link_hash")
        check_given(item)


def check_broadcast(broadcast: Message) -> None:
    """PROTOCOL §12.2."""
    check_item(broadcast)
    need(broadcast, "checkpoint")
    if int.from_bytes(broadcast["checkpoint"][:8], "big") < decode_link(broadcast["link"]).seq:
        raise Malformed("a checkpoint below its broadcast")


def check_publish(publish: Message) -> None:
    """PROTOCOL §8.2."""
    items = publish.get("items", [])
    at_most(len(items), 1024)
    for item in items:
        need(item, "id")
        if not any(item["id"]):
            raise Malformed("an id that is all zero")
        at_most(len(item.get("audience", [])), 64)


def check_subscribe(subscribe: Message) -> None:
    """PROTOCOL §8.5."""
    at_most(len(subscribe.get("topics", [])), 256)
    at_most(len(subscribe.get("cursor", [])), 4096)


RULES: dict[str, Callable[[Message], None]] = {
    "Hello": check_hello,
    "SummaryRequest": check_range,
    "Summary": check_range,
    "Events": check_events,
    "Fetched": lambda fetched: check_events(fetched["events"]) if "events" in fetched else None,
    "WantBodies": check_want_bodies,
    "Bodies": check_bodies,
    "Broadcast": check_broadcast,
    "Publish": check_publish,
    "Subscribe": check_subscribe,
}
