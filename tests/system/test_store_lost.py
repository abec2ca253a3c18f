#!/usr/bin/python3
"""A store is lost and an old backup put back: history returns from partners, nobody is accused, and
nobody waits beyond the one bounded wait of an empty store."""
# test: slow
import shutil
import time

from region import Region, check, custom, main

ORGS = ["GM0384", "GM0437", "GM0451"]


def test():
    with Region(ORGS) as r:
        # as long as it takes on a busy machine; partners that answer end it
        r.configure("GM0384", lines=["recovery: {wait: 60s}"])
        r.start()
        first = r.publish("GM0384", *[custom(f"before {i}") for i in range(30)])
        r.publish("GM0437", custom("of another"))
        r.publish("GM0384", custom("restricted", audience=["GM0384", "GM0451"]))
        r.wait_same()
        r.wait_for(lambda: "restricted" in r.texts("GM0451"), "the restricted body")
        expected = r.texts("GM0384")

        check(r.kill("GM0384", 15) == 0, "stop")
        shutil.copytree(r.nodes["GM0384"].path("store"), r.nodes["GM0384"].path("backup"))
        shutil.rmtree(r.nodes["GM0384"].path("store"))
        r.start("GM0384")
        again = r.publish("GM0384", custom("before 7", id=first[7]["id"]))
        check(again[0]["duplicate"], f"its own history was not back before it published: {again}")
        r.wait_for(lambda: r.texts("GM0384") == expected, "everything is back")

        after = r.publish("GM0384", custom("after the loss"))
        check(after[0]["epoch"] != first[0]["epoch"], "an epoch was reopened after a start")
        r.wait_same()

        check(r.kill("GM0384", 15) == 0, "stop")
        shutil.rmtree(r.nodes["GM0384"].path("store"))
        shutil.move(r.nodes["GM0384"].path("backup"), r.nodes["GM0384"].path("store"))
        r.start("GM0384")
        r.publish("GM0384", custom("after the backup"))
        r.wait_same()
        for org in ORGS:
            texts = [t for t in r.texts(org)]
            check(texts == sorted(expected + ["after the loss", "after the backup"]
                                  if org != "GM0437" else
                                  [t for t in expected if t != "restricted"] +
                                  ["after the loss", "after the backup"]), f"{org}: {texts}")
            check(not r.status(org)["alarms"], r.status(org)["alarms"])
            check(not any(e.get("forked") for e in r.log(org)), f"{org} shows a fork")

        for org in ORGS:
            r.kill(org, 15)
        shutil.rmtree(r.nodes["GM0451"].path("store"))
        r.start("GM0451")          # nobody is there to ask
        begin = time.monotonic()
        r.publish("GM0451", custom("alone"))
        waited = time.monotonic() - begin
        check(waited < 8, f"publishing alone with an empty store took {waited:.1f} s")


main(test)
