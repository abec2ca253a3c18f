#!/usr/bin/python3
"""What a partner's developer writes on the first day: a plain subscriber prints decisions."""
import os
import subprocess
import time

from region import ROOT, Region, check, custom, main, new_id


def test():
    script = os.path.join(ROOT, "clients", "python", "first_day.py")
    lines = [x for x in open(script).read().splitlines() if x.strip()]
    check(len(lines) < 40, f"{len(lines)} lines")
    with Region(["GM0384"]) as r:
        r.start()
        reader = subprocess.Popen(["/usr/bin/python3", script, r.nodes["GM0384"].path("client.yaml")],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            time.sleep(2)
            r.publish("GM0384", custom("not a decision"), {
                "topic": "decision/duoplus", "proposal": {
                    "decisionId": new_id(), "title": "Eerste dag", "participants": ["GM0384"],
                    "rule": "consent_all"}})
            time.sleep(1)
        finally:
            reader.terminate()
        out, err = reader.communicate(timeout=10)
        check("Eerste dag" in out and "not a decision" not in out, out + err)


main(test)
