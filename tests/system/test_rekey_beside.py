#!/usr/bin/python3
"""Whoever stole a key signs beside the history that the announcement names, and a partner that has not
its end takes that first. Once the end is there, its readers of every kind are given and can prove exactly
what was said, and an export and the partners' agreement are of that as well."""
# test: slow
import json
import os
import subprocess

from client_kinds import BUILT, Reader, kinds, why_no_node
from forger import EVENT, Forger, read_records
from lost_keys import lose_everything, make_new_keys, runbooks
from region import Region, check, custom, main

LOST, HAS, BEHIND = ORGS = ["GM0384", "GM0437", "GM0451"]
BY_THIEF = ["beside it", "and beyond its end", "far", "farther", "farthest"]


def links(r, org):
    """The links of the lost one's history as `org` exports it."""
    path = os.path.join(r.dir, f"{org}.sbx")
    code, _, err = r.command(org, "export", "--origin", LOST, "-O", path)
    check(code == 0, f"export at {org}: {err}")
    with open(path, "rb") as f:
        events = [payload for kind, payload in read_records(f.read()) if kind == EVENT]
    return [payload[4:4 + int.from_bytes(payload[:4], "big")] for payload in events]


def export_by_node(r, org):
    """The same by the client for Node, as bytes; it verifies what it writes."""
    script = ("import { Client } from './lib/index.js'; const client = new Client(process.argv[1]);"
              "process.stdout.write(await client.export(process.argv[2])); await client.close();")
    done = subprocess.run(["node", "--input-type=module", "-e", script, r.nodes[org].path("client.yaml"), LOST],
                          cwd=BUILT, capture_output=True, timeout=60)
    check(done.returncode == 0, f"Node's export at {org}: {done.stderr.decode()[-500:]}")
    return done.stdout


def check_exports(r):
    """Everywhere the same, and by Node byte for byte; the new key vouches for none of what the old one said."""
    check(links(r, HAS) == links(r, BEHIND) == links(r, LOST), "the exports differ")
    path = os.path.join(r.dir, f"{HAS}.sbx")
    code, out, _ = r.command(HAS, "verify", "--file", path)
    check(code == 1 and "bad_key" in out, f"verify says {code}: {out}")
    if why_no_node() is None:
        with open(path, "rb") as f:
            check(f.read() == export_by_node(r, HAS), "Node exports something else")


def holders(r, org, event):
    """Of each organisation, whether it is known here to have what lies below where the thief began."""
    code, out, err = r.command(org, "where", f"{LOST}/{event}", "-o", "json")
    check(code == 0, f"where at {org}: {err}")
    return [holder["links"] and holder["bodies"] for holder in json.loads(out)["holders"]]


def is_complete(r, org):
    """What the views say of themselves: true once nothing is lacking that somebody shows."""
    code, out, err = r.command(org, "agenda", "list", "-o", "json")
    check(code == 0, f"agenda list at {org}: {err}")
    return json.loads(out)["complete"]


def test():
    with Region(ORGS) as r:
        books, shared = runbooks(r, LOST)
        r.start()
        said = [f"before {i}" for i in range(10)]
        early = r.publish(LOST, *map(custom, said))[3]["id"]
        r.wait_same()
        thief = Forger(r, LOST)
        for text in BY_THIEF:
            thief.say(text)
        r.kill(BEHIND, 15)
        r.publish(LOST, custom("meanwhile"), custom("the end"))
        said += ["meanwhile", "the end"]
        r.wait_for(lambda: "the end" in r.texts(HAS), "the end is with a partner")
        books[HAS].do("export-for-the-loser", **shared)
        r.kill(LOST, 15)
        r.kill(HAS, 15)
        r.start(BEHIND)
        thief.tell(BEHIND)
        r.wait_for(lambda: BY_THIEF[-1] in r.texts(BEHIND), "who is behind took it")
        lose_everything(r, LOST)
        r.start(HAS)
        heard = make_new_keys(r, books[LOST], shared)
        for org in (BEHIND, HAS):
            books[org].do("peer-rekey", HEARD=heard, **shared)
        r.publish(LOST, custom("with the new key"))
        said += ["with the new key"]
        for org in ORGS:
            r.wait_for(lambda o=org: r.texts(o) == sorted(said), f"{org} has what counts", 40)
        r.wait_same()
        for kind in kinds():
            for org in ORGS:
                reader = Reader(r, kind)
                reader.start(org)
                reader.wait(len(said), "what counts")
                texts = reader.texts()
                reader.forget()
                check(sorted(texts) == sorted(said), f"{kind.name} at {org}: {texts}")
        for org in ORGS:
            r.wait_for(lambda o=org: all(holders(r, o, early)), f"{org} knows that all have it")
            r.wait_for(lambda o=org: is_complete(r, o), f"{org} lacks nothing")
        check_exports(r)
        for org in ORGS:
            r.verify_store(org)


if __name__ == "__main__":
    main(test)
