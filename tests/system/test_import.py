#!/usr/bin/python3
"""Importing a Notubiz meeting: twice changes nothing, a changed copy replaces only what changed, and
what was edited here since stays."""
# test: slow
import copy
import json
import os

from region import ROOT, Region, check, main

A, B = "GM0384", "GM0437"
REAL = os.path.join(os.path.dirname(ROOT), "shared", "data", "notubiz-meeting-amsterdam.json")


def point(number, title, prefix, **more):
    return {"id": number, "confidential": 0, "documents": [], "agenda_items": [], "order": None,
            "type_data": {"title_prefix": prefix, "heading": False,
                          "attributes": [{"id": 1, "value": title}]}, **more}


MEETING = {
    "id": 77, "type": "meeting", "body": "council", "confidential": 0,
    "attributes": {"Titel": "Raadscommissie\tWonen", "Locatie": "Raadzaal", "Omschrijving": ""},
    "plannings": [{"start_date": "2026-02-08 13:30:00", "end_date": None}],
    "documents": [{"title": "Verslag", "confidential": 0, "url": "https://example.org/1",
                   "versions": [{"mime_type": "application/pdf", "file_size": 123}]},
                  {"title": "Vertrouwelijk", "confidential": 1, "url": "https://example.org/2"}],
    "agenda_items": [point(1, "Opening", "1."), point(2, "Stukken", "TKN 1", agenda_items=[
        point(3, "Deel", "", confidential=1)])],
}


def bring(r, meeting, words, code=0):
    """Imports and checks what is said to have come: (new, changed, as they were)."""
    path = os.path.join(r.dir, "meeting.json")
    with open(path, "w") as f:
        json.dump(meeting, f)
    got, out, err = r.command(A, "import", "notubiz", path, "--topic", "agenda/raad")
    check(got == code, f"exit {got}: {out}{err}")
    check(words in err, err)
    return [json.loads(line) for line in out.splitlines()]


def items(r, org):
    code, out, err = r.command(org, "agenda", "list", "-o", "json")
    check(code == 0, err)
    return {i["content"]["title"]: i for i in json.loads(out)["items"]}


def check_items(found):
    meeting, deep = found["Raadscommissie Wonen"], found["Deel"]
    content = meeting["content"]
    check((content["start"], content["location"], content["body"]) ==
          ("2026-02-08T13:30", "Raadzaal", "council"), content)
    check([a["title"] for a in content["attachments"]] == ["Verslag"], "what is confidential stays")
    check(found["Stukken"]["content"]["number"] == "TKN 1", "a number is text")
    check(found["Stukken"]["content"]["parent"] == meeting["item"], "under the meeting")
    check(deep["content"]["parent"] == found["Stukken"]["item"], "nested")
    check(deep["content"]["disclosure"] == "closed", deep)


def play(r):
    bring(r, MEETING, "4 new, 0 changed, 0 as they were")
    check_items(items(r, A))
    before = len(r.log(A))
    check(bring(r, MEETING, "0 new, 0 changed, 4 as they were") == [], "nothing to publish")
    check(len(r.log(A)) == before, "nothing was published")
    changed = copy.deepcopy(MEETING)
    changed["agenda_items"][0]["type_data"]["attributes"][0]["value"] = "Opening en welkom"
    check(len(bring(r, changed, "0 new, 1 changed, 3 as they were")) == 1, "only what changed")
    check("Opening" not in items(r, A), "it was replaced")
    bring(r, MEETING, "0 new, 1 changed, 3 as they were")
    bring(r, MEETING, "0 new, 0 changed, 4 as they were")
    item = items(r, A)["Raadscommissie Wonen"]["item"]
    code, _, err = r.command(A, "agenda", "move", item, "--start", "2026-02-09T13:30")
    check(code == 0, err)
    bring(r, MEETING, "0 new, 0 changed, 4 as they were")
    check(items(r, A)["Raadscommissie Wonen"]["content"]["start"] == "2026-02-09T13:30",
          "an edit made here stays")


def play_bad(r):
    before = len(r.log(A))
    bad = copy.deepcopy(MEETING)
    bad["plannings"][0]["start_date"] = "2026-02-30 13:30:00"
    bring(r, bad, "the meeting", code=65)
    del bad["id"]
    bring(r, bad, "without an id", code=65)
    check(len(r.log(A)) == before, "all or nothing")


def count(points):
    return sum(1 + count(p.get("agenda_items") or []) for p in points)


def play_real(r):
    if not os.path.exists(REAL):
        print("skipped: no " + REAL)
        return
    with open(REAL) as f:
        meeting = json.load(f)
    n = 1 + count(meeting["agenda_items"])
    bring(r, meeting, f"{n} new")
    bring(r, meeting, f"0 new, 0 changed, {n} as they were")
    for change in meeting["agenda_items"][1]["type_data"]["attributes"]:
        if change["id"] == 1:
            change["value"] += " (gewijzigd)"
    meeting["plannings"][0]["start_date"] = meeting["plannings"][0]["start_date"][:11] + "14:45:00"
    check(len(bring(r, meeting, f"0 new, 2 changed, {n - 2} as they were")) == 2, "an updated copy")
    bring(r, meeting, f"0 new, 0 changed, {n} as they were")


def test():
    with Region([A, B]) as r:
        r.start()
        play(r)
        play_bad(r)
        r.wait_same()
        check(items(r, B) == items(r, A), "the same at the other")
        play_real(r)


if __name__ == "__main__":
    main(test)
