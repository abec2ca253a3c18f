#!/usr/bin/python3
"""Whose position is due and missing is reminded, once: by the proposer's daemon, over restarts and
new revisions, and nobody who has answered, is not due yet, or was asked by somebody else."""
# test: slow
import hashlib
import json
import uuid
from datetime import date, timedelta

from region import Region, check, main, new_id

ORGS = ["GM0384", "GM0437", "GM0451"]


def reminder_id(decision, revision, org):
    made = bytearray(hashlib.sha256(
        f"samenbus/reminder/1{decision}\n{revision}\n{org}".encode()).digest()[:16])
    made[6] = made[6] & 0x0F | 0x80
    made[8] = made[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(made)))


def reminders(r, org):
    return {e["id"]: e for e in r.log(org) if e["type"] == "notification"}


def check_answered_meanwhile():
    """Who answered while the proposer's daemon was down is not reminded before that is known there."""
    with Region(ORGS[:2]) as r:
        r.configure("GM0384", lines=["deadlines: {remind: 0s}"])
        r.start()
        decision, proposal, today = new_id(), new_id(), date.today()
        r.publish("GM0384", {"id": proposal, "topic": "decision/wonen", "proposal": {
            "decisionId": decision, "title": "Voorstel", "participants": ORGS[:2], "rule": "majority",
            "deadline": (today + timedelta(days=3)).isoformat()}})
        r.wait_same()
        r.kill("GM0384", 15)
        r.publish("GM0437", {"topic": "decision/wonen", "position": {
            "decision": f"GM0384/{decision}", "revision": f"GM0384/{proposal}", "value": "in_favour",
            "dateTaken": today.isoformat()}})
        r.configure("GM0384")
        r.start("GM0384")
        due = {reminder_id(f"GM0384/{decision}", f"GM0384/{proposal}", org) for org in ORGS[:1]}
        r.wait_for(lambda: reminders(r, "GM0384"), "a reminder", 20)
        r.wait_same()
        check(set(reminders(r, "GM0384")) == due, f"its own alone: {reminders(r, 'GM0384')}")


def test():
    check_answered_meanwhile()
    with Region(ORGS) as r:
        r.start()
        today = date.today()
        decisions = {}
        for name, days in (("soon", 13), ("later", 40), ("past", -1)):
            decision, proposal = new_id(), new_id()
            decisions[name] = (f"GM0384/{decision}", f"GM0384/{proposal}")
            r.publish("GM0384", {"id": proposal, "topic": "decision/wonen", "proposal": {
                "decisionId": decision, "title": f"Voorstel {name}", "participants": ORGS,
                "rule": "majority", "deadline": (today + timedelta(days=days)).isoformat()}})
        soon = decisions["soon"]
        ids = {org: reminder_id(*soon, org) for org in ORGS}
        r.wait_for(lambda: set(reminders(r, "GM0384")) == set(ids.values()), "three reminders", 20)
        r.wait_same()
        for org in ORGS:
            made = reminders(r, org)
            check(set(made) == set(ids.values()), f"{org}: {made}")
        one = made[ids["GM0451"]]
        check(one["origin"] == "GM0384" and one["topic"] == "notification/wonen", one)
        check(one["publisher"] in (None, ""), one)
        check(one["body"]["addressees"] == ["GM0451"] and "Voorstel soon" in one["body"]["subject"]
              and one["body"]["notificationId"] == one["id"], one)

        # once: not again after a restart, nor for who has answered meanwhile
        r.publish("GM0451", {"topic": "decision/wonen", "position": {
            "decision": soon[0], "revision": soon[1], "value": "in_favour",
            "dateTaken": today.isoformat()}})
        r.wait_same()
        r.kill("GM0384", 15)
        r.start("GM0384")
        second = new_id()
        r.publish("GM0384", {"id": second, "topic": "decision/wonen", "proposal": {
            "decisionId": soon[0].split("/")[1], "title": "Voorstel soon, herzien",
            "participants": ORGS[:2], "rule": "majority",
            "deadline": (today + timedelta(days=13)).isoformat(), "supersedes": [soon[1]]}})
        again = {reminder_id(soon[0], f"GM0384/{second}", org) for org in ORGS[:2]}
        r.wait_for(lambda: len(reminders(r, "GM0384")) == 5, "two more for the new text", 20)
        check(set(reminders(r, "GM0384")) == set(ids.values()) | again, "of the new text only")
        r.wait_same()
        code, out, err = r.command("GM0437", "notify", "list", "-o", "json")
        check(code == 0 and len(json.loads(out)["notifications"]) == 5, out + err)

        # a topic that is too long with `notification` in it
        for topic, short in (("decision/wonen/" + "a" * 185, "notification/wonen"),
                             ("decision/" + "b" * 191, "notification/" + "b" * 187)):
            decision, proposal = new_id(), new_id()
            r.publish("GM0384", {"id": proposal, "topic": topic, "proposal": {
                "decisionId": decision, "title": "Lang", "participants": ORGS[1:2],
                "rule": "majority", "deadline": (today + timedelta(days=3)).isoformat()}})
            made = reminder_id(f"GM0384/{decision}", f"GM0384/{proposal}", ORGS[1])
            r.wait_for(lambda: made in reminders(r, "GM0384"), f"a reminder under {short}", 20)
            check(reminders(r, "GM0384")[made]["topic"] == short, reminders(r, "GM0384")[made])


main(test)
