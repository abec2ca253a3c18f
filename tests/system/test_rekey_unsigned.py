#!/usr/bin/python3
"""The end that an announcement names came back to its owner without a signature, for whoever had that is
gone. With the announcement the store verifies, is backed up and repaired as it is. Without, that end is a
fault with its place, as of anything that nobody signed, and a repair has it fetched anew."""
# test: slow
import os

from forger import Forger
from lost_keys import lose_everything, make_new_keys, runbooks
from region import Region, check, custom, main, program, run

LOST, GONE, HAS = ORGS = ["GM0384", "GM0437", "GM0451"]


def samenbus(*words):
    return run(program("samenbus"), *words)


def make_unsigned_end(r):
    """What counts, and the file that says so: LOST has all of that from HAS, which has it from the thief."""
    books, shared = runbooks(r, LOST)
    r.start()
    said = [f"before {i}" for i in range(5)]
    r.publish(LOST, *map(custom, said))
    r.wait_same()
    r.kill(HAS, 15)
    said += ["meanwhile", "the end"]
    r.publish(LOST, *map(custom, said[-2:]))
    r.wait_for(lambda: "the end" in r.texts(GONE), "the end is with a partner")
    books[GONE].do("export-for-the-loser", **shared)
    thief = Forger(r, LOST)
    thief.before = 0  # he gives the genuine links as well, and signs behind them alone
    thief.say("behind the end")
    r.kill(LOST, 15)
    r.kill(GONE, 15)
    r.start(HAS)
    thief.tell(HAS)
    lose_everything(r, LOST)
    heard = make_new_keys(r, books[LOST], shared)
    books[HAS].do("peer-rekey", HEARD=heard, **shared)
    r.wait_for(lambda: r.texts(LOST) == sorted(said), "the owner has it back", 40)
    return said, shared["ANNOUNCEMENT"]


def check_unannounced(r, *words):
    """Exit code 1, the place of the end, and what to do."""
    code, out, err = samenbus(*words)
    check(code == 1 and f"fault {LOST} " in out and "bad_checkpoint: this end has no signature" in out,
          f"{words}: {code} {out}{err}")
    check("--rekey FILE" in err, f"{words} does not say what to do: {err}")


def check_commands(r, announcement):
    node = r.nodes[LOST]
    store, conf = node.path("store"), node.path("samenbusd.yaml")
    check_unannounced(r, "verify", "--store", store)
    for given in (("--rekey", announcement), ("-c", conf)):
        code, out, err = samenbus("verify", "--store", store, *given)
        check(code == 0 and "1 ends of epochs carry no signature" in out, f"{given}: {code} {out}{err}")
    check_unannounced(r, "backup", node.path("backup"), "--store", store)
    check(not os.path.exists(node.path("backup")), "a backup that did not verify")
    for i, which in enumerate((("-c", conf), ("--store", store, "--rekey", announcement))):
        code, out, err = samenbus("backup", node.path(f"backup-{i}"), *which)
        check(code == 0, f"backup {which}: {code} {out}{err}")
    code, _, err = samenbus("verify", "--store", store, "--rekey", conf)
    check(code == 65 and conf in err and "line 1" in err, f"no announcement: {code} {err}")
    code, _, err = samenbus("verify", "--file", store, "--rekey", announcement)
    check(code == 64 and "go with --store" in err, f"--rekey with a file: {code} {err}")


def check_repair(r, announcement, said):
    store, conf = r.nodes[LOST].path("store"), r.nodes[LOST].path("samenbusd.yaml")
    r.kill(LOST, 15)
    for which in (("-c", conf), ("--store", store, "--rekey", announcement)):
        code, out, err = samenbus("repair", *which)
        check(code == 0 and out.startswith("sound: "), f"repair {which}: {code} {out}{err}")
    code, out, err = samenbus("repair", "--store", store)
    check(code == 0 and f"left out: {LOST} " in out and "--rekey FILE" in err, f"repair: {code} {out}{err}")
    code, out, err = samenbus("verify", "--store", store)
    check(code == 0, f"the repaired store: {code} {out}{err}")
    r.start(LOST)
    r.wait_for(lambda: r.texts(LOST) == sorted(said), "what was left out came back", 40)


def test():
    with Region(ORGS) as r:
        said, announcement = make_unsigned_end(r)
        check_commands(r, announcement)
        check_repair(r, announcement, said)
        r.verify_store(LOST)
        r.verify_store(HAS)


if __name__ == "__main__":
    main(test)
