"""Frames: their head, their messages, and the rules for the fields of these (PROTOCOL §2, §7, §8)."""
from __future__ import annotations

import re
from typing import Any, Callable, NamedTuple

from .link import decode_link
from .protobuf import Schema, decode
from .words import Malformed, is_org_text

FRAME_MAX = 1048576
TYPES = {
    1: "Hello", 2: "Frontier", 3: "Want", 4: "Events", 5: "View", 6: "SummaryRequest", 7: "Summary",
    8: "WantBodies", 9: "Bodies", 10: "FrontierRequest", 16: "Broadcast", 32: "Publish", 33: "Results",
    34: "Subscribe", 35: "Deliver", 36: "Credit", 37: "Unsubscribe", 38: "Fetch", 39: "Fetched",
    40: "Query", 41: "Answer", 44: "Evidence", 45: "Holders", 46: "Said", 48: "Consume", 49: "Consumers",
    50: "Happenings", 51: "Erase", 52: "Erasures",
    53: "Admin", 54: "Administered",
    58: "Possession", 63: "Refusal",
}
STATE_PRESENT = 1
# Messages with an origin by that name; others by their names (PROTOCOL §2.5).
ORIGINS = ("OriginHeads", "Want", "Events", "SummaryRequest", "Summary", "WantBodies", "Bodies", "Results",
           "Tip", "Fetch", "EvidenceItem", "Holders")
ORGS = {**{name: ["origin"] for name in ORIGINS}, "Hello": ["organisation"], "Frontier": ["node"],
        "Submission": ["audience"], "Holder": ["organisation"], "Admin": ["peer"],
        "Query": ["where_origin", "said_origin"], "SaidChain": ["origin"],
        "Subscribe": ["origins"], "Consume": ["origins"], "Consumer": ["origins"]}
Message = dict[str, Any]

# PROTOCOL §2.5: `!` required, `<n` at most n elements or bytes, `:n` at most n bytes each.
FIELDS = """
Hello: version! partnership! organisation! boot_nonce! store_id! software<200
Frontier: node! boot_nonce! store_id! origins<401
OriginHeads: origin! heads<32
Head: counter! checkpoint!
Want: origin! counter!
Events: origin! items<2048 checkpoints<2048
EventItem: link!
View: state<32 reason<200
SummaryRequest: origin!
Summary: origin! epochs<512 parts<512
WantBodies: origin! counter! seqs<512
Bodies: origin! counter! items<512
BodyItem: seq! link_hash!
Broadcast: link! checkpoint!
Publish: items<1024
Submission: id! audience<64
Results: origin! items<1024
Result: text<1000 epoch<27
Subscribe: cursor<4096 topics<256:200 origins<401 consumer<64
Query: consumer<64
Deliver: items<8192
Delivered: link! state! epoch<27
Fetch: origin!
Fetched: events!
Evidence: items<256
EvidenceItem: kind! origin! sides<8
EvidenceSide: counter! seq! hash! commitment! checkpoint! epoch<27
Holder: organisation!
Holders: origin! id! holders<401 epoch<27
Said: chains<32768 links<32768 items<2048
SaidChain: origin! counter! parents<32768
SaidLink: hash! epoch<27
SaidItem: link! salt!
Consume: action! name! name<64 cursor<4096 topics<64:200 origins<64
Consumers: consumers<64
Happenings: happenings<1024
Erase: ground! items<1024 ground<1000
EraseItem: origin! id!
Erasures: items<256
ErasedEvent: origin! id! holders<401 ground<1000
ErasureHolder: organisation!
Happening: code<1000 action<1000 actor<1000 object<1000 result<1000 origin<1000 text<1000
Consumer: name! name<64 client<100 topics<64:200 origins<64 cursor<4096
Possession: statement!
Admin: order!
Administered: outcome! text<49152
Status: heads<12832 peers<400 alarms<1024 consumers<64
Refusal: text<1000
"""


class TooLarge(Exception):
    """More of something than PROTOCOL §11 allows."""


class Frame(NamedTuple):
    """A frame taken apart."""

    type: int
    request: int
    message: Message


class FieldRule(NamedTuple):
    """One entry of the table above."""

    name: str
    required: bool
    most: int
    each: int


def read_fields(table: str) -> dict[str, list[FieldRule]]:
    """The table above."""
    entry = re.compile(r"(\w+)(!?)(?:<(\d+))?(?::(\d+))?")
    rules = {}
    for line in table.strip().splitlines():
        name, _, fields = line.partition(": ")
        found = (entry.fullmatch(field) for field in fields.split())
        rules[name] = [FieldRule(f[1], bool(f[2]), int(f[3] or 0), int(f[4] or 0)) for f in found if f]
    return rules


FIELD_RULES = read_fields(FIELDS)


