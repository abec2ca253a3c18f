#!/usr/bin/python3
"""The story of Duo+ as the demo plays it ends with its outcomes, the same at three municipalities,
as of then and as of today."""
# test: slow
import json
import os

from region import ROOT, Region, check, main

ORGS = ["GM0384", "GM0437", "GM0451"]
STORY = os.path.join(ROOT, "config", "demo", "duoplus.txt")
FOUR = "GM0384/0149f07a-7e80-7000-8000-000000000010"
THREE = "GM0384/014ac8c5-9680-7000-8000-000000000010"
BUDGET = "GM0384/015022a1-2e80-7000-8000-000000000010"
# decision, as of, outcome, decidedAt, the reason begins with
EXPECTED = [
    (FOUR, "2014-12-15", "open", None, "3 of 4 in favour; GM0736 missing; due 31 December 2014"),
    (FOUR, "2015-01-05", "lapsed", "2014-12-31", "3 of 4 in favour; GM0736 missing; was due"),
    (FOUR, "2026-01-01", "superseded", "2015-01-08", "succeeded by GM0384/014ac8c5"),
    (THREE, "2015-01-08", "adopted", "2015-01-08", "3 of 3 in favour; closed on 8 January 2015"),
    (THREE, "2026-01-01", "adopted", "2015-01-08", "3 of 3 in favour; closed on 8 January 2015"),
    (BUDGET, "2015-10-02", "open", None, "0 of 3 answered; GM0384, GM0437, GM0451 missing; due 26"),
    (BUDGET, "2026-01-01", "adopted", "2015-11-26", "3 of 3 answered; closed on 26 November 2015"),
]


def play(r):
    with open(STORY, encoding="utf-8") as story:
        for line in story:
            if line.strip() and not line.startswith("#"):
                org, partners, event = line.split(" ", 2)
                r.publish(org, json.loads(event), ack="remote:" + partners)
    r.wait_same()
    for org in ORGS:  # each once its partners have said what was erased
        r.wait_for(lambda o=org: json.loads(r.command(o, "decision", "list", "-o", "json")[1])["complete"], "all is known")


def test():
    with Region(ORGS) as r:
        r.start()
        play(r)
        for decision, day, outcome, since, reason in EXPECTED:
            views = []
            for org in ORGS:
                code, out, err = r.command(org, "decision", "show", decision, "--as-of", day, "-o", "json")
                check(code == 0, f"{decision} at {org}: {err}")
                views.append(json.loads(out))
            check(views[0] == views[1] == views[2], views)
            seen = (views[0]["outcome"], views[0]["decidedAt"])
            check(seen == (outcome, since), f"{decision} as of {day}: {seen}")
            check(views[0]["reason"].startswith(reason), views[0]["reason"])
            check(views[0]["complete"], "all is here")


if __name__ == "__main__":
    main(test)
