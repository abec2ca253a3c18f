"""What origins sign: checkpoints (PROTOCOL §5.4) and key certificates (PROTOCOL §9.2)."""
from __future__ import annotations

from typing import Any, NamedTuple

from nacl.exceptions import CryptoError
from nacl.signing import VerifyKey

from .words import Epoch, Malformed, len_org, u64

CHECKPOINT_BYTES = 112


def verify_signature(key: bytes, message: bytes, signature: bytes) -> bool:
    """Ed25519 as libsodium verifies it (PROTOCOL §1.3)."""
    try:
        VerifyKey(key).verify(message, signature)
    except (CryptoError, ValueError, TypeError):
        return False
    return True


class Checkpoint(NamedTuple):
    """The 112 bytes (PROTOCOL §5.4)."""

    seq: int
    hash: bytes
    time: bytes  # the 8 bytes as they stand there; nobody needs the number to verify
    signature: bytes

    def encode(self) -> bytes:
        """As it is stored and sent."""
        return u64(self.seq) + self.hash + self.time + self.signature

    def signed_bytes(self, partnership: bytes, origin: bytes, epoch: Epoch) -> bytes:
        """What is signed (PROTOCOL §5.4)."""
        return b"".join([
            b"samenbus/checkpoint/1", partnership, len_org(origin),
            epoch.counter.to_bytes(4, "big"), u64(epoch.tag), u64(self.seq), self.hash, self.time,
        ])

    def verify(self, partnership: bytes, origin: bytes, epoch: Epoch, key: bytes) -> bool:
        """Whether the epoch's key signed it; seq 0 is nobody's (PROTOCOL §5.4)."""
        signed = self.signed_bytes(partnership, origin, epoch)
        return self.seq >= 1 and verify_signature(key, signed, self.signature)


def decode_checkpoint(raw: bytes) -> Checkpoint:
    """The 112 bytes taken apart."""
    if len(raw) != CHECKPOINT_BYTES:
        raise Malformed("not 112 bytes")
    return Checkpoint(int.from_bytes(raw[:8], "big"), raw[8:40], raw[40:48], raw[48:])


def certificate_bytes(partnership: bytes, origin: bytes, old: bytes, new: bytes, time_ms: int) -> bytes:
    """What both keys sign (PROTOCOL §9.2)."""
    return b"".join([b"samenbus/certificate/1", partnership, len_org(origin), old, new, u64(time_ms)])


def verify_certificate(certificate: dict[str, Any], partnership: bytes) -> bool:
    """Whether both signatures verify (PROTOCOL §9.2)."""
    origin = certificate.get("origin", "").encode()
    old, new = certificate.get("old_key", b""), certificate.get("new_key", b"")
    if len(origin) not in range(2, 33) or len(old) != 32 or len(new) != 32:
        return False
    signed = certificate_bytes(partnership, origin, old, new, certificate.get("time_ms", 0))
    return (verify_signature(old, signed, certificate.get("old_signature", b""))
            and verify_signature(new, signed, certificate.get("new_signature", b"")))
