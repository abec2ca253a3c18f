"""Verifies an export file: one origin's history as a file (PROTOCOL §10.3, §10.4)."""
from __future__ import annotations

from typing import Any, Collection, Iterator, NamedTuple, Optional

from . import faults
from .body import Fault, Start, epoch_start, is_well_formed, verify_start
from .cursor import Cursor
from .faults import Found, Place
from .link import SYSTEM, Link, decode_link
from .signing import CHECKPOINT_BYTES, Checkpoint, decode_checkpoint, verify_certificate
from .words import Epoch, Malformed, commitment, link_hash, partnership_hash

MAGIC = b"SBEXPORT\x01"
HEADER, EVENT, CHECKPOINT, END = 1, 2, 3, 4
NAME_MAX = 100
SALT_BYTES = 32
CHECKPOINT_RECORD_BYTES = 12 + CHECKPOINT_BYTES
END_BYTES = 8
KEYS_MAX = 64  # of one organisation that are followed (PROTOCOL §9.3)


class Header(NamedTuple):
    """The header record (PROTOCOL §10.3)."""

    partnership: bytes  # its hash
    origin: bytes
    pinned: bytes


class Event:
    """A known event: its link was read, is the header's, and is new (PROTOCOL §10.4).

    The event before it on its path is one that was known when its own link was read; what comes
    later in the file stands in the wrong place and is on no path of this one.
    """

    def __init__(self, link: Link, before: Optional["Event"]) -> None:
        self.link, self.before, self.covered = link, before, False


class Report(NamedTuple):
    """What verifying a file gave."""

    origin: str
    events: int
    epochs: int
    faults: list[Found]


