"""Verifies a segment, the unit in which history travels between partners (PROTOCOL §10.2)."""
from __future__ import annotations

from typing import NamedTuple, Optional

from .body import Fault, verify_start
from .link import Link, decode_link
from .signing import Checkpoint
from .words import Epoch, Malformed, commitment, link_hash


class Item(NamedTuple):
    """A link and, where given, salt and body (PROTOCOL §7.4)."""

    link: bytes
    salt: bytes = b""
    body: bytes = b""


class Segment(NamedTuple):
    """Consecutive links of one epoch with the checkpoints over them."""

    partnership: bytes
    origin: bytes
    epoch: Epoch
    items: list[Item]
    checkpoints: list[Checkpoint]


Verdict = Optional[tuple[str, int]]  # code and seq, None where all is well


def verify_segment(segment: Segment, pinned: bytes, key: Optional[bytes], promised: Optional[bytes] = None) -> Verdict:
    """verify_segment of PROTOCOL §10.2; the first fault ends it."""
    if not segment.items:
        return "no_checkpoint", 0
    first = first_seq(segment)
    if key is None and first != 1:
        return "bad_epoch", 0
    links: list[Link] = []
    hashes: list[bytes] = []
    for at, item in enumerate(segment.items, first):
        fault = check_item(segment, item, at, links, hashes)
        if fault:
            return fault, at
    places = check_places(segment, first, hashes)
    if not places and first == 2 and promised is not None and links[0].commitment != promised:
        places = ("bad_epoch", 2)
    return places or check_signatures(segment, links, pinned, key)


def first_seq(segment: Segment) -> int:
    """Seq of the first item; of an unreadable one it is taken to be 1, as nothing else is known."""
    try:
        return decode_link(segment.items[0].link).seq
    except Malformed:
        return 1


def check_item(segment: Segment, item: Item, at: int, links: list[Link], hashes: list[bytes]) -> str:
    """The fault of one item, or ""; a good one is added to links and hashes."""
    try:
        link = decode_link(item.link)
    except Malformed:
        return "bad_link"
    place = (at, segment.epoch, segment.origin, segment.partnership)
    if (link.seq, link.epoch, link.origin, link.partnership) != place:
        return "bad_link"
    if hashes and link.prev != hashes[-1]:
        return "bad_prev"
    if item.salt and len(item.body) != link.body_length:
        return "bad_body"
    if item.salt and commitment(item.salt, item.body) != link.commitment:
        return "bad_commitment"
    links.append(link)
    hashes.append(link_hash(item.link))
    return ""


def check_places(segment: Segment, first: int, hashes: list[bytes]) -> Verdict:
    """Whether the checkpoints ascend, name these links and reach the last one."""
    before, last = 0, first + len(hashes) - 1
    for checkpoint in segment.checkpoints:
        seq = checkpoint.seq
        if not first <= seq <= last or seq <= before or checkpoint.hash != hashes[seq - first]:
            return "bad_checkpoint", seq
        before = seq
    if before != last:
        return "no_checkpoint", first if before == 0 else before + 1
    return None


def check_signatures(segment: Segment, links: list[Link], pinned: bytes, key: Optional[bytes]) -> Verdict:
    """The start of the epoch, where it is here, and the signatures."""
    if links[0].seq == 1:
        try:
            item = segment.items[0]
            start = verify_start(links[0], item.body if item.salt else None, pinned)
        except Fault as fault:
            return fault.code, 1
        if len(links) < 2 or links[1].commitment != start.first_commitment:
            return "bad_epoch", 2
        key = start.sign_key
    for checkpoint in segment.checkpoints:
        if not checkpoint.verify(segment.partnership, segment.origin, segment.epoch, key or b""):
            return "bad_checkpoint", checkpoint.seq
    return None
