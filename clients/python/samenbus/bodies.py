"""Bodies: reading them as strictly as PROTOCOL §1.5 wants and as fast as protobuf can, and sealing's other side.

Google's reader is lenient. So what it read is written again: where that gives the same bytes, the
bytes were in order and nothing unknown stood among them. Where it does not (a newer field, another
order), the strict reader of samenbus_verify decides.
"""
from __future__ import annotations

from typing import Any, Optional

from google.protobuf.message import DecodeError

from samenbus_verify.body import decode_body
from samenbus_verify.protobuf import raw_fields
from samenbus_verify.sealing import varint
from samenbus_verify.words import Malformed

from ._proto import pb

PLAIN_MAX = 32768  # bytes of a body that cannot have too many fields
WITH_LENGTHS = ("closing", "epoch_start", "key_certificate")  # some of their bytes have fixed lengths


def read_body(raw: bytes) -> Optional[Any]:
    """A well-formed body as a message, None where it is none (PROTOCOL §4.4)."""
    try:
        body = pb.Body.FromString(raw)
    except DecodeError:
        return None
    if is_plain(body, raw):
        return body
    try:
        decode_body(raw)
    except Malformed:
        return None
    return body


def is_plain(body: Any, raw: bytes) -> bool:
    """Whether these bytes are what any writer makes and a daemon sealed, with nothing unusual."""
    if len(raw) > PLAIN_MAX or b"\0" in raw or body.WhichOneof("content") in WITH_LENGTHS:
        return False
    tail = b"\x10" + varint(body.time_ms)
    if body.publisher:
        name = body.publisher.encode()
        tail += b"\x1a" + varint(len(name)) + name
    # Written again, the two fields of the daemon stand behind the topic and not at the end.
    at, end = len(topic_field(body.topic)), len(raw) - len(tail)
    return body.SerializeToString() == b"".join([raw[:at], raw[end:], raw[at:end]]) and raw[end:] == tail


def topic_field(topic: str) -> bytes:
    """The topic as it is written, nothing where it is empty."""
    text = topic.encode()
    return b"\x0a" + varint(len(text)) + text if text else b""


def read_outermost(raw: bytes) -> Any:
    """Topic, time and publisher of a body that is not well-formed, as far as they can be read."""
    head = pb.Body()
    texts = {1: "topic", 3: "publisher"}
    try:
        for number, wire, value, _ in raw_fields(raw):
            if number in texts and wire == 2:
                setattr(head, texts[number], bytes(value).decode("utf-8"))
            elif number == 2 and wire == 0:
                head.time_ms = int(value) - 2**64 if int(value) >= 2**63 else int(value)
    except (Malformed, UnicodeDecodeError):
        return pb.Body()
    return head
