#!/usr/bin/python3
"""What views cost and give, as ratios and medians of one run.

What they cost: agenda items are published to the daemon, and the very same lines to one that is
built from the same objects with the work of views left out (build/release/bin/bench/
samenbusd-without-views: no check of what a publish means beside what is held, no index of what was
said). The question is what views cost, and whatever else an agenda item takes, its fields, its
schema, its bytes, is the same on both sides; beside custom events, of which less is checked, that
would be counted as well. Both daemons run all the time and take turns at being first; the clock and
the processor's time (the command's and the daemon's) are both told, since others may want the
processor too. What they give: showing one decision among many, beside the status alone, and beside the least that
a question over CURVE takes on this machine (least.c: libzmq and nothing else).
  views.py [DECISIONS] [EVENTS]      of the release build, unless SAMENBUS_BIN names programs that
                                     have bench/samenbusd-without-views; prints one line of JSON"""
import json
import os
import resource
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
os.environ.setdefault("SAMENBUS_BIN", os.path.join(HERE, "..", "..", "build", "release", "bin"))
sys.path.insert(0, os.path.join(HERE, "..", "system"))
import region  # noqa: E402
from region import Region, new_id, program  # noqa: E402

ROUNDS, SHOWN = 9, 101


def agenda(i):
    return {"id": new_id(), "topic": "agenda/wonen", "agendaItem": {
        "itemId": new_id(), "kind": "meeting", "title": "Portefeuillehoudersoverleg wonen",
        "start": "2026-12-10T20:00", "location": f"Raadhuis Diemen, zaal {i:06}"}}


def proposal(i):
    return {"id": new_id(), "topic": "decision/duoplus", "proposal": {
        "decisionId": new_id(), "title": f"Voorstel {i}", "participants": ["GM0384"],
        "rule": "consent_all", "body": "council", "deadline": "2030-01-31"}}


def start_without_views(r):
    """The other program in the place of samenbusd, for as long as it takes to start it."""
    whole = region.program
    region.program = lambda name: whole("bench/samenbusd-without-views" if name == "samenbusd"
                                        else name)
    try:
        r.start()
    finally:
        region.program = whole


def processor_seconds(pid):
    """Of all its threads, since it began."""
    seconds = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat") as f:
            seconds += int(f.read().split()[0]) / 1e9
    return seconds


def publish(r, lines):
    """Seconds by the clock; seconds of the processor that the command and the daemon took."""
    node = r.nodes["GM0384"]
    daemon, command = processor_seconds(node.process.pid), resource.getrusage(
        resource.RUSAGE_CHILDREN)
    begun = time.monotonic()
    subprocess.run([program("samenbus"), "publish", "-c", node.path("client.yaml")], input=lines,
                   check=True, stdout=subprocess.DEVNULL)
    clock = time.monotonic() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return clock, (processor_seconds(node.process.pid) - daemon + after.ru_utime + after.ru_stime -
                   command.ru_utime - command.ru_stime)


def lines_of(events):
    return "\n".join(json.dumps(e) for e in events).encode()


def measure_publishing(r, bare, events):
    pairs = []
    for i in range(ROUNDS):
        lines = lines_of([agenda(k) for k in range(events)])
        if i % 2 == 0:
            both = publish(r, lines), publish(bare, lines)
        else:
            both = (publish(bare, lines), publish(r, lines))[::-1]
        pairs.append(both)
    return {
        "events": events * ROUNDS,
        "rateBesideWithoutViews": round(statistics.median(b[0] / a[0] for a, b in pairs), 3),
        "processorBesideWithoutViews": round(statistics.median(a[1] / b[1] for a, b in pairs), 3),
        "microsecondsPerEvent": round(statistics.median(a[1] for a, _ in pairs) / events * 1e6, 1)}


def milliseconds(*argv):
    begun = time.monotonic()
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
    return (time.monotonic() - begun) * 1000


def command(r, *words):
    config = r.nodes["GM0384"].path("client.yaml")
    return [program("samenbus"), *words, "-c", config, "-o", "json"]


def least(r):
    node = r.nodes["GM0384"]
    keys = [r.server_key("GM0384"), *r.curve_pair("GM0384", "operator")]
    return [program("bench/least"), f"tcp://127.0.0.1:{node.service_port}",
            *(key.decode() for key in keys)]


def measure_showing(r, decisions):
    proposals = [proposal(i) for i in range(decisions)]
    publish(r, lines_of(proposals))
    ask, rounds = least(r), []
    for i in range(SHOWN):
        p = proposals[i * 7919 % decisions]["proposal"]
        rounds.append([milliseconds(*command(r, "decision", "show", "GM0384/" + p["decisionId"])),
                       milliseconds(*command(r, "status")), milliseconds(*ask)])

    def middle(of):
        return round(statistics.median(of(*one) for one in rounds), 2)
    return {
        "decisions": decisions,
        "showMs": middle(lambda show, _status, _least: show),
        "statusMs": middle(lambda _show, status, _least: status),
        "leastQuestionMs": middle(lambda _show, _status, least: least),
        "showBeyondStatusMs": middle(lambda show, status, _least: show - status),
        "showBesideLeast": middle(lambda show, _status, least: show / least)}


def main(decisions, events):
    with Region(["GM0384"]) as r, Region(["GM0384"]) as bare:
        r.start()
        start_without_views(bare)
        cost = measure_publishing(r, bare, events)
        bare.kill("GM0384")
        print(json.dumps({**cost, **measure_showing(r, decisions)}))


if __name__ == "__main__":
    main(*(int(a) for a in (sys.argv[1:3] or ["100000", "20000"])))