def read_records(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and payload of each record (PROTOCOL §10.3); Malformed where one is cut short."""
    cursor = Cursor(raw, len(MAGIC))
    while cursor.at < len(raw):
        kind = cursor.number(1)
        yield kind, cursor.take(cursor.number(4))


def read_header(payload: bytes) -> tuple[Optional[Header], str]:
    """The header, None where it is wrong; and the origin, where it was read before that."""
    cursor, origin = Cursor(payload), "-"
    try:
        name = cursor.take(cursor.number(1))
        if not 1 <= len(name) <= NAME_MAX or b"\0" in name:
            raise Malformed("not the name of a partnership")
        raw = cursor.org()
        origin = raw.decode()
        pinned = cursor.take(32)
        cursor.finish()
    except Malformed:
        return None, origin
    return Header(partnership_hash(name), raw, pinned), origin


def open_body(link: Link, form: bytes) -> Optional[bytes]:
    """The body in what follows the link, None where none is given; raises Fault (PROTOCOL §10.4)."""
    if form in (b"n", b"e"):
        return None
    if form[:1] != b"p" or len(form) < 1 + SALT_BYTES:
        raise Fault("bad_body")
    salt, body = form[1 : 1 + SALT_BYTES], form[1 + SALT_BYTES :]
    if len(body) != link.body_length:
        raise Fault("bad_body")
    if commitment(salt, body) != link.commitment:
        raise Fault("bad_commitment")
    if not is_well_formed(body):
        raise Fault("bad_body")
    return body


def read_certificates(raw: bytes, header: Header) -> Iterator[dict[str, Any]]:
    """The certificates in the starts of epochs, whatever else is wrong with those (PROTOCOL §10.4)."""
    records = read_records(raw)
    while True:
        try:
            kind, payload = next(records)
        except (Malformed, StopIteration):
            return
        try:
            cursor = Cursor(payload)
            link = decode_link(cursor.take(cursor.number(4))) if kind == EVENT else None
        except Malformed:
            continue
        if link and link.seq == 1 and link.kind == SYSTEM and (link.partnership, link.origin) == header[:2]:
            form = cursor.rest()
            start = epoch_start(form[1 + SALT_BYTES :]) if form[:1] == b"p" and len(form) > SALT_BYTES else None
            if start and start.get("certificate") and start["certificate"]["origin"].encode() == header.origin:
                yield start["certificate"]


def find_keys(raw: bytes, header: Header) -> list[bytes]:
    """The header's key, and those from which certificates lead to it (PROTOCOL §10.4)."""
    certificates = list(read_certificates(raw, header))
    keys = [header.pinned]
    for key in keys:  # it grows
        for one in certificates:
            if (one["new_key"] == key and one["old_key"] not in keys and len(keys) < KEYS_MAX
                    and verify_certificate(one, header.partnership)):
                keys.append(one["old_key"])
    return keys


class Verifier:
    """Goes through the records of one file, in their order (PROTOCOL §10.4)."""

    def __init__(self, header: Header, keys: Collection[bytes]) -> None:
        self.header, self.keys = header, keys
        self.origin = header.origin.decode()
        self.faults: list[Found] = []
        self.known: dict[bytes, Event] = {}
        self.starts: dict[Epoch, list[Start]] = {}
        self.count = 0
        self.ended = False
        self.next: Optional[Place] = None  # of a record without a place of its own

    def blame(self, place: Optional[Place], code: str, sentence: str = "") -> None:
        """Note a fault."""
        self.faults.append(Found(self.origin, place, code, sentence or faults.SENTENCES[code]))

    def record(self, kind: int, payload: bytes) -> None:
        """One record behind the header."""
        if self.ended:
            self.blame(self.next, "bad_file", faults.BEHIND_THE_END)
        elif kind == EVENT:
            self.event(payload)
        elif kind == CHECKPOINT and len(payload) == CHECKPOINT_RECORD_BYTES:
            self.checkpoint(payload)
        elif kind == END and len(payload) == END_BYTES:
            self.end(payload)
        else:
            self.blame(self.next, "bad_file", faults.UNKNOWN_RECORD)

    def event(self, payload: bytes) -> None:
        """An event record."""
        self.count += 1
        cursor = Cursor(payload)
        try:
            raw = cursor.take(cursor.number(4))
            link = decode_link(raw)
        except Malformed:
            self.blame(self.next, "bad_link")
            self.next = self.next and self.next.behind()
            return
        self.next = Place(link.epoch, link.seq).behind()
        try:
            self.judge(link, link_hash(raw), cursor.rest())
        except Fault as fault:
            self.blame(Place(link.epoch, link.seq), fault.code)

    def judge(self, link: Link, own_hash: bytes, form: bytes) -> None:
        """Raise the first fault of an event whose link could be read."""
        mine = (self.header.partnership, self.header.origin)
        if (link.partnership, link.origin) != mine or own_hash in self.known:
            raise Fault("bad_link")
        before = self.before(link)
        self.known[own_hash] = Event(link, before)
        if link.seq > 1 and before is None:
            raise Fault("bad_prev")
        body = open_body(link, form)
        if link.seq == 1:
            start = verify_start(link, body, self.header.pinned, self.keys)
            self.starts.setdefault(link.epoch, []).append(start)
        if link.seq == 2:
            self.judge_second(link)

    def judge_second(self, link: Link) -> None:
        """The event at seq 2 is the one that the start announces (PROTOCOL §5.2)."""
        if any(start.first_commitment != link.commitment for start in self.starts.get(link.epoch, [])):
            raise Fault("bad_epoch")

    def before(self, link: Link) -> Optional[Event]:
        """The known event before this one on its path: same epoch, seq - 1, hash prev."""
        event = self.known.get(link.prev)
        if event and event.link.epoch == link.epoch and event.link.seq == link.seq - 1:
            return event
        return None

    def checkpoint(self, payload: bytes) -> None:
        """A checkpoint record: covers its event and all before it, or is a fault."""
        cursor = Cursor(payload)
        epoch = Epoch(cursor.number(4), cursor.number(8))
        checkpoint = decode_checkpoint(cursor.rest())
        event = self.known.get(checkpoint.hash)
        if (event is None or (event.link.epoch, event.link.seq) != (epoch, checkpoint.seq)
                or not self.is_signed(checkpoint, epoch)):
            self.blame(Place(epoch, checkpoint.seq), "bad_checkpoint")
            return
        while event and not event.covered:
            event.covered = True
            event = event.before

    def is_signed(self, checkpoint: Checkpoint, epoch: Epoch) -> bool:
        """Whether the key of a known start of this epoch signed it."""
        partnership, origin, _ = self.header
        return any(checkpoint.verify(partnership, origin, epoch, start.sign_key)
                   for start in self.starts.get(epoch, []))

    def end(self, payload: bytes) -> None:
        """The end record."""
        self.ended = True
        if int.from_bytes(payload, "big") != self.count:
            self.blame(self.next, "bad_file", faults.WRONG_NUMBER)

    def finish(self, cut: bool) -> None:
        """What can be said only when everything was read."""
        if cut or not self.ended:
            self.blame(self.next, "bad_file", faults.CUT_SHORT)
        for event in self.known.values():
            if not event.covered and (event.before is None or event.before.covered):
                self.blame(Place(event.link.epoch, event.link.seq), "no_checkpoint")


def verify_export(raw: bytes) -> Report:
    """verify_export of PROTOCOL §10.4."""
    records = read_records(raw)
    header, origin = None, "-"
    try:
        if raw[: len(MAGIC)] == MAGIC:
            kind, payload = next(records, (0, b""))
            if kind == HEADER:
                header, origin = read_header(payload)
    except Malformed:
        pass
    if header is None:
        return Report(origin, 0, 0, [Found(origin, None, "bad_file", faults.NOT_AN_EXPORT)])
    verifier = Verifier(header, find_keys(raw, header))
    cut = False
    try:
        for kind, payload in records:
            verifier.record(kind, payload)
    except Malformed:
        cut = True
    verifier.finish(cut)
    return Report(origin, len(verifier.known), len(verifier.starts), verifier.faults)
