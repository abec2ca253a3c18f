#!/usr/bin/python3
"""What must not start does not, with the reason: a bad configuration, a store in use, a store of
another partnership. What must not be published is refused with its code and changes nothing."""
import json
import os
import subprocess
import time

from region import Region, check, custom, main, new_id, program, run


def daemon(path, *argv):
    return run(program("samenbusd"), *argv, "-c", path, timeout=30)


def test():
    with Region(["GM0384"]) as r:
        node = r.nodes["GM0384"]
        code, out, err = daemon(node.path("samenbusd.yaml"), "-t")
        check(code == 0, f"a good configuration: {code} {out}{err}")
        good = open(node.path("samenbusd.yaml")).read()
        with open(node.path("bad.yaml"), "w") as f:
            f.write(good.replace("listen:", "lisen:"))
        code, out, err = daemon(node.path("bad.yaml"), "-t")
        check(code == 78 and "bad.yaml:" in out + err and "listen" in out + err, f"{code} {out}{err}")
        os.chmod(node.path("keys", "GM0384.sign.key"), 0o644)
        code, out, err = daemon(node.path("samenbusd.yaml"), "-t")
        check(code == 78 and "GM0384.sign.key" in out + err, f"a readable secret: {code} {out}{err}")
        os.chmod(node.path("keys", "GM0384.sign.key"), 0o600)

        r.start()
        code, out, err = daemon(node.path("samenbusd.yaml"))
        check(code == 78 and ("in use" in err or "another" in err), f"second daemon: {code} {err}")
        bad = [
            ({"topic": "Agenda/x", "custom": {"contentType": "text/plain", "data": ""}}, "invalid_topic"),
            ({"topic": "agenda/x", "custom": {"contentType": "text/plain", "data": ""}}, None),
            ({"topic": "decision/x", "proposal": {"decisionId": new_id(), "title": "t",
              "participants": ["GM0384"], "rule": "consent_all", "deadline": "2015-02-30"}}, "invalid_body"),
            ({"topic": "custom/x"}, "invalid_body"),
            (custom("x" * 70000), "too_large"),
            ({"topic": "notification/x", "notification": {"notificationId": new_id(), "severity": "loud",
              "subject": "s"}}, "invalid_body"),
            (custom("x", audience=["GM0999"]), "invalid_body"),
        ]
        for event, expected in bad:
            got = r.publish("GM0384", event, expect=77)
            check("error" in got[0] and got[0]["error"]["text"], got)
            check(expected is None or got[0]["error"]["code"] == expected, f"{expected}: {got}")
        got = r.publish("GM0384", custom("x"), config="reader.yaml", expect=77)[0]["error"]
        check(got["code"] == "not_allowed" and got["text"].startswith("client reader may not publish to custom/test: ")
              and got["text"].endswith(" names custom/reader/"), got)
        code, out, err = r.command("GM0384", "publish", "-", stdin="not json\n")
        check(code == 65, f"not JSON: exit {code}")
        check(r.log("GM0384") == [], "a refused publish changed something")
        r.publish("GM0384", custom("good"))
        check(r.kill("GM0384", 15) == 0, "stop")

        r.partnership = "elsewhere"
        r.configure("GM0384")
        code, out, err = daemon(node.path("samenbusd.yaml"))
        check(code == 78 and "partnership" in err, f"store of another partnership: {code} {err}")
        begin = time.monotonic()
        code, out, err = r.command("GM0384", "status")
        took = time.monotonic() - begin
        check(code == 69 and "is it running" in err, f"no daemon: exit {code} {err}")
        check(took < 4, f"{took:.1f} s until it was said that there is no daemon")


main(test)
