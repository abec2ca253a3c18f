#!/usr/bin/python3
"""The administrator's program runs, once, for a partner that stalls, for a quota that is reached and
for a consumer that acknowledges nothing, with code and text as arguments and JSON on its stdin; it runs not for what is over again."""
# test: slow
import signal

import recorder
from recorder import alarms
from region import Region, check, custom, main, only_test_build

ORGS = ["GM0384", "GM0437"]


def expect(r, org, code, about):
    node = r.nodes[org]
    r.wait_for(lambda: any(a[0] == code for a in alarms(node)), f"on_alarm for {code}", 30)
    found = [a for a in alarms(node) if a[0] == code]
    check(len(found) == 1, f"on_alarm ran {len(found)} times: {found}")
    told = found[0][2]
    check(told["code"] == code and told["organisation"] == org and about in told["text"] and
          told["text"] == found[0][1] and told["since"], f"{found}")
    shown = next((a for a in r.status(org)["alarms"] if a["code"] == code), {"text": "no such alarm"})
    check(about in shown["text"], f"status: {shown}")


def test():
    only_test_build()
    with Region(ORGS) as r:
        node = r.nodes["GM0384"]
        r.configure("GM0384", store="{path: store, max_size: 64MiB, max_size_per_origin: 128KiB}",
                    lines=[recorder.install(node)])
        r.start(env={"SAMENBUS_TEST_CONSUMER_STUCK_MS": "2000"})
        r.publish("GM0437", custom("small"))
        r.wait_same()
        check(alarms(node) == [], f"alarms without a cause: {alarms(node)}")

        r.nodes["GM0437"].process.send_signal(signal.SIGSTOP)
        try:
            expect(r, "GM0384", "stalled", "GM0437: nothing arrives")
        finally:
            r.nodes["GM0437"].process.send_signal(signal.SIGCONT)
        r.wait_for(lambda: not r.status("GM0384")["alarms"], "the alarm is over", 40)
        r.wait_same()

        for i in range(4):
            r.publish("GM0437", *[custom(f"{i}.{j} " + 2000 * "x") for j in range(20)])
        expect(r, "GM0384", "quota", "GM0437: its events")
        check(len(alarms(node)) == 2, f"{alarms(node)}")

        code, _, err = r.command("GM0384", "consumer", "add", "archive")
        check(code == 0, err)
        expect(r, "GM0384", "stuck_consumer", "archive")
        code, found, _ = r.command("GM0384", "check", "consumers")
        check(code != 0 and "archive" in found, f"check consumers: {code} {found}")
        check(r.command("GM0384", "tail", "--consumer", "archive")[0] == 0, "it takes what waits")
        r.wait_for(lambda: all(a["code"] != "stuck_consumer" for a in r.status("GM0384")["alarms"]), "it is over")
        check(len(alarms(node)) == 3, f"{alarms(node)}")


main(test)
