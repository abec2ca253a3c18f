#!/usr/bin/python3
"""A daemon that answers with hostile strings, in every field of text or bytes of every message to a
client, and in every text of the bodies that it delivers: no command lets one of them reach the
terminal, and one line stays one line."""
# test: slow
import os
import subprocess
import sys
import threading
import time

import zmq

from hostile import BYTES, MIXED, SHORT, STRINGS, TEXT, all_text_fields, covered, fill, harmless, name_of, paths, pb, table, the_test_can_fail
from region import ROOT, Region, check, main, new_id, program

sys.path[:0] = [os.path.join(ROOT, "clients", "python"), os.path.join(ROOT, "clients", "python", "tests")]
from making import EpochMaker  # noqa: E402

US, THEM = "GM0384", "GM0437"
WAITS_S, STARTS_S = 1, 20  # for another answer, and until it has asked for the first one
QUERY, ANSWER = 40, 41
ESCAPED, IN_JSON = "\\x1b[31m", "\\u001b[31m"


class Liar(threading.Thread):
    """Answers every question with its daemon's status first, then with `kind` and `message`."""

    def __init__(self, r):
        super().__init__(daemon=True)
        self.kind, self.message, self.greeting, self.ending = ANSWER, None, True, False
        self.answered = None  # when the command of now got its first answer
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.ROUTER)
        self.socket.linger = 0
        self.socket.curve_server = True
        self.socket.curve_publickey, self.socket.curve_secretkey = r.curve_pair(US, US)
        self.socket.bind(f"tcp://127.0.0.1:{r.nodes[US].service_port}")
        self.status = pb.Answer(status=pb.Status(organisation=US, name="x", partnership="duoplus", version="0.2.0",
                                                 state="ready", store_id="00" * 16))
        self.start()

    def run(self):
        while not self.ending:
            if not self.socket.poll(50):
                continue
            peer, raw = self.socket.recv_multipart()
            whose = raw[3] == QUERY and not pb.Query.FromString(raw[8:]).ListFields()  # the daemon's status
            kind, message = (ANSWER, self.status) if whose and self.greeting else (self.kind, self.message)
            if isinstance(message, pb.Deliver):  # a stream is found by its number
                message = pb.Deliver(**{f.name: v for f, v in message.ListFields()})
                message.subscription = int.from_bytes(raw[4:8], "big")
            frame = b"SB\x01" + bytes([kind]) + raw[4:8] + message.SerializeToString()
            self.socket.send_multipart([peer, frame])
            self.answered = self.answered or time.monotonic()
        self.socket.close()
        self.context.term()


COMMANDS = {  # by the message that answers them; where the first answer is it already: False
    "Answer": (False, [["status"], ["status", "-o", "json"], ["top", "--once"], ["metrics"], ["check", "peers"],
                       ["check", "lag"], ["check", "consumers"], ["check", "peers", "--format", "json"],
                       ["check", "lag", "--format", "nagios"]]),
    "Happenings": (True, [["events"], ["events", "-o", "json"]]),
    "Holders": (True, [["where", f"{US}/{new_id()}"]]),
    "Deliver": (True, [["tail"], ["tail", "-o", "json"], ["tail", "-F", "%o %e %q %n %i %t %T %s %u %a %d %x"],
                       ["log", "view"], ["bench", "catchup"]]),
    "Results": (True, [["publish", "-"], ["erase", "--ground", "x", f"{US}/{new_id()}"]]),
    "Erasures": (True, [["erasures"], ["erasures", "-o", "json"]]),
    "Consumers": (True, [["consumer", "ls"], ["consumer", "show", "x"], ["consumer", "ls", "-o", "json"]]),
    "Administered": (True, [["reload"], ["reload", "--dry-run"], ["peer", "retry", THEM]]),
    "Evidence": (True, [["evidence", "list"], ["evidence", "list", "-o", "json"]]),
    "Said": (True, [["decision", "list"], ["agenda", "list"], ["notify", "list"], ["deadlines"],
                    ["explain", f"{US}/{new_id()}"]]),
    "Fetched": (True, [["export", "--origin", US, "-O", "/dev/null"]]),
    "Possession": (True, [["decision", "proof", f"{US}/{new_id()}"]]),
    "Refusal": (True, [["status"], ["tail"], ["publish", "-"], ["events"], ["consumer", "ls"], ["reload"],
                       ["where", f"{US}/{new_id()}"], ["evidence", "list"], ["decision", "list"]]),
}
DRAFT = '{"topic": "custom/x", "custom": {"contentType": "text/plain", "data": "eA=="}}\n'


