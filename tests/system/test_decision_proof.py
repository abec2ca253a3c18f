#!/usr/bin/python3
"""The proof of a decision: any participant makes it, anybody checks it offline, with the command and with
the independent verifier, which say the same of sound and of damaged files."""
# test: slow
import json
import os
import random
import re

from region import ROOT, Region, check, custom, main, new_id, program, run
from test_key_rotate import rotate
from test_views import ORGS, ask, play_decision

VERIFY = os.path.join(ROOT, "clients", "python", "verify.py")


def both(path, *more, code=0):
    """What both verifiers say of a file, which is the same."""
    ours = run(program("samenbus"), "verify", "--proof", path, *more)
    theirs = run("/usr/bin/python3", VERIFY, "--proof", path, *more)
    check(ours[:2] == theirs[:2], f"{path} {more}:\n{ours}\n{theirs}")
    check(ours[0] == code, f"{path} {more}: exit {ours[0]}: {ours[1]}{ours[2]}")
    return ours[1].splitlines()


def prove(r, org, decision, name, *more):
    path = os.path.join(r.dir, name)
    code, out, err = r.command(org, "decision", "proof", decision, "-O", path, *more)
    check(code == 0 and out == "", f"decision proof at {org}: exit {code}: {err}")
    check("as of" in err, err)
    return path


def check_sound(r, d):
    """Every participant's proof gives what its daemon shows, as of today and as of then."""
    for org in ORGS:
        path = prove(r, org, d, f"{org}.sbd")
        lines = both(path)
        check(lines[0].startswith(f"decision: {d}, text GM0384/"), lines[0])
        own = next(x for x in lines if x.startswith("signed: GM0384, "))
        check(int(own.split()[2]) < 30, f"not what came before the proposal: {own}")
        check("adopted_with_conditions, provisional, ended, since 2015-01-20" in lines[1], lines[1])
        check([x.split(",")[0] for x in lines if x.startswith("signed: ")] == [f"signed: {o}" for o in ORGS], lines)
        check(any(x.startswith(f"possession: {org} at ") and all(o in x for o in ORGS) for x in lines), lines)
        for day in ("2015-01-05", "2015-01-10", "2015-02-01"):
            shown = ask(r, org, "decision", "show", d, "--as-of", day)
            proven = json.loads("\n".join(both(path, "--as-of", day, "-o", "json")))
            check(proven == {k: v for k, v in shown.items() if k != "asOf"}, f"{proven} and {shown}")
    return path


def check_keys(r, path):
    own, other = (r.nodes[o].path("keys", o + ".pub.yaml") for o in ("GM0384", "GM0437"))
    lines = both(path, "--key", own, "--key", other)
    check(sum(x.endswith(", known") for x in lines) == 2, lines)
    keys = [word for o in ORGS for word in ("--key", r.nodes[o].path("keys", o + ".pub.yaml"))]
    for argv, names in (([], ", ".join(ORGS)), (keys[:2], ", ".join(ORGS[1:])), (keys, None)):
        err = run(program("samenbus"), "verify", "--proof", path, *argv)[2]
        check(err == "" if names is None else f"no --key was given of {names}: " in err, f"{argv}: {err}")
    fake = os.path.join(r.dir, "fake.pub.yaml")
    with open(own, encoding="utf-8") as f, open(fake, "w", encoding="utf-8") as to:
        to.write(f.read().replace("GM0384", "GM0437"))
    check(both(path, "--key", fake, code=1)[0].startswith("fault GM0437 - bad_key: "), "another key")


def check_damaged(r, path):
    """Some flips and cuts; every one of a small file is tried in the unit tests."""
    bad, pick = os.path.join(r.dir, "bad.sbd"), random.Random(4)
    with open(path, "rb") as f:
        raw = f.read()
    for at in [pick.randrange(len(raw)) for _ in range(4)]:
        with open(bad, "wb") as f:
            f.write(raw[:at] + bytes([raw[at] ^ 1 << pick.randrange(8)]) + raw[at + 1:])
        check(both(bad, code=1)[0].startswith("fault "), f"byte {at}")
    for end in [pick.randrange(len(raw)) for _ in range(3)]:
        with open(bad, "wb") as f:
            f.write(raw[:end])
        check(" bad_file: " in both(bad, code=1)[0], f"cut at {end}")
    both(os.path.join(r.dir, "none.sbd"), code=65)


