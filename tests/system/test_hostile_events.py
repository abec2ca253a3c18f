#!/usr/bin/python3
"""A partner that signs bodies with hostile strings, in every text field of every kind of event, and
greets and talks with them: none reaches a terminal, a log or a file of lines at its neighbour."""
# test: slow
import json
import os
import time
import uuid

import zmq

from forger import Forger
from hostile import MIXED, SHORT, STRINGS, all_text_fields, covered, fill, harmless, name_of, paths, pb, table
from region import Region, check, custom, main

US, THEM = "GM0384", "GM0437"
BY_DAEMONS = {"epoch_start", "key_certificate"}  # system events: of these the bytes are checked whole
TEXTS = [MIXED, STRINGS["bidi"], STRINGS["invisible"], STRINGS["lines"], STRINGS["long"]]
TOPICS = {"agenda_item": "agenda/x", "proposal": "decision/x", "position": "decision/x", "withdrawal": "decision/x",
          "closing": "decision/x", "notification": "notification/x", "acknowledgement": "notification/x"}
READING = [["tail"], ["tail", "-o", "json"], ["tail", "-F", "%o %e %q %n %i %r %t %c %T %s %u %a %d %D %x"],
           ["tail", "-F", "%j"], ["log", "view"], ["log", "view", "-o", "json"], ["status"], ["status", "-o", "json"],
           ["events"], ["events", "-o", "json"], ["metrics"], ["top", "--once"], ["evidence", "list"],
           ["agenda", "list"], ["agenda", "list", "-o", "json"], ["agenda", "conflicts"],
           ["decision", "list"], ["decision", "list", "-o", "json"], ["deadlines"], ["deadlines", "-o", "json"],
           ["notify", "list"], ["notify", "list", "-o", "json"], ["check", "peers"], ["check", "lag"],
           ["check", "peers", "--format", "nagios"], ["check", "peers", "--format", "json"], ["consumer", "ls"]]


def bodies(seen):
    """(what, serialised body): one hostile field at a time, everything else as it should be."""
    for path in paths(pb.Body.DESCRIPTOR):
        content = path[0].name
        seen.add(covered(path))
        if content in BY_DAEMONS:
            continue
        kinds = [content] if content in TOPICS or content in ("custom", "erasure", "receipt") else ["agenda_item"]
        for text in TEXTS:
            body = pb.Body()
            fill(body, THEM, path, text)
            for kind in kinds:
                if body.WhichOneof("content") != kind:
                    fill(getattr(body, kind), THEM)
            if path[-1].name != "topic":
                body.topic = TOPICS.get(kinds[0], "custom/x")
            if path[-1].name != "publisher":
                body.publisher = "clerk"
            body.time_ms = int(time.time() * 1000)
            yield name_of(path), body.SerializeToString()


def print_all(r, what, commands):
    shown = ""
    for argv in commands:
        code, out, err = r.command(US, *argv, timeout=60)
        check("Sanitizer" not in err and code >= 0, f"{argv} of {what}: exit {code}: {err}")
        harmless(f"{argv} of {what}: stdout", out.replace("\r\n", "\n") if "ics" in argv else out)
        harmless(f"{argv} of {what}: stderr", err)
        if argv[-1] == "json":
            for line in out.splitlines():
                json.loads(line)
        shown += out
    return shown


def written(r, what):
    """What the daemon wrote for people and for programs."""
    harmless(f"{what}: the log", r.said(US))
    for name in ("events.ndjson", "alarms"):
        path = r.nodes[US].path(name)
        if os.path.exists(path):
            with open(path, encoding="utf-8", newline="") as f:
                text = f.read()
            harmless(f"{what}: {name}", text)
            for line in text.splitlines() if name.endswith("ndjson") else []:
                json.loads(line)


