#!/usr/bin/python3
"""Three municipalities exchange every kind of event; each holds everything, once, and says so."""
from region import Region, check, custom, main, new_id, text_of

ORGS = ["GM0384", "GM0437", "GM0451"]


def test():
    with Region(ORGS) as r:
        r.start()
        decision, proposal = new_id(), new_id()
        results = r.publish(
            "GM0384",
            {"topic": "agenda/wonen", "agendaItem": {
                "itemId": new_id(), "kind": "meeting", "title": "Overleg wonen", "start": "2026-12-10T20:00",
                "end": "2026-12-10T22:00", "timezone": "Europe/Amsterdam", "participants": ORGS}},
            {"id": proposal, "topic": "decision/duoplus", "proposal": {
                "decisionId": decision, "title": "Treffen GR Duo+", "participants": ORGS,
                "rule": "consent_all", "body": "council", "deadline": "2027-01-31"}},
            {"topic": "notification/ict", "notification": {
                "notificationId": new_id(), "severity": "attention", "subject": "Onderhoud"}},
            custom("hello"))
        check(len(results) == 4 and all("epoch" in x and not x["duplicate"] for x in results), results)
        r.wait_same()
        r.publish("GM0437", {"topic": "decision/duoplus", "position": {
            "decision": "GM0384/" + decision, "revision": "GM0384/" + proposal, "value": "in_favour",
            "kind": "consent", "body": "council", "dateTaken": "2026-12-01"}})
        r.wait_same()
        reference = None
        for org in ORGS:
            log = [e for e in r.log(org) if e["topic"]]
            check(len(log) == 5, f"{org} has {len(log)} events")
            check(all(e["state"] == "present" for e in log), log)
            seen = sorted((e["origin"], e["epoch"], e["seq"], e["id"], e["type"]) for e in log)
            reference = reference or seen
            check(seen == reference, f"{org} differs")
        check([e["body"]["title"] for e in log if e["type"] == "agendaItem"] == ["Overleg wonen"], log)

        again = r.publish("GM0384", custom("hello", id=results[3]["id"]))
        check(again[0]["duplicate"] and again[0]["seq"] == results[3]["seq"], again)
        twice = custom("twice in one batch", id=new_id())
        both = r.publish("GM0384", twice, twice)
        check(both[0]["seq"] == both[1]["seq"] and both[1]["duplicate"], both)
        conflict = r.publish("GM0384", custom("other", id=results[3]["id"]), expect=77)
        check(conflict[0]["error"]["code"] == "id_conflict", conflict)

        def all_live(peers):
            for peer in peers:
                check(peer["outgoing"]["state"] == peer["incoming"]["state"] == "live", peer)
                check(peer["lagEvents"] == 0 and peer["theirLagEvents"] == 0, peer)
            return len(peers) == 2

        r.wait_for(lambda: all_live(r.status("GM0451")["peers"]), "both partners live, without lag")

        code, out, _ = r.command("GM0451", "tail", "-o", "json")
        check(code == 0 and len(out.splitlines()) == 6, out)
        code, out, err = r.command("GM0451", "tail")
        check(code == 0 and all(len(line) <= 100 for line in out.splitlines()), out)
        def logged():
            with open(r.nodes["GM0451"].path("events.ndjson")) as f:
                return f.read().splitlines()
        r.wait_for(lambda: len(logged()) >= 6, "the event log has them")
        check(len(logged()) == 6 and all('"body":null' in line for line in logged()), logged())
        for org in ORGS:
            check(r.kill(org, 15) == 0, f"{org} did not stop on SIGTERM")


main(test)
