#!/usr/bin/python3
"""A crash at each place around a commit: what was acknowledged is there, what was not is not there
twice when it is published again, and nobody sees a fork."""
# test: slow
import json
import time

from region import Region, check, custom, main, new_id, only_test_build

A, B = "GM0384", "GM0437"
PLACES = ["before_begin", "after_stage", "before_commit", "after_commit", "after_ack_step", "before_flush"]
PATIENCE_S = 60  # until it is met: a start, and so many commits
EXIT = 99  # of a process that met its failpoint
ROUNDS = 4  # commits of the partner's events pass there as well


def test():
    only_test_build()
    with Region([A, B]) as r:
        r.start()
        acknowledged = {}
        for i, name in enumerate(PLACES):
            check(r.kill(A, 15) == 0, f"stop before {name}")
            r.start(A, env={"SAMENBUS_FAILPOINT": f"{name}:{ROUNDS + i}"}, wait=False)
            events = [custom(f"{name} {j}", id=new_id()) for j in range(40)]
            left = list(events)
            end = time.monotonic() + PATIENCE_S
            while r.nodes[A].process.poll() is None and time.monotonic() < end:
                lines = "".join(json.dumps(e) + "\n" for e in left[:4])
                _, out, _ = r.command(A, "publish", "-", "--timeout", "1s", stdin=lines)
                for event, line in zip(left[:4], out.splitlines()):
                    result = json.loads(line)
                    if "epoch" in result:
                        acknowledged[event["id"]] = (result["epoch"], result["seq"])
                        left.remove(event)
            code = r.nodes[A].process.wait(5)
            check(code == EXIT, f"{name}: exit {code}")
            r.start(A)
            if left:
                for event, result in zip(left, r.publish(A, *left)):
                    acknowledged[event["id"]] = (result["epoch"], result["seq"])
        r.wait_same()
        for org in (A, B):
            log = [e for e in r.log(org) if e["topic"]]
            check(len(log) == 40 * len(PLACES) == len({e["id"] for e in log}), f"{org}: {len(log)}")
            places = {e["id"]: (e["epoch"], e["seq"]) for e in log}
            check(places == acknowledged, f"{org} has other places than were acknowledged")
            check(not any(e.get("forked") for e in log), f"{org} shows a fork")
            check(not r.status(org)["alarms"], r.status(org)["alarms"])
            r.verify_store(org)


main(test)
