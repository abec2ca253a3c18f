#!/usr/bin/python3
"""A really full disk: a store, and its event log, on a tmpfs of 4 to 32 MiB that a ballast fills up
to the last pages, for every number of pages left. Reading, a reader's place, that of a consumer which
the daemon keeps, recording an erasure and status never stop, nothing is corrupt, what was acknowledged
stays, and with room again publishing goes on by itself, in the same process, and no byte of what was
erased is left. Then many scattered erasures at once: on such a disk by their own daemon, and at a
partner whose disk is such a one. Needs to be root.

  full.py [--sizes 4,8,16,32] [--pages N] [--scattered N]"""
import argparse
import concurrent.futures
import json
import os
import random
import re
import signal
import sys
import time

import yard
from region import Failed, check, custom, new_id, run

US, THEM = "GM0384", "GM0437"
PAGE = 4096
CLIENTS, EVERY = 4, 6  # who want them erased; one of so many events
AT_ONCE = 8  # fillings of one disk
MORE = 48  # the store has its disk keep some pages ahead
MARK = "full-canary-"
CONTENT = re.compile(MARK.encode() + rb"[0-9a-f-]{36}")


class Disk:
    """A tmpfs with a ballast."""

    def __init__(self, path, mib):
        self.path, self.ballast = path, os.path.join(path, "ballast")
        os.makedirs(path)
        code, _, err = run("mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", path)
        if code != 0:
            yard.skip(f"no tmpfs can be mounted here: {err.strip()}")

    def leave(self, pages):
        self.free()
        with open(self.ballast, "wb") as f:
            room = os.statvfs(self.path).f_bavail - pages
            if room > 0:
                os.posix_fallocate(f.fileno(), 0, room * PAGE)

    def free(self):
        if os.path.exists(self.ballast):
            os.unlink(self.ballast)

    def enlarge(self, mib):
        code, _, err = run("mount", "-o", f"remount,size={mib}m", self.path)
        check(code == 0, f"remount: {err}")

    def unmount(self):
        run("umount", "-l", self.path)


