#!/usr/bin/python3
"""Whatever stands still, no node says that all is well: a relay that is stopped, a partner whose disk
takes no commit or is full, a line that swallows one direction. Status, checks, metrics and alarms of
everybody concerned say so within a stated time, and come back once it goes on."""
# test: slow
import json
import os
import signal
import time
from contextlib import contextmanager

import recorder
from moments import noted
from region import Region, check, custom, main, only_test_build
from valve import TO_CLIENT, TO_SERVER, Valve

A, B, C = "GM0384", "GM0437", "GM0451"
HEARD_MS = 6000  # SB_STALLED_MS: silence until a direction is stalled
WITHIN = HEARD_MS / 1000 + 2 + 2  # a frontier is sent every two seconds, a view of it with the next
READ = 20  # for a busy machine, to read what was noted within that time
BACK = 30  # connections that were cut are retried with a pause


def findings(r, org, what):
    """(exit code, texts) of a check; without a daemon that answers it is 3, never 0."""
    code, out, _ = r.command(org, "check", what, "--format", "json", timeout=30)
    return code, [f["text"] for f in json.loads(out)["findings"]]


def about(r, org, partner):
    """What each output of `org` says against `partner`: nothing where all is well."""
    peer, bad = r.peer(org, partner), {}
    ways = [peer[way]["state"] for way in ("outgoing", "incoming")]
    if any(state not in ("live", "none") for state in ways):
        bad["status"] = ways
    if peer["theirView"]["state"] not in ("", "live"):
        bad["view"] = peer["theirView"]
    code, texts = findings(r, org, "peers")
    if any(partner in text for text in texts):
        check(code in (1, 2), f"check peers: exit {code} with {texts}")
        bad["check"] = texts
    alarms = [a for a in r.status(org)["alarms"] if partner in a["text"]]
    if alarms:
        bad["alarm"] = alarms
    _, out, _ = r.command(org, "metrics")
    lines = [line for line in out.splitlines() if f'partner="{partner}"' in line and line.endswith(" 1")]
    if any(state in line for line in lines for state in ('"stalled"', '"down"', '"connecting"')):
        bad["metrics"] = lines
    return bad


def well(r, *pairs):
    for org, partner in pairs:
        bad = about(r, org, partner)
        check(not bad, f"{org} says of {partner}: {bad}")
    return True


def told(r, org, partner, *outputs):
    bad = about(r, org, partner)
    check(all(o in bad for o in outputs), f"{org} says of {partner} only {bad}, not all of {outputs}")
    return True


def all_tell(r, begin, expected):
    for org, partner, outputs in expected:
        r.wait_for(lambda: told(r, org, partner, *outputs), f"{org} tells of {partner}", WITHIN + READ)
        for output, code in (("status", "partner_state"), ("alarm", "alarm_raised")):
            after = noted(r, org, begin, partner, code=code) if output in outputs else 0
            check(after < WITHIN, f"{org} noted the {output} after {after:.1f} s")


@contextmanager
def standing(r, *expected):
    """Everybody tells, of what they noted within WITHIN seconds after the begin of the block, and goes on."""
    begin = time.time()
    yield
    all_tell(r, begin, expected)
    time.sleep(1)
    for org, partner, outputs in expected:
        told(r, org, partner, *outputs)


ALL = ("status", "check", "alarm", "metrics")


def a_relay_is_stopped():
    """A - B - C: both neighbours of the relay tell; what was published meanwhile crosses it later."""
    with Region([A, B, C], dials={(A, B), (C, B)}) as r:
        for org in (A, C):
            r.configure(org, lines=[recorder.install(r.nodes[org])])
        r.start()
        pairs = ((A, B), (B, A), (B, C), (C, B))
        r.wait_for(lambda: well(r, *pairs), "all is well", BACK)
        relay = r.nodes[B].process.pid
        with standing(r, (A, B, ALL), (C, B, ALL)):
            os.kill(relay, signal.SIGSTOP)
            r.publish(A, custom("meanwhile"))
        for org in (A, C):
            r.wait_for(lambda: recorder.has(r.nodes[org], "stalled", B), f"on_alarm at {org}")
        code, texts = findings(r, B, "peers")
        check(code == 3 and texts, f"a relay that does not answer: {code} {texts}")
        os.kill(relay, signal.SIGCONT)
        r.wait_for(lambda: well(r, *pairs), "all is well again", BACK)
        r.wait_for(lambda: "meanwhile" in r.texts(C), "it crosses the relay")


