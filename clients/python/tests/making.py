"""Makes small export files with keys of their own, for the tests of the verifier (PROTOCOL §10.3)."""
from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Optional

from nacl.signing import SigningKey

from samenbus_verify.link import OPEN, RESTRICTED, SYSTEM, Link
from samenbus_verify.sealing import varint
from samenbus_verify.signing import Checkpoint, certificate_bytes
from samenbus_verify.words import NO_HASH, Epoch, commitment, epoch_tag, len_org, partnership_hash, u64

NAME = b"proeftuin"
ORIGIN = b"GM9001"
KEY = SigningKey(hashlib.sha256(b"the key of the tests").digest())
NEW_KEY = SigningKey(hashlib.sha256(b"another key of the tests").digest())
TIME_MS = 1_795_428_000_000


def salt_of(text: bytes) -> bytes:
    """A salt that is the same in every run."""
    return hashlib.sha256(b"salt" + text).digest()


def public(key: SigningKey) -> bytes:
    """Public key."""
    return bytes(key.verify_key)


def number(no: int, value: int) -> bytes:
    """A varint field."""
    return varint(no << 3) + varint(value)


def blob(no: int, value: bytes) -> bytes:
    """A string, bytes or message field."""
    return varint(no << 3 | 2) + varint(len(value)) + value


def fixed64(no: int, value: int) -> bytes:
    """A fixed64 field."""
    return varint(no << 3 | 1) + value.to_bytes(8, "little")


def custom(text: bytes) -> bytes:
    """A custom event as a daemon seals it."""
    return blob(1, b"custom/proef") + blob(17, blob(1, b"text/plain") + blob(2, text)) + number(2, TIME_MS)


def certificate(origin: bytes = ORIGIN, old: SigningKey = KEY, new: SigningKey = NEW_KEY,
                name: bytes = NAME, signer: Optional[SigningKey] = None) -> bytes:
    """A KeyCertificate (PROTOCOL §9.2); `signer` signs for the old key where it is given."""
    signed = certificate_bytes(partnership_hash(name), origin, public(old), public(new), TIME_MS)
    return (blob(1, origin) + blob(2, public(old)) + blob(3, public(new)) + number(4, TIME_MS)
            + blob(5, (signer or old).sign(signed).signature) + blob(6, new.sign(signed).signature))


def parent(epoch: "EpochMaker", seq: int) -> bytes:
    """A Tip of another epoch of the same origin."""
    link = epoch.links[seq - 1]
    return (number(2, epoch.epoch.counter) + fixed64(3, epoch.epoch.tag) + number(4, seq)
            + blob(5, link.hash()))


@dataclass
class StartMaker:
    """Fields of an EpochStart; a test changes what it wants to be wrong."""

    counter: int = 1
    parents: list[bytes] = field(default_factory=list)
    nonce: bytes = salt_of(b"nonce")
    key: SigningKey = KEY
    first: bytes = b"first"  # text of the custom event at seq 2
    certificate: bytes = b""
    before: bytes = b""  # fields of the body before the content
    first_commitment: Optional[bytes] = None

    def body(self) -> bytes:
        """The body."""
        first = self.first_commitment
        if first is None:
            first = commitment(salt_of(self.first), custom(self.first))
        start = number(1, self.counter) + b"".join(blob(2, tip) for tip in self.parents)
        start += blob(3, self.nonce) + blob(4, public(self.key)) + blob(5, first)
        if self.certificate:
            start += blob(6, self.certificate)
        return self.before + number(2, TIME_MS) + blob(30, start)


class EpochMaker:
    """One epoch: its links with salts and bodies."""

    def __init__(self, start: Optional[StartMaker] = None, tag: Optional[int] = None, **link: object) -> None:
        self.start = start or StartMaker()
        body = self.start.body()
        self.epoch = Epoch(self.start.counter, epoch_tag(body) if tag is None else tag)
        self.links: list[Link] = []
        self.bodies: list[tuple[bytes, bytes]] = []
        self.add(body, SYSTEM, **link)

    def add(self, body: bytes, kind: int = OPEN, salt: Optional[bytes] = None, audience: tuple[bytes, ...] = (),
            **other: object) -> "EpochMaker":
        """One more event."""
        salt = salt_of(body) if salt is None else salt
        fields = {
            "partnership": partnership_hash(NAME), "origin": ORIGIN, "epoch": self.epoch,
            "seq": len(self.links) + 1, "prev": self.links[-1].hash() if self.links else NO_HASH,
            "kind": RESTRICTED if audience else kind, "id": salt_of(body + bytes([len(self.links)]))[:16],
            "audience": audience, "body_length": len(body), "commitment": commitment(salt, body), **other,
        }
        self.links.append(Link(**fields))  # type: ignore[arg-type]
        self.bodies.append((salt, body))
        return self

    def say(self, *texts: bytes, audience: tuple[bytes, ...] = ()) -> "EpochMaker":
        """Custom events."""
        for text in texts:
            self.add(custom(text), salt=salt_of(text), audience=audience)
        return self

    def event(self, seq: int, form: bytes = b"p") -> bytes:
        """The event record; form is p, n, e or what stands there instead."""
        if form == b"p":
            form += b"".join(self.bodies[seq - 1])
        raw = self.links[seq - 1].encode()
        return record(2, len(raw).to_bytes(4, "big") + raw + form)

    def events(self, first: int = 1, last: int = 0) -> list[bytes]:
        """Event records with bodies."""
        return [self.event(seq) for seq in range(first, (last or len(self.links)) + 1)]

    def checkpoint(self, at: int, key: Optional[SigningKey] = None, **other: object) -> bytes:
        """The checkpoint record over that seq; what `other` says is changed after signing."""
        checkpoint = Checkpoint(at, self.links[at - 1].hash(), u64(TIME_MS + at), bytes(64))
        signed = checkpoint.signed_bytes(partnership_hash(NAME), ORIGIN, self.epoch)
        checkpoint = checkpoint._replace(signature=(key or self.start.key).sign(signed).signature)
        place = self.epoch.counter.to_bytes(4, "big") + u64(self.epoch.tag)
        return record(3, place + checkpoint._replace(**other).encode())


def record(kind: int, payload: bytes) -> bytes:
    """Type, length, payload."""
    return bytes([kind]) + len(payload).to_bytes(4, "big") + payload


def header(name: bytes = NAME, origin: bytes = ORIGIN, key: Optional[bytes] = None) -> bytes:
    """The header record."""
    return record(1, bytes([len(name)]) + name + len_org(origin) + (public(KEY) if key is None else key))


def export(*records: bytes, head: Optional[bytes] = None, count: Optional[int] = None) -> bytes:
    """A whole file."""
    events = sum(one[0] == 2 for one in records) if count is None else count
    return b"".join([b"SBEXPORT\x01", header() if head is None else head, *records, record(4, u64(events))])


def small() -> tuple[EpochMaker, list[bytes]]:
    """An epoch of five events under two checkpoints, and its records."""
    epoch = EpochMaker().say(b"first", b"second", b"third", b"fourth")
    return epoch, [*epoch.events(1, 2), epoch.checkpoint(2), *epoch.events(3, 5), epoch.checkpoint(5)]
