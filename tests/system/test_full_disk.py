#!/usr/bin/python3
"""A full store refuses publishes and says so; what is there can be read, partners go on, and with
more room everything goes on. One origin that takes more than its share stops alone."""
# test: slow
from region import Region, check, custom, main

A, B = "GM0384", "GM0437"
SMALL = "{path: store, max_size: 1MiB, max_size_per_origin: 1MiB}"
LARGE = "{path: store, max_size: 1GiB}"
FILLER = "x" * 40000


def fill(r, org, most):
    """Publishes until the store is full; returns the texts that were acknowledged."""
    acknowledged = []
    for i in range(most):
        text = f"{org} {i} {FILLER}"
        result = r.publish(org, custom(text), expect=None)[0]
        if "error" in result:
            check(result["error"]["code"] == "store_full", result)
            return acknowledged
        acknowledged.append(text)
    check(False, f"{most} events of {len(FILLER)} bytes fit the small store")


def test():
    with Region([A, B]) as r:
        r.configure(A, store=SMALL)
        r.start()
        acknowledged = fill(r, A, 60)
        check(len(acknowledged) > 3, f"only {len(acknowledged)} fitted")
        status = r.status(A)
        check(status["state"] == "full" and status["reason"], status)
        check(any(a["code"] == "store_full" for a in status["alarms"]), status["alarms"])
        check(r.texts(A) == sorted(acknowledged), "a full store lost or invented something")
        code, out, _ = r.command(A, "tail", "-o", "json")
        check(code == 0 and len(out.splitlines()) == len(acknowledged), "tail of a full store")
        r.verify_store(A)

        for i in range(30):  # what comes from others does not fit either, and stops nobody
            r.publish(B, custom(f"{B} {i} {FILLER}"))
        r.wait_for(lambda: len(r.texts(B)) == 30 + len(acknowledged), "the partner goes on")
        check(r.status(A)["lagEvents"] > 0, "what does not fit is not counted as missing")
        check(r.nodes[A].process.poll() is None, "the full daemon ended")
        r.verify_store(A)

        check(r.kill(A, 15) == 0, "stop")
        r.configure(A, store=LARGE)
        r.start(A)
        r.publish(A, custom("room again"))
        r.wait_same()
        check(len(r.texts(A)) == 31 + len(acknowledged), "what was missing comes")

        check(r.kill(A, 15) == 0, "stop")
        r.configure(A, store="{path: store, max_size: 1GiB, max_size_per_origin: 4MiB}")
        r.start(A)
        for _ in range(9):
            r.publish(B, *[custom(FILLER) for _ in range(10)])
        r.wait_for(lambda: any(a["code"] == "quota" for a in r.status(A)["alarms"]), "a quota alarm")
        r.publish(A, custom("ours goes on"))
        r.wait_for(lambda: "ours goes on" in r.texts(B), "ours at the partner")
        check(r.status(A)["lagEvents"] > 0, "what is beyond the quota is not counted as missing")


main(test)
