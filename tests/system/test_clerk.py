#!/usr/bin/python3
"""What a clerk's system writes: every writing command builds its event, has it checked against the
views before anything is published, and is seen alike at two daemons."""
# test: slow
import json
import os
import signal
from datetime import date

from region import Region, check, main, new_id

A, B = "GM0384", "GM0437"


def say(r, org, *words, code=0):
    """Runs a command that writes; returns its result line."""
    got, out, err = r.command(org, *words)
    check(got == code, f"{words} at {org}: exit {got}: {out}{err}")
    if code == 64 or not out:
        return err
    return json.loads(out)


def ask(r, org, *words):
    code, out, err = r.command(org, *words, "-o", "json")
    check(code == 0, f"{words} at {org}: exit {code}: {err}")
    return json.loads(out)


def own(r, org):
    """Ids of what it published itself: what the other says comes when it comes."""
    return [e["id"] for e in r.log(org) if e["origin"] == org]


def refused(r, org, code, sentence, *words):
    """Refused before it left: nothing is published, and the sentence says what would be right."""
    before = own(r, org)
    line = say(r, org, *words, code=77)
    check(line["line"] == 1 and line["error"]["code"] == code, line)
    check(sentence in line["error"]["text"], line)
    check(own(r, org) == before, "nothing was published")


def only(view, key):
    check(len(view[key]) == 1, view)
    return view[key][0]


def propose(r, *more):
    """Proposes at A; returns decision and revision as ORG/UUID."""
    line = say(r, A, "decision", "propose", "--topic", "decision/duoplus", "--title", "Begroting",
               "--participants", f"{A},{B}", "--rule", "consent_all", *more)
    shown = ask(r, A, "decision", "show", line["decision"])
    check(shown["revision"] == f"{A}/{line['id']}", shown)
    r.wait_same()
    return line["decision"], f"{A}/{line['id']}"


def play_decision(r):
    today = date.today().isoformat()
    d, first = propose(r, "--body", "council", "--deadline", "2099-12-31")
    for words, sentence in (([f"{A}/{new_id()}"], "decision list shows those that are"),
                            ([d, "--as-of", "2015-01-05"], "leave out --as-of")):
        code, out, err = r.command(A, "decision", "show", *words)
        check(code == 1 and sentence in err, err)
    code, out, err = r.command(A, "decision", "show", first, "-o", "json")
    check(code == 0 and f"it is about the decision {d}" in err, f"an event leads there: {err}")
    check(json.loads(out) == ask(r, A, "decision", "show", d), out)
    refused(r, B, "not_allowed", A, "decision", "withdraw", d, "--why", "x")
    refused(r, B, "unknown_decision", "known here", "position", "take", f"{A}/{new_id()}",
            "--value", "in_favour")
    refused(r, B, "stale_revision", first, "position", "take", d, "--value", "against",
            "--revision", f"{A}/{new_id()}")
    refused(r, B, "invalid_body", "in_favour", "position", "take", d, "--value", "in_favor")
    refused(r, B, "invalid_body", "body", "position", "take", d, "--value", "against",
            "--body", "college")
    check("--value" in say(r, B, "position", "take", d, code=64), "what is missing is named")
    say(r, B, "position", "take", d, "--value", "against", "--date", today)
    r.wait_same()
    path = os.path.join(r.dir, "second.json")
    with open(path, "w") as f:
        json.dump({"title": "Begroting, aangepast", "dossier": "b-2027"}, f)
    second = f"{A}/" + say(r, A, "decision", "revise", d, path, "--deadline", "2099-11-30")["id"]
    r.wait_same()
    view = ask(r, B, "decision", "show", d)
    check((view["revision"], view["title"], view["deadline"], view["rule"], view["body"]) ==
          (second, "Begroting, aangepast", "2099-11-30", "consent_all", "council"), view)
    check([p["state"] for p in view["positions"]] == ["stale"], view)
    refused(r, B, "stale_revision", second, "position", "take", d, "--value", "against",
            "--revision", first)
    return d


