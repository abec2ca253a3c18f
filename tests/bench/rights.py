#!/usr/bin/python3
"""What rights cost: publishing with topics, a rate, a largest size and a partner's topics to be checked
for every event, and without, in turn at one daemon.

  rights.py [ROUNDS [EVENTS]]

Prints of each the processor time of the daemon per event and the events a second: medians over the
rounds, and their ratio. Takes the release programs unless SAMENBUS_BIN names others."""
import json
import os
import statistics
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
os.environ.setdefault("SAMENBUS_BIN", os.path.join(HERE, "..", "..", "build", "release", "bin"))
sys.path.insert(0, os.path.join(HERE, "..", "system"))
from region import Region, check  # noqa: E402

A, B = "GM0384", "GM0437"  # B is configured, and not there: nothing but publishing is measured
STORE = "{path: store, max_size: 32GiB}"
PLAIN = "publish: [agenda/, decision/, notification/, custom/], subscribe: true, admin: true}"
LIMITED = ("publish: [agenda/a, agenda/b, agenda/, decision/, notification/, custom/], subscribe: true, admin: true, "
           "rate: 900000/s, max_body: 32KiB}")
OF_PARTNER = "    read: [agenda/, decision/, notification/, custom/]\n    rate: 900000/s\n"
TICKS = os.sysconf("SC_CLK_TCK")


def limit(r, limited):
    r.configure(A, store=STORE)
    path = r.nodes[A].path("samenbusd.yaml")
    with open(path) as f:
        text = f.read()
    check(PLAIN in text, text)
    if limited:
        text = text.replace(PLAIN, LIMITED).replace(f"  - id: {B}\n", f"  - id: {B}\n{OF_PARTNER}")
    with open(path, "w") as f:
        f.write(text)
    code, out, err = r.command(A, "reload")
    check(code == 0, f"{out}{err}")


def used_s(r):
    with open(f"/proc/{r.nodes[A].process.pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def measure(r, events):
    before = used_s(r)
    code, out, err = r.command(A, "bench", "publish", "--window", "1024", "--count", str(events), "--size", "128")
    check(code == 0, err)
    return 1e6 * (used_s(r) - before) / events, json.loads(out)["eventsPerSecond"]


def main(rounds=6, events=60000):
    found = {False: [], True: []}
    with Region([A, B]) as r:
        r.configure(A, store=STORE)
        r.start(A)
        for i in range(rounds):
            for limited in (False, True) if i % 2 == 0 else (True, False):
                limit(r, limited)
                found[limited].append(measure(r, events))
    us, rate = ({limited: statistics.median(pair[i] for pair in pairs) for limited, pairs in found.items()}
                for i in range(2))
    print(f"{rounds} rounds of {events} events each; without rights {us[False]:.2f} us and {rate[False]:.0f}/s, "
          f"with them {us[True]:.2f} us and {rate[True]:.0f}/s; ratio of processor time "
          f"{us[False] / us[True]:.3f}, of events a second {rate[True] / rate[False]:.3f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
