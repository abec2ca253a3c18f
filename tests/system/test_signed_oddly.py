#!/usr/bin/python3
"""A partner signs the start of an epoch twice, and a body that nobody can read. Everybody takes both, and
everybody's store is sound with them: it verifies, is backed up, and a repair has nothing to do."""
# test: slow
import os

from client_kinds import Reader, kinds
from forger import Forger
from region import ROOT, Region, check, custom, main, program, run

US, THEM, THIRD = ORGS = ["GM0384", "GM0437", "GM0451"]


def samenbus(*words):
    return run(program("samenbus"), *words)


def check_store(r, org, times, note):
    """Of the daemon as it runs, and of its backup."""
    node, copy = r.nodes[org], r.nodes[org].path(f"backup-{times}")
    for what in (("verify", "--store", node.path("store")), ("backup", copy, "--store", node.path("store")),
                 ("verify", "--store", copy)):
        code, out, err = samenbus(*what)
        check(code == 0 and "fault" not in out, f"{what}: {code} {out}{err}")
        check(what[0] == "backup" or ("cannot be read" in out) == note, f"{what}: {out}")


def export_of(r, org):
    path = os.path.join(r.dir, f"{org}.sbx")
    code, _, err = r.command(org, "export", "--origin", THEM, "-O", path)
    check(code == 0, f"export at {org}: {err}")
    return path


def verify_file(path):
    """By both verifiers, which say the same."""
    done = samenbus("verify", "--file", path)
    other = run("/usr/bin/python3", os.path.join(ROOT, "clients", "python", "verify.py"), path)
    check(done[:2] == other[:2], f"{done} and {other}")
    return done


def check_evidence(r, org):
    proof = os.path.join(r.dir, f"{org}.sbp")
    code, _, err = r.command(org, "evidence", "export", "1", "-O", proof)
    check(code == 0, f"evidence at {org}: {err}")
    code, out, err = samenbus("verify", "--evidence", proof)
    check(code == 0 and f"proof: {THEM} signed two histories at 1-" in out and ":1\n" in out, f"{out}{err}")


def check_readers(r, org):
    """Every client follows both histories from their starts; the event that both promise comes in each."""
    for kind in kinds():
        reader = Reader(r, kind)
        reader.start(org)
        r.wait_for(lambda: sorted(reader.texts()) == ["first", "first", "second"], f"{kind.name} at {org} has both")
        reader.forget()


def check_repair(r, org):
    r.kill(org, 15)
    code, out, err = samenbus("repair", "--store", r.nodes[org].path("store"))
    check(code == 0 and out.startswith("sound: "), f"repair at {org}: {code} {out}{err}")
    r.start(org)


def test():
    with Region(ORGS) as r:
        r.start()
        r.publish(THEM, custom("first"), custom("second"))
        r.wait_same()
        again, odd = Forger(r, THEM), Forger(r, THEM)
        again.begin_again()
        again.say("beside it")
        again.tell(US)
        for org in (US, THIRD):
            r.wait_for(lambda o=org: "beside it" in r.texts(o), f"{org} has both histories")
            check_store(r, org, 1, False)
            check_evidence(r, org)
            check_readers(r, org)
            code, out, err = verify_file(export_of(r, org))
            check(code == 0, f"export at {org}: {out}{err}")
        odd.before = len(odd.items)
        odd.say_body(b"\xff\xff")
        odd.say("behind it")
        odd.tell(US)
        for org in (US, THIRD):
            r.wait_for(lambda o=org: "behind it" in r.texts(o), f"{org} has what cannot be read")
            check_store(r, org, 2, True)
            code, out, _ = verify_file(export_of(r, org))
            check(code == 1 and out.count("fault") == out.count(" bad_body: ") == 1, f"export at {org}: {out}")
            check_repair(r, org)
        r.wait_same()


if __name__ == "__main__":
    main(test)
