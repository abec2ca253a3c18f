"""Verifying export files and proofs of forks without a daemon (PROTOCOL §10.4, §10.6)."""
from __future__ import annotations

from pathlib import Path

from samenbus_verify.export import Report, verify_export
from samenbus_verify.proof import Verdict
from samenbus_verify.proof import verify_proof as verify_proof_bytes

from .config import PathLike


def verify(path: PathLike) -> Report:
    """Events, epochs and faults of an export file; no faults, no doubt. Errors: OSError."""
    return verify_export(Path(path).read_bytes())


def verify_proof(path: PathLike) -> Verdict:
    """Whether a file proves that somebody signed two histories: `fault` is None, and `origin`, `place`
    and `key` say who and where; or `fault` is what is wrong with it. Errors: OSError."""
    return verify_proof_bytes(Path(path).read_bytes())