class Run:
    def __init__(self, r, disk, counts):
        self.r, self.disk, self.counts = r, disk, counts
        self.acknowledged, self.pid, self.waiting, self.erased = {}, r.nodes[US].process.pid, [], []
        self.pool = concurrent.futures.ThreadPoolExecutor(1)
        code, _, err = r.command(US, "consumer", "add", "archive")
        check(code == 0, f"consumer add: {err}")

    def publish(self, n, size):
        """Publishes what waits and n new ones; what was refused waits. True: none was refused."""
        self.waiting += [custom(f"{MARK}{new_id()} " + "x" * size, id=new_id()) for _ in range(n)]
        lines = "".join(json.dumps(e) + "\n" for e in self.waiting)
        code, out, err = self.r.command(US, "publish", "-", "--timeout", "30s", stdin=lines)
        left = []
        for event, line in zip(self.waiting, out.splitlines()):
            result = json.loads(line)
            if "epoch" in result:
                self.acknowledged[event["id"]] = (result["epoch"], result["seq"])
            else:
                check(result["error"]["code"] == "store_full", f"refused otherwise: {result}")
                left.append(event)
        check(len(out.splitlines()) == len(self.waiting), f"no answer: {code} {err}")
        refused, self.waiting = len(left), left
        self.counts["refused"] += refused
        return refused == 0

    def read(self, name, *place):
        """On from there, which is moved."""
        code, out, err = self.r.command(US, "tail", "-o", "json", *place)
        check(code == 0, f"tail {place}: {err}")
        with open(self.r.nodes[US].path(name), "a") as f:
            f.write(out)

    def look(self, refused):
        """What has to work always."""
        node = self.r.nodes[US]
        check(node.process.poll() is None, f"it ended: {self.r.said_since(US)[-600:]}")
        status = self.r.status(US)
        if refused:
            check(status["state"] == "full" and status["alarms"], f"a full disk is not told: {status}")
        self.read("tailed", "--cursor", node.path("place"))
        self.read("archived", "--consumer", "archive")
        if refused:
            self.erase()
        if len(self.acknowledged) % 5 == 0:
            code, out, err = self.r.command(US, "verify", "--store", self.disk.path + "/store")
            check(code == 0, f"verify: {out}{err}")

    def erase(self):
        """One that everybody has read; it counts for every reader at once."""
        event = next(i for i in self.acknowledged if i not in self.erased)
        code, out, err = self.r.command(US, "erase", "--ground", "AVG", f"{US}/{event}", "--timeout", "30s")
        check(code == 0, f"an erasure is not recorded: {out}{err}")
        self.erased.append(event)
        self.counts["erased"] += 1
        state = next(e["state"] for e in self.r.log(US) if e["id"] == event)
        check(state == "erased", f"what is erased is {state}")

    def squeeze(self, pages):
        """A disk with so many pages left, then room again."""
        self.disk.leave(pages)
        full = False
        for _ in range(pages + MORE):
            reads = self.pool.submit(self.read, "archived", "--consumer", "archive")
            full = not self.publish(2, 1500)
            reads.result()
            if full:
                break
        self.look(full)
        self.disk.free()
        end = time.monotonic() + 60
        while self.waiting and not self.publish(0, 0):
            check(time.monotonic() < end, "room again, but nothing can be published")
            time.sleep(0.05)
        check(self.publish(1, 10), "room again, but it refuses")
        self.counts["squeezes"] += 1
        self.counts["full"] += full

    def bytes_left(self):
        """How many contents the store has somewhere."""
        with open(self.disk.path + "/store/data.mdb", "rb") as f:
            return len(set(CONTENT.findall(f.read())))

    def compare(self):
        self.r.wait_same(60)
        for org in (US, THEM):
            events = [e for e in self.r.log(org) if e["topic"] or e["state"] == "erased"]
            places = {e["id"]: (e["epoch"], e["seq"]) for e in events}
            states = {e["id"]: e["state"] for e in events}
            check(all((states[i] == "erased") == (i in self.erased) for i in states), f"{org}: {states}")
            lost = [i for i, place in self.acknowledged.items() if places.get(i) != place]
            check(not lost, f"{org} lost {len(lost)}: {lost[:3]}")
            check(len(events) == len(places) == len(self.acknowledged), f"{org}: {len(events)} events")
        self.look(False)
        for name in ("tailed", "archived"):
            with open(self.r.nodes[US].path(name)) as f:
                read = [event["id"] for event in map(json.loads, f) if event["topic"]]
            other = set(read) ^ set(self.acknowledged)
            check(len(read) == len(set(read)) and not other,
                  f"{name}: read {len(read)}, {len(set(read))} of them once; not as acknowledged: {other}")
        self.disk.enlarge(64)  # a second file may not have fitted beside the event log
        self.r.wait_for(lambda: self.bytes_left() == len(self.acknowledged) - len(self.erased),
                        "no byte of what was erased is left", 120)
        status = self.r.status(US)
        check(status["state"] == "ready", f"not ready again: {status}")
        check(self.r.nodes[US].process.pid == self.pid, "it was started again")
        self.counts["acknowledged"] += len(self.acknowledged)


def play(mib, pages, counts):
    with yard.Yard([US, THEM]) as r:
        node = r.nodes[US]
        disk = Disk(node.path("disk"), mib)
        try:
            r.configure(US, store="{path: disk/store, max_size: 1GiB}")
            os.symlink(node.path("disk", "events.ndjson"), node.path("events.ndjson"))
            for org in (US, THEM):
                r.launch(org)
                check(r.wait_ready(org), f"{org} does not start")
            one = Run(r, disk, counts)
            check(one.publish(5, 100), "an empty disk refuses")
            for left in pages:
                one.squeeze(left)
            one.compare()
            check(r.kill(US, signal.SIGTERM) == 0, "stop")
            code, out, err = r.command(US, "verify", "--store", disk.path + "/store")
            check(code == 0, f"verify: {out}{err}")
        finally:
            r.kill(US)
            disk.unmount()


def fill(r, org, disk):
    """Not a page is left but those that the store has had its disk keep."""
    disk.leave(0)
    r.command(org, "publish", "-", "--timeout", "30s", stdin="".join(
        json.dumps(custom("x" * 1500, id=new_id())) + "\n" for _ in range(400)))
    disk.leave(0)
    check(r.status(org)["state"] == "full", f"{org} is not full")


