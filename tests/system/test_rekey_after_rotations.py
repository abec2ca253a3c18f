#!/usr/bin/python3
"""A signing key that was rotated twice: an export of what all three keys signed verifies everywhere, and
when everything is lost the runbook brings all of it back, to the owner and to a partner that lost its disk.
Before and after, clients that verify what they read can read all of it."""
# test: slow
import base64
import re
import shutil

from nacl.signing import SigningKey

from client_kinds import Reader, kinds
from lost_keys import lose_everything, make_new_keys, runbooks
from region import Region, check, custom, main, program, run

LOST, HAS, LATER = ORGS = ["GM0384", "GM0437", "GM0451"]


def edit(r, org, pattern, to):
    """Writes a line of an organisation's file anew, and starts its daemon with that."""
    path = r.nodes[org].path("samenbusd.yaml")
    with open(path) as f:
        text, n = re.subn(pattern, to, f.read())
    check(n == 1, f"{pattern}: {n} times in {path}")
    with open(path, "w") as f:
        f.write(text)
    r.kill(org, 15)
    r.start(org)


def rotate(r, pinned, key):
    """The next key is used beside its certificate, by partners that have pinned the one before it."""
    for org in (HAS, LATER):
        if key:
            edit(r, org, re.escape(pinned), public_of(key))
    if key:
        edit(r, LOST, r", certificate: [^,}]+", "")
    code, out, err = run(program("samenbus"), "key", "rotate", "-c", r.nodes[LOST].path("samenbusd.yaml"))
    check(code == 0, f"key rotate: {err}")
    pinned = public_of(key or r.nodes[LOST].path("keys", LOST + ".sign.key"))
    key, certificate = re.match(r"made (\S+) and (\S+)", out).groups()
    edit(r, LOST, r"sign_key: [^,}]+(?=, curve_key: keys)", f"sign_key: {key}, certificate: {certificate}")
    return pinned, key


def public_of(key):
    """The base64 of the public half of a signing key's file."""
    with open(key) as f:
        seed = next(line.split()[1] for line in f if line.startswith("samenbus-sign-key-1"))
    return base64.b64encode(bytes(SigningKey(base64.b64decode(seed)).verify_key)).decode()


def check_readers(r, org, said):
    """Each kind of client reads, and verifies, all of it."""
    for kind in kinds():
        reader = Reader(r, kind)
        reader.start(org)
        reader.wait(len(said), "all that counts", 20)
        check(sorted(set(reader.texts())) == sorted(said), f"{kind.name}: {reader.texts()}")
        reader.forget()


def wait_texts(r, org, said):
    def has_all():
        texts = r.texts(org)
        check(texts == sorted(said), f"it has {texts}")
        return True
    r.wait_for(has_all, f"{org} has what counts", 40)


def test():
    with Region(ORGS) as r:
        books, shared = runbooks(r, LOST)
        r.start()
        said, pinned, key = [], None, None
        for which in ("first", "second", "third"):
            if said:
                pinned, key = rotate(r, pinned, key)
            said += [f"{which} 0", f"{which} 1"]
            r.publish(LOST, custom(said[-2]), custom(said[-1]))
            r.wait_same()
        for org in ORGS:
            r.check_export(org, LOST)
            check_readers(r, org, said)
        books[HAS].do("export-for-the-loser", **shared)
        r.kill(LOST, 15)
        r.configure(LOST)  # the new keys will have the names of the first ones
        lose_everything(r, LOST)
        heard = make_new_keys(r, books[LOST], shared)
        for org in (HAS, LATER):
            books[org].do("peer-rekey", HEARD=heard, **shared)
        said += ["after the loss"]
        r.publish(LOST, custom("after the loss"))
        for org in ORGS:
            wait_texts(r, org, said)
        r.kill(LATER, 15)
        shutil.rmtree(r.nodes[LATER].path("store"))
        r.start(LATER)
        wait_texts(r, LATER, said)
        r.wait_same()
        r.kill(LOST, 15)
        r.start(LOST)
        r.wait_same()
        for org in ORGS:
            check(not r.status(org)["alarms"], f"{org}: {r.status(org)['alarms']}")
            r.verify_store(org)
            wait_texts(r, org, said)
            check_readers(r, org, said)


if __name__ == "__main__":
    main(test)
