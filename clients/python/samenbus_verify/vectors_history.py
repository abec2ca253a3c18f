"""Checks of the vectors of links, bodies, signatures, segments and exports (PROTOCOL §3 to §5, §9, §10)."""
from __future__ import annotations

from typing import Any, Callable, Optional

from . import decision_lines
from .body import Fault, decode_body, epoch_start, is_well_formed, verify_start
from .command import result_lines
from .export import verify_export
from .forms import print_uuid
from .frontier import Tip
from .link import KINDS, decode_link
from .possession import decode_possession, is_signed_by, signed_bytes
from .proof import proof_lines, verify_proof
from .rekey import read_rekey
from .schema import camel, content_of
from .segment import Item, Segment, verify_segment
from .sealing import seal
from .signing import certificate_bytes, decode_checkpoint, verify_certificate
from .words import Epoch, Malformed, commitment, epoch_tag, partnership_hash, signed64

Case = dict[str, Any]
PARTNERSHIP = partnership_hash(b"duoplus")
READERS = ("GM0384", "GM0437", "GM0451")


def raw(case: Case, name: str) -> bytes:
    """Bytes of a case; none where it has none."""
    return bytes.fromhex(case.get(name) or "")


def epoch_of(case: Case) -> Epoch:
    """Epoch of a case."""
    return Epoch(case["counter"], int(case["tag"], 16))


def check_link(case: Case) -> bool:
    """A link read, field by field, and written again."""
    link = decode_link(raw(case, "bytes"))
    fields = {
        "partnership": link.partnership.hex(), "origin": link.origin.decode(),
        "counter": link.epoch.counter, "tag": f"{link.epoch.tag:016x}", "seq": link.seq,
        "prev": link.prev.hex(), "kind": KINDS[link.kind], "id": print_uuid(link.id),
        "audience": [org.decode() for org in link.audience], "bodyLength": link.body_length,
        "commitment": link.commitment.hex(), "bytes": link.encode().hex(), "hash": link.hash().hex(),
        "entitled": [org for org in READERS if link.entitles(org.encode())],
    }
    return all(case[name] == value for name, value in fields.items())


def check_bad_link(case: Case) -> bool:
    """Bytes that are no link."""
    try:
        decode_link(raw(case, "bytes"))
    except Malformed:
        return case["fault"] == "bad_link"
    return False


def check_body(case: Case) -> bool:
    """A body: its commitment and what stands at its head."""
    body = decode_body(raw(case, "body"))
    content = content_of(body)
    head = {"topic": body.get("topic", ""), "timeMs": body.get("time_ms", 0),
            "publisher": body.get("publisher", ""), "type": camel(content) if content else None}
    return head == case["head"] and commitment(raw(case, "salt"), raw(case, "body")).hex() == case["commitment"]


def check_sealed(case: Case) -> bool:
    """What the daemon appends."""
    return seal(raw(case, "submission"), case["timeMs"], case["publisher"]) == raw(case, "body")


def check_epoch(case: Case) -> bool:
    """A start: its tag, and what it says or why it is refused."""
    link, body = decode_link(raw(case, "link")), raw(case, "body")
    bound = commitment(raw(case, "salt"), body) == link.commitment and len(body) == link.body_length
    if not bound or f"{epoch_tag(body):016x}" != case["bodyTag"]:
        return False
    try:
        verify_start(link, body, raw(case, "pinned"))
    except Fault as fault:
        return fault.code == case["fault"]
    start = epoch_start(body) or {}
    said = {"counter": start["counter"], "tag": f"{link.epoch.tag:016x}",
            "signKey": start["sign_key"].hex(), "nonce": start["nonce"].hex(),
            "firstCommitment": start["first_commitment"].hex(), "parents": len(start.get("parents", []))}
    return case["fault"] is None and all(case[name] == value for name, value in said.items())


def check_checkpoint(case: Case) -> bool:
    """The 112 bytes, what is signed, and whether it verifies."""
    checkpoint = decode_checkpoint(raw(case, "bytes"))
    fields = {"seq": checkpoint.seq, "hash": checkpoint.hash.hex(),
              "timeMs": signed64(int.from_bytes(checkpoint.time, "big")),
              "signature": checkpoint.signature.hex(), "bytes": checkpoint.encode().hex()}
    place = (raw(case, "partnership"), case["origin"].encode(), epoch_of(case))
    return (all(case[name] == value for name, value in fields.items())
            and checkpoint.signed_bytes(*place) == raw(case, "signed")
            and checkpoint.verify(*place, raw(case, "key")) == case["valid"])


