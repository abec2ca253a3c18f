"""Measures this client at one daemon and prints a line of JSON, as `samenbus bench` does:

    bench.py CLIENT_YAML publish COUNT [WINDOW]
    bench.py CLIENT_YAML read COUNT

`processorUs` is the processor time of this process for an event. Events of 512 bytes go under
custom/bench and stay in the daemon's log: not for a daemon in use.
"""
from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Iterator

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from samenbus import Client, Custom, Draft  # noqa: E402


def memory_mib() -> int:
    """Resident, now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 >> 20


class Meter:
    """Counts what comes, and when; memory is looked at ten times."""

    def __init__(self, what: str, count: int) -> None:
        self.what, self.warm_up, self.seen = what, count // 10, 0
        self.memory: list[int] = []

    def add(self) -> None:
        """One more; the first tenth is not counted."""
        self.seen += 1
        if self.seen == self.warm_up:
            self.cpu, self.clock = time.process_time(), time.monotonic()
        if self.seen % self.warm_up == 0:
            self.memory.append(memory_mib())

    def show(self) -> None:
        """The line."""
        counted = self.seen - self.warm_up
        print(json.dumps({
            "what": self.what, "count": self.seen,
            "eventsPerSecond": round(counted / (time.monotonic() - self.clock)),
            "processorUs": round((time.process_time() - self.cpu) / counted * 1e6, 1),
            "memoryMiB": self.memory}))


def drafts(count: int) -> Iterator[Draft]:
    """Custom events of 512 bytes."""
    for _ in range(count):
        yield Draft("custom/bench", Custom("application/octet-stream", b"a" * 512))


def main(config: str, what: str, count: int, window: int = 64) -> None:
    """One measurement."""
    meter = Meter(what, count)
    with Client(config) as client:
        if what == "publish":
            for outcome in client.publish_many(drafts(count), window=window):
                if outcome.error:
                    raise outcome.error
                meter.add()
        else:
            for _ in client.subscribe(follow=False):
                meter.add()
                if meter.seen == count:
                    break
    meter.show()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:5]))
