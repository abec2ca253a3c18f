#!/usr/bin/python3
"""Exports verify in C and in Python alike; every planted fault is found, by both, in the same words;
the store verifies beside a running daemon."""
import os
import random

from region import ROOT, Region, check, custom, main, program, run

PYTHON = os.path.join(ROOT, "clients", "python", "verify.py")


def both(path):
    c = run(program("samenbus"), "verify", "--file", path)
    p = run("/usr/bin/python3", PYTHON, path)
    check(c[0] == p[0], f"C says {c[0]}, Python {p[0]}: {c[1]}{c[2]} / {p[1]}{p[2]}")
    check(faults(c[1]) == faults(p[1]), f"C: {c[1]}\nPython: {p[1]}")
    return c


def faults(out):
    return [line.split(": ")[0] if line.startswith("fault") else line for line in out.splitlines()]


def test():
    random.seed(3)
    with Region(["GM0384", "GM0437"]) as r:
        r.start()
        for i in range(5):
            r.publish("GM0384", *[custom(f"{i}.{j}") for j in range(8)])
        r.publish("GM0384", custom("restricted", audience=["GM0384"]))
        r.wait_same()
        for org in r.orgs:
            path = os.path.join(r.dir, f"from-{org}.sbx")
            code, _, err = r.command(org, "export", "--origin", "GM0384", "-O", path)
            check(code == 0, f"export: {err}")
            code, out, err = both(path)
            check(code == 0 and out.startswith("ok: 42 events, 1 epochs, 1 origins"), out + err)
        good = open(path, "rb").read()
        for _ in range(12):
            bad = bytearray(good)
            bit = random.randrange(len(bad) * 8)
            bad[bit // 8] ^= 1 << bit % 8
            with open(path + ".bad", "wb") as f:
                f.write(bad)
            check(both(path + ".bad")[0] == 1, f"bit {bit} flipped is not found")
        with open(path + ".bad", "wb") as f:
            f.write(good[:random.randrange(len(good))])
        check(both(path + ".bad")[0] == 1, "a cut file is not found")
        with open(path + ".bad", "wb") as f:
            f.write(b"no export")
        code, out, _ = both(path + ".bad")
        check(code == 1 and faults(out) == ["fault - - bad_file"], "a place where there is none: " + out)
        for org in r.orgs:
            code, out, err = r.command(org, "verify", "--store", r.nodes[org].path("store"))
            check(code == 0 and out.startswith("ok: 42 events"), f"{org}: {code} {out}{err}")


main(test)