def forged_events(r, liar, seen):
    ids, size = [], 0
    for what, body in bodies(seen):
        ids.append((what, liar.say_body(body)))
        size += len(body)
        if size > 300_000:
            liar.tell(US)
            liar.before, size = len(liar.items), 0
    liar.tell(US)
    r.wait_for(lambda: len(r.log(US)) >= len(ids), f"{len(ids)} forged events are here", 30)
    shown = print_all(r, "forged events", READING)
    shown += print_all(r, "forged agenda", [["agenda", "ics"], ["export", "ics"]])
    for what, id in ids[::3] + ids[1::7]:
        reference = f"{THEM}/{uuid.UUID(bytes=id)}"
        shown += print_all(r, f"{what} {reference}", [["explain", reference], ["where", reference]])
    for line in r.command(US, "decision", "list", "-o", "json")[1].splitlines()[:12]:
        found = json.loads(line)
        for one in found.get("decisions", [found]):
            if "decision" in one or "id" in one:
                print_all(r, "a decision", [["decision", "show", str(one.get("decision", one.get("id")))]])
    check(not any("event log" in a["text"] for a in r.status(US)["alarms"]), r.status(US)["alarms"])
    def logged():
        with open(r.nodes[US].path("events.ndjson"), encoding="utf-8") as f:
            return f.read().count("\n")
    r.wait_for(lambda: logged() >= len(ids) + 1, "the event log has a line of each")
    check(logged() == len(ids) + 1, f"{logged()} lines of {len(ids) + 1} events")
    check("\\x1b[31m" in shown or "\\u001b[31m" in shown, "nothing hostile is shown at all")
    check("\\u{202e}" in shown and "\\u202e" in shown, "no bidi control is shown, escaped")
    check("\\u{200b}" in shown and "\\u200b" in shown and "\\udb40\\udc41" in shown, "nothing invisible is shown, escaped")
    written(r, "forged events")
    print(f"{len(ids)} forged events")


def speak(r, liar, seen):
    """As the partner, over its own connection: everything that a partner may say, one field at a time."""
    context = zmq.Context()
    liar.boot = os.urandom(16)
    for number, (message, way) in table().items():
        if not way.startswith(("partner", "anybody", "client")):
            continue
        for path in paths(message.DESCRIPTOR):
            seen.add(covered(path))
            socket = context.socket(zmq.DEALER)
            socket.linger = 500
            socket.curve_serverkey = r.server_key(US)
            who = "operator" if way.startswith("client") else THEM
            home = US if way.startswith("client") else THEM
            socket.curve_publickey, socket.curve_secretkey = r.curve_pair(home, who)
            socket.connect(f"tcp://127.0.0.1:{r.nodes[US].service_port}")
            if home == THEM and number != 1:
                socket.send(liar.hello())
            for text in (MIXED, SHORT, STRINGS["bidi"], STRINGS["long"][:900]):
                frame = fill(message(), THEM, path, text)
                if message is pb.Hello:
                    frame.version, frame.partnership, frame.boot_nonce = 1, liar.partnership, liar.boot
                    frame.store_id = bytes(15) + b"\1"
                socket.send(liar.frame(number, frame.SerializeToString()))
            if path[-1].name in ("software", "state", "reason"):  # others have a form, or are answered alone
                wanted = f"{message.DESCRIPTOR.name}.{name_of(path)}"
                r.wait_for(lambda: "\\u202e" in r.command(US, "status", "-o", "json")[1],
                           f"{wanted} is shown")
                print_all(r, f"{message.DESCRIPTOR.name}.{name_of(path)}", READING[6:12] + READING[-5:] + [
                    ["config", "check", "--peers", "-c", r.nodes[US].path("samenbusd.yaml")]])
            socket.close()
    context.term()
    print_all(r, "what was said", READING[6:12])
    written(r, "what was said")


def test():
    seen = set()
    with Region([US, THEM]) as r:
        r.start()
        r.publish(THEM, custom("in the beginning"))
        r.wait_same()
        liar = Forger(r, THEM)
        r.kill(THEM, 15)
        forged_events(r, liar, seen)
        speak(r, liar, seen)
        r.kill(US, 15)
        with open(r.nodes[US].path("samenbusd.yaml")) as f:
            text = f.read()
        with open(r.nodes[US].path("samenbusd.yaml"), "w") as f:
            f.write(text.replace("format: text", "format: json"))
        os.unlink(r.nodes[US].stderr_path)
        r.start(US)
        speak(r, liar, seen)
        for line in r.said(US).splitlines():
            json.loads(line)
    by_answers = {covered(path) for message, way in table().values() if way.endswith("→ client")
                  for path in paths(message.DESCRIPTOR)}
    forgotten = all_text_fields() - seen - by_answers
    check(not forgotten, f"no message of the tests carries {sorted(forgotten)}")


main(test)
