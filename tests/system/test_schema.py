#!/usr/bin/python3
"""The JSON Schemas of `samenbus schema show` beside what there is: events that a daemon takes and lines
that it prints pass them, what they refuse `samenbus schema validate` refuses too, and each field of
each content is in them."""
# test: slow
import copy
import json
import os
import sys
import tempfile

from region import Region, check, custom, main, new_id, program, run

try:
    from jsonschema import Draft202012Validator
except ImportError:
    print("skipped: python3-jsonschema is not installed")
    sys.exit(77)

HOME, AWAY = "GM0384", "GM0437"
REFERENCE = f"{HOME}/01936c9e-8a40-7cc1-b1de-000000000001"
ATTACHMENT = {"title": "Agenda", "mediaType": "application/pdf", "size": 21329, "sha256": "0f" * 32,
              "url": "https://diemen.example/a.pdf"}


def examples():
    """One event of each content, together with every field that it may have."""
    item = {"itemId": new_id(), "kind": "meeting", "title": "Overleg", "description": "Regel\n\tRegel",
            "body": "portfolio_holders", "start": "2026-12-10T20:00", "end": "2026-12-10T22:00:30",
            "timezone": "Europe/Amsterdam", "location": "Raadhuis", "status": "planned",
            "participants": [HOME, AWAY], "attachments": [ATTACHMENT], "disclosure": "embargoed",
            "embargoUntil": "2026-12-11T00:00:00+01:00", "secrecyGround": "grond", "imposedBy": "raad",
            "liftableBy": "raad", "number": "1.4C", "parent": REFERENCE, "portfolioHolder": "De Vries",
            "theme": "wonen", "coEditors": [AWAY]}
    day = {"itemId": new_id(), "kind": "deadline", "title": "Uiterste dag", "date": "2026-12-31"}
    decision = new_id()
    proposal = {"decisionId": decision, "title": "Regeling", "text": "Tekst", "dossier": "duoplus",
                "participants": [HOME, AWAY], "rule": "weighted", "weights": {HOME: 3, AWAY: 2}, "threshold": 3,
                "tie": "rejected", "chair": AWAY, "quorum": 1, "body": "council", "deadline": "2026-12-31",
                "date": "2026-11-01", "attachments": [ATTACHMENT]}
    proposed = new_id()
    position = {"decision": f"{HOME}/{decision}", "revision": f"{HOME}/{proposed}", "value": "in_favour_with_conditions",
                "kind": "consent", "body": "council", "dateTaken": "2026-11-08", "conditions": "mits", "reference": "Z-15",
                "round": 1}
    notice = new_id()
    notification = {"notificationId": notice, "severity": "attention", "subject": "Onderhoud", "text": "Zaterdag",
                    "addressees": [AWAY], "expires": "2027-12-11T00:00:00Z", "requiresAcknowledgement": True}
    return [
        {"topic": "agenda/wonen", "agendaItem": item, "references": [REFERENCE]},
        {"topic": "agenda/wonen", "agendaItem": day, "audience": [AWAY]},
        {"id": proposed, "topic": "decision/duoplus", "proposal": proposal},
        {"topic": "decision/duoplus", "position": position},
        {"topic": "decision/duoplus", "closing": {"decisionId": decision, "outcome": "adopted_with_conditions",
                                                  "date": "2026-11-20"}},
        {"topic": "notification/ict", "notification": notification},
        {"topic": "notification/ict", "acknowledgement": {"notification": f"{HOME}/{notice}", "text": "gezien"}},
        custom("tekst"),
    ]


OTHERS = [None, "", "x", "\x07", "no_such", 0, -1, 2**32, 1.5, True, [], ["x"], {}, "a" * 100000, REFERENCE,
          "2026-02-30", "2026-12-10", "20261210", "2026-12-10T20:00", "https://x.example/a b", "UTF-16", [HOME, HOME]]


