#!/usr/bin/python3
"""The event log has every event once: over a rotation with SIGUSR1, over kill -9 with its last line
torn, and over a time in which its file could not be written."""
# test: slow
import json
import os
import signal
import time

from region import Region, check, custom, main

ORG = "GM0384"


def read(*paths):
    events = []
    for path in paths:
        with open(path) as f:
            for line in f.read().splitlines():
                event = json.loads(line)
                check(event["body"] is None, f"a body in the event log: {line}")
                events.append((event["offset"], event["id"]))
    return events


def test():
    with Region([ORG]) as r:
        r.start()
        node = r.nodes[ORG]
        path, old, older = node.path("events.ndjson"), node.path("events.1"), node.path("events.2")
        published = [x["id"] for x in r.publish(ORG, *[custom(f"a{i}") for i in range(200)])]

        def same(*paths):
            return [i for _, i in read(*paths)] == published

        r.wait_for(lambda: same(path), "the first lines")

        os.rename(path, old)
        published += [x["id"] for x in r.publish(ORG, custom("before the signal"))]
        r.wait_for(lambda: same(old), "still into the old file")
        node.process.send_signal(signal.SIGUSR1)
        r.wait_for(lambda: os.path.exists(path), "a new file")
        published += [x["id"] for x in r.publish(ORG, *[custom(f"b{i}") for i in range(200)])]
        r.wait_for(lambda: same(old, path), "on in the new file")
        check(len(read(path)) == 200, "the rotation")

        r.kill(ORG)
        size = os.path.getsize(path)
        os.truncate(path, size - 1000)  # a few lines short, the last one torn
        r.start(ORG)
        r.wait_for(lambda: same(old, path), "caught up after a crash")

        os.rename(path, older)
        os.mkdir(path)  # cannot be written
        node.process.send_signal(signal.SIGUSR1)
        published += [x["id"] for x in r.publish(ORG, custom("nowhere"))]
        r.wait_for(lambda: any(a["code"] == "eventlog" for a in r.status(ORG)["alarms"]), "an alarm")
        os.rmdir(path)
        r.wait_for(lambda: os.path.exists(path) and same(old, older, path), "written after all")
        r.wait_for(lambda: not r.status(ORG)["alarms"], "the alarm is over")

        r.publish(ORG, custom("the last"))
        check(r.kill(ORG, signal.SIGTERM) == 0, "stop")
        check(len(read(old, older, path)) == len(published) + 1, "the last line is written at the stop")


main(test)
