#!/usr/bin/python3
"""Runs the measurements of run.sh: the daemon beside ceiling.c, subscribers, partners that catch
up, and a large store. Everything on loopback and in temporary folders."""
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / "build" / "release" / "bin"
os.environ["SAMENBUS_BIN"] = str(BIN)
sys.path.insert(0, str(ROOT / "tests" / "system"))
from region import Region, check  # noqa: E402

FULL = sys.argv[1:] == ["full"]
SIZE, ROUNDS = 512, 3
COUNTS = {1: 10000, 64: 200000, 1024: 500000} if FULL else {1: 1500, 64: 40000, 1024: 100000}
LARGE = 1000000 if FULL else 150000
SINGLE = 50000 if FULL else 20000
STORE = "{path: store, max_size: 16GiB, max_size_per_origin: 12GiB}"


def say(what, value, goal):
    print(f"{what:<44} {value:>28}   {goal}", flush=True)


def bench(region, org, *argv):
    code, out, err = region.command(org, "bench", *argv, timeout=3600)
    check(code == 0, f"bench {argv}: exit {code}: {err}")
    return json.loads(out)


def region_of(*orgs):
    region = Region(list(orgs))
    for org in orgs:
        region.configure(org, store=STORE)
    return region


def run_ceiling(folder, window, together):
    shutil.rmtree(folder, ignore_errors=True)
    out = subprocess.run([BIN / "bench" / "ceiling", folder, str(window), str(COUNTS[window]),
                          str(SIZE), str(together)],
                         check=True, capture_output=True, text=True).stdout
    return json.loads(out)


def publish(region, window, count):
    return bench(region, "GM0384", "publish", "--window", str(window), "--count", str(count),
                 "--size", str(SIZE))["eventsPerSecond"]


def measure_windows():
    """In turn, so that all meet the same machine; the middle of the rounds counts. Our client sends
    what is ready in one message: how the ceiling does when its client does so too is a line of its
    own."""
    for window in COUNTS:
        ours, apart, together = [], [], []
        for _ in range(ROUNDS):
            with region_of("GM0384") as region:
                apart.append(run_ceiling(region.dir + "/ceiling", window, 1)["eventsPerSecond"])
                together.append(run_ceiling(region.dir + "/ceiling", window,
                                            min(window, 100))["eventsPerSecond"])
                region.start()
                ours.append(publish(region, window, COUNTS[window]))
        n = statistics.median(ours)
        for what, rates, goal in (("", apart, "ratio >= 0.80"), (", ceiling batched", together, "")):
            ceiling = statistics.median(rates)
            say(f"publish, {window} in flight{what}",
                f"{n:.0f}/s of {ceiling:.0f}/s: {n / ceiling:.2f}", goal)


RIGHTS = "read: [agenda/, decision/, notification/, custom/], rate: 1000000/s, max_body: 60KiB"


def measure_rights():
    """The same client without limits and with all of them, in turn."""
    for window in (1, 64):
        free, limited = [], []
        for _ in range(2 * ROUNDS + 1):
            for rates, rights in ((free, ""), (limited, f", {RIGHTS}")):
                with region_of("GM0384") as region:
                    path = region.nodes["GM0384"].path("samenbusd.yaml")
                    with open(path) as f:
                        text = f.read()
                    with open(path, "w") as f:
                        f.write(text.replace("admin: true}", f"admin: true{rights}}}"))
                    region.start()
                    rates.append(publish(region, window, COUNTS[window]))
        with_rights, without = statistics.median(limited), statistics.median(free)
        say(f"publish with rights and a rate, {window} in flight",
            f"{with_rights:.0f}/s of {without:.0f}/s: {with_rights / without:.2f}", "ratio >= 0.95")


def measure_tail():
    """Beside what the ceiling needs until its publisher has the acknowledgement."""
    with region_of("GM0384") as region:
        alone = run_ceiling(region.dir + "/ceiling", 1, 1)
        region.start()
        r = bench(region, "GM0384", "tail", "--rate", "1000", "--count", str(SINGLE // 2))
        say("publish to subscriber at 1,000/s", f"p50 {r['p50Us']} us, p99 {r['p99Us']} us",
            "p50 <= 700 us")
        say("  the ceiling's publish to acknowledgement",
            f"p50 {alone['p50Us']} us, p99 {alone['p99Us']} us", "")


def events_of(region, org):
    return region.status(org)["store"]["events"]


def catch_up(region, org, all_events):
    """Events a second, of a partner that begins with nothing: from ready, before it has connected,
    until a look finds everything."""
    seconds_until_ready(region, org)
    begun = time.monotonic()
    while events_of(region, org) < all_events:
        time.sleep(0.03)  # a look takes of the two cores that are measured
    seconds = time.monotonic() - begun
    region.kill(org, 15)
    shutil.rmtree(region.nodes[org].path("store"))
    return all_events / seconds


def verifications():
    return float(subprocess.run([BIN / "bench" / "ed25519"], check=True, capture_output=True,
                                text=True).stdout)


def measure_partner(what, window, count, goal, signatures=False):
    """`signatures`: each round beside the rate at which one core verifies them."""
    rates, ratios = [], []
    with region_of("GM0384", "GM0437") as region:
        region.start("GM0384")
        publish(region, window, count)
        for _ in range(ROUNDS):
            before = verifications() if signatures else 0
            rates.append(catch_up(region, "GM0437", events_of(region, "GM0384")))
            if signatures:
                ratios.append(rates[-1] * 2 / (before + verifications()))
    say(f"partner catches up, {what}", f"{statistics.median(rates):.0f}/s", goal)
    if signatures:
        say("  of Ed25519 verification", f"{statistics.median(ratios):.2f}", "ratio >= 0.80")


def anonymous_memory(process):
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(next(x.split()[1] for x in status.splitlines() if x.startswith("RssAnon"))) / 1024


def seconds_until_ready(region, org):
    node = region.nodes[org]
    before = os.path.getsize(node.stderr_path) if os.path.exists(node.stderr_path) else 0
    begun = time.monotonic()
    region.start(org, wait=False)
    while True:
        with open(node.stderr_path) as f:
            f.seek(before)
            if "ready: " in f.read():
                return time.monotonic() - begun
        time.sleep(0.001)


def measure_large():
    with region_of("GM0384") as region:
        region.start()
        publish(region, 1024, LARGE)
        memory = anonymous_memory(region.nodes["GM0384"].process)
        status = region.status("GM0384")["store"]
        on_disk = os.path.getsize(region.nodes["GM0384"].path("store", "data.mdb"))
        say(f"memory after {LARGE} events", f"{memory:.1f} MiB", "<= 32 MiB")
        say("on disk", f"{on_disk / status['events']:.0f} bytes/event", "<= 1100")
        r = bench(region, "GM0384", "catchup")
        say("a client reads the whole log", f"{r['eventsPerSecond']:.0f}/s", "")
        region.kill("GM0384", 15)
        say(f"ready with {LARGE} events", f"{seconds_until_ready(region, 'GM0384') * 1000:.0f} ms",
            "<= 100 ms")


def main():
    print(f"{os.cpu_count()} cores, {SIZE}-byte payload, {'full' if FULL else 'small'} counts")
    measure_windows()
    measure_rights()
    measure_tail()
    measure_partner("written 1,024 in flight", 1024, LARGE, ">= 100000/s")
    measure_partner("written one by one", 1, SINGLE, "", signatures=True)
    measure_large()


main()
