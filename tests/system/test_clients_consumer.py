#!/usr/bin/python3
"""One consumer of the daemon, read by the clients in turn: each goes on behind what the one before it
acknowledged, and what was read and not acknowledged comes again."""
# test: slow
import json
import os
import subprocess
import sys

from client_kinds import BUILT, kinds
from region import ROOT, Region, check, custom, main, program, text_of

HOME, AWAY = "GM0384", "GM0437"
NAME, COUNT = "archive", 20
PYTHON = """
import itertools, sys
sys.path.insert(0, sys.argv[1])
from samenbus import Client
with Client(sys.argv[2]) as client:
    events = client.consume("archive", ["custom/test"])
    for event in itertools.islice(events, int(sys.argv[3])):
        print(event.to_json())
    events.ack()
    print(next(events).to_json(), file=sys.stderr)  # not acknowledged
"""
NODE = """
import { Client } from './lib/index.js';
const [config, count] = process.argv.slice(1);
const client = new Client(config);
const events = await client.consume('archive', ['custom/test']);
for (let at = 0; at < Number(count); at++) {
  console.log(String((await events.next()).value));
}
await events.ack();
console.error(String((await events.next()).value)); // not acknowledged
await client.close();
"""


def command(kind, config):
    """Reads so many and acknowledges them, and one more."""
    return {"C": [program("samenbus"), "tail", "-c", config, "-o", "json", "--consumer", NAME, "--count", str(COUNT)],
            "Python": [sys.executable, "-c", PYTHON, os.path.join(ROOT, "clients", "python"), config, str(COUNT)],
            "Node": ["node", "--input-type=module", "-e", NODE, config, str(COUNT)]}[kind.name]


def test():
    with Region([HOME, AWAY]) as r:
        found = kinds()
        r.start()
        code, out, err = r.command(HOME, "consumer", "add", NAME, "--topic", "custom/test")
        check(code == 0, f"consumer add: {code}: {out}{err}")
        names = [f"n-{at}" for at in range(2 * COUNT * len(found) + 1)]
        r.publish(HOME, *map(custom, names))
        read = []
        for kind in found + found:
            done = subprocess.run(command(kind, r.nodes[HOME].path("client.yaml")), cwd=BUILT if kind.name == "Node" else None,
                                  capture_output=True, text=True, timeout=60)
            lines = [text_of(json.loads(line)) for line in done.stdout.splitlines()]
            check(done.returncode == 0 and lines == names[len(read):len(read) + COUNT],
                  f"{kind.name} reads {lines[:3]}... behind {len(read)}: {done.stderr[-800:]}")
            read += lines
        print(f"{', '.join(kind.name for kind in found)}, twice: {len(read)} events")


if __name__ == "__main__":
    main(test)
