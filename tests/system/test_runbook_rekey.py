#!/usr/bin/python3
"""Everything is lost, the keys too: a new key, an announcement, partners that pin it; the history
returns, publishing goes on and all agree. What the old key signs afterwards counts nowhere."""
# test: slow
import os
import shutil

from region import Region, check, custom, main, program, run
from runbook import Runbook

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


def changed(path):
    with open(path) as f:
        lines = f.read().splitlines(True)
    with open(path + ".changed", "w") as f:
        f.writelines(line for i, line in enumerate(lines) if i != 6)
    return path + ".changed"


def lose_everything(r):
    node = r.nodes[LOST]
    check(r.kill(LOST, 15) == 0, "stop")
    shutil.rmtree(node.path("store"))
    stolen = os.path.join(r.dir, "stolen")
    os.mkdir(stolen)
    for name in os.listdir(node.path("keys")):
        if name.startswith(LOST):
            shutil.move(node.path("keys", name), stolen)


def test():
    with Region(ORGS) as r:
        books = {org: Runbook(r, org) for org in ORGS}
        shared = {"ORG": LOST, "EXPORT": os.path.join(r.dir, "export"),
                  "ANNOUNCEMENT": os.path.join(r.dir, "announcement")}
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
        lose_everything(r)

        start, configured = r.start, []

        def start_with_new_keys(*orgs, **more):
            if LOST in orgs and not configured:  # its client file has the new server_key
                configured.append(r.configure_client(LOST))
            start(*orgs, **more)
        r.start = start_with_new_keys
        books[LOST].do("new-key", **shared)
        shown = run(program("samenbus"), "key", "show", r.nodes[LOST].path("keys", LOST + ".pub.yaml"))[1]
        heard = next(x for x in shown.splitlines() if "fingerprint" in x).split(": ")[1]
        refusals(r, shared["ANNOUNCEMENT"], heard)
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
