#!/usr/bin/python3
"""A municipality whose firewall lets only outgoing connections through takes full part."""
from region import Region, check, custom, main

INSIDE, OUTSIDE = "GM0437", "GM0384"


def test():
    with Region([OUTSIDE, INSIDE], dials={(INSIDE, OUTSIDE)}) as r:
        r.start()
        r.publish(INSIDE, *[custom(f"in{i}") for i in range(50)])
        r.publish(OUTSIDE, *[custom(f"out{i}") for i in range(50)])
        r.publish(INSIDE, custom("both", audience=[INSIDE, OUTSIDE]))
        r.wait_same()
        expected = sorted([f"in{i}" for i in range(50)] + [f"out{i}" for i in range(50)] + ["both"])
        r.wait_for(lambda: r.texts(OUTSIDE) == expected and r.texts(INSIDE) == expected, "all bodies")
        peer = r.peer(OUTSIDE, INSIDE)
        check(peer["outgoing"]["state"] == "none" and peer["incoming"]["state"] == "live", peer)
        done = r.publish(INSIDE, custom("held twice"), ack="remote:1")
        check("epoch" in done[0], done)
        impossible = r.publish(INSIDE, custom("too much"), ack="remote:2", expect=77)
        check(impossible[0]["error"]["code"] == "remote_impossible", impossible)


main(test)
