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


def listed(chains: list[tuple[Tip, bool]], most: int) -> tuple[list[Tip], list[Tip]]:
    """The heads that a frontier lists, and the rest (PROTOCOL §6.1); of each chain whether it is covered."""
    heads = sorted((tip for tip, covered in chains if not covered), reverse=True)
    while len(heads) > most:
        heads = [tip for tip in heads if tip.epoch > heads[-1].epoch]
    return heads, [tip for tip, _ in chains if tip not in heads]


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
    base: int  # seq of its first own link
    base_branch: int
    tip: Tip
    parents: list[Tip]
    links: list[bytes]  # hashes, from base to the tip

    def has(self, tip: Tip) -> bool:
        """Whether the tip names one of its own links."""
        at = tip.seq - self.base
        return self.tip.epoch == tip.epoch and 0 <= at < len(self.links) and self.links[at] == tip.hash


class Covered:
    """Up to which seq a cursor covers, or holds back, each chain of one origin (PROTOCOL §8.7)."""

    def __init__(self, chains: list[Chain]) -> None:
        self.chains = chains
        self.seqs = [0] * len(chains)
        self.held = [0] * len(chains)

    def branch(self, epoch: Epoch, branch: int) -> Optional[int]:
        """Index of that branch."""
        same = (i for i, c in enumerate(self.chains) if (c.tip.epoch, c.branch) == (epoch, branch))
        return next(same, None)

    def hold_below(self, tip: Tip) -> None:
        """A tip that is not here: its epoch is held back where it may still lead to it."""
        same = [at for at, chain in enumerate(self.chains) if chain.tip.epoch == tip.epoch]
        if len(same) == 1 and self.chains[same[0]].tip.seq < tip.seq:
            self.held[same[0]] = max(self.held[same[0]], tip.seq)

    def cover_tip(self, tip: Tip) -> None:
        """One tip: the branch that has its link, and what that branch stands on."""
        at = next((i for i, chain in enumerate(self.chains) if chain.has(tip)), None)
        seq = tip.seq
        if at is None:
            self.hold_below(tip)
        while at is not None and self.seqs[at] < seq:
            self.seqs[at] = seq
            chain = self.chains[at]
            if chain.base == 1:
                return
            at, seq = self.branch(chain.tip.epoch, chain.base_branch), chain.base - 1

    def cover_parents(self) -> None:
        """What the epochs covered so far grew from; parents come later in this order."""
        order = sorted(enumerate(self.chains), key=lambda one: (one[1].tip.epoch, one[1].branch), reverse=True)
        for at, chain in order:
            if (self.seqs[at] > 0 or self.held[at] > 0) and chain.base == 1:
                for parent in chain.parents:
                    self.cover_tip(parent)


def cover(chains: list[Chain], with_past: list[Tip], without: list[Tip]) -> tuple[list[int], list[int]]:
    """What tips cover and hold back, those with `past` and those without (PROTOCOL §8.7)."""
    covered = Covered(chains)
    for tip in with_past:
        covered.cover_tip(tip)
    covered.cover_parents()
    for tip in without:
        covered.cover_tip(tip)
    return covered.seqs, covered.held
