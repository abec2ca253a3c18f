"""Bodies from elsewhere: well-formedness (PROTOCOL §4.4) and the start of an epoch (PROTOCOL §5.2)."""
from __future__ import annotations

from typing import Any, Collection, NamedTuple, Optional

from .link import BODY_MAX, SYSTEM, Link
from .protobuf import decode, raw_fields
from .schema import BODY_SCHEMA
from .signing import verify_certificate
from .words import Malformed, epoch_tag, is_org_text

PARENTS_MAX = 16
CERTIFICATE = ("old_key", "new_key", "old_signature", "new_signature")
CONTENTS = {number for number, field in BODY_SCHEMA["Body"].items() if field.content}


class Fault(Exception):
    """A fault of PROTOCOL §10.1; the first argument is its code."""

    @property
    def code(self) -> str:
        """Name of the fault."""
        return str(self.args[0])


class Start(NamedTuple):
    """What an EpochStart announces (PROTOCOL §5.2)."""

    sign_key: bytes
    first_commitment: bytes


def decode_body(raw: bytes) -> dict[str, Any]:
    """A well-formed body (PROTOCOL §4.4), or Malformed.

    Only contents that this version knows count: a field of a later version may stand beside one.
    """
    if len(raw) > BODY_MAX:
        raise Malformed("body too long")
    if sum(number in CONTENTS for number, _, _, _ in raw_fields(raw)) > 1:
        raise Malformed("more than one content")
    return decode(BODY_SCHEMA, "Body", raw)


def is_well_formed(raw: bytes) -> bool:
    """PROTOCOL §4.4."""
    try:
        decode_body(raw)
    except Malformed:
        return False
    return True


def is_parent(tip: dict[str, Any], counter: int) -> bool:
    """Whether a parent of an EpochStart has the form of PROTOCOL §5.2."""
    return ("origin" not in tip and 1 <= tip.get("counter", 0) < counter
            and tip.get("seq", 0) >= 1 and "hash" in tip)


def is_complete(certificate: Optional[dict[str, Any]]) -> bool:
    """Whether a certificate is absent, or has all that PROTOCOL §5.2 asks for."""
    return certificate is None or (is_org_text(certificate.get("origin", ""))
                                   and all(name in certificate for name in CERTIFICATE))


def epoch_start(raw: bytes) -> Optional[dict[str, Any]]:
    """The EpochStart with the fields of PROTOCOL §5.2, None where this body is none."""
    try:
        body = decode_body(raw)
    except Malformed:
        return None
    start = body.get("epoch_start")
    if start is None or "topic" in body or "publisher" in body:
        return None
    if not all(name in start for name in ("counter", "nonce", "sign_key", "first_commitment")):
        return None
    if not is_complete(start.get("certificate")):
        return None
    parents = start.get("parents", [])
    if len(parents) > PARENTS_MAX or not all(is_parent(tip, start["counter"]) for tip in parents):
        return None
    return start


def is_certified(start: dict[str, Any], link: Link, pinned: bytes) -> bool:
    """Whether the pinned key says that sign_key speaks for the origin (PROTOCOL §9.3)."""
    certificate = start.get("certificate")
    return (certificate is not None
            and certificate.get("origin", "").encode() == link.origin
            and certificate.get("old_key") == pinned
            and certificate.get("new_key") == start["sign_key"]
            and verify_certificate(certificate, link.partnership))


def verify_start(link: Link, body: Optional[bytes], pinned: bytes, others: Collection[bytes] = ()) -> Start:
    """verify_start of PROTOCOL §10.2; raises Fault bad_epoch or bad_key. `others` are as good as the
    pinned one for an epoch under just that key (PROTOCOL §10.4)."""
    if body is None or link.seq != 1 or link.kind != SYSTEM:
        raise Fault("bad_epoch")
    start = epoch_start(body)
    if start is None or start["counter"] != link.epoch.counter or epoch_tag(body) != link.epoch.tag:
        raise Fault("bad_epoch")
    if start["sign_key"] not in (pinned, *others) and not is_certified(start, link, pinned):
        raise Fault("bad_key")
    return Start(start["sign_key"], start["first_commitment"])
