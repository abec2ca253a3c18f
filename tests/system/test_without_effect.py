#!/usr/bin/python3
"""What comes from elsewhere and changes nothing in any view is kept, explained and counted: by the
daemon that receives it, once, since its start; not what has an effect, nor what is our own."""
import json

from region import Region, check, main, new_id

A, B = "GM0384", "GM0437"


def counted(r, org):
    """The same number in JSON, in the text and in the metrics."""
    n = json.loads(r.command(org, "status", "-o", "json")[1])["counters"]["withoutEffect"]
    text = r.command(org, "status")[1]
    check(f"views: {n} of the others' events" in text if n > 0 else "views:" not in text, text)
    metrics = r.command(org, "metrics")[1]
    check(f"samenbus_events_without_effect_total {n}\n" in metrics, metrics)
    return n


def notice(addressee):
    return {"topic": "notification/ict", "notification": {
        "notificationId": new_id(), "severity": "attention", "subject": "Storing",
        "addressees": [addressee], "requiresAcknowledgement": True}}


def name_of(event):
    return f"{A}/{event['notification']['notificationId']}"


def acknowledge(r, notification):
    event = {"id": new_id(), "topic": "notification/ict", "acknowledgement": {
        "notification": notification, "text": "Gelezen"}}
    r.publish(B, event)
    r.wait_for(lambda: r.command(A, "explain", f"{B}/{event['id']}")[0] == 0, "it comes")
    return f"{B}/{event['id']}"


def test():
    with Region([A, B]) as r:
        r.start()
        to_b, to_a = notice(B), notice(A)
        r.publish(A, to_b, to_a)
        r.wait_same()
        acknowledge(r, name_of(to_b))
        check(counted(r, A) == 0, "an acknowledgement that is wanted has an effect")
        stranger = acknowledge(r, name_of(to_a))
        r.wait_for(lambda: counted(r, A) == 1, "a stranger's acknowledgement is counted")
        said = r.command(A, "explain", stranger)[1]
        check("ignored" in said and "not addressed to it" in said, said)
        acknowledge(r, f"{A}/{new_id()}")
        r.wait_for(lambda: counted(r, A) == 2, "and one of what nobody has heard of")
        check(counted(r, B) == 0, "our own are not counted")
        r.kill(A, 15)
        r.start(A)
        check(counted(r, A) == 0, "since the start")


if __name__ == "__main__":
    main(test)
