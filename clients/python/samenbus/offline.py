"""Verifying an export file without a daemon (PROTOCOL §10.4)."""
from __future__ import annotations

from pathlib import Path

from samenbus_verify.export import Report, verify_export

from .config import PathLike


def verify(path: PathLike) -> Report:
    """Events, epochs and faults of an export file; no faults, no doubt. Errors: OSError."""
    return verify_export(Path(path).read_bytes())
