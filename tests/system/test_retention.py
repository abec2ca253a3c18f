#!/usr/bin/python3
"""Content whose time is up is destroyed at whoever has such a rule, with a record of it, and nowhere
else; links stay, what is younger or under no rule stays, and a partner does not bring it back."""
# test: slow
import json
import re

from region import Region, check, custom, main, new_id, text_of
from test_erase import holders

A, B = "GM0384", "GM0437"
CANARY = "kanarie-bewaartermijn-"
GROUND = "Selectielijst 2020, 5.1.2"
RULES = ["retention:", f"  - {{ground: '{GROUND}', topics: [custom/kort], keep: 3s}}",
         "  - {ground: 'Selectielijst 2020, 5.1', topics: [custom/], keep: 36500d}"]


def event(topic, n):
    return {**custom(f"{CANARY}{topic[-1]}{n:03}", id=new_id()), "topic": f"custom/{topic}"}


def states(r, org, events):
    ids = {e["id"] for e in events}
    return [e["state"] for e in r.log(org) if e["id"] in ids]


def expired(r, org):
    code, out, err = r.command(org, "erasures", "-o", "json")
    check(code == 0, err)
    return [e for e in json.loads(out)["erasures"] if e["erasure"] is None]


def answer(r, org, *words):
    code, out, err = r.command(org, *words, "-o", "json")
    check(code == 0, f"{words}: exit {code}: {err}")
    return json.loads(out)


def check_views(r):
    """Where a notification was destroyed, the list of notifications says that it is not complete."""
    r.publish(B, {"id": new_id(), "topic": "notification/kort", "notification": {
        "notificationId": new_id(), "severity": "attention", "subject": "Onderhoud",
        "addressees": [A]}})
    r.wait_same()
    check(answer(r, A, "notify", "list")["complete"], "nothing is destroyed yet")
    r.configure(A, lines=[*RULES, "  - {ground: berichten, topics: [notification/], keep: 1s}"])
    check(r.command(A, "reload")[0] == 0, "reload")
    for _ in range(2):  # once more after a restart
        r.wait_for(lambda: not answer(r, A, "notify", "list")["complete"], "not complete any more")
        r.wait_for(lambda: answer(r, A, "agenda", "list")["complete"], "the agenda is")
        r.kill(A)
        r.configure(A)
        r.start(A)
    r.wait_for(lambda: answer(r, B, "notify", "list")["complete"], "B has everything")


def test():
    with Region([A, B]) as r:
        r.configure(A)
        r.start()
        r.wait_for(lambda: r.peer(A, B)["outgoing"]["state"] == "live", "live")
        short, long = [event("kort", n) for n in range(600)], [event("lang", n) for n in range(5)]
        r.publish(B, *short)
        r.publish(A, *long)
        r.wait_same()
        r.configure(A, lines=RULES)
        code, out, err = r.command(A, "reload")
        check(code == 0 and GROUND in out, f"{out}{err}")
        r.wait_for(lambda: states(r, A, short) == ["expired"] * 600, "their time is up at A", 40)
        check(states(r, A, long) == ["present"] * 5, "a longer rule of the shorter prefix")
        check(states(r, B, short) == ["present"] * 600, "B has no such rule")
        r.wait_for(lambda: not any(holders(r, A, f"{CANARY}t{n:03}") for n in range(0, 600, 60)),
                   "no byte of it is left", 30)
        check(holders(r, A, CANARY + "g000"), "what stays is there")
        rows = expired(r, A)
        check({e["event"] for e in rows} == {f"{B}/{e['id']}" for e in short}, f"{len(rows)} records")
        check(all(e["ground"] == GROUND for e in rows), rows[0])
        said = re.findall(r"the content of (\d+) events, whose time was up", r.said(A))
        check(sum(map(int, said)) == 600, f"it is said: {said}")
        r.kill(A)
        r.configure(A, lines=[line.replace("keep: 3s", "keep: 1h") for line in RULES])  # time to look at what is young
        r.start(A)
        later = event("kort", 999)
        r.publish(B, later)
        r.wait_same()
        check(states(r, A, short) == ["expired"] * 600, "they stay so, and nobody brings them back")
        check(states(r, A, [later]) == ["present"], "what is young is there")
        r.wait_for(lambda: answer(r, A, "agenda", "list")["complete"], "no agenda item was destroyed")
        check_views(r)
        for org in (A, B):
            r.verify_store(org)


if __name__ == "__main__":
    main(test)
