#!/usr/bin/python3
"""A consumer is begun anew while it is read, by each of the clients: its reader goes on by itself at
the new place and gets the older events again, also where it was cut off meanwhile; what it had under
way takes back nothing; and one that is removed tells its reader so."""
# test: slow
import json
import os
import queue
import signal
import subprocess
import sys
import threading

from client_kinds import BUILT, kinds
from region import ROOT, Region, check, custom, main, program, text_of

HOME, NAME, COUNT = "GM0384", "mailer", 5
PYTHON = """
import sys
sys.path.insert(0, sys.argv[1])
from samenbus import Client
with Client(sys.argv[2]) as client:
    events = client.consume("mailer", ["custom/test"])
    for event in events:
        print(event.to_json(), flush=True)
        events.ack(event)
"""
NODE = """
import { Client } from './lib/index.js';
const client = new Client(process.argv[1]);
const events = await client.consume('mailer', ['custom/test']);
for await (const event of events) {
  console.log(String(event));
  await events.ack(event);
}
"""


def command(kind, config):
    """Follows, and acknowledges each."""
    return {"C": [program("samenbus"), "tail", "-f", "-c", config, "-o", "json", "--consumer", NAME],
            "Python": [sys.executable, "-c", PYTHON, os.path.join(ROOT, "clients", "python"), config],
            "Node": ["node", "--input-type=module", "-e", NODE, config]}[kind.name]


class Reader:
    """A program that follows; its lines."""

    def __init__(self, kind, config):
        self.name, self.lines = kind.name, queue.Queue()
        self.process = subprocess.Popen(command(kind, config), cwd=BUILT if kind.name == "Node" else None,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(text_of(json.loads(line)))
        self.lines.put(None)

    def expect(self, names, what):
        got = []
        for _ in names:
            try:
                got.append(self.lines.get(timeout=30))
            except queue.Empty:
                break
        if got != list(names):
            self.process.kill()
            check(False, f"{self.name}, {what}: {got} and not {list(names)}: {self.process.stderr.read()[-800:]}")

    def end(self):
        """Its exit status and what it complained of."""
        return self.process.wait(30), self.process.stderr.read()


def behind(r):
    code, out, err = r.command(HOME, "consumer", "show", NAME, "-o", "json")
    check(code == 0, f"consumer show: {code}: {err}")
    return json.loads(out)["behind"]


def made(r, *argv):
    code, out, err = r.command(HOME, "consumer", *argv)
    check(code == 0, f"consumer {argv}: {code}: {out}{err}")


def publish(r, names, new):
    r.publish(HOME, *map(custom, new))
    names += new


def follow(r, kind, names):
    """One kind of client through all of it. `names`: what has been published, in order."""
    made(r, "add", NAME, "--topic", "custom/test")
    reader = Reader(kind, r.nodes[HOME].path("client.yaml"))
    try:
        reader.expect(names, "at first")
        r.wait_for(lambda: behind(r) == 0, "all is acknowledged")
        made(r, "reset", NAME)
        publish(r, names, [f"{kind.name}-1"])
        reader.expect(names, "begun anew while it reads")
        r.wait_for(lambda: behind(r) == 0, "all is acknowledged again")
        os.kill(reader.process.pid, signal.SIGSTOP)
        r.kill(HOME)
        r.start(HOME)
        made(r, "reset", NAME)
        os.kill(reader.process.pid, signal.SIGCONT)
        publish(r, names, [f"{kind.name}-2"])
        reader.expect(names, "begun anew while it was cut off")
        made(r, "reset", NAME, "--new")
        publish(r, names, [f"{kind.name}-3"])
        reader.expect(names[-1:], "begun anew with what comes")
        r.wait_for(lambda: behind(r) == 0, "that too")
        made(r, "rm", NAME)
        code, err = reader.end()
        check(code != 0 and "unknown_consumer" in err, f"{kind.name}, removed: {code}: {err[-800:]}")
    finally:
        reader.process.kill()


def test():
    with Region([HOME]) as r:
        found = kinds()
        r.start()
        names = []
        publish(r, names, [f"n-{at}" for at in range(COUNT)])
        for kind in found:
            follow(r, kind, names)
        print(f"{', '.join(kind.name for kind in found)}: begun anew, cut off, removed; {len(names)} events")


if __name__ == "__main__":
    main(test)
