#!/usr/bin/python3
"""Power cuts: records every write, sync, rename and truncate of a real daemon together with what it
promised to clients and partners, and has bin/fast/power try the states that its disk may be left in.

  power.py [--images N] [--seed N] [--keep TAPE]

Exit: 0 no violation, and violations where syncs are forgotten on purpose (the check of the check)."""
import argparse
import os
import signal
import sys

import yard
from region import Failed, check, custom, new_id, run

US, THEM = "GM0384", "GM0437"


class Recorded(yard.Yard):
    """The first daemon is recorded, over all its runs, from its very first start."""

    def __init__(self, tape):
        super().__init__([US, THEM])
        self.tape = tape

    def begin(self, org, kill=None):
        recording = {"LD_PRELOAD": yard.program("record.so"), "SAMENBUS_RECORD": self.tape,
                     "SAMENBUS_RECORD_ROOT": self.nodes[org].dir}
        if kill is not None:
            self.kill(org, kill)
        self.launch(org, recording if org == US else None)
        check(self.wait_ready(org), f"{org} does not start: {self.said_since(org)}")


def meeting(text):
    """What the index of what was said has: first young, then old."""
    return {"topic": "agenda/test", "agendaItem": {
        "itemId": new_id(), "kind": "meeting", "title": text, "start": "2026-12-10T20:00"}}


def live(r):
    """A life with all that is written: batches, partners, restricted events, restarts, rotations."""
    r.begin(US)
    r.begin(THEM)
    for i in range(6):
        r.publish(US, custom(f"one {i}"))
    r.publish(US, *[custom(f"batch {i}" * 200) for i in range(20)])
    r.publish(THEM, *[custom(f"theirs {i}") for i in range(10)])
    r.publish(THEM, custom("for both", audience=[US, THEM]))
    r.wait_same()
    for i in range(8):
        r.publish(US, *[meeting(f"meeting {i}") for _ in range(9)])
    r.begin(US, signal.SIGKILL)
    r.publish(US, custom("x" * 30000), custom("after a kill"))
    os.rename(r.nodes[US].path("events.ndjson"), r.nodes[US].path("events.1"))
    r.nodes[US].process.send_signal(signal.SIGUSR1)
    for i in range(4):
        r.publish(THEM, custom(f"more {i}"))
        r.publish(US, custom(f"own {i}", audience=[US]), *[meeting(f"own {i}") for _ in range(9)])
    r.wait_same()
    r.begin(US, signal.SIGTERM)
    r.publish(US, *[custom(f"last {i}") for i in range(5)])
    r.wait_same()


def judge(tape, images, seed, *more):
    code, out, err = run(yard.program("power"), tape, "store", "duoplus", US, str(images), str(seed),
                         *more, timeout=7200)
    print(out + err, end="", flush=True)
    return code


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", help="leave the tape there")
    options = parser.parse_args()
    try:
        with Recorded(options.keep or "") as r:
            r.tape = options.keep or os.path.join(r.dir, "tape")
            live(r)
            r.kill(US, signal.SIGTERM)
            check(judge(r.tape, options.images, options.seed) == 0, "violations")
            print("and with some syncs forgotten on purpose:")
            check(judge(r.tape, options.images // 4, options.seed, "--plant") == 0, "the plant is not found")
    except Failed as e:
        sys.exit(f"FAILED: {e}")


main()
