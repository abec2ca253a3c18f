"""Checks of the vectors of keys, text forms and submissions (PROTOCOL §1, §4.3, §9.1, §12.1)."""
from __future__ import annotations

import base64
from typing import Any

from nacl.bindings import crypto_scalarmult_base
from nacl.signing import SigningKey

from . import forms, words
from .submission import check_submission

Case = dict[str, Any]


def check_sign_key(case: Case) -> bool:
    """Seed, public key and base64 of a signing key."""
    public = bytes(SigningKey(bytes.fromhex(case["seed"])).verify_key)
    return public.hex() == case["public"] and base64.b64encode(public).decode() == case["base64"]


def check_curve_key(case: Case) -> bool:
    """Secret, public key and Z85 of a connection key."""
    public = crypto_scalarmult_base(bytes.fromhex(case["secret"]))
    return public.hex() == case["public"] and forms.z85(public) == case["z85"]


def check_epoch(case: Case) -> bool:
    """An epoch text written, and read again."""
    epoch = words.Epoch(case["counter"], int(case["tag"], 16))
    read = words.parse_epoch(case["name"])
    return (epoch.text(case["digits"]) == case["name"]
            and read == (epoch.counter, case["tag"][: case["digits"]]))


def check_time(case: Case) -> bool:
    """A time read, and printed in UTC."""
    ms = forms.parse_time(case["name"])
    return ms == case["ms"] and (None if ms is None else forms.print_time(ms)) == case["printed"]


def check_uuid(case: Case) -> bool:
    """A UUID as text and as bytes."""
    raw = words.parse_uuid(case["name"])
    return raw is not None and raw.hex() == case["bytes"]


def check_uuid7(case: Case) -> bool:
    """A UUIDv7 made of a time and random bytes."""
    return forms.uuid7(case["timeMs"], bytes.fromhex(case["random"])).hex() == case["bytes"]


CHECKS = {
    "keys.json": {
        "sign": check_sign_key,
        "curve": check_curve_key,
        "partnerships": lambda case: words.partnership_hash(case["name"].encode()).hex() == case["hash"],
    },
    "forms.json": {
        "uuids": check_uuid,
        "uuidv7": check_uuid7,
        "organisations": lambda case: words.is_org_text(case["name"]) == case["valid"],
        "references": lambda case: words.is_reference(case["name"]) == case["valid"],
        "dates": lambda case: (forms.parse_date(case["name"]) is not None) == case["valid"],
        "localTimes": lambda case: (forms.parse_local(case["name"]) is not None) == case["valid"],
        "times": check_time,
        "epochs": check_epoch,
        "topics": lambda case: forms.topic_class(case["name"]) == case["class"],
        "prefixes": lambda case: forms.prefix_matches(case["prefix"], case["name"]) == case["matches"],
    },
    "submissions.json": {
        "submissions": lambda case: check_submission(bytes.fromhex(case["submission"])) == case["code"],
    },
}
