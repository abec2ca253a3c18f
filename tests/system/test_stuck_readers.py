#!/usr/bin/python3
"""Ten readers of one key ask for all that they may and read nothing: they hold a bounded part of the
daemon's memory, and nobody else notices them."""
# test: slow, alone
import os
import re
import sys
import time

from region import ROOT, Region, check, custom, main
from slow_reader import open_stream

sys.path.insert(0, os.path.join(ROOT, "clients", "python"))
import zmq  # noqa: E402
from samenbus.config import read_config  # noqa: E402

ORG, READERS, EVENTS, SIZE = "GM0384", 10, 5000, 16384  # each would like 80 MiB
QUEUED_LEAST_MIB = 20
QUEUED_MIB = 128  # SB_ZMQ_QUEUED_BYTES
SLACK_MIB = 96    # of turns, the allocator and the sanitizer


def anonymous_mib(node):
    with open(f"/proc/{node.process.pid}/status", encoding="utf-8") as f:
        return int(re.search(r"RssAnon:\s+(\d+) kB", f.read()).group(1)) / 1024


def wait_until_quiet(node):
    """Two seconds without growth."""
    highest, since = 0.0, time.monotonic()
    while time.monotonic() - since < 2:
        now = anonymous_mib(node)
        if now > highest + 1:
            highest, since = now, time.monotonic()
        time.sleep(0.2)
    return highest


def seconds_of_others(r):
    begin = time.monotonic()
    r.publish(ORG, custom("in between"))
    check(r.status(ORG)["state"] == "ready", r.status(ORG))
    return time.monotonic() - begin


def test():
    with Region([ORG]) as r:
        r.start(env={"ASAN_OPTIONS": "quarantine_size_mb=1:malloc_context_size=0"})
        code, _, err = r.command(ORG, "bench", "publish", "--window", "64", "--count", str(EVENTS),
                                 "--size", str(SIZE), timeout=200)
        check(code == 0, f"bench publish: exit {code} {err}")
        calm = seconds_of_others(r)
        before = anonymous_mib(r.nodes[ORG])
        config = read_config(r.nodes[ORG].path("client.yaml"))
        context = zmq.Context()
        readers = [open_stream(context, config) for _ in range(READERS)]
        r.wait_for(lambda: anonymous_mib(r.nodes[ORG]) - before > QUEUED_LEAST_MIB, "something is queued", 60)
        after = wait_until_quiet(r.nodes[ORG])
        took = seconds_of_others(r)
        code, out, err = r.command(ORG, "tail", "-o", "json", "--count", "100")
        check(code == 0 and len(out.splitlines()) == 100, f"another reader: exit {code} {err}")
        for reader in readers:
            reader.close()
        context.term()
        print(f"{READERS} readers: {before:.0f} MiB, then {after:.0f}; publish and status {took:.2f} s")
        check(after - before < QUEUED_MIB + SLACK_MIB, f"from {before:.0f} to {after:.0f} MiB")
        check(took < calm + 3, f"others waited {took:.1f} s, and {calm:.1f} s before")


main(test)
