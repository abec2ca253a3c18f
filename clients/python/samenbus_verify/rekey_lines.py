"""What an announcement of a new key says, as people read it (PROTOCOL §9.4)."""
from __future__ import annotations

import base64
from typing import Optional

from .faults import Found
from .forms import z85
from .rekey import Rekey, read_rekey
from .shown import shown
from .words import Malformed, sha256

GROUPS, GROUP_BYTES = 6, 5
OTHER_KEY = "it replaces another key than the known one, or one of another organisation"


def fingerprint(organisation: bytes, sign_key: bytes, curve_key: bytes) -> str:
    """What people read to each other of an organisation's two keys (PROTOCOL §9.1)."""
    digest = sha256(b"samenbus/fingerprint/1\0" + organisation + b"\0" + sign_key + curve_key)
    numbers = (int.from_bytes(digest[at : at + GROUP_BYTES], "big") % 100000
               for at in range(0, GROUPS * GROUP_BYTES, GROUP_BYTES))
    return " ".join(f"{number:05}" for number in numbers)


def said_lines(said: Rekey, known: bool) -> list[str]:
    """Who announces which key, and what counts of the one before it."""
    organisation, old_key = said.organisation.decode(), base64.b64encode(said.old_key).decode()
    lines = [f"new key of: {organisation}",
             f"fingerprint: {fingerprint(said.organisation, said.sign_key, said.curve_key)}",
             f"of the old key count: {len(said.tips)} epochs, {sum(tip.seq for tip in said.tips)} events",
             f"partnership: {shown(said.partnership.decode(errors='replace'))}",
             f"sign_key: {base64.b64encode(said.sign_key).decode()}, which signed this",
             f"curve_key: {z85(said.curve_key)}",
             f"old_key: {old_key}" + (f", known as that of {organisation}" if known else "")]
    return lines + [f"counts up to: {tip.epoch.counter}-{tip.epoch.tag:016x}:{tip.seq} {tip.hash.hex()}"
                    for tip in said.tips]


def rekey_lines(raw: bytes, known_key: Optional[tuple[str, bytes]] = None) -> list[str]:
    """The lines about one announcement; known_key is an organisation with the key that it had."""
    try:
        said = read_rekey(raw)
    except Malformed as error:
        return [Found("-", None, "bad_file", f"no announcement of a new key that counts: {error}").line()]
    organisation = said.organisation.decode()
    if known_key is not None and known_key != (organisation, said.old_key):
        return [Found(organisation, None, "bad_key", OTHER_KEY).line()]
    return said_lines(said, known_key is not None)