def close_decision(r, d):
    say(r, A, "position", "take", d, "--value", "in_favour")
    say(r, B, "position", "take", d, "--value", "in_favour_with_conditions", "--conditions",
        "Mits gedeeld", "--body", "council", "--kind", "consent", "--reference", "Z-1")
    r.wait_same()
    refused(r, A, "invalid_body", "adopted_with_conditions", "decision", "close", d,
            "--outcome", "not_adopted")
    line = say(r, A, "decision", "close", d)
    body = [e["body"] for e in r.log(A) if e["id"] == line["id"]][0]
    check(body["outcome"] == "adopted_with_conditions", body)
    check(sorted(t["origin"] for t in body["cut"]) == [A, B], "a head of every origin")
    r.wait_same()
    for org in (A, B):
        view = ask(r, org, "decision", "show", d)
        check((view["outcome"], view["provisional"], view["ended"]) ==
              ("adopted_with_conditions", False, True), view)
        check(view["complete"], view)
    refused(r, B, "closed", "propose a new one", "position", "take", d, "--value", "against")
    refused(r, A, "closed", "propose a new one", "decision", "close", d)
    refused(r, A, "closed", "propose a new one", "decision", "withdraw", d, "--why", "x")


def play_ends(r):
    d, _ = propose(r)
    say(r, A, "decision", "withdraw", d, "--why", "Niet nodig")
    r.wait_same()
    check(ask(r, B, "decision", "show", d)["outcome"] == "withdrawn", "withdrawn")
    code, out, err = r.command(B, "decision", "show", d)
    check(code == 0 and "withdrawn" in out and "WHO" not in out, f"no matrix of nobody: {out}{err}")
    ahead, _ = propose(r)
    _, out, err = r.command(B, "position", "take", ahead, "--value", "against", "--date", "2098-01-01")
    check("id" in json.loads(out) and "--as-of 2098-01-01" in err, f"a day to come is told: {out}{err}")
    r.wait_same()
    old, _ = propose(r)
    new, event = propose(r, "--replaces", old)
    check(event in r.command(B, "decision", "show", old)[1], "the reason names the event that succeeds it")
    code, out, err = r.command(B, "decision", "show", event)
    check(code == 0 and f"about the decision {new}\n" in err and new in out, f"it leads on, not back: {out}{err}")
    lapsed, _ = propose(r)
    say(r, A, "position", "take", lapsed, "--value", "in_favour", "--on-behalf-of", B)
    recorded = only(ask(r, A, "decision", "show", lapsed), "positions")
    check((recorded["organisation"], recorded["recordedBy"]) == (B, A), recorded)
    say(r, A, "decision", "close", lapsed)
    r.wait_same()
    check(ask(r, B, "decision", "show", lapsed)["outcome"] == "lapsed", "one was missing")
    line = say(r, A, "decision", "propose", "--topic", "decision/x", "--title", "T", "--rule",
               "weighted", "--participants", f"{A},{B}", "--weights", f"{A}=1,{B}=2",
               "--threshold", "9", code=77)
    check(line["error"]["code"] == "invalid_body" and "threshold" in line["error"]["text"], line)


