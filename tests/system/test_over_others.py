#!/usr/bin/python3
"""A line A - B - C, seen by whoever watches an end of it: the far end is no fault where its entry says
that it comes over others and its events do; a warning where its entry does not say so; critical, like
the partner that is to be connected, once nothing comes."""
# test: slow
import json
import os
import signal

from region import Region, check, custom, main
from reload_tools import edit, reload

A, B, C = "GM0384", "GM0437", "GM0451"


def peers(r, org):
    """(exit code, what is found) of `check peers`; config check --peers agrees about whether all is well."""
    code, out, _ = r.command(org, "check", "peers", "--format", "json")
    found = json.loads(out)
    code_config, out, _ = r.command(org, "config", "check", "--peers", "-c", r.nodes[org].path("samenbusd.yaml"))
    check((code == 0) == (code_config == 0), f"{found} and {out}")
    return code, [f["text"] for f in found["findings"]], found["summary"]


def peers_say(r, org, level, *texts):
    code, findings, summary = peers(r, org)
    check(code == level and all(any(t in f for f in findings + [summary]) for t in texts), f"{code} {findings} {summary}")
    return True


def both_ends_are_judged(r):
    """The far end is no fault where its entry says so and its events come; else it is."""
    for org, far in ((A, C), (C, A)):
        r.wait_for(lambda o=org, f=far: peers_say(r, o, 1, f"{f} ", "come over others", "`over_others: true`"),
                   f"{org} warns of {far}")
        edit(r, org, f"  - id: {far}\n", f"  - id: {far}\n    over_others: true\n")
        check(f"~ partner {far}: over_others: false -> true" in reload(r, org), "the reload")
        r.wait_for(lambda o=org: peers_say(r, o, 0, "2 of 2 partners flow in every direction, 1 of them over others"),
                   f"all is well at {org}")
        check(r.peer(org, far)["overOthers"] and not r.peer(org, B)["overOthers"], r.peer(org, far))
        check("its events come over others" in r.command(org, "status")[1], "the status")
    os.kill(r.nodes[B].process.pid, signal.SIGSTOP)
    try:
        for org, far in ((A, C), (C, A)):  # who is to be linked stands still, and with it the one behind
            r.wait_for(lambda o=org, f=far: peers_say(r, o, 2, f"{B} ", f"{f} ", "nothing comes over others"),
                       f"{org} tells of both")
    finally:
        os.kill(r.nodes[B].process.pid, signal.SIGCONT)
    for org in (A, C):
        r.wait_for(lambda o=org: peers_say(r, o, 0), f"all is well again at {org}", 30)


def not_yet(r):
    """A partner of which nothing has come is none that comes over others."""
    r.start(A, B)
    edit(r, A, f"  - id: {C}\n", f"  - id: {C}\n    over_others: true\n")
    reload(r, A)
    r.wait_for(lambda: peers_say(r, A, 1, f"{C} ", "nothing of it has come over others yet"), "a warning")
    edit(r, A, "    over_others: true\n", "")
    reload(r, A)
    r.wait_for(lambda: peers_say(r, A, 2, f"{C} ", "no endpoints of it"), "critical")


def test():
    with Region([A, B, C], dials={(A, B), (C, B)}) as r:
        not_yet(r)
        r.start(C)
        r.publish(A, custom("from one end"))
        r.publish(C, custom("from the other"))
        r.wait_same()
        both_ends_are_judged(r)


main(test)
