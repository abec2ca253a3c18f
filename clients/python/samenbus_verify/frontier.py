"""What partners show each other and what cursors cover: rest digests, boots, tips (PROTOCOL §6, §8.7)."""
from __future__ import annotations

from typing import NamedTuple, Optional

from .words import NO_HASH, Epoch, sha256, u64

RETIRED_KEPT = 8


class Tip(NamedTuple):
    """A place in a history of one origin (PROTOCOL §1.1)."""

    epoch: Epoch
    seq: int
    hash: bytes


def rest_digest(tips: list[Tip]) -> bytes:
    """PROTOCOL §6.3."""
    digest = NO_HASH
    for tip in sorted(tips, key=lambda tip: (tip.epoch, tip.hash)):
        place = tip.epoch.counter.to_bytes(4, "big") + u64(tip.epoch.tag) + u64(tip.seq)
        digest = sha256(b"samenbus/rest/1", digest, place, tip.hash)
    return digest


class Shown:
    """What one partner has shown: which frontiers are taken (PROTOCOL §6.2)."""

    def __init__(self) -> None:
        self.boot: Optional[bytes] = None
        self.retired: list[bytes] = []
        self.has_full, self.last = False, 0

    def hello(self, boot: bytes) -> None:
        """A greeting on a direct connection."""
        if boot == self.boot or boot in self.retired:
            return
        if self.boot is not None:
            self.retired = (self.retired + [self.boot])[-RETIRED_KEPT:]
        self.boot, self.has_full, self.last = boot, False, 0

    def frontier(self, boot: bytes, full: bool, counter: int) -> str:
        """What becomes of a frontier."""
        if self.boot is None or boot != self.boot:
            return "unknown_boot"
        if self.has_full and (counter < self.last if full else counter <= self.last):
            return "old"
        if not full and (not self.has_full or counter != self.last + 1):
            return "request_full"
        self.has_full, self.last = self.has_full or full, counter
        return "taken"


class Chain(NamedTuple):
    """One branch of an epoch, as a daemon holds it (PROTOCOL §8.7)."""

    branch: int
    base: int
    base_branch: int
    tip: Tip
    parents: list[Tip]


def chain_of(chains: list[Chain], place: Tip) -> Optional[int]:
    """The branch whose tip is exactly this one, else branch 0 of its epoch, else none."""
    same = [i for i, chain in enumerate(chains) if chain.tip.epoch == place.epoch]
    exact = [i for i in same if chains[i].tip == place]
    first = [i for i in same if chains[i].branch == 0]
    return (exact or first or [None])[0]


def cover(chains: list[Chain], tips: list[Tip]) -> list[int]:
    """Up to which seq tips cover each chain of one origin (PROTOCOL §8.7)."""
    covered = [0] * len(chains)

    def raise_to(place: Tip) -> None:
        at = chain_of(chains, place)
        if at is not None:
            covered[at] = max(covered[at], place.seq)

    for tip in tips:
        raise_to(tip)
    order = sorted(range(len(chains)), key=lambda i: (chains[i].tip.epoch, chains[i].branch), reverse=True)
    for at in order:
        chain = chains[at]
        if covered[at] and chain.base > 1:
            below = next(i for i, c in enumerate(chains)
                         if (c.tip.epoch, c.branch) == (chain.tip.epoch, chain.base_branch))
            covered[below] = max(covered[below], chain.base - 1)
        if covered[at]:
            for parent in chain.parents:
                raise_to(parent)
    return covered
