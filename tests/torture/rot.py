#!/usr/bin/python3
"""Bit rot. In an export of 100 events: every bit flipped, every truncation, found and named. In a
store: flips at random, with a real daemon on it that is read by a client and asked for its history;
no wrong body may come out of it, and the verifier names what is wrong or nothing is.

  rot.py [--every K] [--flips N] [--seed N] [--record FILE]

--every K: one bit of K of the export."""
import argparse
import collections
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

import yard
from region import Failed, check, custom, run

US, THEM = "GM0384", "GM0437"
DAMAGED_START = (74, 78)


def fill(r):
    for org in (US, THEM):
        r.launch(org)
    for org in (US, THEM):
        check(r.wait_ready(org), f"{org} does not start")
    for i in range(12):
        r.publish(US, *[custom(f"event {i}.{j} " * 8) for j in range(8)])
    r.publish(US, custom("for us", audience=[US]), custom("for both", audience=[US, THEM]))
    r.publish(THEM, *[custom(f"theirs {j} " * 8) for j in range(20)])
    r.wait_same()
    check(r.kill(THEM, signal.SIGTERM) == 0, "stop")


def rot_export(r, every):
    path = os.path.join(r.dir, "good.sbx")
    code, _, err = r.command(US, "export", "--origin", US, "-O", path)
    check(code == 0, f"export: {err}")
    code, out, err = run(yard.program("rot"), path, str(every), timeout=7200)
    print("export: " + out + err, end="", flush=True)
    check(code == 0, "an export's rot is not found or not named")


class StoreRot:
    def __init__(self, r, seed):
        self.r, self.node, self.pick = r, r.nodes[US], random.Random(seed)
        self.good_lines = self.tail()
        self.good_bodies = {json.dumps(e["body"]) for e in self.good_lines.values()}
        check(r.kill(US, signal.SIGTERM) == 0, "stop")
        self.base = os.path.join(r.dir, "base.mdb")
        shutil.copy(self.node.path("store", "data.mdb"), self.base)
        self.size = os.path.getsize(self.base)
        os.unlink(self.node.path("events.ndjson"))
        self.counts = collections.Counter()
        check(len(self.good_lines) > 100, "too few events to begin with")

    def tail(self):
        _, out, _ = self.r.command(US, "tail", "-o", "json", timeout=60)  # it waits 10 s for one that ended
        lines = {}
        for line in out.splitlines():
            event = json.loads(line)
            event.pop("offset")
            lines[event["origin"], event["epoch"], event["seq"]] = event
        return lines

    def lay_out(self):
        shutil.copy(self.base, self.node.path("store", "data.mdb"))
        at = self.pick.randrange(self.size)
        with open(self.node.path("store", "data.mdb"), "r+b") as f:
            f.seek(at)
            byte = f.read(1)[0]
            f.seek(at)
            f.write(bytes([byte ^ 1 << self.pick.randrange(8)]))
        return at

    def verified(self):
        """What `verify` says in a process of its own: "clean", "named" or "unreadable"."""
        code, out, err = self.r.command(US, "verify", "--store", self.node.path("store"), timeout=60)
        if code == 0:
            return "clean"
        if re.search(r"fault \S+ \S+ \w+", out):
            return "named"
        check(err.strip() or out.strip(), "verify fails without a word")
        return "unreadable"

    def wrong_bodies(self, lines):
        """Bodies that nobody wrote. (A flipped link may give a right one a wrong place: `verify`
        and partners see that by the chain.)"""
        return [place for place, event in lines.items()
                if event.get("body") is not None
                and json.dumps(event["body"]) not in self.good_bodies]

    def relayed(self):
        """Faults in what is served, which is what a partner would be sent, too."""
        bad = 0
        for org in (US, THEM):
            path = os.path.join(self.r.dir, "served.sbx")
            if os.path.exists(path):
                os.unlink(path)
            if self.r.command(US, "export", "--origin", org, "-O", path, timeout=60)[0] == 0:
                out = self.r.command(US, "verify", "--file", path)[1]
                bad += len(re.findall(r"bad_body|bad_commitment", out))
        return bad

    def serve(self):
        """Starts a daemon on it and reads; (what became of it, wrong bodies, wrong when relayed)."""
        process = self.r.launch(US)
        if not self.r.wait_ready(US):
            code = process.wait()
            return ("refused" if code in DAMAGED_START else f"crashed at start: {code}"), [], 0
        lines, bad = self.tail(), self.relayed()
        if process.poll() is None:
            process.kill()
        code = process.wait(10)
        end = {-signal.SIGKILL: "served", 74: "ended with 74"}.get(code, f"crashed: {code}")
        return end, self.wrong_bodies(lines), bad

    def clean(self):
        for name in ("events.ndjson", "events.ndjson.position"):
            if os.path.exists(self.node.path(name)):
                os.unlink(self.node.path(name))

    def keep(self, at, why):
        """A store over which somebody waited in vain is looked at later."""
        kept = os.path.abspath(f"rot-{os.getpid()}-{at}.mdb")
        shutil.copy(self.node.path("store", "data.mdb"), kept)
        print(f"violation: byte {at} flipped: {why}: {kept}", flush=True)
        self.counts["violations"] += 1

    def flip(self):
        at = self.lay_out()
        try:
            found = self.verified()
            end, wrong, bad = self.serve()
        except subprocess.TimeoutExpired as e:
            self.keep(at, f"no end of {' '.join(map(os.path.basename, e.cmd))}")
            self.r.kill(US)
            self.clean()
            return
        self.node.process = None
        self.clean()
        if end.startswith("crashed"):
            self.keep(at, f"the daemon {end}, and said {self.r.said_since(US)[-400:]!r}")
        self.counts[f"verify: {found}"] += 1
        self.counts[f"daemon: {end}"] += 1
        if wrong or bad:
            print(f"violation: byte {at} flipped: {len(wrong)} wrong bodies delivered {wrong[:2]}, "
                  f"{bad} relayed; verify said {found}", flush=True)
            self.counts["violations"] += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--flips", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record")
    options = parser.parse_args()
    began = time.monotonic()
    try:
        # Before a start has asked the partner, who is away here, it gives no body to anybody.
        with yard.Yard([US, THEM], lines=["recovery: {wait: 0s}"]) as r:
            fill(r)
            rot_export(r, options.every)
            rot = StoreRot(r, options.seed)
            for i in range(options.flips):
                rot.flip()
                if i % 500 == 499:
                    print(f"{i + 1} flips, {rot.counts['violations']} violations", flush=True)
                    yard.record(options.record, flips=i + 1, **{k.replace(" ", "_"): n for k, n in rot.counts.items()})
            print(f"store of {rot.size} bytes: {options.flips} flips, "
                  f"{rot.counts['violations']} violations, {time.monotonic() - began:.0f} s")
            for what, n in sorted(rot.counts.items()):
                print(f"  {n:6} {what}")
            check(rot.counts["violations"] == 0, "wrong bodies came out of a damaged store")
    except Failed as e:
        sys.exit(f"FAILED: {e}")


main()
