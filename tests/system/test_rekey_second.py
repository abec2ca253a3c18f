#!/usr/bin/python3
"""The key that an announcement had put in the place of a lost one is lost as well: by the runbook, with the
announcement before. What counted of both counts everywhere, what their thieves said nowhere, also at a
partner that joins afterwards and is given both announcements."""
# test: slow
import base64
import glob
import hashlib
import os
import shutil

from nacl.signing import SigningKey

from forger import Forger, sign_key
from lost_keys import lose_everything, make_new_keys, runbooks
from region import Region, check, custom, main, program, run

LOST, HAS, LATER = ORGS = ["GM0384", "GM0437", "GM0451"]


def lose(r, books, shared, which):
    """An export before the theft, what the thief says, and everything is lost."""
    shared.update(EXPORT=os.path.join(r.dir, f"export-{which}"), ANNOUNCEMENT=os.path.join(r.dir, f"announcement-{which}"))
    books[HAS].do("export-for-the-loser", **shared)
    r.publish(LOST, custom(f"by the {which} thief"))
    r.wait_same()
    thief = Forger(r, LOST)
    r.kill(LOST, 15)
    thief.begin_under(SigningKey.generate(), f"under a key of the {which} thief")
    thief.tell(HAS)
    r.wait_for(lambda: f"under a key of the {which} thief" in r.texts(LATER), "what the thief says counts as yet")
    lose_everything(r, LOST)


def wait_texts(r, org, said):
    def has_all():
        texts = r.texts(org)
        check(texts == sorted(said), f"it has {texts}")
        return True
    r.wait_for(has_all, f"{org} has what counts", 40)


def tips(path):
    """The epochs that an announcement names."""
    with open(path) as f:
        return {tuple(line.split()[1:3]) for line in f if line.startswith("tip ")}


def announce(r, shared, *more):
    """As the owner would, whose new keys are there, into a file of no use."""
    out = os.path.join(r.dir, "of no use")
    code, _, err = run(program("samenbus"), "key", "announce", "-c", r.nodes[LOST].path("samenbusd.yaml"),
                       "--from", shared["EXPORT"], "--out", out, *more)
    check(code == 65 and not os.path.exists(out), f"{more}: {code} {err}")
    return err


def make_keys(r):
    code, _, err = run(program("samenbus"), "key", "gen", "--org", LOST, "--out", r.nodes[LOST].path("keys"))
    check(code == 0, f"key gen: {err}")


def remove_keys(r):
    """So that the runbook can make them."""
    for path in glob.glob(r.nodes[LOST].path("keys", LOST + "*")):
        os.remove(path)


def check_refusals(r, shared, first, other):
    """Without what came before, or with what did not, nothing is announced."""
    make_keys(r)
    err = announce(r, shared)
    check("bad_key" in err and "--rekey FILE" in err, f"without the first one: {err}")
    err = announce(r, shared, "--rekey", other)
    check("leads to another key" in err, f"with one that leads elsewhere: {err}")
    old = os.path.join(r.dir, "export-first")
    err = announce(r, dict(shared, EXPORT=old), "--rekey", first)
    check("has replaced already" in err, f"an export under the first key: {err}")
    remove_keys(r)


def make_other(r, shared):
    """An announcement of the same first key by somebody who stole that, and is not its owner."""
    conf, out = r.nodes[LOST].path("samenbusd.yaml"), os.path.join(r.dir, "by a thief")
    make_keys(r)
    code, _, err = run(program("samenbus"), "key", "announce", "-c", conf, "--from", shared["EXPORT"], "--out", out)
    check(code == 0, f"a thief's announcement: {err}")
    remove_keys(r)
    return out