def check_certificate(case: Case) -> bool:
    """What both keys sign, and whether both did."""
    message = {"origin": case["origin"], "old_key": raw(case, "oldKey"), "new_key": raw(case, "newKey"),
               "time_ms": case["timeMs"], "old_signature": raw(case, "oldSignature"),
               "new_signature": raw(case, "newSignature")}
    signed = certificate_bytes(raw(case, "partnership"), case["origin"].encode(), message["old_key"],
                               message["new_key"], case["timeMs"])
    valid = verify_certificate(message, raw(case, "partnership"))
    return signed == raw(case, "signed") and valid == case["valid"]


def check_segment(case: Case) -> bool:
    """A segment, with its fault or none."""
    items = [Item(raw(item, "link"), raw(item, "salt"), raw(item, "body")) for item in case["items"]]
    checkpoints = [decode_checkpoint(bytes.fromhex(text)) for text in case["checkpoints"]]
    segment = Segment(PARTNERSHIP, case["origin"].encode(), epoch_of(case), items, checkpoints)
    key: Optional[bytes] = raw(case, "key") or None
    verdict = verify_segment(segment, raw(case, "pinned"), key, raw(case, "promised") or None)
    return (verdict or (None, 0)) == (case["fault"], case["at"])


def known_key(case: Case) -> Optional[tuple[str, bytes]]:
    """The key that the reader knows to be an organisation's, where the case has one."""
    return (case["organisation"], raw(case, "key")) if case["key"] else None


def known_keys(case: Case) -> list[tuple[str, bytes]]:
    """The same as a list."""
    key = known_key(case)
    return [key] if key else []


def reads(read: Callable[[bytes], Any], given: bytes) -> bool:
    """Whether bytes can be read."""
    try:
        read(given)
    except Malformed:
        return False
    return True


def check_possession(case: Case) -> bool:
    """A statement of possession: its fields, what is signed, and whether the key did."""
    statement = raw(case, "statement")
    said = decode_possession(statement)
    heads = [[(h.epoch, h.checkpoint.encode().hex(), h.bodies) for h in heads] for _, heads in said.origins]
    expected = [[(epoch_of(h), h["checkpoint"], h["bodies"]) for h in origin["heads"]] for origin in case["origins"]]
    fields = {"partnership": said.partnership.hex(), "node": said.node.decode(), "timeMs": said.time,
              "challenge": said.challenge.hex(), "signed": signed_bytes(statement).hex()}
    return (heads == expected and all(case[name] == value for name, value in fields.items())
            and [org.decode() for org, _ in said.origins] == [origin["origin"] for origin in case["origins"]]
            and is_signed_by(statement, raw(case, "key")) == case["valid"])


def check_rekey(case: Case) -> bool:
    """What an announcement of a new key says."""
    said = read_rekey(raw(case, "text"))
    tips = [Tip(Epoch(tip["counter"], int(tip["tag"], 16)), int(tip["seq"], 16), bytes.fromhex(tip["hash"]))
            for tip in case["tips"]]
    keys = (said.old_key, said.sign_key, said.curve_key)
    return (said.tips == tips and keys == (raw(case, "oldKey"), raw(case, "signKey"), raw(case, "curveKey"))
            and said.partnership.decode() == case["partnership"]
            and said.organisation.decode() == case["organisation"])


CHECKS = {
    "links.json": {"links": check_link, "refused": check_bad_link},
    "bodies.json": {
        "bodies": check_body,
        "sealed": check_sealed,
        "malformed": lambda case: not is_well_formed(raw(case, "body")),
    },
    "epochs.json": {"epochs": check_epoch},
    "checkpoints.json": {"checkpoints": check_checkpoint},
    "certificates.json": {"certificates": check_certificate},
    "segments.json": {"segments": check_segment},
    "proofs.json": {
        "proofs": lambda case: proof_lines(verify_proof(raw(case, "file")), known_key(case)) == case["lines"],
    },
    "possessions.json": {
        "statements": check_possession,
        "refused": lambda case: not reads(decode_possession, raw(case, "statement")),
    },
    "rekeys.json": {
        "announcements": check_rekey,
        "refused": lambda case: not reads(read_rekey, raw(case, "text")),
    },
    "decision-proofs.json": {
        "proofs": lambda case: decision_lines.proof_lines(decision_lines.Verdict(raw(case, "file"), case["asOf"]),
                                                          known_keys(case)) == case["lines"],
    },
    "exports.json": {
        "exports": lambda case: result_lines(verify_export(raw(case, "file"))) == case["lines"],
    },
}
