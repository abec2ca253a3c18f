"""Verifies the proof of a fork: that the holder of one key signed two histories (PROTOCOL §10.6)."""
from __future__ import annotations

import base64
from typing import NamedTuple, Optional

from . import faults
from .cursor import Cursor
from .export import (CHECKPOINT, CHECKPOINT_RECORD_BYTES, END, END_BYTES, EVENT, HEADER, Header, read_header,
                     read_records)
from .faults import Found, Place
from .link import Link, decode_link
from .signing import decode_checkpoint, verify_certificate
from .words import Epoch, Malformed, link_hash

MAGIC = b"SB-PROOF\x01"
CERTIFICATE = 5
CERTIFICATE_BYTES = 32 + 8 + 64 + 64
BRANCH_EVENTS_MAX = 2048
NOT_A_PROOF = "not a proof of version 1"


class Verdict(NamedTuple):
    """What a file proves, or its first fault."""

    origin: str
    fault: Optional[Found]
    place: Optional[Place] = None
    key: bytes = b""
    certified_by: bytes = b""


class Wrong(Exception):
    """The first fault."""

    def __init__(self, place: Optional[Place], code: str, sentence: str = "") -> None:
        super().__init__(code)
        self.place, self.code, self.sentence = place, code, sentence or faults.SENTENCES[code]


class Known(NamedTuple):
    """A link of a branch that was read."""

    link: Link
    hash: bytes

    def place(self) -> Place:
        """Where it stands."""
        return Place(self.link.epoch, self.link.seq)


class Checker:
    """Goes through the records behind the header, in their one order (PROTOCOL §10.6)."""

    def __init__(self, raw: bytes, header: Header) -> None:
        self.records = read_records(raw)
        next(self.records)
        self.header = header
        self.last: Optional[Known] = None
        self.fork: Optional[Known] = None  # the first link of the first branch
        self.events = 0
        self.certified_by = b""

    def behind(self) -> Optional[Place]:
        """The place of a record that has none of its own."""
        return self.last.place().behind() if self.last else None

    def next(self) -> tuple[int, bytes]:
        """The next record."""
        try:
            return next(self.records)
        except (Malformed, StopIteration):
            raise Wrong(self.behind(), "bad_file", faults.CUT_SHORT) from None

    def unknown(self) -> Wrong:
        """A record that has no business here."""
        return Wrong(self.behind(), "bad_file", faults.UNKNOWN_RECORD)

    def certificate(self, payload: bytes) -> None:
        """By which another key vouches for that of the header."""
        if len(payload) != CERTIFICATE_BYTES:
            raise self.unknown()
        message = {"origin": self.header.origin.decode(), "old_key": payload[:32], "new_key": self.header.pinned,
                   "time_ms": int.from_bytes(payload[32:40], "big"), "old_signature": payload[40:104],
                   "new_signature": payload[104:]}
        if not verify_certificate(message, self.header.partnership):
            raise Wrong(None, "bad_key")
        self.certified_by = payload[:32]

    def event(self, payload: bytes, first: bool) -> None:
        """An event record: its link, and no body."""
        cursor = Cursor(payload)
        try:
            raw = cursor.take(cursor.number(4))
            link = decode_link(raw)
        except Malformed:
            raise Wrong(self.behind(), "bad_link") from None
        known = Known(link, link_hash(raw))
        code = self.misplaced(known, first)
        if not code and cursor.rest() != b"n":
            code = "bad_body"
        if code:
            raise Wrong(known.place(), code)
        self.fork = self.fork or known
        self.last = known
        self.events += 1

    def misplaced(self, known: Known, first: bool) -> str:
        """Why a link does not belong where it stands; "" where it does."""
        link = known.link
        if (link.partnership, link.origin) != (self.header.partnership, self.header.origin):
            return "bad_link"
        if self.fork is None or self.last is None:
            return ""
        seq = self.fork.link.seq if first else (self.last.link.seq + 1) % 2**64
        if (link.epoch, link.seq) != (self.fork.link.epoch, seq) or (first and known.hash <= self.fork.hash):
            return "bad_link"
        return "" if link.prev == (self.fork.link.prev if first else self.last.hash) else "bad_prev"

    def checkpoint(self, payload: bytes) -> None:
        """A checkpoint record: over the last link read, by the key of the header."""
        assert self.last is not None
        cursor = Cursor(payload)
        epoch = Epoch(cursor.number(4), cursor.number(8))
        checkpoint = decode_checkpoint(cursor.rest())
        named = (epoch, checkpoint.seq, checkpoint.hash)
        if (named != (self.last.link.epoch, self.last.link.seq, self.last.hash)
                or not checkpoint.verify(self.header.partnership, self.header.origin, epoch, self.header.pinned)):
            raise Wrong(Place(epoch, checkpoint.seq), "bad_checkpoint")

    def branch(self, kind: int, payload: bytes) -> None:
        """Events and the checkpoint over the last of them; the first record is given."""
        read = 0
        while kind == EVENT and read < BRANCH_EVENTS_MAX:
            self.event(payload, read == 0)
            read += 1
            kind, payload = self.next()
        if not read or kind != CHECKPOINT or len(payload) != CHECKPOINT_RECORD_BYTES:
            raise self.unknown()
        self.checkpoint(payload)

    def end(self) -> None:
        """The end record, and nothing behind it."""
        kind, payload = self.next()
        if kind != END or len(payload) != END_BYTES:
            raise self.unknown()
        if int.from_bytes(payload, "big") != self.events:
            raise Wrong(self.behind(), "bad_file", faults.WRONG_NUMBER)
        try:
            more = next(self.records, None) is not None
        except Malformed:
            more = True
        if more:
            raise Wrong(self.behind(), "bad_file", faults.BEHIND_THE_END)

    def run(self) -> Place:
        """The place of the fork; raises Wrong."""
        kind, payload = self.next()
        if kind == CERTIFICATE:
            self.certificate(payload)
            kind, payload = self.next()
        self.branch(kind, payload)
        self.branch(*self.next())
        self.end()
        assert self.fork is not None
        return self.fork.place()


