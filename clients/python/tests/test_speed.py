"""How much of a processor an event costs: 8,000 a second leave 125 microseconds for each.

Processor time of this process is measured, not the clock, for others work on the machine too.
`pytest -s` shows the figures, also those by the clock.
"""
from __future__ import annotations

import resource
import time
from typing import Any, Iterator

from liar import Liar
from live import client
from making import EpochMaker, StartMaker, parent
from region import Region
from samenbus import Client, Custom, Draft
from samenbus_verify.words import Epoch

COUNT = 40_000
BUDGET_US = 125.0
GROWTH_KIB = 16 * 1024


class Measured:
    """Processor and clock time of a block."""

    def __init__(self, what: str, count: int = COUNT) -> None:
        self.what, self.count = what, count

    def __enter__(self) -> "Measured":
        self.cpu, self.clock = time.process_time(), time.monotonic()
        return self

    def __exit__(self, *_: Any) -> None:
        cpu_us = (time.process_time() - self.cpu) / self.count * 1e6
        rate = self.count / (time.monotonic() - self.clock)
        print(f"{self.what}: {cpu_us:.1f} us of processor, {rate:.0f} events/s by the clock")
        assert cpu_us < BUDGET_US


def memory_kib() -> int:
    """The most that this process has had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def drafts(count: int) -> Iterator[Draft]:
    """Custom events of 512 bytes."""
    for _ in range(count):
        yield Draft("custom/bench", Custom("application/octet-stream", b"a" * 512))


def test_the_cost_of_an_event() -> None:
    with Region(["GM0384"]) as r:
        r.start()
        with client(r, "GM0384") as c:
            with Measured("published with window 64"):
                assert all(outcome.published for outcome in c.publish_many(drafts(COUNT), window=64))
            with Measured("read and verified"):
                events = c.subscribe(follow=False)
                for _ in range(COUNT // 4):
                    next(events)
                before = memory_kib()
                assert sum(1 for _ in events) == COUNT - COUNT // 4
            with Measured("read with a filter"):
                assert sum(1 for _ in c.subscribe(["custom/bench"], follow=False)) == COUNT
            assert memory_kib() - before < GROWTH_KIB


def test_many_epochs_are_read_in_one_go(liar: Liar) -> None:
    """As a daemon that was restarted hundreds of times gives them."""
    for counter in range(2, 401):
        start = StartMaker(counter, [parent(liar.epochs[-1], len(liar.epochs[-1].links))])
        liar.epochs.append(EpochMaker(start).say(b"first"))
    with Client(liar.config) as c:
        got = [event.epoch for event in c.subscribe(follow=False)]
    assert len(got) == 403 and got == sorted(got) and isinstance(got[0], Epoch)
    assert len(liar.fetches) <= 500