def a_disk_stalls():
    """The partner's commit does not end, while its network threads go on answering."""
    with Region([A, B]) as r:
        stalls = r.nodes[B].path("stalls")
        r.start(B, env={"SAMENBUS_HOLD": f"before_store_commit:{stalls}"})
        r.start(A)
        r.wait_for(lambda: well(r, (A, B), (B, A)), "all is well", BACK)
        with standing(r, (A, B, ALL)):
            open(stalls, "w").close()
            r.publish(A, custom("does not rest there"))
        lag = r.peer(A, B)["theirLagEvents"]
        check(lag > 0, f"they show that they have it: {lag}")
        check(findings(r, B, "store")[0] == 3, "a daemon whose disk stalls does not answer")
        os.unlink(stalls)
        r.wait_for(lambda: well(r, (A, B), (B, A)), "all is well again", BACK)
        r.wait_for(lambda: "does not rest there" in r.texts(B), "it has it now")


def a_disk_is_full():
    """The partner answers everything and takes nothing in: it tells, and we by its word."""
    with Region([A, B]) as r:
        r.configure(B, store="{path: store, max_size: 1MiB, max_size_per_origin: 1MiB}")
        r.start()
        r.wait_for(lambda: well(r, (A, B), (B, A)), "all is well", BACK)
        for i in range(30):
            r.publish(A, custom(f"{i} {40000 * 'x'}"))
        r.wait_for(lambda: r.status(B)["state"] == "full", "it is full")
        with standing(r, (A, B, ("view", "check")), (B, A, ALL)):
            pass
        check(r.peer(A, B)["theirLagEvents"] > 0, "they lack events")
        check(r.kill(B, 15) == 0, "stop")
        r.configure(B)
        r.start(B)
        r.wait_for(lambda: well(r, (A, B), (B, A)), "all is well again", BACK)
        r.wait_for(lambda: len(r.texts(B)) == 30, "what did not fit came")


def both_have(r, text):
    return f"{text} from A" in r.texts(B) and f"{text} from B" in r.texts(A)


def publish_both(r, text):
    r.publish(A, custom(f"{text} from A"))
    r.publish(B, custom(f"{text} from B"))


def one_direction(r, valves, name, way):
    """Both tell, or everything goes on nevertheless, by the other connection."""
    for valve in valves:
        valve.shut.add(way)
    begin, text = time.time(), f"{name} {way}"
    publish_both(r, text)
    time.sleep(HEARD_MS / 1000 + 1)  # buffers and connections that were there are used up
    publish_both(r, text + " later")
    if name == "publish":  # the service connection carries what the other does not
        r.wait_for(lambda: both_have(r, text) and both_have(r, text + " later"), f"{name}, {way}: all goes on", BACK)
    else:
        all_tell(r, begin, [(org, partner, ("status", "check", "metrics")) for org, partner in ((A, B), (B, A))])
        check(not both_have(r, text + " later"), f"{name}, {way}: events go on nevertheless")
    print(f"{name}, {way} swallowed: A tells {sorted(about(r, A, B))}, B {sorted(about(r, B, A))}", flush=True)
    for valve in valves:
        valve.shut.clear()
    r.wait_for(lambda: well(r, (A, B), (B, A)), f"all is well again after {name} {way}", BACK)
    r.wait_same()


def directions():
    """A alone calls B, by a line that swallows one way of one connection, or of both."""
    with Region([A, B], dials={(A, B)}) as r:
        publish, service = Valve(r.nodes[B].publish_port), Valve(r.nodes[B].service_port)
        r.via[(A, B)] = publish.port, service.port
        r.configure(A)
        r.start()
        r.wait_for(lambda: well(r, (A, B), (B, A)), "all is well", BACK)
        for way in (TO_SERVER, TO_CLIENT):
            one_direction(r, [service], "service", way)
            one_direction(r, [publish, service], "both", way)
            one_direction(r, [publish], "publish", way)
        publish.close()
        service.close()


def test():
    only_test_build()
    a_relay_is_stopped()
    a_disk_stalls()
    a_disk_is_full()
    directions()


main(test)
