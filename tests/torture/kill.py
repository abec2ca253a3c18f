#!/usr/bin/python3
"""Five real daemons under load, each killed and started again without end: at a failpoint, or by
kill -9 at any moment. What was acknowledged is in a ledger outside; after each round it is looked for
at every daemon, at the place that was named, once.

  kill.py [--cycles N] [--round N] [--loopback] [--record FILE] [--seed N]

A cycle is: one daemon ended, and started again. It counts when the end was the one meant."""
import argparse
import collections
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

import yard
from region import Failed, check

PER_SECOND = 60  # events that each load publishes
RUN_S = (0.02, 0.3)  # from ready to kill -9
PATIENCE_S = 0.5  # for a failpoint to be met
AT_FAILPOINT = 99  # the exit code of a process that met one
SLICE_LINES = 256  # a crash between a line in a file moved away and its place repeats so many
STOPPING = ("before_stop", "after_drained", "after_close")
ROTATING = ("before_eventlog_position", "after_eventlog_position")


class Round:
    """One region with its loads; cycles until enough are done, then everything is compared."""

    def __init__(self, spaces, cycles, seed, counts):
        self.yard = yard.Yard(yard.ORGS, spaces)
        self.left, self.seed, self.counts = cycles, seed, counts
        self.lock, self.loads, self.failure = threading.Lock(), {}, None
        self.places = yard.failpoints()

    def take_cycle(self):
        with self.lock:
            self.left -= 1
            return self.left >= 0 and self.failure is None

    def start_load(self, org):
        node = self.yard.nodes[org]
        os.makedirs(node.path("load"), exist_ok=True)
        both = sorted([org, yard.ORGS[yard.ORGS.index(org) - 1]])
        with open(node.path("load.stderr"), "w") as err:
            self.loads[org] = self.yard.spawn(
                org, [yard.program("load"), node.path("client.yaml"), node.path("load"),
                      str(PER_SECOND), *both], stdout=subprocess.PIPE, stderr=err)

    def rotate(self, org):
        node = self.yard.nodes[org]
        n = len([f for f in os.listdir(node.dir) if f.startswith("events.ndjson.")])
        try:
            os.rename(node.path("events.ndjson"), node.path(f"events.ndjson.{n:05}"))
        except FileNotFoundError:
            return
        node.process.send_signal(signal.SIGUSR1)

    def cycle_at(self, org, place, nth, pick):
        """Ends at a failpoint, if it is met soon."""
        process = self.yard.launch(org, {"SAMENBUS_FAILPOINT": f"{place}:{nth}"})
        if self.yard.wait_ready(org):
            if place in ROTATING:
                time.sleep(pick.uniform(0.05, 0.2))
                self.rotate(org)
            if place in STOPPING:
                time.sleep(pick.uniform(0.02, 0.1))
                process.terminate()
        try:
            code = process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()  # which may be the failpoint's after all
        if code == 0 and place in STOPPING:
            return "stopped"
        return {AT_FAILPOINT: place, -signal.SIGKILL: "random"}.get(code, f"itself with {code}")

    def cycle_random(self, org, pick):
        process = self.yard.launch(org)
        if pick.random() < 0.8:
            check(self.yard.wait_ready(org), f"{org} does not start: {self.yard.said_since(org)}")
            time.sleep(pick.uniform(*RUN_S))
        else:
            time.sleep(pick.uniform(0, 0.02))
        process.kill()
        code = process.wait()
        return "random" if code == -signal.SIGKILL else f"itself with {code}"

    def choose_place(self, pick):
        """Rather those that were met seldom."""
        with self.lock:
            return min(pick.sample(self.places, 4), key=lambda p: self.counts[p])

    def begin(self, org, place):
        """The very first start of a daemon ends at a failpoint."""
        self.yard.launch(org, {"SAMENBUS_FAILPOINT": place})
        self.counts[place] += self.yard.nodes[org].process.wait(60) == AT_FAILPOINT
        self.yard.launch(org)
        check(self.yard.wait_ready(org), f"{org} does not start: {self.yard.said_since(org)}")

    def torment(self, org):
        pick = random.Random(f"{self.seed} {org}")
        try:
            self.yard.kill(org)
            while self.take_cycle():
                if pick.random() < 0.6:
                    place = self.choose_place(pick)
                    how = self.cycle_at(org, place, pick.choice((1, 1, 1, 1, 2, 5, 13)), pick)
                else:
                    how = self.cycle_random(org, pick)
                with self.lock:
                    self.counts[how] += 1
                check("itself" not in how, f"{org} ended by {how}: {self.yard.said_since(org)[-800:]}")
            self.yard.launch(org)
            check(self.yard.wait_ready(org), f"{org} does not start: {self.yard.said_since(org)}")
        except Exception as e:
            self.failure = e

    def run(self):
        with self.yard:
            opening = self.places[:self.places.index("after_ready")]
            for i, org in enumerate(yard.ORGS):
                self.begin(org, opening[(self.seed + 3 * i) % len(opening)])
                self.start_load(org)
            try:
                self.torture_all()
                return self.compare()
            finally:
                for load in self.loads.values():
                    load.kill()
                    load.wait()

    def torture_all(self):
        threads = [threading.Thread(target=self.torment, args=(o,)) for o in yard.ORGS]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        if self.failure is not None:
            raise self.failure

    # ---- afterwards

    def end_loads(self):
        for load in self.loads.values():
            load.send_signal(signal.SIGTERM)
        for org in self.loads:
            quiet = self.yard.nodes[org].path("load", "quiet")
            self.yard.wait_for(lambda q=quiet: os.path.exists(q), f"the load of {org} has all its answers", 120)
        self.yard.wait_same(120)
        results = {}
        for org, load in self.loads.items():
            load.send_signal(signal.SIGUSR1)
            out, _ = load.communicate(timeout=60)
            check(load.returncode == 0, f"load of {org} ended with {load.returncode}")
            results[org] = json.loads(out)
        return results

    def lines(self, org, name):
        with open(self.yard.nodes[org].path("load", name)) as f:
            return f.read().splitlines()

    def compare(self):
        results = self.end_loads()
        ledger = [line for org in yard.ORGS for line in self.lines(org, "ledger")]
        lost = doubled = 0
        for org in yard.ORGS:
            node, result = self.yard.nodes[org], results[org]
            with open(node.path("load.stderr")) as f:
                words = f.read()
            check(result["answered"] and result["readAll"], f"{org}: {result}: {words}")
            check(result["refused"] == 0, f"{org} refused {result['refused']}: {words}")
            read = collections.Counter(self.lines(org, "read"))
            ids = collections.Counter(line.split()[0] + line.split()[3] for line in read)
            missing = [line for line in ledger if line not in read]
            twice = [i for i, n in ids.items() if n > 1]
            check(not missing, f"{org} lost {len(missing)} acknowledged, such as {missing[:3]}")
            check(not twice, f"{org} has {len(twice)} ids twice, such as {twice[:3]}")
            check(result["again"] == 0, f"{org} delivered {result['again']} again: {words}")
            lost += len(missing)
            doubled += result["again"]
            self.check_node(org, read)
        return len(ledger), lost, doubled

    def check_node(self, org, read):
        status = self.yard.status(org)
        check(status["state"] == "ready" and not status["alarms"], f"{org}: {status}")
        self.yard.verify_store(org)
        check(self.yard.kill(org, signal.SIGTERM) == 0, f"{org} does not stop well")
        logged = []
        node = self.yard.nodes[org]
        for name in sorted(f for f in os.listdir(node.dir) if f.startswith("events.ndjson")):
            if not name.endswith(".position"):
                with open(node.path(name)) as f:
                    logged += [(json.loads(line)["offset"], name) for line in f]
        names = dict(logged)
        twice = [(n, name, names[n]) for n, name in logged if names[n] != name]
        worst = max(collections.Counter(pair[1:] for pair in twice).values(), default=0)
        check(worst < SLICE_LINES, f"{org}: {len(twice)} lines twice in the event log: {twice[:3]}")
        check(len(names) == len(read), f"{org}: {len(names)} lines for {len(read)} events")


