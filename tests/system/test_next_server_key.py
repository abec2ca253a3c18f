#!/usr/bin/python3
"""A client that has two keys of its daemon finds the one that the daemon has, at once and every time;
one that has only wrong keys asks more and more seldom."""
# test: slow
import re
import time
from contextlib import contextmanager

import zmq
from client_kinds import Reader, kinds
from region import Region, check, custom, main
from valve import Valve

A = "GM0384"
TIMES = 4
AT_ONCE = 4  # connections at most until the right key is found: one turn of wrong and right has two
WATCHED, ATTEMPTS = 4, 12  # seconds, and connections in them at most: 0.1, 0.2, 0.4, 0.8, 1.6 s between


def write_keys(r, *keys):
    """The keys in client.yaml are these, in this order."""
    path = r.nodes[A].path("client.yaml")
    with open(path) as f:
        rest = re.sub(r'(next_)?server_key: ".*"\n', "", f.read())
    with open(path, "w") as f:
        f.write(rest + "".join(f'{name}: "{key}"\n' for name, key in zip(("server_key", "next_server_key"), keys)))


def wrong_key():
    return zmq.curve_keypair()[0].decode()


class Counting(Valve):
    """Counts the connections."""

    count = 0

    def _accept(self):
        self.count += 1
        super()._accept()


@contextmanager
def counted(r):
    """The clients' way to the daemon leads through a valve that counts."""
    valve = Counting(r.nodes[A].service_port)
    path = r.nodes[A].path("client.yaml")
    with open(path) as f:
        text = f.read()
    with open(path, "w") as f:
        f.write(re.sub(r"service: .*", f"service: tcp://127.0.0.1:{valve.port}", text))
    try:
        yield valve
    finally:
        valve.close()
        with open(path, "w") as f:
            f.write(text)


def connections_until_read(r, kind):
    """How often a client connects until it has read the one event."""
    reader = Reader(r, kind)
    with counted(r) as valve:
        reader.start(A)
        try:
            reader.wait(1, "the event")
            return valve.count
        finally:
            reader.forget()


def attempts(r, kind):
    """How often a client with two wrong keys connects, from the first time on."""
    reader = Reader(r, kind)
    with counted(r) as valve:
        reader.start(A)
        try:
            r.wait_for(lambda: valve.count > 0, f"{kind.name} connects", 60)
            time.sleep(WATCHED)
            count = valve.count
            r.wait_for(lambda: valve.count > 1, f"{kind.name} connects again", 60)
            return count
        finally:
            reader.kill()


def test():
    with Region([A]) as r:
        r.start()
        r.publish(A, custom("here"))
        right = r.server_key(A).decode()
        for kind in kinds():
            for keys in ([wrong_key(), right], [right, wrong_key()]):
                write_keys(r, *keys)
                counts = [connections_until_read(r, kind) for _ in range(TIMES)]
                which = "second" if keys[1] == right else "first"
                print(f"{kind.name}: {which} key: {counts} connections")
                check(max(counts) <= AT_ONCE, f"{kind.name} found the {which} key after {counts} connections")
            write_keys(r, wrong_key(), wrong_key())
            count = attempts(r, kind)
            print(f"{kind.name}: two wrong keys: {count} connections in {WATCHED} s")
            check(count <= ATTEMPTS, f"{kind.name} connected {count} times in {WATCHED} s with two wrong keys")


if __name__ == "__main__":
    main(test)