def run_for_a_while(r, argv, liar=None):
    """What it printed; one that still waits for another answer a second after the first one is ended."""
    env = dict(os.environ, SAMENBUS_CONFIG=r.nodes[US].path("client.yaml"), NO_COLOR="1")
    one = subprocess.Popen([program("samenbus"), *argv], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True, errors="surrogateescape")
    draft, begun = DRAFT, time.monotonic()
    if liar is not None:
        liar.answered = None
    while True:
        try:
            out, err = one.communicate(draft, timeout=0.1)
            return out, err, one.returncode
        except subprocess.TimeoutExpired:
            draft = None  # it was given: communicate goes on where it was
        answered = begun if liar is None else liar.answered  # None: it has not asked yet
        if time.monotonic() - (answered or begun) > (STARTS_S if answered is None else WAITS_S):
            one.kill()
            out, err = one.communicate()
            return out, err, None


def delivery(epoch):
    """A Deliver that is taken: one event with its body. The epoch is a text of the daemon."""
    made = EpochMaker()
    link, (salt, body) = made.links[0], made.bodies[0]
    item = pb.Delivered(offset=1, link=link.encode(), salt=salt, body=body, state=1, checkpoint_ms=1, epoch=epoch)
    return pb.Deliver(subscription=1, items=[item], position=2, end=True)


def made(message, path=None, text=""):
    if message is pb.Deliver and (path in (None, "all") or path[-1].name == "epoch"):
        return delivery(text if path else "1-00000000")
    answer = fill(message(), THEM, path, text)
    if message is pb.Results:
        answer.items[0].index, answer.items[0].code = 0, 3
    return answer


def ask(r, liar, kind, message, commands, what):
    """How many of the commands showed a hostile text of the answer, escaped."""
    liar.kind, liar.message, n_shown = kind, message, 0
    for argv in commands:
        out, err, code = run_for_a_while(r, argv, liar)
        check("Sanitizer" not in err and code not in (-6, -11), f"{argv} with {what}: {code} {err}")
        harmless(f"{argv} with {what}: stdout", out, of_lines=isinstance(message, pb.Administered))
        harmless(f"{argv} with {what}: stderr", err)
        n_shown += any(text in out + err for text in (ESCAPED, IN_JSON, "\\u{202e}", "\\u202e"))
    return n_shown


UNSEEN = STRINGS["bidi"] + STRINGS["invisible"]  # such texts make sense, without controls
BESIDES = {"agenda_item": ("date", "parent", "embargo_until", "disclosure", "secrecy_ground", "imposed_by", "liftable_by"),
           "proposal": ("weights", "threshold", "tie", "quorum", "chair", "replaces", "supersedes")}
CONTENTS = {"agenda_item": "agenda/x", "notification": "notification/x", "acknowledgement": "notification/x",
            "custom": "custom/x", "proposal": "decision/x", "position": "decision/x", "withdrawal": "decision/x",
            "closing": "decision/x"}


def hostile_bodies():
    """An epoch in which each event has one hostile text, of each field of each content in turn."""
    epoch, names = EpochMaker(), []
    for path in paths(pb.Body.DESCRIPTOR):
        content = path[0].name if path[0].name in CONTENTS else None
        if len(path) > 1 and content is None:
            continue  # what daemons alone say, and what is about erasing
        body = pb.Body(time_ms=1_795_428_000_000)
        fill(body, US, path, UNSEEN)
        for field in BESIDES.get(content, ()):  # what would make no sense beside the others
            if field != path[-1].name:
                getattr(body, content).ClearField(field)
        if content is None:
            fill(body.notification, US)
        body.topic = UNSEEN if path[-1].name == "topic" else CONTENTS[content or "notification"]
        epoch.add(body.SerializeToString())
        names.append(name_of(path))
    return epoch, names


