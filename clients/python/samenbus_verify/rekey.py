"""Announcements of a new key after the old one was lost or stolen (PROTOCOL §9.4)."""
from __future__ import annotations

import base64
import re
from typing import NamedTuple

from .forms import Z85, z85
from .frontier import Tip
from .signing import verify_signature
from .words import Epoch, Malformed, is_org, sha256

BYTES_MAX, TIPS_MAX = 8 * 1024 * 1024, 65536
COUNTER_MAX, SEQ_MAX = 2**32 - 1, 2**64 - 1
DOMAIN = b"samenbus/rekey/1"
TIP = rb"tip ([1-9][0-9]{0,9}) ([0-9a-f]{16}) ([1-9][0-9]{0,19}) ([0-9a-f]{64})\n"
TEXT = re.compile(rb"(samenbus-rekey-1\npartnership ([^\n\0]{1,100})\norganisation ([^\n]*)\nold_key ([^\n]*)\n"
                  rb"sign_key ([^\n]*)\ncurve_key ([^\n]*)\n((?:" + TIP.replace(rb"(", rb"(?:") + rb")*))"
                  rb"signature ([^\n]*)\n")


class Rekey(NamedTuple):
    """What an announcement says."""

    partnership: bytes
    organisation: bytes
    old_key: bytes
    sign_key: bytes
    curve_key: bytes
    tips: list[Tip]


def from_base64(text: bytes, size: int) -> bytes:
    """So many bytes, in their one writing."""
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Malformed("not base64") from error
    if len(raw) != size or base64.b64encode(raw) != text:
        raise Malformed("not base64 of a key")
    return raw


def from_z85(text: bytes, size: int) -> bytes:
    """So many bytes from Z85 of ZeroMQ RFC 32."""
    raw = b""
    for at in range(0, len(text), 5):
        number = 0
        for digit in text[at : at + 5].decode("latin-1"):
            number = number * 85 + max(Z85.find(digit), 0)
        raw += (number % 2**32).to_bytes(4, "big")
    if len(raw) != size or z85(raw).encode() != text:
        raise Malformed("not Z85 of a key")
    return raw


def read_tips(text: bytes) -> list[Tip]:
    """The tips, ascending by epoch, one each."""
    tips = [Tip(Epoch(int(counter), int(tag, 16)), int(seq), bytes.fromhex(digest.decode()))
            for counter, tag, seq, digest in re.findall(TIP, text)]
    if len(tips) > TIPS_MAX or any(tip.epoch.counter > COUNTER_MAX or tip.seq > SEQ_MAX for tip in tips):
        raise Malformed("too many tips, or too large a number")
    if any(a.epoch >= b.epoch for a, b in zip(tips, tips[1:])):
        raise Malformed("tips out of order")
    return tips


def read_rekey(raw: bytes) -> Rekey:
    """An announcement that its new key signed, or Malformed."""
    found = TEXT.fullmatch(raw) if len(raw) <= BYTES_MAX else None
    if found is None or not is_org(found[3]):
        raise Malformed("not an announcement")
    said = Rekey(found[2], found[3], from_base64(found[4], 32), from_base64(found[5], 32),
                 from_z85(found[6], 32), read_tips(found[7]))
    if not verify_signature(said.sign_key, DOMAIN + sha256(found[1]), from_base64(found[8], 64)):
        raise Malformed("not signed by the new key")
    return said