def scatter(r, n):
    """Events of ours, some here and there of which are to be erased."""
    ids = [new_id() for _ in range(EVERY * n)]
    for first in range(0, len(ids), 1000):
        lines = "".join(json.dumps(custom(f"{MARK}{i} " + "x" * 1500, id=i)) + "\n"
                        for i in ids[first:first + 1000])
        code, out, err = r.command(US, "publish", "-", "--timeout", "60s", stdin=lines)
        check(code == 0, f"publish: {err[-400:]}")
    r.wait_same(60)
    return ids, random.Random(n).sample(ids, n)


def erase_all(r, chosen):
    """By several clients at once, each of which wants every fourth."""
    def erase(part):
        lines = "".join(f"{US}/{i}\n" for i in part)
        return r.command(US, "erase", "--ground", "AVG", "-", "--timeout", "120s", stdin=lines)
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        for code, out, err in pool.map(erase, [chosen[k::CLIENTS] for k in range(CLIENTS)]):
            check(code == 0, f"of many erasures some are not recorded: {out[-300:]}{err[-300:]}")


def count_erased(r, org, erased):
    return sum(e["state"] == "erased" for e in r.log(org) if e["id"] in erased)


def play_scattered(mib, n, whose):
    with yard.Yard([US, THEM]) as r:
        disk = Disk(r.nodes[whose].path("disk"), mib)
        try:
            r.configure(whose, store="{path: disk/store, max_size: 1GiB}")
            for org in (US, THEM):
                r.launch(org)
                check(r.wait_ready(org), f"{org} does not start")
            check(r.command(whose, "consumer", "add", "archive")[0] == 0, "consumer add")
            ids, chosen = scatter(r, n)
            erased = set(chosen)
            fill(r, whose, disk)
            if whose == THEM:  # it hears of all of them at once
                os.kill(r.nodes[THEM].process.pid, signal.SIGSTOP)
            erase_all(r, chosen)
            os.kill(r.nodes[THEM].process.pid, signal.SIGCONT)
            for org in (US, THEM):
                r.wait_for(lambda: count_erased(r, org, erased) == n, f"{org} has erased all", 120)
            code, out, err = r.command(whose, "tail", "-o", "json", "--consumer", "archive")
            check(code == 0, f"nothing more is recorded: {out[-200:]}{err}")
            disk.free()
            disk.enlarge(64)
            r.wait_same(60)
            for org in (US, THEM):
                states = {e["id"]: e["state"] for e in r.log(org) if e["id"] in set(ids)}
                check(all((states[i] == "erased") == (i in erased) for i in ids), f"{org} erased others")
        finally:
            r.kill(whose)
            disk.unmount()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="4,8,16,32")
    parser.add_argument("--pages", type=int, default=40, help="0 to so many are left")
    parser.add_argument("--scattered", type=int, default=800, help="erasures at once")
    options = parser.parse_args()
    if os.geteuid() != 0:
        yard.skip("not root: no disk can be mounted")
    counts, began = {"squeezes": 0, "full": 0, "refused": 0, "acknowledged": 0, "erased": 0}, time.monotonic()
    try:
        for mib in map(int, options.sizes.split(",")):
            for first in range(0, options.pages + 1, AT_ONCE):  # what is published stays, and needs room
                play(mib, range(first, min(first + AT_ONCE, options.pages + 1)), counts)
            print(f"{mib} MiB: {counts}", flush=True)
        for whose in (US, THEM):
            play_scattered(32, options.scattered, whose)
            print(f"{options.scattered} scattered erasures, the disk of {whose} full", flush=True)
    except Failed as e:
        sys.exit(f"FAILED: {e}")
    check(counts["full"] > 0, "the disk was never full")
    print(f"{counts['squeezes']} fillings, {counts['full']} of them full, {counts['refused']} refusals, "
          f"{counts['acknowledged']} acknowledged, 0 lost, {counts['erased']} erased on a full disk, {time.monotonic() - began:.0f} s")


main()
