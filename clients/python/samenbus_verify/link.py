"""The link: the 142 to 2,284 bytes that chain one event to the one before (PROTOCOL §3)."""
from __future__ import annotations

import struct
from typing import NamedTuple

from .cursor import Cursor
from .words import NO_HASH, Epoch, Malformed, is_org, len_org, link_hash, u64

SYSTEM, OPEN, RESTRICTED = 1, 2, 3
KINDS = {SYSTEM: "system", OPEN: "open", RESTRICTED: "restricted"}
BODY_MAX = 65536
AUDIENCE_MAX = 64


# PROTOCOL §3.1: what stands before the audience, by the length of the origin's id; and behind it.
HEADS = {size: struct.Struct(f">32sx{size}sIQQ32sB16sB") for size in range(2, 33)}
TAIL = struct.Struct(">I32s")
FIXED_BYTES = 140  # of a link, besides origin and audience


class Link(NamedTuple):
    """The fields of a link, in the order of their layout (PROTOCOL §3.1)."""

    partnership: bytes
    origin: bytes
    epoch: Epoch
    seq: int
    prev: bytes
    kind: int
    id: bytes
    audience: tuple[bytes, ...]
    body_length: int
    commitment: bytes

    def encode(self) -> bytes:
        """The one encoding (PROTOCOL §3.1)."""
        return b"".join([
            b"\x01", self.partnership, len_org(self.origin),
            self.epoch.counter.to_bytes(4, "big"), u64(self.epoch.tag), u64(self.seq), self.prev,
            bytes([self.kind]), self.id,
            bytes([len(self.audience)]), *map(len_org, self.audience),
            self.body_length.to_bytes(4, "big"), self.commitment,
        ])

    def hash(self) -> bytes:
        """Link hash (PROTOCOL §1.4)."""
        return link_hash(self.encode())

    def entitles(self, org: bytes) -> bool:
        """Whether that organisation may read the body (PROTOCOL §3.3)."""
        return not self.audience or org == self.origin or org in self.audience


def decode_link(raw: bytes) -> Link:
    """A lawful link (PROTOCOL §3.2), or Malformed."""
    size = raw[33] if len(raw) > 33 else 0
    if not 2 <= size <= 32 or len(raw) < FIXED_BYTES + size or raw[0] != 1:
        raise Malformed("cut short, or another version")
    partnership, origin, counter, tag, seq, prev, kind, id_, count = HEADS[size].unpack_from(raw, 1)
    if not is_org(origin):
        raise Malformed("not an organisation id")
    audience: tuple[bytes, ...] = ()
    if count or len(raw) != FIXED_BYTES + size:
        audience = read_audience(raw[104 + size : -36], count)
    body_length, commitment = TAIL.unpack_from(raw, len(raw) - 36)
    link = Link(partnership, origin, Epoch(counter, tag), seq, prev, kind, id_, audience, body_length,
                commitment)
    check_rules(link)
    return link


def read_audience(raw: bytes, count: int) -> tuple[bytes, ...]:
    """That many entries and nothing behind them (PROTOCOL §3.1)."""
    if count > AUDIENCE_MAX:
        raise Malformed("audience too long")
    cursor = Cursor(raw)
    audience = tuple(cursor.org() for _ in range(count))
    cursor.finish()
    return audience


def check_rules(link: Link) -> None:
    """Rules 3 to 8 of PROTOCOL §3.2."""
    if link.audience and any(a >= b for a, b in zip(link.audience, link.audience[1:])):
        raise Malformed("audience not strictly ascending")
    if link.epoch.counter < 1 or link.seq < 1:
        raise Malformed("counter or seq is 0")
    if (link.prev == NO_HASH) != (link.seq == 1):
        raise Malformed("prev and seq contradict each other")
    if link.kind not in (SYSTEM, OPEN, RESTRICTED):
        raise Malformed("unknown kind")
    if (link.kind == RESTRICTED) != bool(link.audience):
        raise Malformed("kind and audience contradict each other")
    if link.body_length > BODY_MAX:
        raise Malformed("body too long")
