#!/usr/bin/python3
"""The memory budget is told at the start, and 100,000 events do not make the daemon grow, whether
its partner takes them, a reader stands still, or nobody is there."""
# test: slow, alone
import os
import re
import signal
import subprocess

from region import Region, check, main, program, run

A, B = "GM0384", "GM0437"
EVENTS = int(os.environ.get("SAMENBUS_MEMORY_EVENTS", "100000"))
RELEASE_MIB = 32  # anonymous memory of a release build after the load
GROWTH_MIB = 24


def anonymous_mib(node):
    with open(f"/proc/{node.process.pid}/status") as f:
        return int(re.search(r"RssAnon:\s+(\d+) kB", f.read()).group(1)) / 1024


def load(r, count):
    code, _, err = r.command(A, "bench", "publish", "--window", "1024", "--count", str(count),
                             "--size", "512", timeout=200)
    check(code == 0, f"bench publish: exit {code} {err}")


def test():
    sanitized = "preset: asan" in run(program("samenbusd"), "--version")[1]
    with Region([A, B]) as r:
        r.start(env={"ASAN_OPTIONS": "quarantine_size_mb=1:malloc_context_size=0"})
        budget = re.search(r"memory: at most (\d+) MiB", r.said(A))
        check(budget and 100 < int(budget.group(1)) < 16000, f"no budget: {r.said(A)}")
        if not sanitized:
            with open(f"/proc/{r.nodes[A].process.pid}/limits") as f:
                enforced = int(re.search(r"Max data size\s+(\d+)", f.read()).group(1)) >> 20
            check(enforced <= int(budget.group(1)), f"{enforced} MiB are enforced, more than was told")
        reader = subprocess.Popen([program("samenbus"), "tail", "-f", "-o", "json"],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                  env=dict(os.environ, SAMENBUS_CONFIG=r.nodes[A].path("client.yaml")))
        try:
            load(r, EVENTS // 5)
            reader.send_signal(signal.SIGSTOP)
            before = anonymous_mib(r.nodes[A])
            load(r, EVENTS - EVENTS // 5)
            after = anonymous_mib(r.nodes[A])
        finally:
            reader.kill()
            reader.communicate()
        r.wait_same(60)
        there = anonymous_mib(r.nodes[B])
        print(f"{EVENTS} events: {before:.0f} MiB, then {after:.0f}; the partner {there:.0f}")
        check(after - before < GROWTH_MIB, f"grew from {before:.0f} to {after:.0f} MiB")
        if not sanitized:
            check(after < RELEASE_MIB and there < RELEASE_MIB, f"{after:.0f} and {there:.0f} MiB")
        check(r.status(A)["store"]["bytes"] < 1100 * EVENTS, r.status(A)["store"])


main(test)
