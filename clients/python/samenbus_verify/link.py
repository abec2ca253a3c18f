"""The link: the 142 to 2,284 bytes that chain one event to the one before (PROTOCOL §3)."""
from __future__ import annotations

from dataclasses import dataclass

from .cursor import Cursor
from .words import NO_HASH, Epoch, Malformed, len_org, link_hash, u64

SYSTEM, OPEN, RESTRICTED = 1, 2, 3
KINDS = {SYSTEM: "system", OPEN: "open", RESTRICTED: "restricted"}
BODY_MAX = 65536
AUDIENCE_MAX = 64


@dataclass(frozen=True)
class Link:
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
    cursor = Cursor(raw)
    if cursor.number(1) != 1:
        raise Malformed("another version")
    link = Link(
        partnership=cursor.take(32), origin=cursor.org(),
        epoch=Epoch(cursor.number(4), cursor.number(8)), seq=cursor.number(8),
        prev=cursor.take(32), kind=cursor.number(1), id=cursor.take(16),
        audience=read_audience(cursor), body_length=cursor.number(4), commitment=cursor.take(32),
    )
    cursor.finish()
    check_rules(link)
    return link


def read_audience(cursor: Cursor) -> tuple[bytes, ...]:
    """Number of entries, then the entries (PROTOCOL §3.1)."""
    count = cursor.number(1)
    if count > AUDIENCE_MAX:
        raise Malformed("audience too long")
    return tuple(cursor.org() for _ in range(count))


def check_rules(link: Link) -> None:
    """Rules 3 to 8 of PROTOCOL §3.2."""
    if any(a >= b for a, b in zip(link.audience, link.audience[1:])):
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