def delivered(epoch):
    items = [pb.Delivered(offset=i, link=link.encode(), salt=salt, body=body, state=1, checkpoint_ms=1, epoch="1-00000000")
             for i, (link, (salt, body)) in enumerate(zip(epoch.links[1:], epoch.bodies[1:]), 1)]
    return pb.Deliver(subscription=1, items=items, position=len(items) + 1, end=True)


def said(epoch):
    n, tag = len(epoch.links), epoch.epoch.tag
    chain = pb.SaidChain(origin=epoch.links[0].origin.decode(), counter=1, tag=tag, first=1, last=n)
    items = [pb.SaidItem(chain=0, link=link.encode(), salt=salt, body=body)
             for link, (salt, body) in zip(epoch.links[1:], epoch.bodies[1:])]
    head = pb.SaidLink(chain=0, seq=n, hash=epoch.links[-1].hash(), head=True, epoch="1-00000000")
    return pb.Said(chains=[chain], links=[head], items=items, complete=True, end=True)


def in_bodies(r, liar, numbers):
    """What a daemon delivers unchecked is escaped by the command that prints it."""
    epoch, names = hostile_bodies()
    check(len(names) > 60, f"only {len(names)} texts in bodies")
    liar.greeting = True
    for message, commands, least in ((delivered(epoch), COMMANDS["Deliver"][1][:4], 4),
                                     (said(epoch), COMMANDS["Said"][1] + [["agenda", "list", "-o", "json"]], 3)):
        kind = type(message).__name__
        n_shown = ask(r, liar, numbers[kind], message, commands, f"{kind} with hostile bodies")
        print(f"{kind}: {len(names)} hostile texts in bodies, shown with escapes by {n_shown} of {len(commands)} commands",
              flush=True)
        check(n_shown >= least, f"{kind}: only {n_shown} commands show a body")


def typed(r):
    """A command line that is wrong is told with what was typed."""
    for text in STRINGS.values():
        text = text.replace("\x00", "")[:60000]
        for argv in (["tail", "--topic", text], ["tail", "--origin", text], ["consumer", "show", text],
                     ["explain", text], ["decision", "show", text], [text], ["status", "--" + text],
                     ["check", text], ["check", "peers", "--format", text], ["tail", "-F", "%" + text]):
            out, err, _ = run_for_a_while(r, argv)
            harmless(f"{argv[:2]}", out + err)


def test():
    the_test_can_fail()
    seen, n_shown = set(), 0
    with Region([US, THEM]) as r:
        typed(r)
        liar = Liar(r)
        for number, (message, way) in table().items():
            if not way.endswith(("→ client", "→ who asked")):
                continue
            kind = message.DESCRIPTOR.name
            check(kind in COMMANDS, f"no command is tried with {kind}: add one that prints it")
            liar.greeting, commands = COMMANDS[kind]
            for text in (MIXED, STRINGS["long"]):
                ask(r, liar, number, made(message, "all", text), commands, f"{kind}, all fields")
            shown = []
            for path in paths(message.DESCRIPTOR, kinds=(TEXT, BYTES)):
                seen.add(covered(path))
                asked = [ask(r, liar, number, made(message, path, text), commands, f"{kind}.{name_of(path)}")
                         for text in (MIXED, SHORT)]
                if any(asked):
                    shown.append(name_of(path))
            print(f"{kind}: shown with escapes: {', '.join(shown) or 'nothing'}", flush=True)
            n_shown += len(shown)
        in_bodies(r, liar, {message.DESCRIPTOR.name: number for number, (message, _) in table().items()})
        liar.ending = True
        liar.join(5)
    check(n_shown > 30, f"only {n_shown} of the fields are shown at all")
    print(f"{len(seen)} of {len(all_text_fields((TEXT, BYTES)))} fields of text or bytes come by an answer")


main(test)
