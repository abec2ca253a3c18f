#!/usr/bin/python3
"""Importing a list of what colleges decided: each takes its own, twice changes nothing, an updated copy
replaces only what changed, and what was said here since stays."""
# test: slow
import copy
import json
import os

from region import ROOT, Region, check, main

A, B = "GM0437", "GM0451"
REAL = os.path.join(os.path.dirname(ROOT), "shared", "data", "besluiten-colleges.json")
SOURCE = "https://example.org/besluitenlijst-21"
LIST = {"note": "ours", "items": [
    {"municipality": A, "body": "college", "date": "2023-05-23", "title": "Begroting", "arrangement": "Duo+",
     "stage": "voorstel aan raad", "decision": "geen zienswijze", "amount_eur": 634000,
     "amount_meaning": "stijging", "council_date": "2023-07-06", "position": "no_view", "source": SOURCE},
    {"municipality": A, "body": "college", "week": "2020-W53", "title": "Voorwaarden", "arrangement": None,
     "decision": "akkoord, mits", "position": "in_favour_with_conditions", "source": SOURCE},
    {"municipality": B, "body": "college", "date": "2020-02-25", "title": "Koers", "decision": "scenario 2",
     "position": "option:2", "source": SOURCE}]}


def bring(r, org, decided, words, code=0):
    """Imports and checks what is said to have come."""
    path = os.path.join(r.dir, "decided.json")
    with open(path, "w", encoding="utf-8") as f:
        json.dump(decided, f)
    got, out, err = r.command(org, "import", "decisions", path, "--topic", "decision/college")
    check(got == code, f"exit {got}: {out}{err}")
    check(words in err, f"{words}: {err}")
    return [json.loads(line) for line in out.splitlines()]


def decisions(r, org):
    code, out, err = r.command(org, "decision", "list", "-o", "json")
    check(code == 0, err)
    return {d["title"]: d for d in json.loads(out)["decisions"]}


def answer(view):
    return [(p["value"], p["dateTaken"], p["state"]) for p in view["positions"]]


def play(r):
    check(len(bring(r, A, LIST, "2 new, 0 changed, 0 as they were, 1 left alone")) == 4, "two, with a position each")
    found = decisions(r, A)
    check((found["Begroting"]["outcome"], found["Begroting"]["ended"]) == ("open", True), found["Begroting"])
    check(answer(found["Begroting"]) == [("no_view", "2023-05-23", "counted")], found["Begroting"])
    check(found["Voorwaarden"]["outcome"] == "adopted_with_conditions", found["Voorwaarden"])
    check(answer(found["Voorwaarden"])[0][1] == "2021-01-01", "the Friday of the last week of 2020")
    before = len(r.log(A))
    check(bring(r, A, LIST, "0 new, 0 changed, 2 as they were") == [], "nothing to publish")
    check(len(r.log(A)) == before, "nothing was published")
    bring(r, B, LIST, "1 new, 0 changed, 0 as they were, 2 left alone")
    check(answer(decisions(r, B)["Koers"]) == [], "no word for its position: the text says it")


def play_changes(r):
    said = copy.deepcopy(LIST)
    said["items"][0]["position"] = "view_submitted"
    check(len(bring(r, A, said, "0 new, 1 changed, 1 as they were")) == 1, "the position alone")
    check(("view_submitted", "2023-05-23", "counted") in answer(decisions(r, A)["Begroting"]), "the later word")
    bring(r, A, LIST, "0 new, 1 changed, 1 as they were")
    check(("no_view", "2023-05-23", "counted") in answer(decisions(r, A)["Begroting"]), "and back")
    bring(r, A, LIST, "0 new, 0 changed, 2 as they were")
    said = copy.deepcopy(LIST)
    said["items"][0]["decision"] = "toch een zienswijze"
    check(len(bring(r, A, said, "0 new, 1 changed, 1 as they were")) == 2, "a new text needs its position again")
    states = {p["state"] for p in decisions(r, A)["Begroting"]["positions"]}
    check(states == {"counted", "stale"}, states)
    bring(r, A, said, "0 new, 0 changed, 2 as they were")
    one = decisions(r, A)["Voorwaarden"]["decision"]
    code, _, err = r.command(A, "position", "take", one, "--value", "against", "--date", "2021-02-01")
    check(code == 0, err)
    bring(r, A, said, "0 new, 0 changed, 2 as they were")
    check(("against", "2021-02-01", "counted") in answer(decisions(r, A)["Voorwaarden"]), "what was said here stays")
    code, _, err = r.command(A, "decision", "close", one)
    check(code == 0, err)
    said["items"][1]["decision"] = "anders"
    bring(r, A, said, "0 new, 0 changed, 1 as they were, 2 left alone")


def play_bad(r):
    r.wait_same()  # what the other published has come, and is no news below
    before = len(r.log(A))
    for change, words in (({"date": "2023-02-30"}, "Begroting: "), ({"date": None}, "say when"),
                          ({"source": None}, "without a title"), ({"municipality": None}, "without a municipality"),
                          ({"date": None, "week": "2023-W54"}, "say when")):
        bad = copy.deepcopy(LIST)
        bad["items"][0].update({"title": "Begroting", "source": SOURCE + "x", **change})
        bring(r, A, bad, words, code=65)
    bring(r, A, [], "a list of decisions", code=65)
    check(len(r.log(A)) == before, "all or nothing")


def play_real(r):
    if not os.path.exists(REAL):
        print("skipped: no " + REAL)
        return
    with open(REAL, encoding="utf-8") as f:
        real = json.load(f)
    for org in (A, B):
        n = sum(item["municipality"] == org for item in real["items"])
        bring(r, org, real, f"{n} new, 0 changed, 0 as they were")
        bring(r, org, real, f"0 new, 0 changed, {n} as they were")
    updated = copy.deepcopy(real)
    own = next(item for item in updated["items"] if item["municipality"] == A)
    own["amount_eur"] = own.get("amount_eur", 0) + 1
    bring(r, A, updated, "0 new, 1 changed")


def test():
    with Region([A, B]) as r:
        r.start()
        play(r)
        play_changes(r)
        play_bad(r)
        play_real(r)
        r.wait_same()
        check(decisions(r, A) == decisions(r, B), "the same at both")


if __name__ == "__main__":
    main(test)
