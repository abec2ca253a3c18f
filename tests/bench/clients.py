#!/usr/bin/python3
"""The three clients at one daemon, in turn: publishing with a window, and reading a history that was
written in commits of 64 events or more. C is `samenbus bench`, which does not verify; Python and Node
verify every event. Prints figures; nothing here passes or fails.

    tests/bench/clients.py [COUNT]        100000 by default; a million shows whether memory is flat

Needs a release build, and what the Node client needs from the network.
"""
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
os.environ.setdefault("SAMENBUS_BIN", str(ROOT / "build" / "release" / "bin"))
sys.path.insert(0, str(ROOT / "tests" / "system"))
from client_kinds import BUILT, install_node  # noqa: E402
from region import Region, check  # noqa: E402

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 100000
PUBLISHED = min(COUNT, 200000)
STORE = "{path: store, max_size: 16GiB, max_size_per_origin: 12GiB}"
PYTHON = ["/usr/bin/python3", str(ROOT / "clients" / "python" / "tests" / "bench.py")]
NODE = ["node", os.path.join(BUILT, "tests", "bench.mjs")]


def say(client, what, found):
    memory = found.get("memoryMiB", [])
    print(f"{client:<8}{what:<34}{found['eventsPerSecond']:>9}/s"
          + (f"{found['processorUs']:>8} us" if memory else "")
          + (f"   memory {memory[0]} to {max(memory)} MiB" if memory else ""), flush=True)


def run_c(r, what, *argv):
    code, out, err = r.command("GM0384", "bench", *argv, timeout=3600)
    check(code == 0, f"bench {argv}: exit {code}: {err}")
    say("C", what, json.loads(out))


def run_client(r, client, argv, what, *more):
    done = subprocess.run([*argv, r.nodes["GM0384"].path("client.yaml"), *map(str, more)],
                          capture_output=True, text=True)
    check(done.returncode == 0, f"{client} {more}: {done.stderr}")
    say(client, what, json.loads(done.stdout))


def main():
    why_not = install_node()
    check(not why_not, why_not)
    with Region(["GM0384"]) as r:
        r.configure("GM0384", store=STORE)
        r.start()
        run_c(r, "writes the history, window 1024", "publish", "--window", "1024", "--count", str(COUNT))
        run_c(r, "reads", "catchup", "--count", str(COUNT))
        run_client(r, "Python", PYTHON, "reads, verified", "read", COUNT)
        run_client(r, "Node", NODE, "reads, verified", "read", COUNT)
        run_c(r, "publishes, window 64", "publish", "--window", "64", "--count", str(PUBLISHED))
        run_client(r, "Python", PYTHON, "publishes, window 64", "publish", PUBLISHED, 64)
        run_client(r, "Node", NODE, "publishes, window 64", "publish", PUBLISHED, 64)


if __name__ == "__main__":
    main()