def play_agenda(r):
    made = say(r, A, "agenda", "add", "--topic", "agenda/wonen", "--audience", B, "--title",
               "Overleg", "--start", "2026-12-10T20:00", "--end", "2026-12-10T22:00",
               "--co-editors", B)
    r.wait_same()
    item = only(ask(r, B, "agenda", "list"), "items")["item"]
    check(made["item"] == item, made)
    refused(r, A, "invalid_body", "end", "agenda", "move", item, "--start", "2026-12-11T23:00")
    for org, day in ((A, 11), (B, 12)):  # one of them may have seen the other: both stand or one
        words = ["agenda", "move", item, "--start", f"2026-12-{day}T20:00", "--end", f"2026-12-{day}T22:00"]
        if r.command(org, *words)[0] == 77:  # the other's came in between reading and writing
            say(r, org, *words)
    r.wait_same()
    say(r, B, "agenda", "cancel", item, "--why", "Te weinig punten")
    r.wait_same()
    for org in (A, B):
        view = ask(r, org, "agenda", "show", item)
        check(view["conflict"] == [] and view["content"].get("status") == "cancelled", view)
        check(view["content"]["description"] == "Te weinig punten", view)
    check([B in e["audience"] and A in e["audience"] + [e["origin"]] for e in r.log(A)
           if e["topic"] == "agenda/wonen"] == [True] * 4, "an edit goes to who knows the item")
    say(r, A, "agenda", "add", "--topic", "agenda/x", "--title", "Dag", "--date", "2026-12-24")
    day = [i for i in ask(r, A, "agenda", "list")["items"] if i["content"]["title"] == "Dag"][0]
    r.wait_same()
    refused(r, B, "not_allowed", "", "agenda", "move", day["item"], "--date", "2026-12-25")
    say(r, A, "agenda", "move", day["item"], "--start", "2026-12-24T09:00")
    content = ask(r, A, "agenda", "show", day["item"])["content"]
    check("date" not in content and content["start"] == "2026-12-24T09:00", content)


def play_conflict(r):
    """Two edits of one version, neither of which knew the other: each list says what both would have."""
    made = say(r, A, "agenda", "add", "--topic", "agenda/x", "--title", "Raad", "--start",
               "2026-11-10T20:00", "--co-editors", B)
    r.wait_same()
    for org, other, day in ((A, B, 11), (B, A, 12)):  # never both: neither hears of the other's
        r.kill(other, signal.SIGTERM)
        if org == B:
            r.start(B)
        r.publish(org, {"topic": "agenda/x", "agendaItem": {
            "itemId": made["item"].split("/")[1], "kind": "meeting", "title": f"Raad van {org}",
            "start": f"2026-11-{day}T19:30", "coEditors": [B], "supersedes": [f"{A}/{made['id']}"]}})
    r.start(A)
    r.wait_for(lambda: all(f"Raad van {of}" in r.command(org, "agenda", "conflicts")[1]
                           for org in (A, B) for of in (A, B)), "both have both")
    listed = [r.command(org, "agenda", "conflicts")[1] for org in (A, B)]
    shown = [r.command(org, "agenda", "show", made["item"])[1] for org in (A, B)]
    check(listed[0] == listed[1] and shown[0] == shown[1], f"both show the same: {listed} {shown}")
    for org, day in ((A, 11), (B, 12)):
        check(f"2026-11-{day} 19:30" in listed[0] and f"Raad van {org}" in listed[0], listed)
        check(f"2026-11-{day} 19:30" in shown[0] and f"Raad van {org}" in shown[0], shown)
    say(r, A, "agenda", "move", made["item"], "--start", "2026-11-13T19:30")
    check(r.command(A, "agenda", "conflicts")[1] == "", "who knew both ends it")


def play_notice(r):
    made = say(r, A, "notify", "send", "--topic", "notification/ict", "--severity", "urgent",
               "--subject", "Onderhoud", "--to", B, "--require-ack")
    r.wait_same()
    notice = only(ask(r, B, "notify", "list", "--unacknowledged"), "notifications")["notification"]
    check(made["notification"] == notice, made)
    out = r.command(A, "notify", "list")[1]
    check(f"to {B}\n" in out and f"not acknowledged by {B}" in out, out)
    refused(r, A, "not_allowed", "addressed", "notify", "ack", notice)
    refused(r, B, "invalid_body", "known here", "notify", "ack", f"{A}/{new_id()}")
    say(r, B, "notify", "ack", notice, "--text", "Gelezen")
    r.wait_same()
    seen = only(ask(r, A, "notify", "list"), "notifications")
    check([(x["organisation"], x["text"]) for x in seen["acknowledged"]] == [(B, "Gelezen")], seen)
    check(seen["waiting"] == [], seen)
    out = r.command(A, "notify", "list")[1]
    check(f"            acknowledged by {B}: Gelezen\n" in out and "not ack" not in out, out)
    check(f"bevestigd door {B}: Gelezen" in in_dutch(r, A, "notify", "list"), "in Dutch")
    _, out, err = r.command(A, "notify", "send", "--topic", "notification/ict", "--subject", "Storing",
                            "--require-ack", "-o", "json")
    check("notification" in json.loads(out) and "--to names them" in err, f"{out}{err}")
    r.wait_same()


