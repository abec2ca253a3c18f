#!/usr/bin/python3
"""Links that stand still are never shown as healthy: a partner that is stopped, with its connections
open, is no longer shown live after eight seconds, with an alarm, and live again once it goes on; itself
it does not take that for silence of the others."""
# test: slow
import os
import signal
import time

from moments import noted
from region import Region, check, custom, main

A, B = "GM0384", "GM0437"
BACK = 30  # seconds; a connection that was cut meanwhile is retried with a pause


def states(r):
    peer = r.peer(A, B)
    return peer["outgoing"]["state"], peer["incoming"]["state"]


def test():
    with Region([A, B]) as r:
        r.start()
        r.wait_for(lambda: states(r) == ("live", "live"), "both directions live")
        stopped = r.nodes[B].process.pid
        peer = r.peer(A, B)
        silent = {way: peer[way]["lastContactMs"] / 1000 for way in ("outgoing", "incoming")}  # before it is stopped
        os.kill(stopped, signal.SIGSTOP)
        begin = time.time()
        try:
            r.publish(A, custom("meanwhile"))
            # one that stays away is stalled at first, and down once its connection is given up
            r.wait_for(lambda: set(states(r)) <= {"stalled", "down"}, "both directions stalled", BACK)
            for way in ("outgoing", "incoming"):
                after = noted(r, A, begin, f"{B}: {way}: ", ", was live")
                check(after < 8, f"{way} is live for {after:.1f} s after it stood still")
                check(after + silent[way] > 5.5, f"{way}: not live, although it spoke {after + silent[way]:.1f} s before")
            peer = r.peer(A, B)
            check(peer["outgoing"]["reason"] and peer["outgoing"]["lastContactMs"] > 5000, peer)
            check(peer["theirLagEvents"] > 0, f"they cannot have it: {peer}")
            alarms = [a for a in r.status(A)["alarms"] if a["code"] == "stalled"]
            check(len(alarms) == 1 and alarms[0]["since"], r.status(A)["alarms"])
            code, out, _ = r.command(A, "status")
            check(code == 0 and "stalled" in out, out)
        finally:
            os.kill(stopped, signal.SIGCONT)
        r.wait_for(lambda: "meanwhile" in r.texts(B), "what was published meanwhile", BACK)
        r.wait_for(lambda: states(r) == ("live", "live"), "both directions live again", BACK)
        r.wait_for(lambda: not r.status(A)["alarms"], "no alarm", BACK)
        code, out, err = r.command(A, "events", "--code", "alarm_cleared")
        check(code == 0 and f"alarm stalled is over: {B}: it is heard again" in out and "nothing arrives" not in out,
              f"one that is over does not read as if it were there: {out}{err}")
        r.wait_for(lambda: r.peer(A, B)["theirLagEvents"] == 0, "they show that they have it", BACK)
        check("alarm stalled" not in r.said(B), f"who did not run itself accuses nobody: {r.said(B)}")


main(test)
