"""A daemon that is killed, and one that lost its store: nothing is missed, nothing comes twice.

tests/system/test_clients_trouble.py has more of it, with the other clients.
"""
from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Iterator

import pytest

from live import client, drafts, publish, said
from region import Region
from samenbus import Cursor

HOME, AWAY = "GM0384", "GM0437"


@pytest.fixture
def r() -> Iterator[Region]:
    with Region([HOME, AWAY]) as found:
        yield found


def test_a_daemon_that_is_killed_while_all_are_busy(r: Region) -> None:
    """Publisher and subscriber live through it: every draft once, in order, none refused."""
    r.start()
    some = drafts("k", 3000)
    outcomes: list = []

    def work() -> None:
        with client(r, HOME) as c:
            outcomes.extend(c.publish_many(some, timeout=60))

    with client(r, HOME) as c:
        events = c.subscribe(["custom/"])
        writer = threading.Thread(target=work)
        writer.start()
        got = []
        for kill_at in (300, 1500):
            while len(got) < kill_at:
                got.append(next(events))
            r.kill(HOME)
            r.start(HOME)
        while len(got) < len(some):
            got.append(next(events))
        writer.join(60)
    assert [o.error for o in outcomes] == [None] * len(some)
    assert said(got) == [f"k{n}" for n in range(3000)]


def test_a_store_that_was_lost_is_read_by_the_tips(r: Region) -> None:
    r.start()
    publish(r, HOME, drafts("old", 50))
    r.wait_same()
    cursor = Cursor()
    with client(r, HOME) as c:
        events = c.subscribe(cursor=cursor)
        for _ in range(30):
            next(events)
        events.ack()
        r.kill(HOME, signal.SIGTERM)
        Path(r.nodes[HOME].path("store")).rename(Path(r.nodes[HOME].path("lost")))
        r.start(HOME)
        rest = [next(events) for _ in range(20)]
        publish(r, HOME, drafts("new", 5))
        rest += [next(events) for _ in range(5)]
    assert said(rest) == [f"old{n}" for n in range(30, 50)] + [f"new{n}" for n in range(5)]
    assert cursor.at is not None
