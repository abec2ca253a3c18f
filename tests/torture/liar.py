#!/usr/bin/python3
"""A partner with a key that lies: it greets, shows, tells and broadcasts a history that it really signs,
sound and unsound, and says anything that the wire's grammar allows, as a partner and as a client, over
CURVE. The daemon that it lies to serves its honest partner and clients all the while, says nothing that
cannot be read, shows the liar nothing that is for others, stays within the memory that it printed, and
both stores are sound at the end.

  liar.py [--seed N] [--rounds N] [--messages N]"""
import argparse
import base64
import os
import re
import signal
import subprocess
import sys
import time

import yard
import region
from region import Failed, Region, check, custom

US, THEM, LIAR = "GM0384", "GM0437", "GM0451"
CANARY = "CaNaRy!"
region.BIN = os.path.dirname(yard.FAST)  # daemons with sanitizers, where the build has them


def sign_seed(r):
    with open(r.nodes[LIAR].path("keys", LIAR + ".sign.key")) as f:
        word = next(line.split()[1] for line in f if line.startswith("samenbus-sign-key-1"))
    return base64.b64decode(word)[:32].hex()


def widen(r):
    """The client that lies may publish and read, but not administer."""
    path = r.nodes[US].path("samenbusd.yaml")
    with open(path) as f:
        text = f.read()
    narrow = "publish: [custom/reader/], subscribe: false"
    check(narrow in text, "the configuration of a reader")
    with open(path, "w") as f:
        f.write(text.replace(narrow, "publish: [custom/, agenda/, decision/], subscribe: true"))


def mib(r):
    with open(f"/proc/{r.nodes[US].process.pid}/status") as f:
        return int(re.search(r"RssAnon:\s+(\d+) kB", f.read()).group(1)) / 1024


class Lies:
    """One run of the liar beside the honest ones."""

    def __init__(self, r, seed, messages):
        node = r.nodes[US]
        public, secret = r.curve_pair(LIAR, LIAR)
        client_public, client_secret = r.curve_pair(US, "reader")
        keys = [key.decode() for key in (r.server_key(US), public, secret, client_public, client_secret)]
        self.process = subprocess.Popen(
            [yard.program("liar"), str(seed), str(messages), f"tcp://127.0.0.1:{node.service_port}",
             f"tcp://127.0.0.1:{r.nodes[LIAR].publish_port}", US, THEM, LIAR, r.partnership,
             sign_seed(r), *keys],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def going_on(self):
        return self.process.poll() is None

    def kill(self):
        self.process.kill()
        self.process.communicate()

    def end(self):
        out = self.process.communicate()[0]
        check(self.process.returncode == 0,
              f"the liar found something, or failed ({self.process.returncode}): {out}")
        return out.strip()


def serve(r, number):
    """An honest client publishes for all and for two, and the honest partner has both."""
    text = f"honest {number}"
    r.publish(US, custom(text), {**custom(CANARY + text), "audience": [US, THEM]})
    r.wait_for(lambda: {text, CANARY + text} <= set(r.texts(THEM)), f"{text} at {THEM}", 30)


def play(seed, rounds, messages):
    total, longest, peak = 0, 0.0, 0.0
    with Region([US, THEM, LIAR]) as r:
        widen(r)
        r.start(US, THEM)
        budget = int(re.search(r"memory: at most (\d+) MiB", r.said(US)).group(1))
        for round_ in range(rounds):
            lies, number = Lies(r, seed + round_, messages), 0
            try:
                while lies.going_on():
                    began = time.monotonic()
                    serve(r, f"{round_}.{number}")
                    longest, number = max(longest, time.monotonic() - began), number + 1
                    peak = max(peak, mib(r))
            except BaseException:
                lies.kill()
                raise
            told = lies.end()
            total += int(told.split()[0])
            print(f"seed {seed + round_}: {told}; {number} honest events and restricted ones meanwhile", flush=True)
        taken = sum(head["seq"] for head in r.status(US)["heads"] if head["origin"] == LIAR)
        check(taken > 0, "nothing of the liar was taken: it does not get far")
        check(peak < budget, f"{peak:.0f} MiB, and {budget} were said to be the most")
        for org in (US, THEM):
            check(r.kill(org, signal.SIGTERM) == 0, f"{org} does not stop as it should")
            r.verify_store(org)
    print(f"{total} messages of a liar in {rounds} rounds: all answered in words that can be read, none lost of "
          f"what is honest, {taken} events of the liar taken; an honest event took {longest:.1f} s at most, memory {peak:.0f} MiB of {budget}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--messages", type=int, default=20000)
    options = parser.parse_args()
    try:
        play(options.seed, options.rounds, options.messages)
    except Failed as e:
        sys.exit(f"FAILED: {e}")


main()
