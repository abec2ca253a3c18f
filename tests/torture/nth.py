#!/usr/bin/python3
"""The n-th call fails: for every call and error, for every n until a run passes untouched, once and
from then on. A run: a daemon's very first start, some publishing, a status, the stop; then a start
without failures, after which everything acknowledged is there and publishing goes on.

  nth.py [--every K] [--calls write,malloc,...] [--record FILE]

--every K tries one n of K, chosen by the call: a slice of the whole."""
import argparse
import collections
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import yard
import recorder
from region import Failed, check, custom, new_id

US = "GM0384"
ERRORS = {
    "write": ("ENOSPC", "EIO", "EINTR", "short"),
    "pwrite": ("ENOSPC", "EIO", "EINTR", "short"),
    "fdatasync": ("ENOSPC", "EIO", "EINTR"),
    "open": ("ENOSPC", "EIO", "ENOMEM", "EINTR", "EMFILE"),
    "rename": ("ENOSPC", "EIO"),
    "mmap": ("ENOMEM",),
    "malloc": ("ENOMEM",),
    "accept": ("ENOMEM", "EINTR", "EMFILE"),
}
DEFINED = (0, 1, 64, 69, 74, 78)
LIBRARY_ABORT = re.compile(r"\(src/\w+\.[ch]pp:\d+\)|terminate called|what\(\): |Cannot allocate|lmdb|mdb\.c")


class Case:
    """One failure in one life of one daemon."""

    def __init__(self, r, call, how, n, on):
        self.r, self.node = r, r.nodes[US]
        self.what = f"{call}:{how}:{n}" + (":on" if on else "")
        self.told = self.node.path("told")
        self.acknowledged = {}

    def clean(self):
        for name in ("store", "events.ndjson", "events.ndjson.position", "told", "stderr", "alarms"):
            path = self.node.path(name)
            if os.path.isdir(path):
                shutil.rmtree(path)
            elif os.path.exists(path):
                os.unlink(path)

    def publish(self, *texts, timeout="250ms"):
        events = [custom(t, id=new_id()) for t in texts]
        lines = "".join(json.dumps(e) + "\n" for e in events)
        _, out, _ = self.r.command(US, "publish", "-", "--timeout", timeout, stdin=lines)
        for line in out.splitlines():
            result = json.loads(line)
            if "epoch" in result:
                self.acknowledged[result["id"]] = (result["epoch"], result["seq"])

    def suffer(self):
        """The life with the failure; how it ended, or None where it was never met."""
        process = self.r.launch(US, {"LD_PRELOAD": yard.program("fail.so"),
                                     "SAMENBUS_FAIL": self.what, "SAMENBUS_FAIL_TOLD": self.told})
        try:
            if self.r.wait_ready(US, 5):
                self.publish("a", "b")
                if process.poll() is None:
                    self.publish("c" * 5000)
                if process.poll() is None:
                    self.r.command(US, "status")
        except Failed:
            pass  # a start that takes for ever is ended below, and that is what counts
        if process.poll() is None:
            process.terminate()
        try:
            code = process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Failed(f"{self.what}: does not stop: {self.r.said_since(US)[-600:]}")
        words = self.r.said_since(US)
        if not os.path.exists(self.told):
            check(code == 0, f"{self.what}: untouched, but exit {code}: {words[-600:]}")
            return None
        return self.classify(code, words)

    def classify(self, code, words):
        with open(self.told) as f:
            told = f.read()
        check("ack\n" not in told, f"{self.what}: acknowledged after a failed sync")
        if code == 74 and self.what.startswith("fdatasync") and " ready: " in words:
            self.r.wait_for(lambda: recorder.has(self.node, "disk_error", self.node.path("store")), f"{self.what}: on_alarm ran", 20)
        if code in DEFINED:
            return f"exit {code}"
        crash = re.search(r"^crash \S*/(lib[^/\s]+)$", told, re.M)
        if code == -signal.SIGSEGV and crash:
            return f"crash in a library: {crash.group(1)}"
        own = re.search(r"(daemon|proto|config)/\S+:\d+: .*Assertion", words)
        check(code == -signal.SIGABRT and not own, f"{self.what}: ends with {code}: {words[-600:]}")
        said = [line for line in words.splitlines() if LIBRARY_ABORT.search(line)]
        last = [line for line in words.splitlines() if not re.match(r"\d{4}-", line)]
        return "abort in a library: " + (said or last or ["without a word"])[-1].strip()

    def recover(self):
        self.r.launch(US)
        check(self.r.wait_ready(US), f"{self.what}: no clean restart: {self.r.said_since(US)[-600:]}")
        before = len(self.acknowledged)
        self.publish("afterwards", timeout="60s")  # nothing fails any more, but a machine may be busy
        check(len(self.acknowledged) == before + 1, f"{self.what}: cannot publish afterwards")
        places = {e["id"]: (e["epoch"], e["seq"]) for e in self.r.log(US)}
        lost = [i for i, place in self.acknowledged.items() if places.get(i) != place]
        check(not lost, f"{self.what}: lost {lost}")
        check(self.r.kill(US, signal.SIGTERM) == 0, f"{self.what}: the restarted one does not stop well")
        self.r.verify_store(US)

    def play(self):
        self.clean()
        end = self.suffer()
        self.r.nodes[US].process = None
        if end is not None:
            self.recover()
        return end


def sweep(r, call, how, on, every, ends, failures):
    """Every n (or one of `every`) until the failure is not met any more."""
    n, runs = 1 + hash_of(call + how) % every, 0
    while True:
        try:
            end = Case(r, call, how, n, on).play()
        except Failed as e:
            print(f"violation: {e}", flush=True)
            failures.append(str(e))
            r.kill(US)
            end = "violation"
            check(len(failures) < 20, "too many violations")
        runs += 1
        if end is None:
            return runs, n
        ends[end] += 1
        n += every


def hash_of(text):
    return sum(ord(c) * (i + 1) for i, c in enumerate(text))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--calls", default=",".join(ERRORS))
    parser.add_argument("--record")
    options = parser.parse_args()
    ends, failures, total, began = collections.Counter(), [], 0, time.monotonic()
    with yard.Yard([US]) as r:
        r.configure(US, lines=[recorder.install(r.nodes[US])])
        for call in options.calls.split(","):
            every = max(1, options.every if call in ("malloc", "write", "open") else options.every // 8)
            for how in ERRORS[call]:
                for on in (False, True):
                    if on and how == "EINTR" and call in ("write", "pwrite"):
                        continue  # it asks for another try, and gets it for ever
                    runs, last = sweep(r, call, how, on, every, ends, failures)
                    total += runs
                    yard.record(options.record, call=call, how=how, on=on, runs=runs, last=last)
                    print(f"{call} {how}{' from then on' if on else ''}: {runs} runs, untouched at {last}",
                          flush=True)
    for end, n in ends.most_common():
        print(f"  {n:6} {end}")
    print(f"{total} runs, {len(failures)} violations, {time.monotonic() - began:.0f} s")
    sys.exit(1 if failures else 0)


main()
