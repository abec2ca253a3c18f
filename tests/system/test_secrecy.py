#!/usr/bin/python3
"""A secret item stays with its organisation, title and all, until an edit lifts secrecy: then its
partners have what that edit says, and nothing of what stood there before."""
import json

from region import Region, check, main, new_id
from test_embargo import on_disk

A, B = "GM0384", "GM0437"
CANARY = "kanarie-onder-embargo"  # what on_disk looks for
OPEN = "Grondaankoop Duivendrecht"


def secret(item_id, **more):
    return {"id": new_id(), "topic": "agenda/wonen", "audience": [A],
            "agendaItem": {"itemId": item_id, "kind": "item", "title": CANARY,
                           "disclosure": "secret", "secrecyGround": "art. 87 Gemeentewet",
                           "imposedBy": "college", "liftableBy": "raad", **more}}


def without(event, member):
    return {**event, "agendaItem": {k: v for k, v in event["agendaItem"].items() if k != member}}


def refused(r, event, words):
    error = r.publish(A, event, expect=77)[0]["error"]
    check(error["code"] == "invalid_body" and words in error["text"], f"{error}")


def check_bad_input(r):
    event = secret(new_id())
    refused(r, without(event, "secrecyGround"), "secrecyGround: missing")
    refused(r, without(event, "imposedBy"), "imposedBy: missing")
    refused(r, without(event, "liftableBy"), "liftableBy: missing; write who may lift it")
    refused(r, secret(new_id(), description=CANARY), "does not leave its organisation")
    for audience in (None, [B], [A, B]):
        wider = {k: v for k, v in {**event, "audience": audience}.items() if v is not None}
        refused(r, wider, f'stays with its organisation; write ["{A}"]')
    check(r.status(A)["store"]["events"] == 0, "a refused publish left something")


def items(r, org):
    code, out, err = r.command(org, "agenda", "list", "-o", "json")
    check(code == 0, f"agenda list: exit {code}: {err}")
    return json.loads(out)["items"]


def titles(r, org):
    return [i["content"]["title"] for i in items(r, org)]


def test():
    with Region([A, B]) as r:
        r.start()
        r.wait_for(lambda: r.peer(A, B)["outgoing"]["state"] == "live", "live")
        check_bad_input(r)
        item_id = new_id()
        first = secret(item_id)
        r.publish(A, first)
        r.wait_same()
        check(titles(r, A) == [CANARY] and titles(r, B) == [], "secret: for the own systems alone")
        check([e["state"] for e in r.log(B) if e["id"] == first["id"]] == ["withheld"],
              "what partners see is that there is something")
        lifted = {"id": new_id(), "topic": "agenda/wonen", "agendaItem": {
            "itemId": item_id, "kind": "item", "title": OPEN}}
        settled = {"id": new_id(), "topic": "agenda/wonen", "agendaItem": {
            **lifted["agendaItem"], "supersedes": [f"{A}/{e['id']}" for e in (first, lifted)]}}
        r.publish(A, lifted, settled)
        r.wait_same()
        check(items(r, A) == items(r, B), f"lifted: {items(r, A)}, {items(r, B)}")
        check(titles(r, A) == [OPEN] and items(r, A)[0]["conflict"] == [], f"{items(r, A)}")
        check(on_disk(r, A) and not on_disk(r, B), "what was secret is on a partner's disk")


if __name__ == "__main__":
    main(test)
