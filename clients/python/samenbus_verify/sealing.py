"""What a daemon appends to a submission (PROTOCOL §4.2)."""
from __future__ import annotations


def varint(number: int) -> bytes:
    """A varint of protobuf, of at most 64 bits."""
    number %= 2**64
    raw = bytearray()
    while number >= 0x80:
        raw.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(raw) + bytes([number])


def seal(submission: bytes, time_ms: int, publisher: str) -> bytes:
    """The body of a submission."""
    body = submission + b"\x10" + varint(time_ms)
    name = publisher.encode()
    return body + b"\x1a" + varint(len(name)) + name if name else body
