#!/usr/bin/python3
"""A line A - B - C: events cross B once, restricted bodies for A and C never rest at B... nor pass it
unless B is in the audience; loops are harmless when the line becomes a ring."""
# test: slow
import json

from region import Region, check, custom, main, text_of

A, B, C = "GM0384", "GM0437", "GM0451"


def tail(r, org):
    code, out, err = r.command(org, "tail", "-o", "json")
    check(code == 0, f"tail at {org}: exit {code} {err}")
    return [text_of(json.loads(line)) for line in out.splitlines()]


def test():
    with Region([A, B, C], dials={(A, B), (C, B)}) as r:
        r.start()
        r.publish(A, *[custom(f"a{i}") for i in range(20)])
        r.publish(C, *[custom(f"c{i}") for i in range(20)])
        r.wait_same()
        expected = sorted([f"a{i}" for i in range(20)] + [f"c{i}" for i in range(20)])
        for org in r.orgs:
            check(r.texts(org) == expected, f"{org}: {r.texts(org)}")
        r.publish(A, custom("for A and C", audience=[A, C]))
        r.wait_same(bodies=False)
        stub = [e for e in r.log(C) if e["audience"]]
        check(len(stub) == 1 and stub[0]["state"] == "missing", stub)
        check("for A and C" not in tail(r, C) and len(tail(r, C)) == 40, "C is told of what it lacks")
        check([e["state"] for e in r.log(B) if e["audience"]] == ["withheld"], "at B")
        check(r.peer(A, C)["outgoing"]["state"] == "none", "A does not dial C")

        r.dials |= {(A, C)}          # now A reaches C as well: the body comes, nothing comes twice
        r.configure(A)
        r.configure(C)
        r.kill(A, 15)
        r.start(A)
        r.wait_for(lambda: "for A and C" in r.texts(C), "the body reaches C")
        r.publish(B, custom("b"))
        r.wait_same()
        check(sorted(tail(r, C)) == sorted(expected + ["for A and C", "b"]), "C is told once of each")
        for org in r.orgs:
            keys = [(e["origin"], e["epoch"], e["seq"]) for e in r.log(org)]
            check(len(keys) == len(set(keys)), f"{org} has an event twice")


main(test)
