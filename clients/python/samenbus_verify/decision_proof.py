"""Verifies the proof of a decision: what was said, by whom, and what it came to (PROTOCOL §10.7)."""
from __future__ import annotations

import datetime
from typing import Any, NamedTuple, Optional

from . import faults
from .body import Fault, Start, epoch_start, verify_start
from .cursor import Cursor
from .export import CHECKPOINT, CHECKPOINT_RECORD_BYTES, END, EVENT, HEADER, Header, open_body, read_header, read_records
from .faults import Place
from .forms import print_uuid, tells_day
from .link import SYSTEM, Link, decode_link
from .possession import Head, Possession, challenge_of, decode_possession, is_signed_by
from .proof import Wrong
from .signing import decode_checkpoint
from .words import Epoch, Malformed, link_hash, sha256

MAGIC = b"SB-DECIS\x01"
DECISION, ORIGIN, POSSESSION = 6, 7, 8
EPOCH_DAY = datetime.date(1970, 1, 1)
NOT_A_PROOF = "not the proof of a decision of version 1"
NO_PROPOSAL = "no proposal of this decision is in the file, as of that date"
CHANGED = "the file is not as it was written"
OTHER_KEY = "the key of a statement of possession is not one of its organisation"
NOT_SIGNED = "a statement of possession is about something else, or not signed by its key"


class Run:
    """Consecutive links of one branch of one epoch."""

    def __init__(self, link: Link, leans_on: Optional["Run"]) -> None:
        self.epoch, self.base, self.leans_on = link.epoch, link.seq, leans_on
        self.hashes: list[bytes] = []
        self.start: Optional[Start] = None
        self.parents: list[dict[str, Any]] = []

    def has(self, seq: int, hash_: bytes) -> bool:
        """Whether this link is in the run."""
        at = seq - self.base
        return 0 <= at < len(self.hashes) and self.hashes[at] == hash_

    @property
    def last(self) -> int:
        """Seq of its last link."""
        return self.base + len(self.hashes) - 1


class Told(NamedTuple):
    """A body that is shown, and where its link stands."""

    link: Link
    hash: bytes
    body: bytes
    run: Run