def open_header(raw: bytes) -> tuple[Optional[Header], str]:
    """The header, None where magic, version or header are wrong; and the origin, as far as it could be read."""
    try:
        kind, payload = next(read_records(raw), (0, b"")) if raw[: len(MAGIC)] == MAGIC else (0, b"")
    except Malformed:
        return None, "-"
    return read_header(payload) if kind == HEADER else (None, "-")


def verify_proof(raw: bytes) -> Verdict:
    """verify_proof of PROTOCOL §10.6."""
    header, origin = open_header(raw)
    if header is None:
        return Verdict(origin, Found(origin, None, "bad_file", NOT_A_PROOF))
    checker = Checker(raw, header)
    try:
        place = checker.run()
    except Wrong as wrong:
        return Verdict(origin, Found(origin, wrong.place, wrong.code, wrong.sentence))
    return Verdict(origin, None, place, header.pinned, checker.certified_by)


def proof_lines(verdict: Verdict, known_key: Optional[tuple[str, bytes]] = None) -> list[str]:
    """The lines about one proof; known_key is an organisation with its key (PROTOCOL §10.6)."""
    if verdict.fault or verdict.place is None:
        return [verdict.fault.line()] if verdict.fault else []
    said = base64.b64encode(verdict.key).decode()
    by = f", certified by {base64.b64encode(verdict.certified_by).decode()}" if verdict.certified_by else ""
    if known_key is not None:
        if known_key[0] != verdict.origin or known_key[1] not in (verdict.key, verdict.certified_by):
            return [Found(verdict.origin, None, "bad_key", faults.SENTENCES["bad_key"]).line()]
        by += f", known as that of {verdict.origin}"
    return [f"proof: {verdict.origin} signed two histories at {verdict.place.text()}", f"key: {said}{by}"]
