#!/usr/bin/python3
"""What happens to a daemon: starts, states, alarms and denials, each with a code of the catalogue, who,
what, what came of it and when; the log in JSON has the same; who may not see it does not."""
import json
import re
import subprocess

from region import Region, check, custom, main, program

A, B = "GM0384", "GM0437"
REFUSED, USAGE = 77, 64
FIELDS = ["number", "time", "code", "action", "actor", "object", "result", "origin", "text"]


def events(r, org, *argv):
    code, out, err = r.command(org, "events", "-o", "json", *argv)
    check(code == 0, f"events at {org}: {code} {err}")
    found = [json.loads(line) for line in out.splitlines()]
    for e in found:
        check(list(e) == FIELDS and all(e[f] for f in FIELDS), e)
    return found


def test():
    with Region([A, B]) as r:
        node = r.configure(A)
        with open(node.path("samenbusd.yaml"), encoding="utf-8") as f:
            config = f.read()
        with open(node.path("samenbusd.yaml"), "w", encoding="utf-8") as f:
            f.write(config.replace("format: text", "format: json"))
        r.start()
        r.wait_for(lambda: r.peer(A, B)["outgoing"]["state"] == "live", "connected")
        found = events(r, A)
        codes = [e["code"] for e in found]
        check(codes[0] == "daemon_starts" and "daemon_ready" in codes and "partner_state" in codes, codes)
        check([e["number"] for e in found] == list(range(1, len(found) + 1)), "numbered")
        live = [e for e in found if e["code"] == "partner_state" and e["result"] == "live"]
        check(live and live[0]["actor"] == B and live[0]["origin"] == "partner", live)

        follower = subprocess.Popen(
            [program("samenbus"), "events", "-c", node.path("client.yaml"), "-f", "-o", "json", "--code",
             "request_denied"], stdout=subprocess.PIPE, text=True)
        try:
            code, _, err = r.command(A, "events", config="reader.yaml")
            check(code == REFUSED and "admin: true" in err, f"{code} {err}")
            r.publish(A, {**custom("no"), "topic": "custom/else"}, expect=REFUSED, config="reader.yaml")
            denied = json.loads(follower.stdout.readline())
            check(denied["actor"] == "reader" and denied["result"] == "denied", denied)
        finally:
            follower.kill()
            follower.wait()
        r.wait_for(lambda: any("custom/else" in e["object"] + e["text"] for e in events(r, A, "--code", "request_denied")),
                   "the denied topic is named")
        r.kill(B, 15)
        r.wait_for(lambda: any(e["result"] == "down" for e in events(r, A, "--code", "partner_state")), "down")

        lines = [json.loads(line) for line in r.said(A).splitlines()]
        noted = [e for e in lines if "code" in e]
        check({e["code"] for e in noted} >= {"daemon_starts", "daemon_ready", "partner_state", "request_denied"},
              noted)
        check(all({"action", "actor", "object", "result", "origin", "time", "level", "text"} <= set(e)
                  for e in noted), noted)
        code, out, _ = r.command(A, "events", "--since", "1h")
        check(code == 0 and re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  daemon_starts  samenbusd ", out), out)
        code, _, err = r.command(A, "events", "--code", "partner_stat")
        check(code == USAGE and "did you mean partner_state" in err, err)
        r.kill(A, 15)
        r.start(A)
        check(events(r, A)[0]["number"] == 1, "begun anew")


main(test)