class Section:
    """The links of one organisation."""

    def __init__(self, header: Header) -> None:
        self.header = header
        self.runs: list[Run] = []
        self.epochs: dict[Epoch, list[Run]] = {}
        self.told: list[Told] = []
        self.links = self.shown = 0
        self.covered = True
        self.last: Optional[Link] = None
        self.last_hash = b""

    @property
    def name(self) -> str:
        """The organisation."""
        return self.header.origin.decode()

    def behind(self) -> Optional[Place]:
        """The place of a record that has none of its own."""
        return Place(self.last.epoch, self.last.seq).behind() if self.last else None

    def find(self, epoch: Epoch, seq: int, hash_: bytes) -> Optional[Run]:
        """The run that has this link."""
        return next((run for run in self.epochs.get(epoch, []) if run.has(seq, hash_)), None)

    def start(self, epoch: Epoch) -> Optional[Start]:
        """What the EpochStart of an epoch announced, where it is here."""
        return self.epochs[epoch][0].start if epoch in self.epochs else None

    def key(self, epoch: Epoch) -> bytes:
        """The key of an epoch, as far as one can tell here."""
        start = self.start(epoch)
        return start.sign_key if start else self.header.pinned

    def known_as(self) -> set[bytes]:
        """The pinned key, and that of the last epoch that begins here."""
        last = next((run.start.sign_key for run in reversed(self.runs) if run.start), self.header.pinned)
        return {self.header.pinned, last}

    def keys(self) -> set[bytes]:
        """Every key of the organisation that is here."""
        return {self.header.pinned} | {run.start.sign_key for run in self.runs if run.start}

    def event(self, payload: bytes) -> None:
        """An event record."""
        cursor = Cursor(payload)
        try:
            raw = cursor.take(cursor.number(4))
            link = decode_link(raw)
        except Malformed:
            raise Wrong(self.behind(), "bad_link") from None
        hash_ = link_hash(raw)
        try:
            self.place(link, hash_)
            body = open_body(link, cursor.rest())
            self.take(link, hash_, body)
        except Fault as fault:
            raise Wrong(Place(link.epoch, link.seq), fault.code) from None

    def place(self, link: Link, hash_: bytes) -> None:
        """Behind the last link, or where a run may begin."""
        if (link.partnership, link.origin) != (self.header.partnership, self.header.origin):
            raise Fault("bad_link")
        following = self.last and (link.epoch, link.seq) == (self.last.epoch, self.last.seq + 1)
        if following and link.prev == self.last_hash:
            return
        if not self.covered:
            raise Fault("bad_prev" if following else "bad_link")
        if (self.runs and self.runs[-1].epoch > link.epoch) or self.find(link.epoch, link.seq, hash_):
            raise Fault("bad_link")
        if link.seq > 1 and not self.start(link.epoch):
            raise Fault("bad_epoch")
        before = self.find(link.epoch, link.seq - 1, link.prev) if link.seq > 1 else None
        self.runs.append(Run(link, before))
        self.epochs.setdefault(link.epoch, []).append(self.runs[-1])

    def take(self, link: Link, hash_: bytes, body: Optional[bytes]) -> None:
        """A link in its place, with the body that is shown."""
        run = self.runs[-1]
        start = self.start(link.epoch)
        if link.seq == 1:
            run.start = verify_start(link, body, self.header.pinned)
            run.parents = parents_of(body or b"")
        elif link.seq == 2 and start and start.first_commitment != link.commitment:
            raise Fault("bad_epoch")
        run.hashes.append(hash_)
        self.last, self.last_hash, self.covered = link, hash_, False
        self.links += 1
        self.shown += body is not None
        if body is not None and link.kind != SYSTEM:
            self.told.append(Told(link, hash_, body, run))

    def checkpoint(self, payload: bytes) -> None:
        """A checkpoint record: over the last link read."""
        assert self.last is not None
        cursor = Cursor(payload)
        epoch = Epoch(cursor.number(4), cursor.number(8))
        checkpoint = decode_checkpoint(cursor.rest())
        start = self.start(self.last.epoch)
        named = (epoch, checkpoint.seq, checkpoint.hash)
        if (start is None or named != (self.last.epoch, self.last.seq, self.last_hash)
                or not checkpoint.verify(self.header.partnership, self.header.origin, epoch, start.sign_key)):
            raise Wrong(Place(epoch, checkpoint.seq), "bad_checkpoint")
        self.covered = True

    def end(self) -> None:
        """Nothing of an organisation may stay without a signature."""
        if not self.covered and self.last:
            raise Wrong(Place(self.last.epoch, self.last.seq), "no_checkpoint")
        if not self.links:
            raise Wrong(self.behind(), "bad_file", faults.UNKNOWN_RECORD)


def parents_of(body: bytes) -> list[dict[str, Any]]:
    """The parents that an EpochStart names."""
    return list((epoch_start(body) or {}).get("parents", []))


class Held(NamedTuple):
    """A statement of possession, and the newest head of each organisation that is signed by it."""

    node: str
    key: bytes
    of_origin: bool
    time: int
    heads: list[tuple[str, Epoch, int]]