def check_others(r, d):
    """Statements of possession of others go along; a proof of another decision has none to give."""
    first = prove(r, "GM0451", d, "first.sbd")
    path = prove(r, "GM0384", d, "both.sbd", "--with", first)
    said = [x.split()[1] for x in both(path) if x.startswith("possession: ")]
    check(said == ["GM0384", "GM0451"], said)
    outsider = prove(r, "GM0736", d, "outsider.sbd")
    said = [x for x in both(outsider) if x.startswith("possession: GM0736 ")]
    check(len(said) == 1 and ", key " in said[0], "no participant: its key is named")
    other = new_id()
    r.publish("GM0384", {"topic": "decision/x", "proposal": {
        "decisionId": other, "title": "Iets anders", "participants": ORGS, "rule": "majority"}})
    code, _, err = r.command("GM0384", "decision", "proof", f"GM0384/{other}", "-O", os.devnull, "--with", first)
    check(code == 65 and "not a sound proof of this decision" in err, err)
    code, _, err = r.command("GM0384", "decision", "proof", f"GM0384/{new_id()}", "-O", os.devnull)
    check(code == 1 and "no such decision" in err, err)
    code, out, err = r.command("GM0384", "decision", "proof", d, "--as-of", "2001-01-01", "-O", os.devnull)
    check(code == 1 and "no proposal of it as of that date" in err and "verify --store" not in err, f"{code} {err}")


def check_erased(r):
    """The daemon is in order: whoever asks is not sent to look for damage."""
    decision, event = new_id(), new_id()
    r.publish("GM0384", {"id": event, "topic": "decision/x", "proposal": {
        "decisionId": decision, "title": "Vergissing", "participants": ORGS, "rule": "majority"}})
    r.publish("GM0384", {"topic": "decision/x", "position": {
        "decision": f"GM0384/{decision}", "revision": f"GM0384/{event}", "value": "in_favour", "dateTaken": "2015-01-05"}})
    code, _, err = r.command("GM0384", "erase", f"GM0384/{event}", "--ground", "AVG")
    check(code == 0, err)
    code, out, err = r.command("GM0384", "decision", "proof", f"GM0384/{decision}", "-O", os.devnull)
    check(code == 1 and "erased" in err and "verify --store" not in err, f"{code} {err}")


def check_closed(r, d):
    """Long histories between first and last word; a closing counts by its cut, far from the start."""
    for org in ORGS:
        r.publish(org, *[custom(f"{org} {i}") for i in range(40)])
    r.wait_same()
    code, _, err = r.command("GM0384", "decision", "close", d)
    check(code == 0, err)
    r.wait_same()
    r.publish("GM0437", *[custom("afterwards") for _ in range(20)])
    path = prove(r, "GM0384", d, "closed.sbd")
    lines = both(path)
    check("adopted_with_conditions, ended" in lines[1] and "provisional" not in lines[1], lines[1])
    check("complete: yes" in lines, lines)
    signed = {x.split()[1].rstrip(","): x for x in lines if x.startswith("signed: ")}
    check(all(int(x.split()[2]) > int(x.split()[4]) for x in signed.values()), signed)


def check_silent(r):
    """Closed before the one who was asked had published anything: what it says then, the same day, is too late."""
    decision, first = new_id(), new_id()
    r.publish("GM0384", {"id": first, "topic": "decision/x", "proposal": {
        "decisionId": decision, "title": "Zwijgt", "participants": ["GM0736"], "rule": "consent_all"}})
    check(not r.command("GM0384", "tail", "--system", "--origin", "GM0736")[1], "GM0736 has said something")
    r.wait_same()
    r.kill("GM0736", 15)
    code, _, err = r.command("GM0384", "decision", "close", f"GM0384/{decision}")
    check(code == 0, err)
    for org in ORGS:
        r.kill(org, 15)
    r.start("GM0736")  # alone, it does not know of the closing
    r.publish("GM0736", {"topic": "decision/x", "position": {
        "decision": f"GM0384/{decision}", "revision": f"GM0384/{first}", "value": "in_favour", "dateTaken": "2015-01-05"}})
    r.start(*ORGS)
    r.wait_same()
    view = ask(r, "GM0384", "decision", "show", f"GM0384/{decision}")
    check([p["state"] for p in view["positions"]] == ["late"], view)
    check((view["outcome"], view["complete"]) == ("lapsed", True), view)
    lines = both(prove(r, "GM0384", f"GM0384/{decision}", "silent.sbd"))
    check(": lapsed, ended" in lines[1] and "complete: yes" in lines, lines)


def check_unknown_cut(r):
    """A closing that counts up to what nobody here holds, of one who is known and of one who is not."""
    decision, first = new_id(), new_id()
    r.publish("GM0384", {"id": first, "topic": "decision/x", "proposal": {
        "decisionId": decision, "title": "Gesloten", "participants": ORGS, "rule": "majority"}})
    cut = [{"origin": org, "counter": 9, "tag": "0123456789abcdef", "seq": 5, "hash": "A" * 43 + "="}
           for org in ("GM0437", "GM9999")]
    r.publish("GM0384", {"topic": "decision/x", "closing": {"decisionId": decision, "outcome": "lapsed", "cut": cut}})
    lines = both(prove(r, "GM0384", f"GM0384/{decision}", "unknown.sbd"))
    check("complete: no" in lines and ": lapsed, ended" in lines[1], lines)
    check([x.split(",")[0] for x in lines if x.startswith("signed: ")] == ["signed: GM0384"], lines)


