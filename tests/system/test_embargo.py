#!/usr/bin/python3
"""An item under embargo leaves its origin at its time and not before, also where the daemon was
killed meanwhile, goes to its audience alone and arrives once."""
# test: slow
import datetime
import json
import os
import time

from region import Region, check, main, new_id

A, B, C = "GM0384", "GM0437", "GM0451"
CANARY = "kanarie-onder-embargo"
WAIT_S = 15  # for half a dozen commands on a busy machine, before A is killed in time


def item(until, **more):
    text = datetime.datetime.fromtimestamp(until, datetime.timezone.utc).isoformat()
    return {"id": new_id(), "topic": "agenda/wonen", **more,
            "agendaItem": {"itemId": new_id(), "kind": "item", "title": CANARY,
                           "disclosure": "embargoed", "embargoUntil": text}}


def on_disk(r, org):
    """Does any file of the node hold the canary?"""
    for folder, _, names in os.walk(r.nodes[org].dir):
        for name in names:
            with open(os.path.join(folder, name), "rb") as f:
                if CANARY.encode() in f.read():
                    return True
    return False


def seen(r, org, event):
    return [e for e in r.log(org) if e["id"] == event["id"]]


def refused(r, event, words):
    results = r.publish(A, event, expect=77)
    error = results[0]["error"]
    check(error["code"] == "invalid_body" and words in error["text"], f"{results}")


def check_bad_input(r):
    refused(r, item(time.time() - 60), "lies in the past; give a later time")
    refused(r, item(time.time() + 60, audience=[A, "GM9999"]), "no partner here")


def check_erased_before(r):
    """It never comes; nobody else is waited for, who never had it."""
    never = item(time.time() + 3600, audience=[A, B])
    r.publish(A, never)
    code, _, err = r.command(A, "erase", f"{A}/{never['id']}", "--ground", "AVG art. 17")
    check(code == 0, err)

    def rows():
        return json.loads(r.command(A, "erasures", "-o", "json")[1])["erasures"]
    r.wait_for(lambda: [e["waiting"] for e in rows()] == [[]], f"one line, and nobody is waited for: {rows()}", 30)
    check([h["organisation"] for h in rows()[0]["confirmed"]] == [A], f"{rows()}")
    check(not r.log(B) or not seen(r, B, never), "it was never published")


def test():
    with Region([A, B, C]) as r:
        r.start()
        for other in (B, C):
            r.wait_for(lambda o=other: r.peer(A, o)["outgoing"]["state"] == "live", "live")
        check_bad_input(r)
        until = time.time() + WAIT_S
        event = item(until, audience=[A, B])
        r.publish(A, event)
        again = r.publish(A, event)
        check(again[0]["duplicate"], f"{again}")
        r.wait_same()
        check(not seen(r, B, event), "it is there before its time")
        r.kill(A)
        time.sleep(max(0, until - time.time() - 1))
        check(not on_disk(r, B) and not on_disk(r, C), "its content is there before its time")
        time.sleep(2)
        r.start(A)
        r.wait_for(lambda: len(seen(r, B, event)) == 1, "it arrives after its time", 30)
        body = seen(r, B, event)[0]["body"]
        check(body["title"] == CANARY and body["disclosure"] == "closed", f"{body}")
        r.wait_same()
        states = [e["state"] for e in seen(r, C, event)]
        check(states == ["withheld"], f"outside the audience: {states}")
        check(not on_disk(r, C), "its content is on a disk outside the audience")
        check_erased_before(r)
        r.publish(A, event)
        check(len(seen(r, A, event)) == 1 and len(seen(r, B, event)) == 1, "it is there once")


if __name__ == "__main__":
    main(test)
