#!/usr/bin/python3
"""Of a subject with more than 2,048 statements nothing is counted as without effect any more: each
count costs a look at all of them. What is said about others still is, and the views go on."""
# test: slow
import json

from region import Region, check, main, new_id

A, B = "GM0384", "GM0437"
MOST = 2048


def acknowledgement(of):
    return {"id": new_id(), "topic": "notification/ict", "acknowledgement": {
        "notification": of, "text": "Gelezen"}}


def not_for_them(r):
    """A notification that is not addressed to B: what B says about it never counts, whatever is under way."""
    name = new_id()
    r.publish(A, {"topic": "notification/ict", "notification": {
        "notificationId": name, "severity": "attention", "subject": "Storing", "addressees": [A],
        "requiresAcknowledgement": True}})
    return f"{A}/{name}"


def test():
    with Region([A, B]) as r:
        r.start()
        r.wait_same()

        def counted():
            return json.loads(r.command(A, "status", "-o", "json")[1])["counters"]["withoutEffect"]

        def bring(of, n):
            r.publish(B, *[acknowledgement(of) for _ in range(n)])
            r.wait_same(60)
            return counted()

        crowded, other = (not_for_them(r) for _ in range(2))
        check(bring(crowded, 1000) == 1000, "each is counted")
        check(bring(crowded, 1000) == 2000, "up to there")
        last = bring(crowded, 100)
        check(2000 <= last <= MOST, f"{last}: of more than {MOST} nothing is counted")
        check(bring(crowded, 50) == last, "nor of what comes later")
        check(bring(other, 1) == last + 1, "what is said about others is")


main(test)
