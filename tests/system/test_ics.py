#!/usr/bin/python3
"""The agenda as iCalendar, read back by a parser that is not ours."""
# test: slow
import subprocess
import sys

from region import Region, check, main, new_id, program

try:
    import icalendar
except ImportError:
    print("skipped: no python3-icalendar")
    sys.exit(77)

A, B = "GM0384", "GM0437"
TITLE = "Überleg; wonen, \\ zorg " + "é" * 60


def read(r, org, *words):
    """The events of the calendar by UID, after the bytes were looked at."""
    argv = [program("samenbus"), *(words or ("agenda", "ics")), "-c",
            r.nodes[org].path("client.yaml")]
    raw = subprocess.run(argv, capture_output=True, check=True, timeout=60).stdout
    check(raw.endswith(b"END:VCALENDAR\r\n"), raw[-40:])
    check(all(len(line) <= 75 for line in raw.split(b"\r\n")), "folded at 75 octets")
    check(b"\n" not in raw.replace(b"\r\n", b""), "every line ends with CR LF")
    calendar = icalendar.Calendar.from_ical(raw)
    check([z["TZID"] for z in calendar.walk("VTIMEZONE")] == ["Europe/Amsterdam"], "the zone")
    check(calendar.walk("VTIMEZONE")[0].to_tz() is not None, "its rules can be read")
    return {str(e["UID"]): e for e in calendar.walk("VEVENT")}


def item(item_id, topic="agenda/wonen", **more):
    return {"id": new_id(), "topic": topic, "agendaItem": {
        "itemId": item_id, "kind": "meeting", "title": TITLE, **more}}


def play(r):
    meeting, day, point, secret = (new_id() for _ in range(4))
    first = item(meeting, start="2026-12-10T20:00", end="2026-12-10T22:30", location="Raadhuis",
                 description="Eerste regel\nTweede, langer", theme="wonen", status="confirmed")
    r.publish(A, first, item(day, topic="agenda/zorg", date="2026-07-01", disclosure="public",
                             parent=f"{A}/{meeting}"), item(point, kind="item"),
              {**item(secret, start="2026-12-11T09:00", disclosure="secret", secrecyGround="Woo 5.1"),
               "audience": [B]})
    return meeting, day, point, secret, f"{A}/{first['id']}"


def check_first(events, meeting, day, point, secret):
    e = events[f"{meeting}@{A}"]
    check(str(e["SUMMARY"]) == TITLE, "escaped and read back")
    check(str(e["DESCRIPTION"]) == "Eerste regel\nTweede, langer", e["DESCRIPTION"])
    check(e["DTSTART"].dt.isoformat() == "2026-12-10T20:00:00+01:00", e["DTSTART"].dt)
    check(e["DTEND"].dt.isoformat() == "2026-12-10T22:30:00+01:00", e["DTEND"].dt)
    check((e["SEQUENCE"], str(e["STATUS"]), str(e["CLASS"])) == (0, "CONFIRMED", "PUBLIC"), e)
    check(str(e["LOCATION"]) == "Raadhuis", e)
    whole = events[f"{day}@{A}"]
    check(whole["DTSTART"].dt.isoformat() == "2026-07-01", "a whole day")
    check(str(whole["RELATED-TO"]) == f"{meeting}@{A}", "its meeting")
    check(str(events[f"{secret}@{A}"]["CLASS"]) == "CONFIDENTIAL", "secret")
    check(f"{point}@{A}" not in events, "it has no day")


def test():
    with Region([A, B]) as r:
        r.start()
        meeting, day, point, secret, first = play(r)
        r.wait_same()
        check_first(read(r, A), meeting, day, point, secret)
        check(set(read(r, B)) == set(read(r, A)), "the same at the other")
        check(list(read(r, B, "export", "ics", "--topic", "agenda/zorg")) == [f"{day}@{A}"], "topic")
        code, _, err = r.command(A, "agenda", "move", f"{A}/{meeting}", "--start",
                                   "2026-06-11T20:00", "--end", "2026-06-11T21:00")
        check(code == 0, err)
        r.command(A, "agenda", "cancel", f"{A}/{meeting}", "--why", "Vervalt")
        r.wait_same()
        e = read(r, B)[f"{meeting}@{A}"]
        check((e["SEQUENCE"], str(e["STATUS"])) == (2, "CANCELLED"), "raised, and kept")
        check(e["DTSTART"].dt.isoformat() == "2026-06-11T20:00:00+02:00", "summer time")


if __name__ == "__main__":
    main(test)
