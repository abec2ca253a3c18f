"""Organisation ids, epochs, UUIDs and the hashes that everything else is built of (PROTOCOL §1)."""
from __future__ import annotations

import hashlib
import re
from typing import NamedTuple, Optional

NO_HASH = bytes(32)
ORG_FORM = re.compile(rb"[A-Z0-9-]{2,32}\Z")
UUID_FORM = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
EPOCH_FORM = re.compile(r"([1-9][0-9]{0,9})-([0-9a-f]{8,16})\Z")
U32_MAX = 2**32 - 1


class Malformed(Exception):
    """Bytes that are not what they should be; the text says why."""


class Epoch(NamedTuple):
    """(counter, tag), ordered by counter, then by tag (PROTOCOL §1.2)."""

    counter: int
    tag: int

    def text(self, digits: int = 8) -> str:
        """The text form with that many digits of the tag (PROTOCOL §1.2)."""
        return f"{self.counter}-{self.tag:016x}"[: len(str(self.counter)) + 1 + digits]


def is_org(raw: bytes) -> bool:
    """Whether these bytes are an organisation id (PROTOCOL §1.2)."""
    return ORG_FORM.match(raw) is not None


def is_org_text(text: str) -> bool:
    """The same for a text."""
    return is_org(text.encode())


def parse_uuid(text: str) -> Optional[bytes]:
    """16 bytes of a UUID in text form, None where it is none (PROTOCOL §1.2)."""
    return bytes.fromhex(text.replace("-", "")) if UUID_FORM.match(text) else None


def is_id(text: str) -> bool:
    """A UUID that is not all zero (PROTOCOL §1.2, §4.3)."""
    raw = parse_uuid(text)
    return raw is not None and any(raw)


def is_reference(text: str) -> bool:
    """ORG/UUID with an id that is not all zero (PROTOCOL §1.2, §4.3)."""
    org, slash, uuid = text.partition("/")
    return bool(slash) and is_org_text(org) and is_id(uuid)


def parse_epoch(text: str) -> Optional[tuple[int, str]]:
    """Counter and leading digits of the tag of an epoch text (PROTOCOL §1.2)."""
    found = EPOCH_FORM.match(text)
    if not found or int(found[1]) > U32_MAX:
        return None
    return int(found[1]), found[2]


def len_org(org: bytes) -> bytes:
    """u8 length, then the characters (PROTOCOL §1.2)."""
    return bytes([len(org)]) + org


def sha256(*parts: bytes) -> bytes:
    """SHA-256 of the parts, one after the other."""
    return hashlib.sha256(b"".join(parts)).digest()


def partnership_hash(name: bytes) -> bytes:
    """PROTOCOL §1.4."""
    return sha256(b"samenbus/partnership/1", name)


def link_hash(link: bytes) -> bytes:
    """PROTOCOL §1.4."""
    return sha256(b"samenbus/link/1", link)


def commitment(salt: bytes, body: bytes) -> bytes:
    """PROTOCOL §1.4, §4.1."""
    return sha256(b"samenbus/body/1", salt, body)


def epoch_tag(body: bytes) -> int:
    """Tag of the epoch that this EpochStart body begins (PROTOCOL §1.4, §5.2)."""
    return int.from_bytes(sha256(b"samenbus/epoch/1", body)[:8], "big")


def u64(number: int) -> bytes:
    """Big-endian; a negative time in two's complement (PROTOCOL §1.2)."""
    return (number % 2**64).to_bytes(8, "big")


def signed64(number: int) -> int:
    """A u64 read as a time in two's complement (PROTOCOL §1.2)."""
    return number - 2**64 if number >= 2**63 else number