def play(spaces, options):
    counts, done, acknowledged, began = collections.Counter(), 0, 0, time.monotonic()
    while done < options.cycles:
        n = min(options.round, options.cycles - done)
        events, lost, again = Round(spaces, n, options.seed + done, counts).run()
        done += n
        acknowledged += events
        yard.record(options.record, time=int(time.time()), seed=options.seed + done - n, cycles=n,
                    acknowledged=events, lost=lost, again=again)
        print(f"{done} cycles, {acknowledged} acknowledged, {time.monotonic() - began:.0f} s", flush=True)
    met = {p: counts[p] for p in yard.failpoints()}
    print(f"{done} cycles ({counts['random']} kill -9 at random, {counts['stopped']} stopped, "
          f"{sum(met.values())} at {sum(n > 0 for n in met.values())} of {len(met)} failpoints), "
          f"{acknowledged} events acknowledged, 0 lost, 0 delivered again, in "
          f"{time.monotonic() - began:.0f} s")
    print("never met: " + (", ".join(p for p, n in met.items() if n == 0) or "none"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cycles", type=int, default=400)
    parser.add_argument("--round", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record")
    parser.add_argument("--loopback", action="store_true")
    options = parser.parse_args()
    try:
        if options.loopback:
            play(None, options)
            return
        try:
            spaces = yard.Namespaces(yard.ORGS).__enter__()
        except OSError as e:
            yard.skip(f"no network namespaces here ({e}); --loopback does without")
        try:
            play(spaces, options)
        finally:
            spaces.__exit__(None, None, None)
    except Failed as e:
        sys.exit(f"FAILED: {e}")


main()
