#!/usr/bin/python3
"""SIGTERM under load: within five seconds everything is answered or surely not done, the process ends
with 0, systemd was told, and what was acknowledged is there at the next start."""
# test: slow
import json
import os
import socket
import time

from region import Background, Region, check, custom, main, new_id

A, B = "GM0384", "GM0437"


def load(stop, r, ledger, outcomes, ack):
    while not stop.is_set():
        events = [custom("x" * 300, id=new_id()) for _ in range(200)]
        code, out, _ = r.command(A, "publish", "-", "--timeout", "4s", "--ack", ack,
                                 stdin="".join(json.dumps(e) + "\n" for e in events))
        for event, line in zip(events, out.splitlines()):
            result = json.loads(line)
            if "epoch" in result:
                ledger[event["id"]] = (result["epoch"], result["seq"])
            else:
                outcomes.add(result["error"]["code"])


def notifications(path):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind(path)
    s.settimeout(20)
    return s


def test():
    with Region([A, B]) as r:
        supervisor = notifications(os.path.join(r.dir, "notify"))
        r.start(A, env={"NOTIFY_SOCKET": os.path.join(r.dir, "notify")})
        check(b"READY=1" in supervisor.recv(1000), "READY=1")
        r.start(B)
        r.wait_for(lambda: r.peer(A, B)["outgoing"]["state"] == "live", "live")
        ledger, outcomes = {}, set()
        loads = [Background(load, r, ledger, outcomes, ack) for ack in ("local", "local", "remote:1")]
        r.wait_for(lambda: len(ledger) > 200, "the load runs", 60)
        r.kill(B)  # what waits for its acknowledgement must not hold the stop
        time.sleep(0.3)
        begin = time.monotonic()
        code = r.kill(A, 15)
        took = time.monotonic() - begin
        for background in loads:
            background.stop()
        check(code == 0, f"exit {code}")
        check(took < 5, f"stopping took {took:.1f} s")
        while (heard := supervisor.recv(1000)) != b"STOPPING=1":
            check(heard.startswith(b"STATUS="), f"heard {heard}")
        check(len(ledger) > 200, f"only {len(ledger)} were acknowledged")
        known = {"shutting_down", "unknown_outcome"}
        check(outcomes <= known, f"outcomes {outcomes}")

        r.start(A)
        places = {e["id"]: (e["epoch"], e["seq"]) for e in r.log(A) if e["topic"]}
        wrong = [i for i, place in ledger.items() if places.get(i) != place]
        check(not wrong, f"{len(wrong)} of {len(ledger)} acknowledged events are lost: {wrong[:3]}")
        r.verify_store(A)
        print(f"{len(ledger)} acknowledged, stopped in {took:.1f} s, then {sorted(outcomes)}")


main(test)
