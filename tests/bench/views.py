#!/usr/bin/python3
"""What views cost and give, as ratios and medians of one run: publishing agenda items, which are
checked against what is held and indexed, beside custom events of the same size, which are not; and
showing one decision among many, beside the status alone.
  views.py [DECISIONS] [EVENTS]      SAMENBUS_BIN names the programs; prints one line of JSON"""
import json
import os
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
from region import Region, new_id, program  # noqa: E402

ROUNDS, SHOWN = 4, 31


def agenda(i):
    return {"id": new_id(), "topic": "agenda/wonen", "agendaItem": {
        "itemId": new_id(), "kind": "meeting", "title": "Portefeuillehoudersoverleg wonen",
        "start": "2026-12-10T20:00", "location": f"Raadhuis Diemen, zaal {i:06}"}}


def custom(i):
    """As long in bytes as an agenda item, and as much JSON to read."""
    return {"id": new_id(), "topic": "custom/wonen", "custom": {
        "contentType": "text/plain; name=portefeuillehoudersoverleg-wonen-raadhuis-diemen",
        "data": f"{i:06}" + "A" * 90}}


def proposal(i):
    return {"id": new_id(), "topic": "decision/duoplus", "proposal": {
        "decisionId": new_id(), "title": f"Voorstel {i}", "participants": ["GM0384"],
        "rule": "consent_all", "body": "council", "deadline": "2030-01-31"}}


def publish(config, events):
    lines = "\n".join(json.dumps(e) for e in events).encode()
    begun = time.monotonic()
    subprocess.run([program("samenbus"), "publish", "-c", config], input=lines, check=True,
                   stdout=subprocess.DEVNULL)
    return len(events) / (time.monotonic() - begun)


def milliseconds(config, *words):
    begun = time.monotonic()
    subprocess.run([program("samenbus"), *words, "-c", config, "-o", "json"], check=True,
                   stdout=subprocess.DEVNULL)
    return (time.monotonic() - begun) * 1000


def main(decisions, events):
    with Region(["GM0384"]) as r:
        r.start()
        config = r.nodes["GM0384"].path("client.yaml")
        rates = [(publish(config, [custom(i) for i in range(events)]),
                  publish(config, [agenda(i) for i in range(events)])) for _ in range(ROUNDS)]
        proposals = [proposal(i) for i in range(decisions)]
        publish(config, proposals)
        pairs = []
        for i in range(SHOWN):
            p = proposals[i * 7919 % decisions]["proposal"]
            pairs.append((milliseconds(config, "decision", "show", "GM0384/" + p["decisionId"]),
                          milliseconds(config, "status")))
        print(json.dumps({
            "decisions": decisions,
            "agendaBesideCustom": round(statistics.median(a / c for c, a in rates), 3),
            "showMs": round(statistics.median(s for s, _ in pairs), 2),
            "statusMs": round(statistics.median(s for _, s in pairs), 2),
            "showBeyondStatusMs": round(statistics.median(a - b for a, b in pairs), 2)}))


if __name__ == "__main__":
    main(*(int(a) for a in (sys.argv[1:3] or ["100000", "20000"])))