def play_flags(r):
    """Every disclosure can be given by flags alone; whoever says -o json everywhere may."""
    secret = say(r, A, "agenda", "add", "--topic", "agenda/raad", "--title", "Benoeming", "--date", "2026-12-15",
                 "--audience", A, "--disclosure", "secret", "--secrecy-ground", "art. 86 Gemeentewet",
                 "--imposed-by", "college", "--liftable-by", "raad", "-o", "json")
    content = ask(r, A, "agenda", "show", secret["item"])["content"]
    check((content["secrecyGround"], content["imposedBy"], content["liftableBy"]) ==
          ("art. 86 Gemeentewet", "college", "raad"), content)
    code, out, err = r.command(A, "agenda", "add", "--topic", "agenda/raad", "--title", "Later", "--date",
                               "2098-12-15", "--disclosure", "embargoed", "--embargo-until", "2098-12-01T12:00:00Z")
    made = json.loads(out)
    check(code == 0 and "until 2098-12-01T12:00:00" in err and f"erase {A}/{made['id']}" in err, f"{out}{err}")
    say(r, A, "erase", f"{A}/{made['id']}", "--ground", "Vergissing", "-o", "json")
    line = say(r, A, "erase", f"{B}/{new_id()}", "--ground", "Vergissing", code=77)
    check(line["error"]["code"] == "not_erasable" and "only its origin" in line["error"]["text"], line)
    check("one of json" in say(r, A, "agenda", "add", "--topic", "agenda/x", "--title", "x", "--date", "2026-12-15",
                               "-o", "tekst", code=64), "a word that is none")
    check("lies before" in say(r, A, "agenda", "list", "--from", "2026-12-10", "--to", "2026-12-01", code=64), "order")
    r.kill(B, signal.SIGTERM)
    code, out, err = r.command(A, "agenda", "add", "--topic", "agenda/x", "--title", "Bij beide", "--date",
                               "2026-12-15", "--ack", "remote:1", "--timeout", "1s")
    event = f"{A}/{json.loads(out)['id']}"
    check(code == 75 and f"samenbus where {event}" in err, f"{code} {out}{err}")
    check(r.command(A, "where", event)[0] == 0, "it says what is true")
    r.start(B)
    r.wait_same()


def explained(r, org, event):
    return [(e["state"], e["why"]) for e in ask(r, org, "explain", event)["effects"]]


def play_explain(r):
    """From elsewhere everything is kept: what has no effect says why."""
    d, first = propose(r)
    stranger, counted = new_id(), new_id()
    said = {"decision": d, "revision": first, "value": "against", "dateTaken": "2026-01-02"}
    r.publish(B, {"id": counted, "topic": "decision/x", "position": said},
              {"id": stranger, "topic": "decision/x", "position": {
                  **said, "revision": f"{A}/{stranger}"}}, expect=None)
    r.wait_same()
    check(explained(r, A, first) == [("current", None)], "the text that stands")
    check(explained(r, A, f"{B}/{counted}") == [("counted", None)], "counted")
    if stranger in [e["id"] for e in r.log(A)]:
        check(explained(r, A, f"{B}/{stranger}") == [("ignored", "unknown_revision")], "why")
    check(r.command(A, "explain", f"{A}/{new_id()}")[0] == 1, "no such event")
    code, _, said = r.command(A, "explain", d)
    check(code == 1 and f"a decision, not an event: see samenbus decision show {d}" in said, said)
    play_way(r, counted)


