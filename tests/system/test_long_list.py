#!/usr/bin/python3
"""Lists of more than one answer of the daemon, each asked for before the one before it was looked
at: everything is there, once, with what was said about it."""
# test: slow
import json

from region import Region, check, main, new_id

A = "GM0384"
MANY = 1300  # three answers, each of 512 subjects at most


def proposal(i):
    return {"id": new_id(), "topic": "decision/duoplus", "proposal": {
        "decisionId": new_id(), "title": f"Voorstel {i}", "participants": [A],
        "rule": "consent_all", "body": "council", "deadline": "2030-01-31"}}


def meeting(i):
    return {"id": new_id(), "topic": "agenda/wonen", "agendaItem": {
        "itemId": new_id(), "kind": "meeting", "title": f"Overleg {i}", "start": "2026-12-10T20:00"}}


def position(of):
    name = f"{A}/{of['proposal']['decisionId']}"
    return {"id": new_id(), "topic": "decision/duoplus", "position": {
        "decision": name, "revision": f"{A}/{of['id']}", "value": "in_favour", "kind": "consent",
        "body": "council", "dateTaken": "2026-01-08"}}


def listed(r, what, many):
    code, out, err = r.command(A, what, "list", "-o", "json")
    check(code == 0, err)
    answer = json.loads(out)
    check(len(answer[many]) == MANY and answer["complete"], f"{len(answer[many])} of {MANY}")
    return answer[many]


def test():
    with Region([A]) as r:
        r.start()
        proposals, meetings = [proposal(i) for i in range(MANY)], [meeting(i) for i in range(MANY)]
        r.publish(A, *proposals)
        r.publish(A, *meetings)
        r.publish(A, *[position(p) for p in proposals[:MANY:3]])
        seen = {d["decision"]: d for d in listed(r, "decision", "decisions")}
        for i, p in enumerate(proposals):
            d = seen[f"{A}/{p['proposal']['decisionId']}"]
            check(d["title"] == p["proposal"]["title"] and len(d["missing"]) == (i % 3 != 0), d)
        items = [i["item"] for i in listed(r, "agenda", "items")]
        check(sorted(items) == sorted(f"{A}/{m['agendaItem']['itemId']}" for m in meetings), items[:3])


main(test)
