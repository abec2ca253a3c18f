#!/usr/bin/python3
"""As many connections under one key as it may have, all of them listening: the next one is refused, in
words, to every client, and none of those that listen goes for it, or misses anything."""
# test: slow
import os
import signal
import subprocess
import sys

from client_kinds import BUILT, PYTHON, kinds
from region import Region, check, custom, main, program, run

HOME = "GM0384"
FULL = 16
WHY = "this key has 16 connections here, and no key may have more: end one"
ASK = {
    "C": lambda config: [program("samenbus"), "status", "-c", config],
    "Python": lambda config: [sys.executable, "-c", f"""
import sys
sys.path[:0] = [{os.path.dirname(PYTHON)!r}]
from samenbus import Client, errors
with Client({config!r}) as client:
    for ask in (lambda: next(client.subscribe(["custom/"])),
                lambda: client.publish({{"topic": "custom/x", "custom": {{"contentType": "a/b"}}}})):
        try:
            ask()
        except errors.TooLarge as error:
            print(error, file=sys.stderr)
        else:
            sys.exit("it was let in")
sys.exit(1)
"""],
    "Node": lambda config: ["node", "--input-type=module", "-e", f"""
const {{ Client, errors }} = await import({os.path.join(BUILT, "lib", "index.js")!r});
const client = new Client({config!r});
for (const ask of [() => client.subscribe(["custom/"]).next(),
  () => client.publish({{ topic: "custom/x", custom: {{ contentType: "a/b" }} }})]) {{
  try {{
    await ask();
    console.error("it was let in");
  }} catch (error) {{
    console.error(error instanceof errors.TooLarge ? error.message : `another error: ${{error}}`);
  }}
}}
await client.close();
process.exit(1);
"""],
}


class Tail:
    """Reads on, and says nothing."""

    def __init__(self, r, number):
        self.out = os.path.join(r.dir, f"tail.{number}")
        with open(self.out, "wb") as out:
            self.process = subprocess.Popen(
                [program("samenbus"), "tail", "-c", r.nodes[HOME].path("client.yaml"), "-f", "-F", "%t",
                 "--topic", "custom/"], stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)

    def lines(self):
        with open(self.out) as f:
            return f.read().splitlines()

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)


def say(r, number):
    """Under the other key, which has no connection yet."""
    r.publish(HOME, custom(f"event {number}", topic=f"custom/reader/{number}"), config="reader.yaml")


def refused(r, kind):
    code, out, err = run(*ASK[kind](r.nodes[HOME].path("client.yaml")))
    check(code != 0 and WHY in err and "let in" not in err and "another error" not in err, f"{kind}: exit {code}: {out}{err}")


def test():
    with Region([HOME]) as r:
        r.start()
        tails = [Tail(r, i) for i in range(FULL)]
        try:
            say(r, 1)
            for tail in tails:
                r.wait_for(lambda: len(tail.lines()) == 1, f"the first event: {tail.lines()}")
            for kind in kinds():
                refused(r, kind.name)
            check("operator" in r.said(HOME) and WHY in r.said(HOME), f"the log: {r.said(HOME)[-2000:]}")
            say(r, 2)
            for tail in tails:
                r.wait_for(lambda: len(tail.lines()) == 2, f"the second event: {tail.lines()}")
            tails.pop().end()
            r.wait_for(lambda: r.answers(HOME), "there is room again")
        finally:
            for tail in tails:
                tail.end()


main(test)
