#!/usr/bin/python3
"""A partner that publishes more than its `rate` here is slowed and named, with the rule in words, here
and at itself; nothing of it is lost, and nobody else waits for it."""
# test: slow
import time

from region import Region, check, custom, main

A, B, C = "GM0384", "GM0437", "GM0451"  # B floods A
RATE, BURST = 20, 200  # events a second, and ten seconds' worth
BATCHES, PER_BATCH = 10, 50
SLOW_S = (BATCHES * PER_BATCH - BURST - 2 * PER_BATCH) / RATE  # at least so long with the rate


def limit(r, rate):
    path = r.nodes[A].path("samenbusd.yaml")
    with open(path) as f:
        lines = [line for line in f if not line.startswith("    rate:")]
    at = lines.index(f"  - id: {B}\n")
    lines[at + 1:at + 1] = [f"    rate: {rate}\n"] if rate else []
    with open(path, "w") as f:
        f.writelines(lines)


def flooding(r):
    return [a["text"] for a in r.status(A)["alarms"] if a["code"] == "flooding"]


def of(r, origin):
    return sum(e["origin"] == origin for e in r.log(A))


def flood(r):
    """One after the other: what is under one checkpoint is taken whole."""
    for i in range(BATCHES):
        r.publish(B, *[custom(f"flood {i} {k}") for k in range(PER_BATCH)])


def test():
    with Region([A, B, C]) as r:
        limit(r, f"{RATE}/s")
        r.start()
        r.wait_for(lambda: r.peer(A, B)["outgoing"]["state"] == "live", "live")
        before, began = of(r, B), time.monotonic()
        flood(r)
        r.wait_for(lambda: flooding(r), "the flood is an alarm")
        check(all(f"{B}: it publishes more than its `rate` under `peers`" in t for t in flooding(r)), f"{flooding(r)}")
        code, out, _ = r.command(A, "check", "peers")
        check("flooding" in r.command(A, "check", "store", "--daemon")[1] + out or code != 0, out)
        check("slowed: more events than its rate" in r.command(A, "status")[1], r.command(A, "status")[1])
        r.wait_for(lambda: "slowed: more events than its rate" in str(r.peer(B, A)), f"B is told: {r.peer(B, A)}")
        r.publish(C, custom("of somebody else"))
        r.wait_for(lambda: "of somebody else" in r.texts(A), "that of somebody else")
        check(of(r, B) - before < BATCHES * PER_BATCH, "somebody else waited until the flood was over")
        check("flooding" in r.said(A), "the log")
        r.wait_for(lambda: of(r, B) - before >= BATCHES * PER_BATCH, "all of it comes", 60)
        took = time.monotonic() - began
        check(took > SLOW_S, f"it was not slowed: {took:.1f} s")
        r.wait_for(lambda: not flooding(r), "and then it is over")
        r.wait_same()
        limit(r, None)
        code, out, err = r.command(A, "reload")
        check(code == 0 and "rate: 20/s -> no limit" in out, f"reload: exit {code}: {out}{err}")
        before, floods = of(r, B), r.said(A).count("flooding")
        flood(r)
        r.wait_for(lambda: of(r, B) - before >= BATCHES * PER_BATCH, "all of it comes, at once", SLOW_S)
        check(r.said(A).count("flooding") == floods, "flooding without a rate")


if __name__ == "__main__":
    main(test)
