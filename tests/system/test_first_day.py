#!/usr/bin/python3
"""What a partner's developer writes on the first day: a plain subscriber prints decisions."""
import os
import subprocess

from region import ROOT, Background, Region, check, custom, main, new_id


def keep_publishing(stopping, r):
    while not stopping.is_set():
        r.publish("GM0384", custom("not a decision"), {
            "topic": "decision/duoplus", "proposal": {
                "decisionId": new_id(), "title": "Eerste dag", "participants": ["GM0384"], "rule": "consent_all"}})
        stopping.wait(0.2)


def test():
    script = os.path.join(ROOT, "clients", "python", "first_day.py")
    lines = [x for x in open(script).read().splitlines() if x.strip()]
    check(len(lines) < 40, f"{len(lines)} lines")
    with Region(["GM0384"]) as r:
        r.start()
        reader = subprocess.Popen(["/usr/bin/python3", script, r.nodes["GM0384"].path("client.yaml")],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            publishing = Background(keep_publishing, r)  # a plain subscriber hears what comes once it is there
            first, second = reader.stdout.readline(), reader.stdout.readline()
            publishing.stop()
        finally:
            reader.terminate()
        out, err = reader.communicate(timeout=20)
        check("Eerste dag" in first and "Eerste dag" in second and "custom/" not in first + second + out, first + second + err)


main(test)
