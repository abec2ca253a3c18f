#!/usr/bin/python3
"""Decisions and the agenda as the command shows them: the same at every municipality, as of then and
as of now, over a restart (another epoch), with what is missing said."""
# test: slow
import json
from datetime import date, timedelta

from region import Region, check, main, new_id, program, run

ORGS = ["GM0384", "GM0437", "GM0451"]


def position(decision, revision, value, day, **more):
    return {"topic": "decision/duoplus", "position": {
        "decision": decision, "revision": revision, "value": value, "dateTaken": day,
        "body": "council", **more}}


def ask(r, org, *words):
    code, out, err = r.command(org, *words, "-o", "json")
    check(code == 0, f"{words} at {org}: exit {code}: {err}")
    return json.loads(out)


def states(view):
    return [(p["organisation"], p["value"], p["state"]) for p in view["positions"]]


def wait_complete(r):
    """Who has just started does not know all before its partners have said what was erased."""
    r.wait_for(lambda: all(ask(r, org, "decision", "list")["complete"] for org in ORGS), "all is known")


def play_decision(r):
    decision, first, second = new_id(), new_id(), new_id()
    proposal = {"decisionId": decision, "title": "Treffen GR Duo+", "participants": ORGS,
                "rule": "consent_all", "body": "council", "date": "2015-01-01",
                "deadline": "2015-01-31"}
    d, one, two = (f"GM0384/{x}" for x in (decision, first, second))
    r.publish("GM0384", {"id": first, "topic": "decision/duoplus", "proposal": proposal})
    r.wait_same()
    r.publish("GM0437", position(d, one, "against", "2015-01-05"))
    r.kill("GM0384", 15)
    r.start("GM0384")
    r.publish("GM0384", {"id": second, "topic": "decision/duoplus", "proposal": {
        **proposal, "date": "2015-01-08", "supersedes": [one]}})
    r.wait_same()
    for org in ("GM0384", "GM0437"):
        r.publish(org, position(d, two, "in_favour", "2015-01-08"))
    r.publish("GM0451", position(d, two, "in_favour_with_conditions", "2015-01-20",
                                 conditions="Mits de kosten gedeeld worden " + "naar rato " * 20 + "\nen per jaar"))
    r.wait_same()
    wait_complete(r)
    return d


def check_decision(r, d):
    expected = None
    for org in ORGS:
        view = ask(r, org, "decision", "show", d)
        check((view["outcome"], view["provisional"], view["decidedAt"]) ==
              ("adopted_with_conditions", True, "2015-01-20"), view)
        check(view["complete"] and sorted(view["asOf"]) == ORGS, view)
        check(len(view["asOf"]["GM0384"]) == 1, "the second epoch has the first in its past")
        check(states(view) == [("GM0384", "in_favour", "counted"), ("GM0437", "against", "stale"),
                               ("GM0437", "in_favour", "counted"),
                               ("GM0451", "in_favour_with_conditions", "counted")], states(view))
        check(all(p["backdated"] for p in view["positions"]), "published long after the deadline")
        expected = expected or view
        check(view == expected, f"{org} sees something else")
        then = ask(r, org, "decision", "show", d, "--as-of", "2015-01-10")
        check(then["outcome"] == "open" and then["missing"] == ["GM0451"], then)
        check(then["reason"] == "2 of 3 in favour; GM0451 missing; due 31 January 2015", then)
        late = ask(r, org, "decision", "show", d, "--as-of", "2015-02-01")
        check(late["outcome"] == "adopted_with_conditions" and late["ended"], late)


def check_list(r, d):
    found = ask(r, "GM0451", "decision", "list")
    check([x["decision"] for x in found["decisions"]] == [d] and found["complete"], found)
    check(ask(r, "GM0451", "decision", "list", "--open")["decisions"] == [], "it has ended")
    for words in (["decision", "show", d], ["decision", "list"], ["decision", "list", "--mine"]):
        code, out, err = r.command("GM0437", *words)
        check(code == 0, err)
        check(out and all(len(line) <= 80 for line in out.splitlines()), out)
        check(words[1] != "show" or "          en per jaar\n" in out, f"conditions in full: {out}")
    code, _, err = r.command("GM0437", "decision", "show", "GM0437/" + d.split("/")[1])
    check(code == 1 and "no proposal" in err, err)
    check(r.command("GM0437", "decision", "show", d, "--as-of", "2015-02-30")[0] == 64, "no such day")


def item(item_id, title, day, **more):
    return {"topic": "agenda/wonen", "agendaItem": {
        "itemId": item_id, "kind": "meeting", "title": title, "start": f"{day}T20:00", **more}}