def in_dutch(r, org, *words):
    before = os.environ.get("LC_ALL")
    os.environ["LC_ALL"] = "nl_NL.UTF-8"
    try:
        code, out, err = r.command(org, *words)
    finally:
        del os.environ["LC_ALL"]
        os.environ.update({} if before is None else {"LC_ALL": before})
    check(code == 0, err)
    check(all(len(line) <= 80 for line in out.splitlines() if "link:" not in line), out)
    return out


def play_way(r, counted):
    """Who made it, when it was where, who has it: also of what no view is made of."""
    holders = [(A, True), (B, True)]  # that B has it tells its next heartbeat
    r.wait_for(lambda: [(h["organisation"], h["bodies"]) for h in ask(r, A, "explain", f"{B}/{counted}")["holders"]]
               == holders, f"{holders} have it")
    seen = ask(r, A, "explain", f"{B}/{counted}")
    check((seen["publisher"], seen["topic"], seen["type"], seen["audience"]) ==
          ("operator", "decision/x", "position", []), seen)
    stations = [seen["time"], seen["signed"]] + [h["since"] for h in seen["holders"]]
    check(all(stations) and stations[0] <= stations[1], stations)
    decision = seen["effects"][0]["of"]
    text = in_dutch(r, A, "explain", f"{B}/{counted}")
    check(f"over {decision}: telt mee\n  dit is het antwoord van de gemeente\n" in text, text)
    text = in_dutch(r, A, "decision", "show", decision)
    check("STANDPUNT" in text and "tegen" in text and "deelnemers" in text, text)
    check("ontbreekt" in in_dutch(r, A, "decision", "list"), "the reason")
    plain, secret = new_id(), new_id()
    r.publish(B, {"id": plain, "topic": "custom/x", "custom": {"contentType": "text/plain", "data": "aGFsbG8="}},
              {"id": secret, "topic": "custom/x", "audience": [B],
               "custom": {"contentType": "text/plain", "data": "aGFsbG8="}})
    r.wait_same()
    seen = ask(r, A, "explain", f"{B}/{plain}")
    check((seen["type"], seen["effects"]) == ("custom", []), seen)
    check("no view is made of it" in r.command(A, "explain", f"{B}/{plain}")[1], "in words")
    seen = ask(r, A, "explain", f"{B}/{secret}")
    check((seen["type"], seen["audience"], seen["holders"][0]["entitled"]) == (None, [B], False), seen)


def play_weeks(r):
    """Councils have weeks from receipt: the date is found, and said."""
    words = ["decision", "propose", "--topic", "decision/x", "--title", "Met termijn", "--rule", "consultation",
             "--participants", f"{A},{B}"]
    code, out, err = r.command(A, *words, "--weeks", "12", "--received", "2026-04-15")
    check(code == 0 and "due 8 July 2026: 12 weeks from receipt" in err, err)
    found = [d for d in ask(r, A, "decision", "list")["decisions"] if d["title"] == "Met termijn"]
    check([d["deadline"] for d in found] == ["2026-07-08"], found)
    code, _, err = r.command(A, "decision", "revise", found[0]["decision"], "--weeks", "8", "--date", "2026-04-15")
    check(code == 0 and "due 10 June 2026" in err, err)
    for more in (["--weeks", "8", "--deadline", "2026-12-31"], ["--received", "2026-04-15"], ["--weeks", "0"],
                 ["--weeks", "8", "--received", "2026-02-30"]):
        check(r.command(A, *words, *more)[0] == 64, more)


def test():
    with Region([A, B]) as r:
        r.start()
        for org in (A, B):  # each once its partner has said what was erased
            r.wait_for(lambda o=org: ask(r, o, "decision", "list")["complete"], f"{org} knows all")
        close_decision(r, play_decision(r))
        play_ends(r)
        play_agenda(r)
        play_conflict(r)
        play_notice(r)
        play_flags(r)
        play_explain(r)
        play_weeks(r)


if __name__ == "__main__":
    main(test)
