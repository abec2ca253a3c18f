#!/usr/bin/python3
"""The clients in C, Python and Node through everything that goes wrong: 5 % of the broadcasts dropped,
readers killed and resumed in the middle, switched to another municipality's daemon with the same
cursor, standing still for longer than a heartbeat, and daemons that are killed, stopped and started,
one of them with a new signing key. Each publishes, each reads; nothing is missed, and a kill repeats what it may."""
# test: slow
import signal
import time

from client_kinds import Reader, kinds, publish
from region import Background, Region, check, custom, main, only_test_build
from test_clients import HOME, AWAY, named
from test_key_rotate import rotate

DROP = {"SAMENBUS_TEST_DROP_BROADCAST": "5"}
COUNT = 100  # of each publisher, in each part
STILL_S = 8  # longer than the time-out of heartbeats


class Parts:
    """What was published so far, in parts; every part by all kinds at both daemons at the same time."""

    def __init__(self, r, found):
        self.r, self.found, self.published, self.number = r, found, [], 0

    def begin(self, count=COUNT):
        self.number += 1
        self.under_way = []
        for kind in self.found:
            for org in (HOME, AWAY):
                names = named(f"{self.number}-{kind.name}-{org}", count)
                self.published.append(names)
                self.under_way.append(Background(lambda stop, *a: publish(*a), self.r, org, kind,
                                                 [custom(name) for name in names]))

    def end(self):
        for one in self.under_way:
            one.stop(120)

    @property
    def count(self):
        return sum(map(len, self.published))


def through(parts, readers, what, disturb, count=COUNT):
    """One part is published while something happens; then every reader has everything."""
    begun = time.monotonic()
    parts.begin(count)
    try:
        disturb()
    finally:
        parts.end()
    for reader in readers:
        reader.wait(parts.count, f"everything: {what}")
    print(f"{what}: {parts.count} events, {time.monotonic() - begun:.1f} s", flush=True)


def kill_readers(readers, orgs):
    """In the middle of what they read, twice."""
    for reader in readers:
        for _ in range(2):
            before = len(reader.texts())
            reader.r.wait_for(lambda: len(reader.texts()) > before or reader.kills % 2, "it reads", 60)
            reader.kill()
            reader.start(orgs[reader])


def stand_still(readers):
    for reader in readers:
        reader.pause(True)
    time.sleep(STILL_S)
    for reader in readers:
        reader.pause(False)


def restart(r, org, how):
    r.kill(org, how)
    r.start(org, env=DROP)


def renew_key(r):
    """The old key vouches for the new one; the readers' configurations stay as they are."""
    rotate(r)
    restart(r, HOME, signal.SIGTERM)


def check_all(reader, published):
    """Of each publisher everything in order, where what a kill repeats is left out; and not too much of it."""
    texts = reader.texts()
    first = list(dict.fromkeys(texts))
    for names in published:
        prefix = names[0].rsplit("-", 1)[0] + "-"
        check([text for text in first if text.startswith(prefix)] == names, f"{reader.kind.name}: {prefix} is not in order")
    again = len(texts) - len(first)
    if reader.kind.again is not None:
        check(again <= reader.kind.again * reader.kills, f"{reader.kind.name}: {again} twice after {reader.kills} kills")


def test():
    only_test_build()
    with Region([HOME, AWAY]) as r:
        found = kinds()
        r.start(env=DROP)
        parts, readers = Parts(r, found), [Reader(r, kind) for kind in found]
        at = {reader: [HOME, AWAY][n % 2] for n, reader in enumerate(readers)}
        other = {HOME: AWAY, AWAY: HOME}

        def switch():
            for reader in readers:
                reader.kill()
                at[reader] = other[at[reader]]
                reader.start(at[reader])

        try:
            for reader in readers:
                reader.start(at[reader])
            through(parts, readers, "5 % of the broadcasts dropped", lambda: None)
            through(parts, readers, "killed and resumed", lambda: kill_readers(readers, at))
            through(parts, readers, "switched with the same cursor", switch)
            through(parts, readers, "readers stand still", lambda: stand_still(readers), 5 * COUNT)
            through(parts, readers, "a daemon killed", lambda: restart(r, HOME, signal.SIGKILL))
            through(parts, readers, "the other one stopped", lambda: restart(r, AWAY, signal.SIGTERM))
            through(parts, readers, "a new signing key", lambda: renew_key(r))
            through(parts, readers, "switched back", switch)
            for reader in readers:
                check_all(reader, parts.published)
        finally:
            for reader in readers:
                reader.kill()


if __name__ == "__main__":
    main(test)
