"""Takes bytes apart from front to back, and refuses to go beyond their end (PROTOCOL §1.2)."""
from __future__ import annotations

from .words import Malformed, is_org


class Cursor:
    """A place in a byte string."""

    def __init__(self, raw: bytes, at: int = 0) -> None:
        self.raw, self.at = raw, at

    def take(self, count: int) -> bytes:
        """The next bytes."""
        if count > len(self.raw) - self.at:
            raise Malformed("cut short")
        self.at += count
        return self.raw[self.at - count : self.at]

    def number(self, size: int) -> int:
        """The next unsigned big-endian number."""
        return int.from_bytes(self.take(size), "big")

    def org(self) -> bytes:
        """The next len-org."""
        raw = self.take(self.number(1))
        if not is_org(raw):
            raise Malformed("not an organisation id")
        return raw

    def rest(self) -> bytes:
        """Everything that is left."""
        return self.take(len(self.raw) - self.at)

    def finish(self) -> None:
        """Refuse what is left over."""
        if self.at != len(self.raw):
            raise Malformed("bytes left over")
