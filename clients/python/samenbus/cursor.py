"""Cursors: what a consumer has processed, the same at every daemon of the partnership (PROTOCOL §8.7)."""
from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Iterable, NamedTuple, Optional, Union

from samenbus_verify.words import U32_MAX, Epoch, is_org_text

TIPS_MAX = 4096
U64_MAX = 2**64 - 1
HEADING = "samenbus-cursor-1"
AT = re.compile(r"at (\S+) ([0-9]{1,20})")
TIP = re.compile(r"tip (\S+) ([1-9][0-9]{0,9})-([0-9a-f]{16}) ([0-9]{1,20}) ([0-9a-f]{64})")


class Tip(NamedTuple):
    """A place in a history: the event `hash` at `seq` of an epoch, and all before it in that epoch."""

    origin: str
    epoch: Epoch
    seq: int
    hash: bytes


class At(NamedTuple):
    """The next offset at the daemon with that store; means nothing elsewhere."""

    store_id: str
    offset: int


class Cursor:
    """A set of tips that only grows, one per origin and epoch."""

    def __init__(self, tips: Iterable[Tip] = (), at: Optional[At] = None) -> None:
        self.tips: dict[tuple[str, Epoch], Tip] = {}
        self.at = at
        for tip in tips:
            self.advance(tip)

    def advance(self, tip: Tip) -> None:
        """Everything of that epoch up to the tip has been processed."""
        key = (tip.origin, tip.epoch)
        known = self.tips.pop(key, None)
        self.tips[key] = known if known and known.seq > tip.seq else tip
        if len(self.tips) > TIPS_MAX:  # the longest untouched goes: repeated then, never left out
            del self.tips[next(iter(self.tips))]

    def save(self) -> None:
        """Make it last; nothing here, for it is in memory only."""

    def text(self) -> str:
        """The text form of PROTOCOL §8.7."""
        lines = [HEADING, f"at {self.at.store_id} {self.at.offset}" if self.at else "at - 0"]
        for tip in sorted(self.tips.values()):
            lines.append(f"tip {tip.origin} {tip.epoch.text(16)} {tip.seq} {tip.hash.hex()}")
        return "\n".join(lines) + "\n"

    @classmethod
    def read(cls, text: str) -> "Cursor":
        """The cursor of a text form; ValueError names the line that is none."""
        cursor = cls()
        cursor.load(text)
        return cursor

    def load(self, text: str) -> None:
        """Take over what a text form says."""
        lines = text.split("\n")
        if lines[0] != HEADING or lines[-1] != "":
            raise ValueError(f"not a cursor: {HEADING} is missing, or the last line has no end")
        for number, line in enumerate(lines[1:-1], 2):
            at, tip = AT.fullmatch(line), TIP.fullmatch(line)
            if at and number == 2:
                self.at = None if at[1] == "-" else At(at[1], int(at[2]))
            elif tip and is_org_text(tip[1]):
                epoch, seq = Epoch(int(tip[2]), int(tip[3], 16)), int(tip[4])
                if epoch.counter > U32_MAX or seq > U64_MAX:
                    raise ValueError(f"line {number} of the cursor: a number is too large")
                self.advance(Tip(tip[1], epoch, seq, bytes.fromhex(tip[5])))
            else:
                raise ValueError(f"line {number} of the cursor is none of `at`, `tip`: {line[:80]}")


class CursorFile(Cursor):
    """A cursor in a file, which is always whole: it is replaced in one step, after it is on the disk."""

    def __init__(self, path: Union[str, "os.PathLike[str]"]) -> None:
        super().__init__()
        self.path = Path(path)
        if self.path.exists():
            self.load(self.path.read_text(encoding="ascii"))

    def save(self) -> None:
        """Write the file anew."""
        new = self.path.with_name(self.path.name + ".new")
        with open(new, "w", encoding="ascii") as file:
            file.write(self.text())
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, self.path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def as_message(tip: Tip, into: Any) -> None:
    """Fill a Tip of a SUBSCRIBE."""
    into.origin, into.counter, into.tag = tip.origin, tip.epoch.counter, tip.epoch.tag
    into.seq, into.hash = tip.seq, tip.hash