def read_frame(schema: Schema, raw: bytes) -> Frame:
    """A frame that breaks no rule; Malformed or TooLarge otherwise (PROTOCOL §2.2)."""
    if len(raw) > FRAME_MAX:
        raise TooLarge("frame")
    if len(raw) < 8 or raw[:3] != b"SB\x01" or raw[3] not in TYPES:
        raise Malformed("not a frame of version 1")
    name = TYPES[raw[3]]
    message = decode(schema, name, raw[8:])
    check_fields(schema, name, message)
    if name in RULES:
        RULES[name](message)
    return Frame(raw[3], int.from_bytes(raw[4:8], "big"), message)


def check_fields(schema: Schema, name: str, message: Message) -> None:
    """What a message and those in it must have, and how much at most (PROTOCOL §2.5)."""
    for rule in FIELD_RULES.get(name, []):
        check_field(rule, message.get(rule.name))
    check_org(name, message)
    for field in schema[name].values():
        if field.kind == "message" and field.name in message:
            below = message[field.name]
            for one in below if field.repeated else [below]:
                check_fields(schema, field.message, one)


def check_org(name: str, message: Message) -> None:
    """Whoever is named by an id is named by a lawful one (PROTOCOL §2.5)."""
    for field in ORGS.get(name, []):
        value = message.get(field, [])
        if not all(map(is_org_text, [value] if isinstance(value, str) else value)):
            raise Malformed(f"{field}: not an organisation")


def check_field(rule: FieldRule, value: Any) -> None:
    """One field; None where it is absent."""
    if value is None:
        if rule.required:
            raise Malformed(f"{rule.name} is missing")
        return
    if rule.most and size_of(value) > rule.most:
        raise TooLarge(rule.name)
    if rule.each and any(size_of(one) > rule.each for one in value):
        raise TooLarge(rule.name)


def size_of(value: Any) -> int:
    """Elements of a list, bytes of a text."""
    return len(value.encode() if isinstance(value, str) else value)


def check_hello(hello: Message) -> None:
    """PROTOCOL §7.2."""
    if hello["version"] != 1:
        raise Malformed("another version")


def check_range(message: Message) -> None:
    """PROTOCOL §6.3."""
    if message.get("from_counter", 0) > message.get("to_counter", 0):
        raise Malformed("a range that ends before it begins")


def check_given(item: Message) -> None:
    """Salt and body come together, and not for what is erased (PROTOCOL §7.4)."""
    if "body" in item and "salt" not in item:
        raise Malformed("a body without a salt")
    if "erased" in item and "salt" in item:
        raise Malformed("erased with a salt")


def check_events(events: Message) -> None:
    """PROTOCOL §7.4."""
    for item in events.get("items", []):
        decode_link(item["link"])
        check_given(item)


def check_want_bodies(want: Message) -> None:
    """PROTOCOL §7.5."""
    seqs = want.get("seqs", [])
    if any(a >= b for a, b in zip(seqs, seqs[1:])):
        raise Malformed("seqs do not ascend")


def check_bodies(bodies: Message) -> None:
    """PROTOCOL §7.5."""
    for item in bodies.get("items", []):
        check_given(item)


def check_broadcast(broadcast: Message) -> None:
    """PROTOCOL §12.2."""
    check_given(broadcast)
    if int.from_bytes(broadcast["checkpoint"][:8], "big") < decode_link(broadcast["link"]).seq:
        raise Malformed("a checkpoint below its broadcast")


def check_publish(publish: Message) -> None:
    """PROTOCOL §8.2."""
    if not all(any(item["id"]) for item in publish.get("items", [])):
        raise Malformed("an id that is all zero")


def check_subscribe(subscribe: Message) -> None:
    """Tips of a cursor have more to say than others (PROTOCOL §2.5)."""
    if not all(name in tip for tip in subscribe.get("cursor", []) for name in ("origin", "counter", "hash")):
        raise Malformed("a tip without origin, counter or hash")


def check_deliver(deliver: Message) -> None:
    """Salt and body are there if and only if the state is present (PROTOCOL §8.5)."""
    for item in deliver.get("items", []):
        decode_link(item["link"])
        check_given(item)
        if ("salt" in item) != (item["state"] == STATE_PRESENT):
            raise Malformed("state and salt contradict each other")


def check_fetched(fetched: Message) -> None:
    """A page is a segment, the last one without items (PROTOCOL §8.8)."""
    check_events(fetched["events"])


RULES: dict[str, Callable[[Message], None]] = {
    "Hello": check_hello,
    "SummaryRequest": check_range,
    "Summary": check_range,
    "Events": check_events,
    "WantBodies": check_want_bodies,
    "Bodies": check_bodies,
    "Broadcast": check_broadcast,
    "Publish": check_publish,
    "Subscribe": check_subscribe,
    "Deliver": check_deliver,
    "Fetched": check_fetched,
}
