#!/usr/bin/python3
"""The agenda as iCalendar, read back by two parsers that are not ours: python3-icalendar and libical."""
# test: slow
import ctypes
import ctypes.util
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


class Libical:
    """What libical reads of a calendar."""

    def __init__(self, name):
        self.lib = ctypes.CDLL(name)
        for function, result, *arguments in (
                ("icalparser_parse_string", ctypes.c_void_p, ctypes.c_char_p),
                ("icalcomponent_string_to_kind", ctypes.c_int, ctypes.c_char_p),
                ("icalproperty_string_to_kind", ctypes.c_int, ctypes.c_char_p),
                ("icalcomponent_get_first_component", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int),
                ("icalcomponent_get_next_component", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int),
                ("icalcomponent_get_first_property", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int),
                ("icalproperty_get_value_as_string", ctypes.c_char_p, ctypes.c_void_p),
                ("icalcomponent_get_summary", ctypes.c_char_p, ctypes.c_void_p),
                ("icalcomponent_get_uid", ctypes.c_char_p, ctypes.c_void_p),
                ("icalcomponent_count_errors", ctypes.c_int, ctypes.c_void_p),
                ("icalcomponent_free", None, ctypes.c_void_p)):
            getattr(self.lib, function).restype = result
            getattr(self.lib, function).argtypes = arguments

    def value(self, component, name):
        found = self.lib.icalcomponent_get_first_property(
            component, self.lib.icalproperty_string_to_kind(name.encode()))
        return self.lib.icalproperty_get_value_as_string(found).decode() if found else None

    def components(self, raw):
        """{uid: {name: value}} of events and things to do; the calendar has no errors."""
        calendar = self.lib.icalparser_parse_string(raw)
        check(calendar, "libical reads it")
        check(self.lib.icalcomponent_count_errors(calendar) == 0, "libical finds no errors")
        found = {}
        for name in ("VEVENT", "VTODO"):
            kind = self.lib.icalcomponent_string_to_kind(name.encode())
            one = self.lib.icalcomponent_get_first_component(calendar, kind)
            while one:
                uid = self.lib.icalcomponent_get_uid(one).decode()
                values = {n: self.value(one, n) for n in ("SEQUENCE", "STATUS", "CLASS", "DTSTART", "DUE")}
                found[uid] = {**values, "kind": name,
                              "SUMMARY": self.lib.icalcomponent_get_summary(one).decode()}
                one = self.lib.icalcomponent_get_next_component(calendar, kind)
        self.lib.icalcomponent_free(calendar)
        return found


LIBICAL = ctypes.util.find_library("ical")


def compare_with_libical(raw, calendar):
    """Both parsers find the same."""
    if LIBICAL is None:
        print("skipped in part: no libical")
        return
    theirs = Libical(LIBICAL).components(raw)
    ours = {str(e["UID"]): e for name in ("VEVENT", "VTODO") for e in calendar.walk(name)}
    check(set(theirs) == set(ours), f"{sorted(theirs)} and {sorted(ours)}")
    for uid, e in ours.items():
        seen = theirs[uid]
        check(seen["kind"] == e.name and seen["SUMMARY"] == str(e["SUMMARY"]), seen)
        for name in ("SEQUENCE", "STATUS", "CLASS"):
            check(seen[name] == str(e[name]), f"{uid}: {name} is {seen[name]} and {e[name]}")
        for name in ("DTSTART", "DUE"):
            check((seen[name] is None) == (name not in e), f"{uid}: {name}")
            check(name not in e or seen[name] == e[name].to_ical().decode(), f"{uid}: {seen[name]}")


def read(r, org, *words):
    """The events of the calendar by UID, after the bytes were looked at."""
    argv = [program("samenbus"), *(words or ("agenda", "ics")), "-c",
            r.nodes[org].path("client.yaml")]
    raw = subprocess.run(argv, capture_output=True, check=True, timeout=60).stdout
    check(raw.endswith(b"END:VCALENDAR\r\n"), raw[-40:])
    check(all(len(line) <= 75 for line in raw.split(b"\r\n")), "folded at 75 octets")
    check(b"\n" not in raw.replace(b"\r\n", b""), "every line ends with CR LF")
    calendar = icalendar.Calendar.from_ical(raw)
    compare_with_libical(raw, calendar)
    check([z["TZID"] for z in calendar.walk("VTIMEZONE")] == ["Europe/Amsterdam"], "the zone")
    check(calendar.walk("VTIMEZONE")[0].to_tz() is not None, "its rules can be read")
    return {str(e["UID"]): e for name in ("VEVENT", "VTODO") for e in calendar.walk(name)}


def item(item_id, topic="agenda/wonen", **more):
    return {"id": new_id(), "topic": topic, "agendaItem": {
        "itemId": item_id, "kind": "meeting", "title": TITLE, **more}}


def play(r):
    meeting, day, point, secret, closed, due = (new_id() for _ in range(6))
    first = item(meeting, start="2026-12-10T20:00", end="2026-12-10T22:30", location="Raadhuis",
                 description="Eerste regel\nTweede, langer", theme="wonen", status="confirmed")
    r.publish(A, first, item(day, topic="agenda/zorg", date="2026-07-01", disclosure="public",
                             parent=f"{A}/{meeting}"), item(point, kind="item"),
              item(closed, date="2026-12-12", disclosure="closed",
                   attachments=[{"title": "Stuk", "mediaType": "application/pdf", "url": "https://example.org/1"}]),
              item(due, kind="deadline", date="2026-12-31", status="held", portfolioHolder="A. de Boer"),
              {**item(secret, start="2026-12-11T09:00", disclosure="secret",
                      secrecyGround="art. 87 Gemeentewet", imposedBy="college", liftableBy="raad"),
               "audience": [A]})
    return meeting, day, point, secret, closed, due


def check_first(events, meeting, day, point, secret, closed, due):
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
    check(whole["RELATED-TO"].params["RELTYPE"] == "PARENT", "which it belongs to")
    quiet = events[f"{closed}@{A}"]
    check((str(quiet["CLASS"]), quiet["ATTACH"].params["FMTTYPE"]) == ("PRIVATE", "application/pdf"), quiet)
    todo = events[f"{due}@{A}"]
    check((todo.name, todo["DUE"].dt.isoformat(), str(todo["STATUS"])) == ("VTODO", "2026-12-31", "COMPLETED"), todo)
    check(str(todo["CONTACT"]) == "A. de Boer" and "DTSTART" not in todo, todo)
    check(str(events[f"{secret}@{A}"]["CLASS"]) == "CONFIDENTIAL", "secret")
    check(f"{point}@{A}" not in events, "it has no day")


def test():
    with Region([A, B]) as r:
        r.start()
        meeting, day, *others = play(r)
        r.wait_same()
        check_first(read(r, A), meeting, day, *others)
        others_see = set(read(r, A)) - {f"{others[1]}@{A}"}
        check(set(read(r, B)) == others_see, "the same at the other, but for what is secret")
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
