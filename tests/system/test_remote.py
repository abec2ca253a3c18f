#!/usr/bin/python3
"""publish --ack remote:K: acknowledged when K partners of the audience hold the event, bodies
included; a time-out says that the outcome is unknown, and the same id tells later."""
# test: slow
from region import Region, check, custom, main, new_id

ORGS = ["GM0384", "GM0437", "GM0451"]
ORIGIN, NEAR, FAR = ORGS
UNKNOWN, REFUSED = 75, 77


def in_doubt(r, event, ack):
    answer = r.publish(ORIGIN, event, ack=ack, timeout="4s", expect=UNKNOWN)
    check(answer[0]["error"]["code"] == "unknown_outcome", answer)


def count(r, org, event):
    return sum(e["id"] == event["id"] for e in r.log(org))


def test():
    with Region(ORGS) as r:
        r.start()
        first = r.publish(ORIGIN, custom("held by two"), ack="remote:2", timeout="30s")[0]
        check(not first["duplicate"], first)
        refused = custom("too many", id=new_id())
        answer = r.publish(ORIGIN, refused, ack="remote:3", expect=REFUSED)
        check(answer[0]["error"]["code"] == "remote_impossible" and count(r, ORIGIN, refused) == 0, answer)

        r.kill(FAR, 15)
        doubtful = custom("one of them is down", id=new_id())
        check(r.publish(ORIGIN, custom("one is enough"), ack="remote:1", timeout="30s")[0]["seq"] > 0, "remote:1")
        in_doubt(r, doubtful, "remote:2")
        in_doubt(r, doubtful, "remote:2")
        r.wait_for(lambda: count(r, ORIGIN, doubtful) == count(r, NEAR, doubtful) == 1, "it is stored once")
        r.start(FAR)
        again = r.publish(ORIGIN, doubtful, ack="remote:2", timeout="30s")[0]
        check(again["duplicate"] and again["seq"] > first["seq"], f"the second answer: {again}")

        r.kill(ORIGIN, 15)
        r.start(ORIGIN)
        late = r.publish(ORIGIN, doubtful, ack="remote:2", timeout="30s")[0]
        check(late == again, f"after a restart {late}, before {again}")
        r.publish(ORIGIN, custom("a new epoch"))
        late = r.publish(ORIGIN, doubtful, ack="remote:2", timeout="30s")[0]
        check(late == again, f"from an older epoch {late}, before {again}")
        check(all(count(r, org, doubtful) == 1 for org in ORGS), "it counts once everywhere")

        restricted = custom("for two", id=new_id(), audience=[ORIGIN, NEAR])
        answer = r.publish(ORIGIN, restricted, ack="remote:2", expect=REFUSED)
        check(answer[0]["error"]["code"] == "remote_impossible", answer)
        r.kill(NEAR, 15)
        in_doubt(r, restricted, "remote:1")  # the other partner shows the link: it is not in the audience
        r.wait_for(lambda: count(r, FAR, restricted) == 1, "the link is there")
        r.start(NEAR)
        check(r.publish(ORIGIN, restricted, ack="remote:1", timeout="30s")[0]["duplicate"], "the audience")
        check("for two" in r.texts(NEAR) and "for two" not in r.texts(FAR), "the body")


main(test)
