#!/usr/bin/python3
"""5 % of the broadcasts are dropped: everything arrives all the same, by catch-up."""
from region import Region, check, custom, main


def test():
    with Region(["GM0384", "GM0437", "GM0451"]) as r:
        r.start(env={"SAMENBUS_TEST_DROP_BROADCAST": "5"})
        for batch in range(10):
            r.publish("GM0384", *[custom(f"{batch}-{i}") for i in range(100)])
            r.publish("GM0451", custom(f"z{batch}"))
        r.wait_same()
        for org in r.orgs:
            check(len(r.texts(org)) == 1010, f"{org} has {len(r.texts(org))} of 1010")


main(test)
