#!/usr/bin/python3
"""kill -9 under load, again and again: every acknowledgement in the ledger is kept at the place that it
named, nothing counts twice, no start forks, after each start publishing goes on, stores verify."""
# test: slow
import json
import os
import random
import subprocess
import time

from region import Background, Region, check, custom, main, new_id, program

ROUNDS = int(os.environ.get("SAMENBUS_KILLS", "12"))
ORGS = ["GM0384", "GM0437", "GM0451"]


def load(stop, r, org, ledger):
    """Publishes with fixed ids, in small batches; keeps those acknowledged, retries the others."""
    waiting = []
    n = 0
    while not stop.is_set():
        while len(waiting) < 20:
            waiting.append(custom(f"{org}-{n}", id=new_id()))
            n += 1
        code, out, _ = r.command(org, "publish", "-", "--timeout", "1s",
                                 stdin="".join(json.dumps(e) + "\n" for e in waiting))
        for event, line in zip(list(waiting), out.splitlines()):
            result = json.loads(line)
            if "epoch" in result:
                place = (result["origin"], result["epoch"], result["seq"])
                check(ledger.setdefault(event["id"], place) == place, f"two places: {result}")
                waiting.remove(event)


def test():
    random.seed(7)
    with Region(ORGS) as r:
        r.start()
        ledger = {}
        loads = [Background(load, r, o, ledger) for o in ORGS[:2]]
        try:
            for _ in range(ROUNDS):
                time.sleep(random.uniform(0.2, 1.2))
                victim = random.choice(ORGS)
                check(r.kill(victim) == -9, "it had ended before")
                time.sleep(random.uniform(0, 0.3))
                r.start(victim)
        finally:
            for background in loads:
                background.stop()
        for org in ORGS:
            check(r.nodes[org].process.poll() is None, f"{org} ended by itself")
        r.wait_same(60)
        check(len(ledger) > 50, f"only {len(ledger)} were acknowledged")
        for org in ORGS:
            log = [e for e in r.log(org) if e["topic"]]
            ids = [(e["origin"], e["id"]) for e in log]
            check(len(ids) == len(set(ids)), f"{org} counts an id twice")
            check(not any(e.get("forked") for e in log), f"{org} shows a fork")
            places = {e["id"]: (e["origin"], e["epoch"], e["seq"]) for e in log}
            lost = [i for i, place in ledger.items() if places.get(i) != place]
            check(not lost, f"{org} lost {len(lost)} acknowledged events, such as {lost[:3]}")
            r.verify_store(org)
            status = r.status(org)
            check(not status["alarms"] and status["state"] == "ready", status)
        print(f"{ROUNDS} kills, {len(ledger)} acknowledged events, all kept")


main(test)
