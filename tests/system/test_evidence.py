#!/usr/bin/python3
"""A copy of a running machine is resumed: the key of GM0384 signs two histories, and each partner is told
another one. Nothing is lost, everybody finds the fork, and anybody can prove it to anybody."""
# test: slow
import json
import os

import recorder
from forger import Forger
from region import ROOT, Region, check, custom, main, program, run

VERIFY = os.path.join(ROOT, "clients", "python", "verify.py")


def evidence(r, org):
    code, out, err = r.command(org, "evidence", "list", "-o", "json")
    check(code == 0, f"evidence list at {org}: exit {code}: {err}")
    return json.loads(out)["evidence"]


def alarms(r, org):
    return {a["code"]: a["text"] for a in r.status(org)["alarms"]}


def knows(r, org, texts):
    """Both histories, the alarm, and the evidence of both kinds."""
    kinds = sorted(e["kind"] for e in evidence(r, org))
    check(kinds == ["fork", "id_conflict"], f"{org} knows {kinds}")
    check("samenbus evidence list" in alarms(r, org).get("fork", ""), f"alarms of {org}: {alarms(r, org)}")
    check(r.texts(org) == sorted(texts), f"{org} has {r.texts(org)}")
    return True


def look_at_list(r, org, links):
    fork, conflict = evidence(r, org)
    check((fork["origin"], fork["seq"]) == ("GM0384", links[0].seq), fork)
    check({b["hash"] for b in fork["branches"]} == {link.hash().hex() for link in links}, fork)
    check(all(b["checkpoint"]["time"] and b["checkpoint"]["seq"] >= fork["seq"] for b in fork["branches"]), fork)
    check(fork["since"].endswith("Z") and conflict["compared"] and conflict["origin"] == "GM0384", conflict)
    check(len({e["commitment"] for e in conflict["events"]}) == 2, conflict)
    text = r.command(org, "evidence", "list")[1]
    place = f"fork         GM0384 {fork['epoch']}:{fork['seq']}"
    check(place in text and f"id_conflict  GM0384/{conflict['id']}" in text, text)
    return f"{fork['epoch']}:{fork['seq']}"


def both_verifiers(path, *more):
    ours = run(program("samenbus"), "verify", "--evidence", path, *more)
    theirs = run("/usr/bin/python3", VERIFY, "--evidence", path, *more)
    check(ours[:2] == theirs[:2], f"{ours} and {theirs}")
    return ours[:2]


def prove(r, org, place):
    path, bad = os.path.join(r.dir, f"{org}.sbp"), os.path.join(r.dir, "bad.sbp")
    code, out, err = r.command(org, "evidence", "export", "GM0384", place, "-O", path)
    check(code == 0 and out == "", f"evidence export at {org}: exit {code}: {err}")
    code, out = both_verifiers(path)
    check(code == 0 and out.startswith(f"proof: GM0384 signed two histories at {place}\nkey: "), out)
    own, other = (r.nodes[o].path("keys", o + ".pub.yaml") for o in ("GM0384", "GM0437"))
    code, out = both_verifiers(path, "--key", own)
    check(code == 0 and out.endswith(", known as that of GM0384\n"), out)
    code, out = both_verifiers(path, "--key", other)
    check(code == 1 and out.startswith("fault GM0384 - bad_key: "), out)
    with open(path, "rb") as f:
        raw = f.read()
    with open(bad, "wb") as f:
        f.write(raw[:len(raw) // 2] + bytes([raw[len(raw) // 2] ^ 4]) + raw[len(raw) // 2 + 1:])
    code, out = both_verifiers(bad)
    check(code == 1 and out.startswith("fault GM0384 "), out)
    return raw


def refusals(r, org):
    check(r.command(org, "evidence", "list", config="reader.yaml")[0] == 77, "a client without rights")
    code, _, err = r.command(org, "evidence", "export", "GM0384", "9-00000000:1", "-O", "/dev/null")
    check(code != 0 and "evidence list" in err, err)
    code, _, err = r.command(org, "evidence", "export", "2", "-O", "/dev/null")
    check(code != 0 and "only forks have a proof" in err, err)
    check(r.command(org, "evidence", "export", "nonsense")[0] == 64, "usage")


def test():
    with Region(["GM0384", "GM0437", "GM0451"]) as r:
        r.configure("GM0437", lines=[recorder.install(r.nodes["GM0437"])])
        r.start()
        code, out, _ = r.command("GM0437", "evidence", "list")
        check(code == 0 and out.startswith("no evidence"), out)
        check(evidence(r, "GM0437") == [], "no evidence as JSON")
        r.publish("GM0384", custom("before"))
        r.wait_same()
        machine, copy = Forger(r, "GM0384"), Forger(r, "GM0384")
        r.kill("GM0384")
        links = [machine.say("said by the machine"), copy.say("said by its copy")]
        more = machine.say("said under one id")
        copy.say("said under the same id", id=more.id)
        machine.tell("GM0437")
        copy.tell("GM0451")
        texts = ["before", "said by the machine", "said by its copy", "said under one id", "said under the same id"]
        for org in ("GM0437", "GM0451"):
            r.wait_for(lambda o=org: knows(r, o, texts), f"{org} finds the fork")
        r.wait_for(lambda: recorder.has(r.nodes["GM0437"], "fork", "GM0384 "), "on_alarm for the fork")
        r.start("GM0384")
        r.wait_for(lambda: knows(r, "GM0384", texts), "its own daemon finds the fork")
        place = look_at_list(r, "GM0437", links)
        proofs = {prove(r, org, place) for org in r.orgs}
        check(len(proofs) == 1, "everybody gives the same proof")
        refusals(r, "GM0451")
        r.publish("GM0384", custom("after"))
        r.wait_same()
        for org in r.orgs:
            forked = {e["epoch"]: e.get("forked", False) for e in r.log(org)}
            check(sorted(forked.values()) == [False, True], f"{org}: {forked}")
            check(all(e.get("forked", False) == forked[e["epoch"]] for e in r.log(org)), f"{org} marks some of an epoch")
            r.verify_store(org)


main(test)
