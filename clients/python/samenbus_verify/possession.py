"""Statements of possession: one full frontier that a node signed on request (PROTOCOL §6.5)."""
from __future__ import annotations

from typing import NamedTuple

from .cursor import Cursor
from .signing import CHECKPOINT_BYTES, Checkpoint, decode_checkpoint, verify_signature
from .words import Epoch, Malformed, len_org, sha256, signed64

HEADS_MAX, ORIGINS_MAX, SIGNATURE_BYTES = 32, 401, 64
DOMAIN = b"samenbus/possession/1"


class Head(NamedTuple):
    """One epoch as the node holds it."""

    epoch: Epoch
    checkpoint: Checkpoint
    bodies: int


class Possession(NamedTuple):
    """What a statement says."""

    partnership: bytes
    node: bytes
    time: int  # milliseconds
    challenge: bytes
    origins: list[tuple[bytes, list[Head]]]


def read_head(cursor: Cursor) -> Head:
    """One head."""
    epoch = Epoch(cursor.number(4), cursor.number(8))
    checkpoint = decode_checkpoint(cursor.take(CHECKPOINT_BYTES))
    bodies = cursor.number(8)
    if not epoch.counter or not checkpoint.seq or bodies > checkpoint.seq:
        raise Malformed("not a head")
    return Head(epoch, checkpoint, bodies)


def read_origin(cursor: Cursor) -> tuple[bytes, list[Head]]:
    """The heads of one organisation; what is said of the rest is only checked for its form."""
    origin, count = cursor.org(), cursor.number(1)
    if count > HEADS_MAX:
        raise Malformed("too many heads")
    heads = [read_head(cursor) for _ in range(count)]
    cursor.take(16)
    if cursor.number(1) > 1:
        raise Malformed("neither 0 nor 1")
    cursor.take(32)
    return origin, heads


def decode_possession(raw: bytes) -> Possession:
    """A statement in its one form, or Malformed; its signature is not checked."""
    cursor = Cursor(raw)
    partnership, node = cursor.take(32), cursor.org()
    cursor.take(16 + 16 + 8)  # store, boot nonce, offset
    time, challenge, count = signed64(cursor.number(8)), cursor.take(32), cursor.number(2)
    if not 1 <= count <= ORIGINS_MAX:
        raise Malformed("no organisations, or too many")
    origins = [read_origin(cursor) for _ in range(count)]
    names = [origin for origin, _ in origins]
    if any(a >= b for a, b in zip(names, names[1:])):
        raise Malformed("organisations out of order")
    cursor.take(SIGNATURE_BYTES)
    cursor.finish()
    return Possession(partnership, node, time, challenge, origins)


def signed_bytes(raw: bytes) -> bytes:
    """What is signed of a statement that was decoded."""
    said = decode_possession(raw)
    return DOMAIN + said.partnership + len_org(said.node) + sha256(raw[:-SIGNATURE_BYTES])


def is_signed_by(raw: bytes, key: bytes) -> bool:
    """Whether this key signed the statement."""
    return verify_signature(key, signed_bytes(raw), raw[-SIGNATURE_BYTES:])


def challenge_of(decision: str) -> bytes:
    """What a statement about a decision answers (PROTOCOL §10.7)."""
    return sha256(b"samenbus/decision/1", decision.encode())
