#!/usr/bin/python3
"""A crash at each place at which an erasure or a compaction writes: the store opens and verifies, nothing
that was acknowledged is lost, what was erased is shown to nobody, and in the end no file has a byte of it."""
# test: slow
import json
import os

from region import Region, check, custom, main, new_id, only_test_build

A, B = "GM0384", "GM0437"
ERASING = ["before_erase", "after_erase"]
COMPACTING = ["before_compact", "during_compact", "after_compact", "after_catch_up", "before_compact_rename",
              "between_compact_renames", "after_compact_rename", "after_compact_sync"]
EXIT = 99  # of a process that met its failpoint
CANARY = "kanarie-van-de-val-"


def has(r, org, canary):
    for folder, _, names in os.walk(r.nodes[org].dir):
        for name in names:
            with open(os.path.join(folder, name), "rb") as f:
                if canary.encode() in f.read():
                    return True
    return False


def erase(r, event):
    code, out, err = r.command(A, "erase", "--ground", "AVG", f"{A}/{event['id']}", "--timeout", "3s")
    return code, out, err


def crash(r, name):
    """Two events, one of which is erased by a daemon that falls at this place; both as they end."""
    gone, kept = (custom(f"{CANARY}{name}-{what}-" + "x" * 5000, id=new_id()) for what in ("weg", "blijft"))
    r.publish(A, gone, kept)
    r.wait_same()
    check(r.kill(A, 15) == 0, f"stop before {name}")
    r.start(A, env={"SAMENBUS_FAILPOINT": f"{name}:1"}, wait=False)
    r.wait_for(lambda: erase(r, gone)[0] == 0 or r.nodes[A].process.poll() is not None, f"asked at {name}")
    check(r.nodes[A].process.wait(20) == EXIT, f"{name}: exit {r.nodes[A].process.returncode}")
    r.verify_store(A)
    r.start(A)
    if name in ERASING:  # it was not acknowledged: the client asks again
        r.wait_for(lambda: erase(r, gone)[0] == 0, f"asked again after {name}")
    shown = {e["id"]: e["state"] for e in r.log(A)}
    check(shown[gone["id"]] == "erased" and shown[kept["id"]] == "present", f"{name}: {shown}")
    check(r.publish(A, gone, expect=77)[0]["error"]["code"] == "erased", f"{name}: a retry")
    r.wait_for(lambda: not has(r, A, f"{CANARY}{name}-weg"), f"no byte of it is left after {name}", 30)
    r.wait_for(lambda: not os.path.exists(r.nodes[A].path("store", "compacting")), f"no rest of it after {name}")
    return gone, kept


def confirmed(r):
    code, out, err = r.command(B, "erasures", "-o", "json")
    check(code == 0, err)
    return [e for e in json.loads(out)["erasures"] if e["waiting"] == []]


def test():
    only_test_build()
    with Region([A, B]) as r:
        r.start()
        pairs = [crash(r, name) for name in ERASING + COMPACTING]
        r.wait_same()
        r.wait_for(lambda: len(confirmed(r)) == len(pairs), "everybody has confirmed everything", 30)
        for org in (A, B):
            shown = {e["id"]: e["state"] for e in r.log(org)}
            check(all(shown[gone["id"]] == "erased" for gone, _ in pairs), f"{org}: {shown}")
            check(all(shown[kept["id"]] == "present" for _, kept in pairs), f"{org}: {shown}")
            check(not has(r, org, "-weg-"), f"{org} has a byte of it")
            check(not any(e.get("forked") for e in r.log(org)), f"{org} shows a fork")
            r.verify_store(org)


main(test)