def forge_earlier(r, first):
    """By whoever stole the second key: it takes the place of a key of his own, and names what he likes."""
    thief = sign_key(r, LOST, os.path.join(r.dir, "stolen-again"))
    with open(first, "rb") as f:
        lines = f.read().splitlines(True)
    lines[3] = b"old_key " + base64.b64encode(bytes(SigningKey.generate().verify_key)) + b"\n"
    signed = b"samenbus/rekey/1" + hashlib.sha256(b"".join(lines[:-1])).digest()
    lines[-1] = b"signature " + base64.b64encode(thief.sign(signed).signature) + b"\n"
    path = os.path.join(r.dir, "by the second thief")
    with open(path, "wb") as f:
        f.writelines(lines)
    return path


def check_taken_once(r, *announcements):
    """Nobody who has been given one of a key takes another of it."""
    for org in (LOST, HAS):
        for path in announcements:
            code, _, err = run(program("samenbus"), "peer", "rekey", LOST, path, "-c",
                               r.nodes[org].path("samenbusd.yaml"))
            check(code == 65 and "counts once" in err, f"{path} at {org}: {code} {err}")


def join_later(r, books, shared, first, heard, said):
    """A new partner: with the newest announcement alone it lacks what the first key said."""
    node = r.nodes[LATER]
    r.kill(LATER, 15)
    shutil.rmtree(node.path("store"))
    shutil.rmtree(node.path("rekeys"))
    r.configure(LATER)  # with the newest key of everybody
    code, _, err = run(program("samenbus"), "peer", "rekey", LOST, first, "-c", node.path("samenbusd.yaml"))
    check(code == 65 and "the newest comes first" in err, f"the first one first: {code} {err}")
    r.start(LATER)
    wait_texts(r, LATER, ["third"])
    books[LATER].do("peer-rekey", HEARD=heard["second"], **shared)
    wait_texts(r, LATER, [text for text in said if not text.startswith("first")])
    shutil.rmtree(node.path("rekeys"))
    books[LATER].do("later-partner", FIRST=first, HEARD=heard["second"], HEARD_FIRST=heard["first"], **shared)
    wait_texts(r, LATER, said)
    names = [sorted(os.listdir(r.nodes[org].path("rekeys"))) for org in ORGS]
    check(names[0] == names[1] == names[2] and len(names[0]) == 2, f"the files' names: {names}")


def test():
    with Region(ORGS) as r:
        books, shared = runbooks(r, LOST)
        shared["EARLIER"] = os.path.join(r.dir, "earlier")
        r.start()
        said, heard = [f"first {i}" for i in range(5)], {}
        early = r.publish(LOST, *map(custom, said))[3]
        r.wait_same()
        lose(r, books, shared, "first")
        other = make_other(r, shared)
        heard["first"] = make_new_keys(r, books[LOST], shared)
        first = shared["ANNOUNCEMENT"]
        for org in (HAS, LATER):
            books[org].do("peer-rekey", HEARD=heard["first"], **shared)
        said += ["second 0", "second 1"]
        r.publish(LOST, custom("second 0"), custom("second 1"))
        for org in ORGS:
            wait_texts(r, org, said)

        lose(r, books, shared, "second")
        check_refusals(r, shared, first, other)
        books[HAS].do("earlier-announcements", **shared)
        books[LOST].do("take-earlier", **shared)
        heard["second"] = make_new_keys(r, books[LOST], shared)
        check(tips(first) and tips(shared["ANNOUNCEMENT"]) and not tips(first) & tips(shared["ANNOUNCEMENT"]),
              "an epoch is named twice")
        for org in (HAS, LATER):
            books[org].do("peer-rekey", HEARD=heard["second"], **shared)
        said += ["third"]
        r.publish(LOST, custom("third"))
        for org in ORGS:
            wait_texts(r, org, said)
        r.wait_same()
        check(r.publish(LOST, custom("first 3", id=early["id"]))[0]["duplicate"], "an id of the first key was taken anew")
        check_taken_once(r, first, other, forge_earlier(r, first))
        join_later(r, books, shared, first, heard, said)
        r.wait_same()
        for org in ORGS:
            check(not r.status(org)["alarms"], f"{org}: {r.status(org)['alarms']}")
            check(not any(e.get("forked") for e in r.log(org)), f"{org} shows a fork")
            r.verify_store(org)


if __name__ == "__main__":
    main(test)
