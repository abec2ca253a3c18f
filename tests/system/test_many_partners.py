#!/usr/bin/python3
"""One daemon with thirty partners: a reload that takes no key out is quick, drops no connection and
leaves no gap in what is live, beside the same stream without a reload; and the daemon stays within
the memory that it said it may take."""
# test: slow, alone
import json
import os
import re
import statistics
import subprocess
import time

from region import Background, Region, check, custom, main, program, run
from reload_tools import edit, reload

N = int(os.environ.get("SAMENBUS_PARTNERS", "30"))
HUB = "GM0384"
PARTNERS = [f"GM{1000 + i}" for i in range(N)]
TALKERS = (HUB, PARTNERS[1])
PACE_S, WINDOW_S, ROUNDS = 0.02, 1.0, 5
SLOWER = 1 if "preset: release" in run(program("samenbusd"), "--version")[1] else 3  # sanitizers
RELOAD_S, GAP_S = 0.3 * SLOWER, 0.1 * SLOWER  # the most that a reload takes more than a status, and a gap grows by it


def all_live(r):
    states = [(p["outgoing"]["state"], p["incoming"]["state"]) for p in r.status(HUB)["peers"]]
    check(all(s == ("live", "live") for s in states), f"{states}")
    return len(states) == N


def start(r, org, *argv, **more):
    env = dict(os.environ, SAMENBUS_CONFIG=r.nodes[org].path("client.yaml"), NO_COLOR="1")
    return subprocess.Popen([program("samenbus"), *argv], stderr=subprocess.DEVNULL, text=True, env=env, **more)


def talks(stopping, r, org, counts):
    """An event at a steady pace, each its own line of one `samenbus publish`."""
    n, process = 0, start(r, org, "publish", "-", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    while not stopping.is_set():
        process.stdin.write(json.dumps(custom(f"{org} {n}")) + "\n")
        process.stdin.flush()
        n += 1
        stopping.wait(PACE_S)
    process.stdin.close()
    check(process.wait(60) == 0, f"publishing at {org}: exit {process.returncode}")
    counts[org] = n


def hears(stopping, process, heard):
    """What the stream brings, of each origin with the moment at which it came."""
    for line in process.stdout:
        event = json.loads(line)
        heard[event["origin"]].append((time.monotonic(), event["seq"]))


def longest_gap(heard, begin, end):
    """The longest time in which one of the streams brought nothing of one of its origins."""
    gaps = []
    for at, org in ((at, org) for at, events in heard.items() for org in events):
        moments = [moment for moment, _ in heard[at][org] if begin <= moment <= end]
        gaps += [b - a for a, b in zip([begin] + moments, moments + [end])]
    return max(gaps)


def dropped(r):
    return re.findall(r".*(?:outgoing|incoming): (?:down|none|connecting|refused|stalled), .*", r.said(HUB))


def window(act):
    """Acts in the middle of a window; returns its begin and end, and how long the act took."""
    begin = time.monotonic()
    time.sleep(WINDOW_S / 2)
    acted = time.monotonic()
    act()
    took = time.monotonic() - acted
    time.sleep(WINDOW_S / 2)
    return begin, time.monotonic(), took


def rename(r, i):
    edit(r, HUB, f"name: {PARTNERS[i]}", f"name: Number {i}")

    def act():
        check(f"~ partner {PARTNERS[i]}: name: {PARTNERS[i]} -> Number {i}" in reload(r, HUB), "the reload")
    return act


def all_came(heard, counts):
    for at, events in heard.items():
        for org, came in events.items():
            seqs = [seq for _, seq in came]
            check(len(seqs) == counts[org], f"{len(seqs)} of {counts[org]} of {org} at {at}")
            check(seqs == sorted(set(seqs)), f"{org} at {at}: out of order or twice")
    return True


def reloads(r):
    """Names change while events flow both ways; every other window is one without a reload."""
    heard = {at: {org: [] for org in TALKERS} for at in (HUB, PARTNERS[0])}
    streams = {at: start(r, at, "tail", "-f", "-o", "json", "--topic", "custom/", stdout=subprocess.PIPE)
               for at in heard}
    readers = [Background(hears, process, heard[at]) for at, process in streams.items()]
    counts, before = {}, dropped(r)
    talkers = [Background(talks, r, org, counts) for org in TALKERS]
    r.wait_for(lambda: all(came for events in heard.values() for came in events.values()), "all is heard")
    calm, changed = [], []
    for i in range(ROUNDS):
        calm.append(window(lambda: r.status(HUB)))  # what a command takes that has nothing to do
        changed.append(window(rename(r, i)))
    for talker in talkers:
        talker.stop(120)
    r.wait_for(lambda: all_came(heard, counts), "everything came")
    for process in streams.values():
        process.kill()
        process.wait()
    for reader in readers:
        reader.stop()
    check(dropped(r) == before, f"connections were dropped: {dropped(r)[len(before):][:3]}")
    without, across = ([longest_gap(heard, begin, end) for begin, end, _ in windows] for windows in (calm, changed))
    others, times = ([took for _, _, took in windows] for windows in (calm, changed))
    print(f"{N} partners, {sum(counts.values())} events: a reload took {statistics.median(times) * 1000:.0f} ms, "
          f"{max(times) * 1000:.0f} at most, command and all, and a status {statistics.median(others) * 1000:.0f}; the longest gap across one was "
          f"{statistics.median(across) * 1000:.0f} ms, {max(across) * 1000:.0f} at most, and without "
          f"{statistics.median(without) * 1000:.0f}, {max(without) * 1000:.0f} at most", flush=True)
    check(statistics.median(times) <= statistics.median(others) + RELOAD_S, f"reloads took {times} s, a status {others}")
    check(statistics.median(across) <= statistics.median(without) + GAP_S, f"gaps of {across} s, and without {without}")


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
