#!/usr/bin/python3
"""A daemon that answers with hostile strings, in every text field of every message to a client: no
command lets one of them reach the terminal, and one line stays one line."""
# test: slow
import os
import subprocess
import sys
import threading

import zmq

from hostile import MIXED, SHORT, STRINGS, all_text_fields, covered, fill, harmless, name_of, paths, pb, table, the_test_can_fail
from region import ROOT, Region, check, main, new_id, program

sys.path[:0] = [os.path.join(ROOT, "clients", "python"), os.path.join(ROOT, "clients", "python", "tests")]
from making import EpochMaker  # noqa: E402

US, THEM = "GM0384", "GM0437"
QUERY, ANSWER = 40, 41
ESCAPED, IN_JSON = "\\x1b[31m", "\\u001b[31m"


class Liar(threading.Thread):
    """Answers every question with its daemon's status first, then with `kind` and `message`."""

    def __init__(self, r):
        super().__init__(daemon=True)
        self.kind, self.message, self.greeting, self.ending = ANSWER, None, True, False
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
            frame = b"SB\x01" + bytes([kind]) + raw[4:8] + message.SerializeToString()
            self.socket.send_multipart([peer, frame])
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


def run_for_a_while(r, argv):
    """What it printed; one that still waits for another answer after a second is ended."""
    env = dict(os.environ, SAMENBUS_CONFIG=r.nodes[US].path("client.yaml"), NO_COLOR="1")
    one = subprocess.Popen([program("samenbus"), *argv], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True, errors="surrogateescape")
    try:
        out, err = one.communicate(DRAFT, timeout=1)
    except subprocess.TimeoutExpired:
        one.kill()
        out, err = one.communicate()
        return out, err, None
    return out, err, one.returncode


def delivery(epoch):
    """A Deliver that is taken: one event with its body. The epoch is a text of the daemon."""
    made = EpochMaker()
    link, (salt, body) = made.links[0], made.bodies[0]
    item = pb.Delivered(offset=1, link=link.encode(), salt=salt, body=body, state=1, checkpoint_ms=1, epoch=epoch)
    return pb.Deliver(subscription=1, items=[item], position=2, end=True)


def made(message, path=None, text=""):
    if message is pb.Deliver:
        return delivery(text if path else "1-00000000")
    answer = fill(message(), THEM, path, text)
    if message is pb.Results:
        answer.items[0].index, answer.items[0].code = 0, 3
    return answer


def ask(r, liar, kind, message, commands, what):
    """How many of the commands showed a hostile text of the answer, escaped."""
    liar.kind, liar.message, n_shown = kind, message, 0
    for argv in commands:
        out, err, code = run_for_a_while(r, argv)
        check("Sanitizer" not in err and code not in (-6, -11), f"{argv} with {what}: {code} {err}")
        harmless(f"{argv} with {what}: stdout", out, of_lines=isinstance(message, pb.Administered))
        harmless(f"{argv} with {what}: stderr", err)
        n_shown += ESCAPED in out + err or IN_JSON in out
    return n_shown


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
            for path in paths(message.DESCRIPTOR):
                seen.add(covered(path))
                asked = [ask(r, liar, number, made(message, path, text), commands, f"{kind}.{name_of(path)}")
                         for text in (MIXED, SHORT)]
                if any(asked):
                    shown.append(name_of(path))
            print(f"{kind}: shown with escapes: {', '.join(shown) or 'nothing'}", flush=True)
            n_shown += len(shown)
        liar.ending = True
        liar.join(5)
    check(n_shown > 30, f"only {n_shown} of the fields are shown at all")
    print(f"{len(seen)} of {len(all_text_fields())} text fields come by an answer")


main(test)
