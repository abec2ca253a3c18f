#!/usr/bin/python3
"""One event for two of three: the third knows that it exists, and no file of it has a byte of it."""
import os

from region import Region, check, custom, main, text_of

CANARY = "vertrouwelijk-kanarie-7f3a91"


def test():
    with Region(["GM0384", "GM0437", "GM0451"]) as r:
        r.start()
        r.publish("GM0384", custom(CANARY, audience=["GM0384", "GM0451"]), custom("open"))
        r.wait_same()
        r.wait_for(lambda: CANARY in r.texts("GM0451"), "the body reaches its audience")
        stub = [e for e in r.log("GM0437") if e["audience"]]
        check(len(stub) == 1 and stub[0]["state"] == "withheld" and stub[0]["body"] is None, stub)
        check(stub[0]["topic"] is None and stub[0]["audience"] == ["GM0384", "GM0451"], stub)
        r.publish("GM0384", custom("x", audience=["GM9999"]), expect=77)
        for org in r.orgs:
            r.kill(org, 15)
        for folder, _, files in os.walk(r.nodes["GM0437"].dir):
            for name in files:
                with open(os.path.join(folder, name), "rb") as f:
                    check(CANARY.encode() not in f.read(), f"{name} of GM0437 has the body")
        with open(r.nodes["GM0451"].path("store", "data.mdb"), "rb") as f:
            check(CANARY.encode() in f.read(), "the canary is not found where it must be")


main(test)
