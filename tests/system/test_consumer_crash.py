#!/usr/bin/python3
"""A daemon falls while it keeps a consumer's place: what was not acknowledged durably comes again, what
was does not, and nothing is left out."""
# test: slow
import json
import subprocess

from region import Region, check, custom, main, only_test_build

ORG = "GM0384"
PLACES = ["after_put_consumer", "before_commit", "before_store_commit", "after_store_commit", "after_commit"]
EXIT = 99  # of a process that met its failpoint


def tail(r, seconds=60):
    """What a reader prints, in order; it acknowledges what it has printed."""
    code, out, _ = r.command(ORG, "tail", "--consumer", "archive", "-o", "json", timeout=seconds)
    return code, [json.loads(line)["id"] for line in out.splitlines()]


def crash(r, place):
    ids = [e["id"] for e in r.publish(ORG, *[custom(f"{place} {i}") for i in range(5)])]
    check(r.kill(ORG, 15) == 0, f"stop before {place}")
    r.start(ORG, env={"SAMENBUS_FAILPOINT": f"{place}:1"})
    try:
        tail(r, 3)
    except subprocess.TimeoutExpired:
        pass  # it waits for one that is gone
    check(r.nodes[ORG].process.wait(20) == EXIT, f"{place}: exit {r.nodes[ORG].process.returncode}")
    r.verify_store(ORG)
    r.start(ORG)
    code, again = tail(r)
    kept = place in ("after_store_commit", "after_commit")  # it was durable, though nobody was told
    check(code == 0 and again == ([] if kept else ids), f"{place}: {again} of {ids}")
    code, rest = tail(r)
    check(code == 0 and rest == [], f"{place}: delivered again after a durable acknowledgement: {rest}")


def test():
    only_test_build()
    with Region([ORG]) as r:
        r.start()
        code, _, err = r.command(ORG, "consumer", "add", "archive")
        check(code == 0, err)
        for place in PLACES:
            crash(r, place)


main(test)
