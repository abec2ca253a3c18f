#!/usr/bin/python3
"""Everything is lost, the keys too: a new key, an announcement, partners that pin it; the history
returns, publishing goes on and all agree. What the old key signs afterwards counts nowhere."""
# test: slow
import os

from lost_keys import lose_everything, make_new_keys, runbooks
from region import ROOT, Region, check, custom, main, program, run

ORGS = ["GM0384", "GM0437", "GM0451"]
LOST = "GM0384"


def refusals(r, announcement, fingerprint):
    conf = r.nodes["GM0437"].path("samenbusd.yaml")
    rekey = [program("samenbus"), "peer", "rekey"]
    code, out, err = run(*rekey, LOST, announcement, "-c", conf)
    check(code == 0 and fingerprint in out and "nothing is changed" in err, f"{code} {out}{err}")
    for org, file, heard, what in (
            (LOST, announcement, fingerprint.replace(fingerprint[0], "x"), "another fingerprint"),
            ("GM0451", announcement, fingerprint, "it is of GM0384"),
            (LOST, changed(announcement), fingerprint, "signature"),
            (LOST, r.nodes["GM0437"].path("client.yaml"), fingerprint, "line 1")):
        code, out, err = run(*rekey, org, file, "-c", conf, "--fingerprint", heard)
        check(code == 65 and what in err, f"{org} {what}: {code} {out}{err}")
    check(not os.path.exists(r.nodes["GM0437"].path("rekeys")), "something was kept")


def announced(*arguments):
    done = run("/usr/bin/python3", os.path.join(ROOT, "clients", "python", "verify.py"), "--rekey", *arguments)
    check(done[2] == "", f"verify.py --rekey: {done}")
    return done[:2]


def offline(r, announcement, fingerprint):
    """The verifier in Python, which knows nothing of ours, says what `peer rekey` does."""
    ours = run(program("samenbus"), "peer", "rekey", LOST, announcement, "-c", r.nodes["GM0437"].path("samenbusd.yaml"))
    code, said = announced(announcement)
    check(code == 0 and said.startswith(ours[1]) and fingerprint in said, f"{ours} and {said}")
    check(said.count("counts up to: ") == 1, said)  # one epoch
    code, said = announced(announcement, "--key", os.path.join(r.dir, "stolen", LOST + ".pub.yaml"))
    check(code == 0 and f"known as that of {LOST}" in said, said)
    code, said = announced(announcement, "--key", r.nodes[LOST].path("keys", LOST + ".pub.yaml"))
    check(code == 1 and said.startswith(f"fault {LOST} - bad_key: it replaces another key"), said)
    code, said = announced(changed(announcement))
    check(code == 1 and "not signed by the new key" in said, said)


def changed(path):
    with open(path) as f:
        lines = f.read().splitlines(True)
    with open(path + ".changed", "w") as f:
        f.writelines(line for i, line in enumerate(lines) if i != 6)
    return path + ".changed"


def test():
    with Region(ORGS) as r:
        books, shared = runbooks(r, LOST)
        r.start()
        first = r.publish(LOST, *[custom(f"before {i}") for i in range(25)])
        r.publish(LOST, custom("restricted", audience=[LOST, "GM0451"]))
        r.publish("GM0437", custom("of another"))
        expected = [f"before {i}" for i in range(25)] + ["of another"]
        r.wait_same()
        books["GM0437"].do("export-for-the-loser", **shared)
        # the thief, or what nobody had exported: signed by the old key, beyond what counts
        r.publish(LOST, custom("by the thief"))
        r.wait_same()
        check(r.kill(LOST, 15) == 0, "stop")
        lose_everything(r, LOST)

        heard = make_new_keys(r, books[LOST], shared)
        refusals(r, shared["ANNOUNCEMENT"], heard)
        offline(r, shared["ANNOUNCEMENT"], heard)
        alone = r.publish(LOST, custom("before the partners know"), timeout="20s")
        check(alone[0]["epoch"] != first[0]["epoch"], "the old epoch was reopened")
        expected.append("before the partners know")
        for org in ("GM0437", "GM0451"):
            books[org].do("peer-rekey", HEARD=heard, **shared)
        r.publish(LOST, custom("with the new key"))
        expected.append("with the new key")
        for org in ORGS:
            want = sorted(expected + ([] if org == "GM0437" else ["restricted"]))
            r.wait_for(lambda o=org, w=want: r.texts(o) == w, f"{org} has what counts", 40)
        r.wait_same()
        again = r.publish(LOST, custom("before 7", id=first[7]["id"]))
        check(again[0]["duplicate"], f"an id of the old key was taken anew: {again}")
        for org in ORGS:
            check(not r.status(org)["alarms"], f"{org}: {r.status(org)['alarms']}")
            check(not any(e.get("forked") for e in r.log(org)), f"{org} shows a fork")
            r.verify_store(org)


main(test)