def play_agenda(r):
    meeting, point, first, second = (new_id() for _ in range(4))
    m = f"GM0384/{meeting}"
    r.publish("GM0384", {**item(meeting, "Overleg", "2026-12-10", coEditors=["GM0437"]), "id": first},
              item(point, "Punt", "2026-12-10", number="1.4C", parent=m))
    r.wait_same()
    change = {"coEditors": ["GM0437"], "supersedes": [f"GM0384/{first}"]}
    for org in ("GM0437", "GM0451"):
        r.kill(org, 15)  # neither knows of the other's edit, which would be refused otherwise
    r.publish("GM0384", {**item(meeting, "Verplaatst", "2026-12-11", **change), "id": second})
    r.kill("GM0384", 15)
    r.start("GM0437")
    r.publish("GM0437", item(meeting, "Ook verplaatst", "2026-12-12", **change))
    r.start("GM0384")
    r.start("GM0451")
    r.wait_same()
    wait_complete(r)
    return m


def check_agenda(r, m):
    views = [ask(r, org, "agenda", "list") for org in ORGS]
    check(views[0] == views[1] == views[2] and views[0]["complete"], views)
    titles = [i["content"]["title"] for i in views[0]["items"]]
    check(titles == ["Punt", "Ook verplaatst"], "the greatest event wins, and days are in order")
    conflict = ask(r, "GM0451", "agenda", "conflicts")["items"]
    check(len(conflict) == 1 and len(conflict[0]["conflict"]) == 1, conflict)
    one = ask(r, "GM0451", "agenda", "show", m)
    r.publish("GM0384", item(m.split("/")[1], "Vervallen", "2026-12-12", status="cancelled",
                             supersedes=[one["event"]] + one["conflict"]))
    r.wait_same()
    check(ask(r, "GM0451", "agenda", "conflicts")["items"] == [], "superseded both")
    check(ask(r, "GM0451", "agenda", "show", m)["content"]["status"] == "cancelled", "stays visible")
    check(ask(r, "GM0451", "agenda", "list", "--to", "2026-12-10")["items"][0]["content"]["title"] ==
          "Punt", "by day")
    code, out, _ = r.command("GM0451", "agenda", "show", m)
    check(code == 0 and out.startswith("Vervallen\n" + m + "\nmeeting, cancelled\n"), out)
    check("2026-12-12 20:00" in out and all(len(x) <= 80 for x in out.splitlines()), out)
    code, out, _ = r.command("GM0451", "agenda", "list")
    check(code == 0 and "1.4C" in out and all(len(x) <= 80 for x in out.splitlines()), out)


def check_due(r):
    decision, notice = new_id(), new_id()
    today = date.today()
    days = [(today + timedelta(days=n)).isoformat() for n in (3, 30, -3)]
    for due in days:
        r.publish("GM0384", {"topic": "decision/x", "proposal": {
            "decisionId": decision if due == days[0] else new_id(), "title": "Advies",
            "participants": ["GM0437", "GM0451"], "rule": "consultation", "deadline": due}})
    r.publish("GM0437", {"topic": "agenda/x", "agendaItem": {
        "itemId": new_id(), "kind": "deadline", "title": "Stukken", "date": days[1]}})
    r.publish("GM0384", {"topic": "notification/x", "notification": {
        "notificationId": notice, "severity": "urgent", "subject": "Lezen",
        "addressees": ["GM0451", "GM0437"], "requiresAcknowledgement": True}})
    r.wait_same()
    r.publish("GM0437", {"topic": "notification/x", "acknowledgement": {
        "notification": "GM0384/" + notice}})
    r.wait_same()
    found = ask(r, "GM0451", "deadlines")["deadlines"]
    check([d["date"] for d in found] == [days[0], days[1], days[1]], found)
    soon = ask(r, "GM0451", "deadlines", "--within", "14d")["deadlines"]
    check([(d["of"], d["missing"]) for d in soon] ==
          [("GM0384/" + decision, ["GM0437", "GM0451"])], soon)
    waiting = ask(r, "GM0384", "notify", "list", "--unacknowledged")["notifications"]
    check([n["waiting"] for n in waiting] == [["GM0451"]], waiting)
    for words in (["deadlines"], ["notify", "list"]):
        code, out, err = r.command("GM0437", *words)
        check(code == 0 and out and all(len(x) <= 80 for x in out.splitlines()), out + err)


def check_rebuilt(r, d):
    """The index that views are folded from can be made anew, and is then the same."""
    before = ask(r, "GM0437", "decision", "show", d)
    store = r.nodes["GM0437"].path("store")
    code, _, err = run(program("samenbus"), "views", "rebuild", "--store", store)
    check(code == 78 and "in use" in err, f"beside the daemon: {code} {err}")
    r.kill("GM0437", 15)
    code, out, err = run(program("samenbus"), "views", "rebuild", "--store", store)
    check(code == 0 and "rebuilt" in out, out + err)
    code, out, err = run(program("samenbus"), "verify", "--store", store)
    check(code == 0 and out.startswith("ok:"), out + err)
    r.start("GM0437")
    after = ask(r, "GM0437", "decision", "show", d)
    check({**before, "asOf": 0, "complete": 0} == {**after, "asOf": 0, "complete": 0}, after)


def test():
    with Region(ORGS) as r:
        r.start()
        decision = play_decision(r)
        check_decision(r, decision)
        check_list(r, decision)
        check_agenda(r, play_agenda(r))
        check_due(r)
        check_rebuilt(r, decision)


if __name__ == "__main__":
    main(test)
