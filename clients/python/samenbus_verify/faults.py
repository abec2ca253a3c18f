"""The faults of a history: names, sentences and how they are printed (PROTOCOL §10.1, §10.5)."""
from __future__ import annotations

from typing import NamedTuple, Optional

from .words import Epoch

SENTENCES = {
    "bad_file": "the file is not what it says, or is cut short",
    "bad_link": "the link cannot be read, stands in the wrong place, or comes twice",
    "bad_prev": "prev is not the hash of the link before it",
    "bad_commitment": "salt and body do not give the commitment of the link",
    "bad_body": "the body has another length than the link says, or cannot be read",
    "bad_checkpoint": "the signature is wrong, or of another link, or the key of the epoch is not known",
    "no_checkpoint": "no valid checkpoint covers this link",
    "bad_epoch": "the start of the epoch does not give its tag, its counter or its first event",
    "bad_key": "the key of the epoch is not the pinned one, nor certified by it",
    "bad_index": "an index of the store contradicts its log",
}
NOT_AN_EXPORT = "not an export file of version 1"
BEHIND_THE_END = "a record behind the end"
UNKNOWN_RECORD = "a record of an unknown type or form"
WRONG_NUMBER = "the file does not hold as many events as it says"
CUT_SHORT = "the file is cut short"


class Place(NamedTuple):
    """Where a fault is (PROTOCOL §10.4)."""

    epoch: Epoch
    seq: int

    def behind(self) -> "Place":
        """The place behind this one; seq is a u64."""
        return Place(self.epoch, (self.seq + 1) % 2**64)

    def text(self) -> str:
        """As printed; a counter of 0 is no place (PROTOCOL §10.5)."""
        return f"{self.epoch.text()}:{self.seq}" if self.epoch.counter else "-"


class Found(NamedTuple):
    """A fault that was found."""

    origin: str  # "-" where the header could not be read
    place: Optional[Place]
    code: str
    sentence: str

    def line(self) -> str:
        """The line that a verifier prints (PROTOCOL §10.5)."""
        where = self.place.text() if self.place else "-"
        return f"fault {self.origin} {where} {self.code}: {self.sentence}"
