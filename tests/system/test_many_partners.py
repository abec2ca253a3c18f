#!/usr/bin/python3
"""One daemon with many partners: a reload that takes no key out is quick, drops no connection and
leaves no gap in what is live; and the daemon stays within the memory that it said it may take.
Thirty partners in a release build; fewer where sanitizers make each several times as large."""
# test: slow
import json
import os
import re
import subprocess
import time

from region import Background, Region, check, custom, main, program, run
from reload_tools import edit, reload

RELEASE = "preset: release" in run(program("samenbusd"), "--version")[1]
N = int(os.environ.get("SAMENBUS_PARTNERS", "30" if RELEASE else "6"))
HUB = "GM0384"
PARTNERS = [f"GM{1000 + i}" for i in range(N)]
EVENTS = 200


def all_live(r):
    states = [(p["outgoing"]["state"], p["incoming"]["state"]) for p in r.status(HUB)["peers"]]
    check(all(s == ("live", "live") for s in states), f"{states}")
    return len(states) == N


def publishes(stopping, r, org, count):
    n = 0
    while not stopping.is_set() and n < EVENTS:
        r.publish(org, *[custom(f"{org} {n + i}") for i in range(4)])
        n += 4
    count.append(n)


def tail(r, org):
    node = r.nodes[org]
    return subprocess.Popen(
        [program("samenbus"), "tail", "-f", "-o", "json", "--topic", "custom/"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=dict(os.environ, SAMENBUS_CONFIG=node.path("client.yaml"), NO_COLOR="1"))


def read_on(stopping, process, seen):
    """What the stream brings, each with the moment at which it came."""
    for line in process.stdout:
        seen.append((time.monotonic(), json.loads(line)))


def longest_pause(seen):
    return max(b[0] - a[0] for a, b in zip(seen, seen[1:]))


def dropped(r):
    return [line for line in r.said(HUB).splitlines() if "was live" in line]


def reloads(r):
    """Names change, a client comes, a limit rises: all while events flow both ways."""
    streams = {org: (tail(r, org), []) for org in (HUB, PARTNERS[0])}
    readers = [Background(read_on, *stream) for stream in streams.values()]
    counts, before = [], dropped(r)
    talkers = [Background(publishes, r, org, counts) for org in (HUB, PARTNERS[1])]
    time.sleep(1)
    times = []
    for i in range(5):
        edit(r, HUB, f"name: {PARTNERS[i]}", f"name: Number {i}")
        began = time.monotonic()
        check(f"~ partner {PARTNERS[i]}: name: {PARTNERS[i]} -> Number {i}" in reload(r, HUB), "the reload")
        times.append(time.monotonic() - began)
    for talker in talkers:
        talker.stop(120)
    for org, (process, seen) in streams.items():
        r.wait_for(lambda s=seen: len(s) == sum(counts), f"everything came at {org}")
        own = [e["seq"] for _, e in seen if e["origin"] == HUB]
        check(own == sorted(own) and len(set(own)) == len(own), f"{org}: out of order or twice")
        process.kill()
        process.wait()
    for reader in readers:
        reader.stop()
    check(dropped(r) == before, f"connections were dropped: {dropped(r)[len(before):][:3]}")
    print(f"{N} partners, {sum(counts)} events: five reloads took {max(times) * 1000:.0f} ms at most, "
          f"command and all; the longest pause of a stream was {max(longest_pause(s) for _, s in streams.values()) * 1000:.0f} ms")


def stays_within_its_budget(r):
    said = int(re.search(r"memory: at most (\d+) MiB", r.said(HUB))[1])
    with open(f"/proc/{r.nodes[HUB].process.pid}/status") as f:
        peak = int(re.search(r"VmHWM:\s+(\d+) kB", f.read())[1]) // 1024
    check(peak < said, f"{peak} MiB, and said {said}")
    print(f"memory: {peak} MiB at its peak, at most {said} MiB as printed")


def test():
    dials = {(HUB, p) for p in PARTNERS} | {(p, HUB) for p in PARTNERS}
    with Region([HUB] + PARTNERS, dials=dials) as r:
        r.start()
        r.wait_for(lambda: all_live(r), "all are live", 60)
        # whom it lists and nobody connects with is waited for once, at the start
        r.wait_for(lambda: r.status(PARTNERS[1])["state"] == "ready", "ready")
        reloads(r)
        r.publish(HUB, custom("at the end"), ack=f"remote:{N}", timeout="60s")
        stays_within_its_budget(r)


main(test)