class Checker:
    """Goes through the records, in their one order (PROTOCOL §10.7)."""

    def __init__(self, raw: bytes, header: Header) -> None:
        self.raw, self.at = raw, len(MAGIC)
        self.records = read_records(raw)
        self.read()
        self.sections = [Section(header)]
        self.possessions: list[Held] = []
        self.events = 0
        self.ended = False
        self.begun = 0  # where the record under way begins
        self.id, self.as_of = b"", ""

    @property
    def section(self) -> Section:
        """The organisation under way."""
        return self.sections[-1]

    def read(self) -> tuple[int, bytes]:
        """The next record."""
        kind, payload = next(self.records)
        self.begun, self.at = self.at, self.at + 5 + len(payload)
        return kind, payload

    def next(self) -> tuple[int, bytes]:
        """The next record, or the fault that there is none."""
        try:
            return self.read()
        except (Malformed, StopIteration):
            raise Wrong(self.section.behind(), "bad_file", faults.CUT_SHORT) from None

    def unknown(self) -> Wrong:
        """A record that has no business here."""
        return Wrong(self.section.behind(), "bad_file", faults.UNKNOWN_RECORD)

    @property
    def decision(self) -> str:
        """ORG/UUID."""
        return f"{self.sections[0].name}/{print_uuid(self.id)}"

    def take_decision(self) -> None:
        """The second record."""
        kind, payload = self.next()
        if kind != DECISION or len(payload) != 20:
            raise self.unknown()
        self.id = payload[:16]
        try:
            days = int.from_bytes(payload[16:], "big", signed=True)
            self.as_of = (EPOCH_DAY + datetime.timedelta(days=days)).isoformat()
        except OverflowError:
            raise self.unknown() from None

    def take_origin(self, payload: bytes) -> None:
        """Another organisation begins."""
        self.section.end()
        cursor = Cursor(payload)
        try:
            origin, key = cursor.org(), cursor.take(32)
            cursor.finish()
        except Malformed:
            raise self.unknown() from None
        first = self.sections[0].header
        others = [section.header.origin for section in self.sections[1:]]
        if origin == first.origin or (others and others[-1] >= origin):
            raise self.unknown()
        self.sections.append(Section(Header(first.partnership, origin, key)))

    def take_possession(self, payload: bytes) -> None:
        """What a node said that it holds."""
        if not self.possessions:
            self.section.end()
        key, statement = payload[:32], payload[32:]
        try:
            said = decode_possession(statement)
        except Malformed:
            raise self.unknown() from None
        in_order = not self.possessions or self.possessions[-1].node.encode() < said.node
        if not in_order or not tells_day(said.time):
            raise self.unknown()
        own = next((s for s in self.sections if s.header.origin == said.node), None)
        if own and key not in own.keys():
            raise Wrong(None, "bad_key", OTHER_KEY)
        meant = (said.partnership, said.challenge) == (self.sections[0].header.partnership,
                                                       challenge_of(self.decision))
        if not meant or not is_signed_by(statement, key):
            raise Wrong(None, "bad_checkpoint", NOT_SIGNED)
        self.possessions.append(Held(said.node.decode(), key, own is not None, said.time, self.held(said)))

    def held(self, said: Possession) -> list[tuple[str, Epoch, int]]:
        """Of each organisation of the proof the newest head that its own signature stands under."""
        found = []
        sections = {section.header.origin: section for section in self.sections}
        for origin, heads in said.origins:
            section = sections.get(origin)
            head = next((h for h in heads if section and is_signed_head(section, h)), None)
            if head:
                found.append((origin.decode(), head.epoch, head.checkpoint.seq))
        return found

    def take_end(self, payload: bytes) -> None:
        """The end record, and nothing behind it."""
        if not self.possessions:
            self.section.end()
        if len(payload) != 40:
            raise self.unknown()
        self.ended = True
        if int.from_bytes(payload[:8], "big") != self.events:
            raise Wrong(self.section.behind(), "bad_file", faults.WRONG_NUMBER)
        if payload[8:] != sha256(self.raw[: self.begun]):
            raise Wrong(self.section.behind(), "bad_file", CHANGED)
        if self.at != len(self.raw):
            raise Wrong(self.section.behind(), "bad_file", faults.BEHIND_THE_END)

    def take_record(self, kind: int, payload: bytes) -> None:
        """One record behind the second."""
        closed = bool(self.possessions)
        if kind == EVENT and not closed:
            self.section.event(payload)
            self.events += 1
        elif kind == CHECKPOINT and not closed:
            if self.section.covered or len(payload) != CHECKPOINT_RECORD_BYTES:
                raise self.unknown()
            self.section.checkpoint(payload)
        elif kind == ORIGIN and not closed:
            self.take_origin(payload)
        elif kind == POSSESSION:
            self.take_possession(payload)
        elif kind == END:
            self.take_end(payload)
        else:
            raise self.unknown()

    def run(self) -> None:
        """The whole file; raises Wrong."""
        self.take_decision()
        while not self.ended:
            self.take_record(*self.next())


def is_signed_head(section: Section, head: Head) -> bool:
    """Whether a head carries its origin's signature, as far as one can tell here."""
    return head.checkpoint.verify(section.header.partnership, section.header.origin, head.epoch,
                                  section.key(head.epoch))


def open_file(raw: bytes) -> tuple[Optional[Checker], str]:
    """A checker behind the header, None where magic, version or header are wrong; and the origin."""
    try:
        kind, payload = next(read_records(raw), (0, b"")) if raw[: len(MAGIC)] == MAGIC else (0, b"")
    except Malformed:
        return None, "-"
    header, origin = read_header(payload) if kind == HEADER else (None, "-")
    return (Checker(raw, header) if header else None), origin
