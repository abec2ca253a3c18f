#!/usr/bin/python3
"""Bits rot in the store of a running daemon and of a stopped one: no wrong body leaves it, the
administrator is told, and the runbook's repair brings everything back from the partners."""
# test: slow
import os
import stat

from region import Region, check, custom, main, program, run, text_of
from runbook import Runbook

ORGS = ["GM0384", "GM0437", "GM0451"]
RECORDER = '#!/bin/sh\nprintf "%s\\n" "$1" >>"$(dirname "$0")/alarms"\n'


def rot(path, marker):
    """Flips a bit in every copy of these bytes, as they lie on the disk."""
    with open(path, "r+b") as f:
        data, at, n = f.read(), -1, 0
        while (at := data.find(marker, at + 1)) >= 0:
            f.seek(at + len(marker) // 2)
            f.write(bytes([data[at + len(marker) // 2] ^ 4]))
            n += 1
    check(n > 0, f"{marker} is not in {path}")


def alarms(node):
    if not os.path.exists(node.path("alarms")):
        return []
    with open(node.path("alarms")) as f:
        return f.read().split()


def shown(r, org, marker):
    return [e for e in r.log(org) if text_of(e) is not None and marker[:6] in text_of(e)]


def body_of_a_running_daemon(r, book, expected):
    node = r.nodes["GM0451"]
    data = node.path("store", "data.mdb")
    rot(data, b"precious number 17")
    texts = r.texts("GM0451")
    check(set(texts) <= set(expected) and len(texts) == len(expected) - 1,
          f"a wrong body was delivered: {set(texts) - set(expected)}")
    (lost,) = [e for e in r.log("GM0451") if e["state"] != "present"]
    check(lost["state"] == "missing" and lost["body"] is None, f"{lost}")
    alarm = next(a for a in r.status("GM0451")["alarms"] if a["code"] == "damaged")
    place = f"GM0384 {lost['epoch']}:{lost['seq']}"
    check(place in alarm["text"] and "repair" in alarm["text"], f"{place}: {alarm}")
    r.wait_for(lambda: alarms(node), "on_alarm runs")
    check(alarms(node) == ["damaged"], "on_alarm for a damaged body, once")
    code, out, _ = run(program("samenbus"), "verify", "--store", node.path("store"))
    check(code == 1 and f"fault {place} bad_commitment" in out, f"{place}: {out}")

    out, err = book.do("damaged-store")
    check(f"fault {place} bad_commitment" in out and "0 log entries, 1 bodies" in out, out + err)
    back_to_normal(r, expected)
    kept = [n for n in os.listdir(node.dir) if n.startswith("store.damaged-")]
    check(len(kept) == 1 and os.path.exists(node.path(kept[0], "data.mdb")), f"set aside: {kept}")
    out, _ = book.do("damaged-store")
    check("sound: " in out, f"a sound store was repaired: {out}")


def link_of_our_own_history(r, book, expected, event):
    node = r.nodes["GM0384"]
    check(r.kill("GM0384", 15) == 0, "stop")
    rot(node.path("store", "data.mdb"), bytes.fromhex(event["id"].replace("-", "")))
    out, err = book.do("damaged-store")
    check("left out: GM0384 " in out, out + err)
    r.publish("GM0384", custom("after the repair"))
    expected.append("after the repair")
    back_to_normal(r, expected)


def back_to_normal(r, expected):
    r.wait_same()
    for org in ORGS:
        r.wait_for(lambda o=org: r.texts(o) == sorted(expected), f"{org} has everything again")
        check(not r.status(org)["alarms"], r.status(org)["alarms"])
        check(not any(e.get("forked") for e in r.log(org)), f"{org} shows a fork")
        r.verify_store(org)


def test():
    with Region(ORGS) as r:
        program_path = r.nodes["GM0451"].path("record")
        with open(program_path, "w") as f:
            f.write(RECORDER)
        os.chmod(program_path, stat.S_IRWXU)
        r.configure("GM0451", lines=[f"on_alarm: {program_path}"])
        r.start()
        expected = [f"precious number {i} of forty" for i in range(40)]
        made = []
        for i in range(4):
            made += r.publish("GM0384", *[custom(t) for t in expected[10 * i:10 * i + 10]])
        r.publish("GM0437", custom("of another"))
        expected.append("of another")
        r.wait_same()
        code, _, err = run(program("samenbus"), "repair", "--store", r.nodes["GM0451"].path("store"))
        check(code == 0, f"a sound store beside its daemon: {code} {err}")
        body_of_a_running_daemon(r, Runbook(r, "GM0451"), expected)
        link_of_our_own_history(r, Runbook(r, "GM0384"), expected, made[25])


main(test)
