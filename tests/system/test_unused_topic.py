#!/usr/bin/python3
"""A topic that nobody uses: where nothing is printed for a slip of the pen, that is said."""
# test: slow
from region import Region, check, main, new_id

A = "GM0384"


def item(topic, **fields):
    return {"topic": topic, "agendaItem": {"itemId": new_id(), "kind": "meeting", "title": "Overleg", **fields}}


def calendar(r, expect, *argv):
    """The calendar, and what is said beside it."""
    code, out, err = r.command(A, "agenda", "ics", *argv)
    check(code == expect, f"agenda ics {argv}: exit {code}: {out}{err}")
    check(out.startswith("BEGIN:VCALENDAR") == (expect == 0), out)
    return out.count("BEGIN:VEVENT"), err


def check_calendar(r):
    check(calendar(r, 0, "--topic", "agenda/wonen") == (1, ""), "what there is")
    check(calendar(r, 0, "--topic", "agenda/won") == (1, ""), "the beginning of one")
    check(calendar(r, 0, "--topic", "agenda/dagloos") == (0, ""), "items that no calendar could show")
    for typed, near in (("agenda/wonnen", "agenda/wonen?"), ("agenda/wonne/x", "agenda/wonen?"),
                        ("agenda/zorg/jeugt", "agenda/zorg/jeugd?")):
        n, err = calendar(r, 0, "--topic", typed)
        check(n == 0 and f"nothing was ever said in the agenda under {typed}" in err and
              f"did you mean {near}" in err, f"{typed}: {err}")
    n, err = calendar(r, 0, "--topic", "agenda/iets-heel-anders")
    check(n == 0 and "nothing was ever said" in err and "did you mean" not in err, err)
    check("did you mean agenda?" in calendar(r, 64, "--topic", "agendaa")[1], "no such class")
    check("did you mean agenda?" in calendar(r, 64, "--topic", "agedna/wonen")[1], "nor with a topic")
    check("items of the agenda are under agenda/" in calendar(r, 64, "--topic", "decision/x")[1], "another class")


def check_tail(r):
    code, out, err = r.command(A, "tail", "--topic", "agenda/wonnen", "--topic", "decision/")
    check(code == 0 and out == "" and "nothing was ever said under agenda/wonnen" in err and
          "under decision/" in err, f"{code}: {out}{err}")
    for argv in (["agenda/wonen"], ["agenda/wonnen", "--since", "1h"], ["agenda/wonnen", "--origin", A],
                 ["agenda/wonnen", "--last", "3"]):
        code, out, err = r.command(A, "tail", "--topic", *argv)
        check(code == 0 and err == "", f"tail {argv}: {code}: {err}")


def test():
    with Region([A]) as r:
        r.start(A)
        r.publish(A, item("agenda/wonen", start="2026-12-10T20:00"), item("agenda/dagloos", kind="item"),
                  item("agenda/zorg/jeugd", start="2026-12-11T20:00"))
        check_calendar(r)
        check_tail(r)


if __name__ == "__main__":
    main(test)
