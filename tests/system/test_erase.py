#!/usr/bin/python3
"""An event is erased at three municipalities, one of them away at first: nobody shows it from then on,
no file has a byte of it in the end, everybody confirms, and the history still verifies."""
import json
import os
import subprocess

from region import ROOT, Region, check, custom, main, new_id, program, run

CANARY = "wissen-kanarie-"


def holders(r, org, canary):
    """The files of a node that have these bytes somewhere."""
    found = []
    for folder, _, files in os.walk(r.nodes[org].dir):
        for name in files:
            with open(os.path.join(folder, name), "rb") as f:
                if canary.encode() in f.read():
                    found.append(name)
    return found


def erasures(r, org):
    code, out, err = r.command(org, "erasures", "-o", "json")
    check(code == 0, f"erasures at {org}: {code} {err}")
    return json.loads(out)


def of(r, org, event):
    return next(e for e in erasures(r, org)["erasures"] if e["event"] == event)


def refused(r, *argv, code, client="client.yaml"):
    exit_code, out, err = r.command("GM0384", "erase", "--ground", "AVG", *argv, config=client)
    check(exit_code == 77 and f'"{code}"' in out and code in err, f"{argv}: {exit_code} {out}{err}")


def refusals(r, mine, other):
    system = next(e for e in tail(r, "--system") if e["type"] == "epochStart")
    refused(r, f"GM0384/{system['id']}", code="not_erasable")
    refused(r, other, code="not_erasable")
    refused(r, f"GM0384/{new_id()}", code="unknown_event")
    refused(r, mine, code="not_allowed", client="reader.yaml")
    check(r.command("GM0384", "erase", mine)[0] == 64, "without a ground")
    check(r.command("GM0384", "erase", "--ground", "AVG", "nothing")[0] == 65, "not an event")


def tail(r, *argv):
    code, out, err = r.command("GM0384", "tail", "-o", "json", *argv)
    check(code == 0, err)
    return [json.loads(line) for line in out.splitlines()]


def overdue(r):
    return next((a["text"] for a in r.status("GM0384")["alarms"] if a["code"] == "erasure_overdue"), None)


def within(r, time):
    r.configure("GM0384", lines=[f"erasures: {{receipts_within: {time}}}"])
    code, out, err = r.command("GM0384", "reload")
    check(code == 0 and "erasures.receipts_within" in out, f"reload: exit {code}: {out}{err}")


def test():
    with Region(["GM0384", "GM0437", "GM0451"]) as r:
        r.start()
        ids = [new_id() for _ in range(40)]
        events = [custom(f"{CANARY}{i:04d}-" + "x" * (200 * i), id=ids[i]) for i in range(40)]
        r.publish("GM0384", *events)
        other = r.publish("GM0437", custom("theirs"))[0]
        r.wait_same()
        r.kill("GM0451", 15)
        mine = [f"GM0384/{i}" for i in ids]
        refusals(r, mine[0], f"GM0437/{other['id']}")
        code, out, err = r.command("GM0384", "erase", "--ground", "AVG art. 17", *mine[1::2])
        check(code == 0 and len(out.splitlines()) == 20, f"{code} {out}{err}")
        again = r.command("GM0384", "erase", "--ground", "AVG art. 17", mine[1])
        check(again[0] == 0 and json.loads(again[1])["duplicate"], again)
        check(r.publish("GM0384", events[1], expect=77)[0]["error"]["code"] == "erased", "retried")
        shown = {e["id"]: e["state"] for e in r.log("GM0384") if e["type"] or e["state"] == "erased"}
        check([shown[i] for i in ids] == ["present", "erased"] * 20, shown)
        told = [e for e in tail(r, "--topic", "agenda/") if e["type"] == "erasure"]
        check(len(told) == 20, f"a reader of something else is told of {len(told)} erasures")
        for org in ("GM0384", "GM0437"):
            r.wait_for(lambda o=org: not holders(r, o, CANARY + "0001"), f"{org} has no byte of it")
            check(all(not holders(r, org, f"{CANARY}{i:04d}") for i in range(1, 40, 2)), org)
            check(all(holders(r, org, f"{CANARY}{i:04d}") for i in range(0, 40, 2)), org)
        r.wait_for(lambda: of(r, "GM0384", mine[1])["waiting"] == ["GM0451"], "who is away is waited for")
        check(not overdue(r), "within the seven days that they have")
        within(r, "2s")
        r.wait_for(lambda: overdue(r), "an alarm for who has not confirmed in time")
        within(r, "0s")
        r.wait_for(lambda: not overdue(r), "nobody wants that alarm any more")
        within(r, "2s")
        r.wait_for(lambda: overdue(r), "and again")
        check("20 of our erasures" in overdue(r) and "GM0451" in overdue(r), overdue(r))
        r.start("GM0451")
        r.wait_for(lambda: all(e["waiting"] == [] for e in erasures(r, "GM0437")["erasures"]),
                   "all have confirmed, and everybody knows", 30)
        check(not holders(r, "GM0451", CANARY + "0001"), "GM0451 has it still")
        r.wait_for(lambda: not overdue(r), "the alarm is over")
        check(erasures(r, "GM0384")["complete"] and len(erasures(r, "GM0384")["erasures"]) == 20, "all")
        r.wait_same()
        check_told(r, mine[1], mine[0])
        for org in r.orgs:
            r.verify_store(org)
        verified(r, mine[1].split("/")[1])


def check_told(r, erased, kept):
    """Who asks about the event itself is told that it is erased, and that nobody has its body."""
    code, out, err = r.command("GM0437", "explain", erased)
    check(code == 0 and "erased since" in out and "AVG art. 17" in out, f"{out}{err}")
    told = json.loads(r.command("GM0437", "explain", erased, "-o", "json")[1])
    check(told["erased"]["ground"] == "AVG art. 17" and told["topic"] is None, told)
    for event, holds in ((erased, False), (kept, True)):
        def bodies(event=event):
            where = json.loads(r.command("GM0384", "where", event, "-o", "json")[1])["holders"]
            return [h["bodies"] for h in where]
        r.wait_for(lambda: bodies() == [holds] * 3, f"{event}: {'all' if holds else 'none'} of the three have it")


def verified(r, erased):
    """What is left of the history can be checked by anybody, and a backup has nothing of the rest."""
    path, copy = r.nodes["GM0437"].path("export.sbx"), r.nodes["GM0437"].path("backup")
    with open(path, "wb") as f:
        env = dict(os.environ, SAMENBUS_CONFIG=r.nodes["GM0437"].path("client.yaml"))
        done = subprocess.run([program("samenbus"), "export", "--origin", "GM0384"], stdout=f, env=env)
        check(done.returncode == 0, "export")
    for verifier in ([program("samenbus"), "verify", "--file"],
                     ["/usr/bin/python3", os.path.join(ROOT, "clients", "python", "verify.py")]):
        code, out, err = run(*verifier, path)
        check(code == 0 and out.startswith("ok: "), f"{verifier}: {out}{err}")
    code, _, err = r.command("GM0437", "backup", "-c", r.nodes["GM0437"].path("samenbusd.yaml"), copy)
    check(code == 0, err)
    check(holders(r, "GM0437", CANARY + "0002") and not holders(r, "GM0437", CANARY + "0001"), "backup")
    seen = [e for e in r.log("GM0437") if e["id"] == erased]
    check(seen and seen[0]["state"] == "erased" and seen[0]["topic"] is None, seen)


if __name__ == "__main__":
    main(test)
