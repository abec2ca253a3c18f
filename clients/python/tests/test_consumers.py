"""Consumers whose place the daemon keeps, at real daemons that are killed."""
from __future__ import annotations

import asyncio
import itertools
import signal
from typing import Iterator

import pytest

from live import client, drafts, publish, said
from region import Region
from samenbus import AsyncClient, Cursor, errors

HOME, AWAY = "GM0384", "GM0437"


@pytest.fixture(scope="module")
def r() -> Iterator[Region]:
    with Region([HOME, AWAY]) as found:
        found.start()
        found.wait_same()
        yield found


def numbered(prefix: str, first: int, last: int) -> list[str]:
    """What drafts() says."""
    return [f"{prefix}{at}" for at in range(first, last)]


def test_what_was_not_acknowledged_comes_again(r: Region) -> None:
    publish(r, HOME, drafts("a", 60, "custom/a"))
    with client(r, HOME) as c:
        events = c.consume("again", ["custom/a"])
        assert said(itertools.islice(events, 40)) == numbered("a", 0, 40)
        events.ack()
        assert said(itertools.islice(events, 10)) == numbered("a", 40, 50)  # and is killed here
    with client(r, HOME) as c:
        assert said(c.consume("again", ["custom/a"], follow=False)) == numbered("a", 40, 60)
    r.kill(HOME, signal.SIGKILL)
    r.start(HOME)
    with client(r, HOME) as c:
        events = c.consume("again", ["custom/a"], follow=False)
        assert said(events) == numbered("a", 40, 60)
        events.ack()
        assert said(c.consume("again", ["custom/a"], follow=False)) == []


def test_a_daemon_that_is_killed_in_the_middle_repeats_nothing_to_a_program(r: Region) -> None:
    publish(r, HOME, drafts("k", 300, "custom/k"))
    with client(r, HOME) as c:
        events = c.consume("killed", ["custom/k"], window=64)
        got = said(itertools.islice(events, 100))
        events.ack()
        got += said(itertools.islice(events, 20))
        r.kill(HOME, signal.SIGKILL)
        r.start(HOME)
        publish(r, HOME, drafts("l", 5, "custom/k"))
        got += said(itertools.islice(events, 185))
        events.ack()
    assert got == numbered("k", 0, 300) + numbered("l", 0, 5)
    with client(r, HOME) as c:
        assert said(c.consume("killed", ["custom/k"], follow=False)) == []


@pytest.mark.parametrize("system", [False, True])
def test_a_consumer_of_everything(r: Region, system: bool) -> None:
    """With system events or without, over a restart, which begins another epoch."""
    name = f"all-{system}".lower()
    with client(r, HOME) as c:
        first = [e.reference for e in c.subscribe(follow=False, system=system)]
        events = c.consume(name, system=system, follow=False)
        assert [e.reference for e in events] == first
        events.ack()
    r.kill(HOME, signal.SIGTERM)
    r.start(HOME)
    publish(r, HOME, drafts(f"s{system}", 3, "custom/s"))
    with client(r, HOME) as c:
        rest = list(c.consume(name, system=system, follow=False))
        assert said(e for e in rest if not e.is_system) == numbered(f"s{system}", 0, 3)
        assert any(e.is_system for e in rest) == system


def test_where_it_begins(r: Region) -> None:
    publish(r, HOME, drafts("b", 20, "custom/b"))
    cursor = Cursor()
    with client(r, HOME) as c:
        events = c.subscribe(["custom/b"], cursor)
        assert said(itertools.islice(events, 7)) == numbered("b", 0, 7)
        events.ack()
        new = c.consume("new", ["custom/b"], live_only=True, follow=False)
        assert said(new) == []
        assert said(c.consume("moved", ["custom/b"], cursor=cursor, follow=False)) == numbered("b", 7, 20)
    r.wait_same()
    with client(r, AWAY) as c:
        assert said(c.consume("moved", ["custom/b"], cursor=cursor, follow=False)) == numbered("b", 7, 20)


def test_another_ones_consumer_is_refused(r: Region) -> None:
    with client(r, HOME) as c:
        for wrong in ({"name": "Upper"}, {"name": ""}, {"name": "x", "origins": ["x"]}, {"name": "x", "topics": ["x"] * 65}):
            with pytest.raises(ValueError):
                c.consume(**wrong)
        c.consume("filters", ["custom/a"]).close()
        with pytest.raises(errors.ConsumerConflict):
            c.consume("filters", ["custom/b"])
    with client(r, HOME, "reader.yaml") as c:
        with pytest.raises(errors.NotAllowed):
            c.consume("readers", ["custom/a"])


def test_a_consumer_in_asyncio(r: Region) -> None:
    publish(r, HOME, drafts("i", 5, "custom/i"))

    async def work() -> list[str]:
        got = []
        async with AsyncClient(r.nodes[HOME].path("client.yaml")) as c:
            events = await c.consume("async", ["custom/i"])
            async for event in events:
                got.append(event)
                await events.commit(event)
                if len(got) == 5:
                    break
            events = await c.consume("async", ["custom/i"], follow=False)
            got += [event async for event in events]
        return said(got)

    assert asyncio.run(work()) == numbered("i", 0, 5)