def check_rotated(r, d):
    """Under a new key that the old one vouches for: what was said before is proven as before, without a
    statement where nothing in the file leads to the new key; what is said under it, with one."""
    rotate(r)
    r.kill("GM0384", 15)
    r.start("GM0384")
    r.publish("GM0384", custom("under the new key"))
    r.wait_same()
    path = os.path.join(r.dir, "rotated.sbd")
    code, _, err = r.command("GM0384", "decision", "proof", d, "-O", path)
    check(code == 0 and "it signs with a newer key" in err, err)
    check(not any(x.startswith("possession: ") for x in both(path)), "none of its own")
    both(prove(r, "GM0437", d, "others.sbd"))
    new = new_id()
    r.publish("GM0384", {"topic": "decision/x", "proposal": {
        "decisionId": new, "title": "Daarna", "participants": ORGS, "rule": "majority"}})
    path = prove(r, "GM0384", f"GM0384/{new}", "new.sbd")
    lines = both(path)
    old, fresh = r.nodes["GM0384"].path("keys", "GM0384.pub.yaml"), os.path.join(r.dir, "fresh.pub.yaml")
    bodies = [json.loads(x)["body"] or {} for x in
              r.command("GM0384", "tail", "--system", "--origin", "GM0384", "-o", "json")[1].splitlines()]
    key = [body["signKey"] for body in bodies if "signKey" in body][-1]
    with open(old, encoding="utf-8") as f, open(fresh, "w", encoding="utf-8") as to:
        to.write(re.sub(r"sign_key: .*", f'sign_key: "{key}"', f.read()))
    for known in (old, fresh):  # who knows either is told so
        check(sum(x.endswith(", known") for x in both(path, "--key", known)) == 1, known)
    check(any(x.startswith("possession: GM0384 at ") for x in lines), lines)


def ask_once(r):
    """A decision of GM0437 to which GM0384 alone has answered."""
    decision, first = new_id(), new_id()
    r.publish("GM0437", {"id": first, "topic": "decision/x", "proposal": {
        "decisionId": decision, "title": "Tot hier", "participants": ["GM0384"], "rule": "majority"}})
    r.wait_same()
    r.publish("GM0384", {"topic": "decision/x", "position": {
        "decision": f"GM0437/{decision}", "revision": f"GM0437/{first}", "value": "in_favour", "dateTaken": "2015-01-05"}})
    r.wait_same()
    return decision


def check_tip_ahead(r, whole, ahead):
    """Closed up to a link of a later epoch that is not here: what is held of that epoch leads to the answer."""
    code, _, err = r.command("GM0437", "decision", "close", f"GM0437/{whole}")
    check(code == 0, err)
    said = [json.loads(x)["body"] or {} for x in
            r.command("GM0437", "tail", "--origin", "GM0437", "-o", "json")[1].splitlines()]
    cut = [body["cut"] for body in said if "cut" in body][-1]
    tip = next(tip for tip in cut if tip["origin"] == "GM0384")
    tip.update(seq=tip["seq"] + 50, hash="A" * 43 + "=")
    r.publish("GM0437", {"topic": "decision/x", "closing": {"decisionId": ahead, "outcome": "adopted", "cut": cut}})
    shown = ask(r, "GM0437", "decision", "show", f"GM0437/{ahead}")
    check([p["state"] for p in shown["positions"]] == ["counted"] and not shown["complete"], shown)
    path = os.path.join(r.dir, "ahead.sbd")
    code, _, err = r.command("GM0437", "decision", "proof", f"GM0437/{ahead}", "-O", path)
    proven = json.loads("\n".join(both(path, "-o", "json")))
    check(proven == {k: v for k, v in shown.items() if k != "asOf"}, f"{proven} and {shown}")
    check(code == 0 and "not complete: " in err, err)
    err = r.command("GM0437", "decision", "proof", f"GM0437/{whole}", "-O", path)[2]
    check("not complete" not in err and "complete: yes" in both(path), err)


def test():
    with Region(ORGS + ["GM0736"]) as r:
        r.start()
        for i in range(3):  # three commits, so that something lies between start and proposal
            r.publish("GM0384", *[custom(f"before {i} {k}") for k in range(10)])
        d = play_decision(r)
        path = check_sound(r, d)
        check_keys(r, path)
        check_damaged(r, path)
        check_others(r, d)
        check_closed(r, d)
        check_erased(r)
        check_silent(r)
        check_unknown_cut(r)
        asked = ask_once(r), ask_once(r)
        check_rotated(r, d)
        check_tip_ahead(r, *asked)


if __name__ == "__main__":
    main(test)
