#!/usr/bin/python3
"""samenbus where: who has an event on disk, link and body, since when; who is not entitled, who does
not show it, and what is said where nobody knows it."""
import datetime
import json

from region import Region, check, custom, main, new_id

ORGS = ["GM0384", "GM0437", "GM0451"]
ORIGIN, NEAR, FAR = ORGS
REFUSED, USAGE = 77, 64


def where(r, org, event, origin=ORIGIN):
    code, out, err = r.command(org, "where", f"{origin}/{event['id']}", "-o", "json")
    check(code == 0, f"where at {org}: exit {code}: {err}")
    answer = json.loads(out)
    check(answer["event"] == f"{origin}/{event['id']}" and answer["origin"] == origin, answer)
    check(answer["holders"][0]["organisation"] == org, "ourselves first")
    return {h["organisation"]: h for h in answer["holders"]}


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat()


def test():
    with Region(ORGS) as r:
        r.start()
        r.publish(ORIGIN, custom("first"), ack="remote:2", timeout="30s")  # both were heard, before what is asked about
        r.wait_same()
        before = now()
        event = custom("for all", id=new_id())
        r.publish(ORIGIN, event, ack="remote:2")
        after = now()
        for org, h in where(r, ORIGIN, event).items():
            check(h["links"] and h["bodies"] and h["entitled"], f"{org}: {h}")
            check(before <= h["since"] <= after and before <= h["bodiesSince"] <= after, f"{org}: {h}")
            check(not h["orEarlier"], f"{org} was heard before it had the event: {h}")
        r.wait_for(lambda: all(h["links"] for h in where(r, FAR, event).values()), "another one says so too")

        restricted = custom("for two", id=new_id(), audience=[ORIGIN, NEAR])
        r.publish(ORIGIN, restricted, ack="remote:1")
        r.wait_for(lambda: where(r, ORIGIN, restricted)[FAR]["links"], "the link is everywhere")
        holders = where(r, ORIGIN, restricted)
        check(holders[NEAR]["bodies"] and holders[NEAR]["entitled"], holders)
        check(holders[FAR]["bodies"] is None and not holders[FAR]["entitled"], holders)

        r.kill(FAR, 15)
        lonely = custom("one is down", id=new_id())
        r.publish(ORIGIN, lonely, ack="remote:1")
        holders = where(r, ORIGIN, lonely)
        check(holders[FAR]["links"] is False and holders[FAR]["since"] is None, holders)
        code, out, _ = r.command(ORIGIN, "where", f"{ORIGIN}/{lonely['id']}")
        check(code == 0 and "(this daemon)" in out and "link: no" in out, out)

        r.kill(ORIGIN, 15)
        r.start(ORIGIN)
        holders = where(r, ORIGIN, event)
        check(holders[FAR]["links"] is None, f"not heard since the start: {holders}")
        r.wait_for(lambda: where(r, ORIGIN, event)[NEAR]["links"], "the partner that is up shows it")
        check(where(r, ORIGIN, event)[NEAR]["orEarlier"], "this daemon did not listen before its start")

        code, out, err = r.command(ORIGIN, "where", f"{ORIGIN}/{new_id()}")
        check(code == REFUSED and "holds no event" in err and "samenbus status" in err, f"{code} {out}{err}")
        code, _, err = r.command(ORIGIN, "where", f"GM9999/{new_id()}")
        check(code == REFUSED and "holds no event" in err, f"{code} {err}")
        code, _, err = r.command(ORIGIN, "where", "nonsense")
        check(code == USAGE and "ORG/UUID" in err, f"{code} {err}")
        code, _, err = r.command(ORIGIN, "where", f"{ORIGIN}/{event['id']}", config="reader.yaml")
        check(code == REFUSED and "not_allowed" in err, f"without the right to read: {code} {err}")


main(test)