def places(value, path=()):
    """Every place in a JSON value."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from places(one, (*path, key))


def changed(event, path, other):
    """The event with another value at that place; `other` gets what holds it and the key."""
    again = copy.deepcopy(event)
    holder = again
    for key in path[:-1]:
        holder = holder[key]
    other(holder, path[-1])
    return again


def variants(event):
    """The event with each place left out, written otherwise, or joined by a name that nobody knows."""
    for path in places(event):
        if path:
            yield changed(event, path, lambda holder, key: holder.pop(key))
            for other in OTHERS:
                yield changed(event, path, lambda holder, key: holder.__setitem__(key, other))
        value = event
        for key in path:
            value = value[key]
        if isinstance(value, dict):
            yield changed(event, (*path, "noSuchName"), lambda holder, key: holder.__setitem__(key, "x"))


def shown(which):
    code, out, err = run(program("samenbus"), "schema", "show", which)
    check(code == 0, f"schema show {which}: {code}: {err}")
    schema = json.loads(out)
    Draft202012Validator.check_schema(schema)
    return schema


def validated(objects, *flags):
    """The numbers, from 0, of those that `samenbus schema validate` refuses, with what it says."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write("".join(json.dumps(one) + "\n" for one in objects))
        file.flush()
        code, out, err = run(program("samenbus"), "schema", "validate", file.name, *flags)
    if code == 0:
        check(out == f"ok: {len(objects)} events\n", out)
        return {}
    check(code == 65, f"schema validate: exit {code}: {err}")
    found = dict(line.removeprefix("line ").split(": ", 1) for line in out.splitlines())
    return {int(number) - 1: text for number, text in found.items()}


def compare(schema, objects, *flags):
    """What the schema refuses is refused; how many that were, and how many alone by the command."""
    validator = Draft202012Validator(schema)
    said = validated(objects, *flags)
    refused = 0
    for at, one in enumerate(objects):
        wrong = next(validator.iter_errors(one), None)
        check(wrong is None or at in said, f"the schema alone refuses {json.dumps(one)[:600]}: {wrong and wrong.message[:300]}")
        refused += wrong is not None
    return refused, len(said) - refused


def test_publish(schema, events):
    check(validated(events) == {}, validated(events))
    check(compare(schema, events) == (0, 0), "an example is refused")
    many = [one for event in events for one in variants(event)]
    both, alone = compare(schema, many, "--as", "publish")
    print(f"{len(many)} events to publish: {both} refused by the schema, {alone} by the command alone")
    check(both > 10 * alone > 0, "the schema says too little")
    said = validated([{"topic": "agenda/wonen", "agendaItem": {"itemId": new_id(), "kind": "meting", "title": "x"}}])
    check("did you mean" in said[0] and said[0].startswith("agendaItem.kind: "), said)


def closed(schema):
    """The schema in which nothing may stand that it does not know."""
    for value in list(schema.values()) if isinstance(schema, dict) else schema:
        if isinstance(value, (dict, list)):
            closed(value)
    if isinstance(schema, dict) and schema.get("type") == "object" and "properties" in schema:
        schema["additionalProperties"] = False
    return schema


def names_of(schema):
    return {name: set(one["properties"]) for name, one in schema["$defs"].items()}


def test_printed(schema, lines):
    check({line["type"] for line in lines} >= {"agendaItem", "proposal", "position", "closing", "notification",
                                               "acknowledgement", "custom", "epochStart", None}, "types are missing")
    check({line["state"] for line in lines} == {"present", "withheld"}, "states are missing")
    check(compare(closed(copy.deepcopy(schema)), lines) == (0, 0), f"a line is refused: {validated(lines)}")
    newer = {**lines[-1], "newer": 1}
    check(compare(schema, [newer]) == (0, 0), "what is newer is refused")
    one_of_each = {(line["type"], line["state"]): line for line in lines}
    many = [one for line in one_of_each.values() for one in variants(line)]
    both, alone = compare(schema, many, "--as", "event")
    print(f"{len(many)} printed lines: {both} refused by the schema, {alone} by the command alone")
    check(both > alone, "the schema says too little")


def test_usage():
    for argv, code in ((["show"], 64), (["show", "all"], 64), (["validate"], 64), (["validate", "/nowhere"], 65),
                       (["validate", os.devnull], 65)):
        found = run(program("samenbus"), "schema", *argv)
        check(found[0] == code and found[2], f"schema {argv}: {found}")


def test():
    publish, event = shown("publish"), shown("event")
    everything = names_of(event)
    for name, fields in names_of(publish).items():
        check(fields == everything[name], f"{name}: the two schemas have other fields")
    events = examples()
    test_usage()
    test_publish(publish, events)
    with Region([HOME, AWAY]) as r:
        r.start()
        r.publish(HOME, *events)
        r.publish(HOME, {**custom("voor ons"), "audience": [HOME]})
        r.wait_same()
        lines = [json.loads(line) for org in (HOME, AWAY)
                 for line in r.command(org, "tail", "-o", "json", "--system")[1].splitlines()]
        test_printed(event, lines)
        def read():
            with open(r.nodes[HOME].path("events.ndjson")) as file:
                return [json.loads(line) for line in file]
        r.wait_for(lambda: len(read()) == len([e for e in r.log(HOME) if e["topic"]]), "the event log has them")
        logged = read()
        check(logged and compare(event, logged) == (0, 0), f"the event log is refused: {validated(logged)}")


if __name__ == "__main__":
    main(test)
