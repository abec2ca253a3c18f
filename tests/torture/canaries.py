#!/usr/bin/python3
"""Random canaries in restricted bodies, under load and kill -9: nobody outside an audience has one on
disk (freed pages, logs and cores too), in memory, in a broadcast, and no wire shows any.

  canaries.py [--canaries N] [--seed N]

A canary is a mark, the audience, and random bytes. The search for it is known to work: those in the
audience have it. Every fourth batch has another mark and is erased meanwhile: of that nobody has a
byte in the end, in no file and in no new backup, though everybody had it before."""
import argparse
import json
import os
import random
import re
import signal
import socket
import sys
import threading
import time

import zmq

import yard
from region import Background, Failed, check, custom, new_id

ORGS = ["GM0384", "GM0437", "GM0451", "GM0736"]
MARK, FORGOTTEN = b"kanarie<", b"vergeet<"
CANARY = re.compile(MARK + rb"([0-9a-f]{2})[0-9a-f]{8}")
PER_BODY, PER_BATCH, ERASED_EVERY = 100, 10, 4
KILL_EVERY_S = (0.2, 0.6)


class Tap(threading.Thread):
    """Forwards connections to a port and keeps what goes over them, both ways."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.target, self.seen, self.hits, self.bytes = port, [], 0, 0
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.start()

    def run(self):
        while True:
            try:
                here, _ = self.server.accept()
                there = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                if self.server.fileno() < 0:
                    return
                here.close()
                continue
            for a, b in ((here, there), (there, here)):
                threading.Thread(target=self.pump, args=(a, b), daemon=True).start()

    def pump(self, a, b):
        tail = b""
        try:
            while data := a.recv(65536):
                b.sendall(data)
                self.bytes += len(data)
                self.hits += (tail + data).count(MARK)
                tail = data[-len(MARK) + 1:]
        except OSError:
            pass
        for s in (a, b):
            s.close()


def mask_of(orgs):
    return sum(1 << ORGS.index(org) for org in orgs)


def foreign(data, org):
    """How many canaries in the bytes are none of this organisation's, and how many are. What is left
    of one that something was written over says no more whose it was, and counts as neither."""
    bit, wrong, right = 1 << ORGS.index(org), 0, 0
    for mask in CANARY.findall(data):
        entitled = int(mask, 16) & bit
        right, wrong = (right + 1, wrong) if entitled else (right, wrong + 1)
    return wrong, right


def files_of(folder):
    for where, _, names in os.walk(folder):
        for name in names:
            yield os.path.join(where, name)


def memory_of(pid):
    """What a core would hold: all that the process has of its own."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            where, rights, _, _, inode = line.split()[:5]
            begin, end = (int(x, 16) for x in where.split("-"))
            if rights.startswith("rw") and inode == "0" and end - begin < 1 << 30:
                try:
                    mem.seek(begin)
                    yield mem.read(end - begin)
                except OSError:
                    pass


def count_in(path, mark):
    with open(path, "rb") as f:
        return f.read().count(mark)


class Run:
    def __init__(self, r, n, seed):
        self.r, self.n, self.random = r, n, random.Random(seed)
        self.made, self.events, self.kills, self.heard, self.frames, self.erased = 0, 0, 0, 0, 0, 0
        self.had = dict.fromkeys(ORGS, 0)
        self.lock = {org: threading.Lock() for org in ORGS}

    def tap_wires(self):
        """Everybody reaches everybody else through a tap."""
        self.taps = {}
        for node in self.r.nodes.values():
            for port in (node.publish_port, node.service_port):
                self.taps[port] = Tap(port)
        for org, node in self.r.nodes.items():
            with open(node.path("samenbusd.yaml")) as f:
                text = f.read()
            for other, peer in self.r.nodes.items():
                for port in (peer.publish_port, peer.service_port) if other != org else ():
                    text = text.replace(f"tcp://127.0.0.1:{port}", f"tcp://127.0.0.1:{self.taps[port].port}")
            with open(node.path("samenbusd.yaml"), "w") as f:
                f.write(text)

    def batch(self, origin, kind):
        events = []
        for _ in range(PER_BATCH):
            others = self.random.sample([o for o in ORGS if o != origin], self.random.randint(0, 2))
            audience = sorted([origin, *others])
            mark = kind.decode() + f"{mask_of(audience):02x}"
            text = "".join(f"{mark}{self.random.getrandbits(128):032x}>" for _ in range(PER_BODY))
            events.append(custom(text, id=new_id(), audience=audience))
        return events

    def insist(self, stop, origin, *words, stdin=None):
        """Until it is acknowledged; a daemon that is killed meanwhile is asked again."""
        while not stop.is_set():
            if self.r.command(origin, *words, stdin=stdin)[0] == 0:
                return True
            time.sleep(0.05)
        return False

    def publish(self, stop, origin):
        n = 0
        while not stop.is_set() and self.made < self.n:
            n += 1
            kind = FORGOTTEN if n % ERASED_EVERY == 1 else MARK
            events = self.batch(origin, kind)
            lines = "".join(json.dumps(e) + "\n" for e in events)
            if not self.insist(stop, origin, "publish", "-", "--timeout", "3s", stdin=lines):
                return
            if kind is MARK:
                self.made += PER_BATCH * PER_BODY
                self.events += PER_BATCH
                continue
            self.had[origin] += any(count_in(p, FORGOTTEN) for p in files_of(self.r.nodes[origin].path("store")))
            names = [f"{origin}/{e['id']}" for e in events]
            if self.insist(stop, origin, "erase", *names, "--ground", "AVG art. 17"):
                self.erased += PER_BATCH

    def is_forgotten(self, org):
        """Everything is confirmed, and nothing is left to be compacted away."""
        code, out, _ = self.r.command(org, "erasures", "-o", "json")
        told = json.loads(out) if code == 0 else {"erasures": [], "complete": False}
        rows = told["erasures"]
        return told["complete"] and len(rows) == self.erased and not any(e["waiting"] or e["inFiles"] for e in rows)

    def back_up(self, org):
        node = self.r.nodes[org]
        code, _, err = self.r.command(org, "backup", "-c", node.path("samenbusd.yaml"), node.path("backup"))
        check(code == 0, f"backup of {org}: {err}")

    def kill_some(self, stop):
        while not stop.is_set():
            stop.wait(self.random.uniform(*KILL_EVERY_S))
            org = self.random.choice(ORGS)
            with self.lock[org]:
                self.r.kill(org, signal.SIGKILL)
                self.r.start(org)
                self.kills += 1

    def listen(self, stop, org, listener):
        """Every broadcast of `org` as its partner hears it, decrypted."""
        context = zmq.Context()
        sub = context.socket(zmq.SUB)
        sub.curve_serverkey = self.r.server_key(org)
        sub.curve_publickey, sub.curve_secretkey = self.r.curve_pair(listener, listener)
        sub.subscribe(b"")
        sub.connect(f"tcp://127.0.0.1:{self.r.nodes[org].publish_port}")
        while not stop.is_set():
            if sub.poll(50):
                frame = b"".join(sub.recv_multipart())
                self.frames += 1
                self.heard += frame.count(MARK)  # nothing restricted is broadcast, to anybody
        sub.close(0)
        context.term()

    def search(self):
        hits, found, size = {"disk": 0, "memory": 0, "erased": 0}, 0, 0
        for org in ORGS:
            for data in memory_of(self.r.nodes[org].process.pid):
                hits["memory"] += foreign(data, org)[0]
                size += len(data)
        for org in ORGS:
            self.r.kill(org, signal.SIGABRT)  # whatever that leaves behind is searched too
            for path in files_of(self.r.nodes[org].dir):
                with open(path, "rb") as f:
                    data = f.read()
                wrong, right = foreign(data, org)
                hits["disk"] += wrong
                hits["erased"] += data.count(FORGOTTEN)
                found += right
                size += len(data)
        return hits, found, size


def run(n, seed):
    began = time.monotonic()
    with yard.Yard(ORGS) as r:
        it = Run(r, n, seed)
        it.tap_wires()
        r.start()
        ears = [Background(it.listen, org, listener) for org in ORGS for listener in ORGS[:2] if org != listener]
        killer = Background(it.kill_some)
        loads = [Background(it.publish, org) for org in ORGS]
        while any(load.is_alive() for load in loads):
            time.sleep(0.2)
        for thread in (*loads, killer):
            thread.stop()
        r.wait_same(120)
        for org in ORGS:
            r.wait_for(lambda o=org: it.is_forgotten(o), f"{org} has everything that was erased confirmed", 120)
            it.back_up(org)
        for ear in ears:
            ear.stop()
        hits, found, size = it.search()
        hits["broadcasts"] = it.heard
        hits["wires"] = sum(tap.hits for tap in it.taps.values())
        wire = sum(tap.bytes for tap in it.taps.values())
        print(f"canaries: {it.made} in {it.events} bodies, and {it.erased * PER_BODY} in {it.erased} bodies that "
              f"were erased, {it.kills} kills, found {found} times where they "
              f"belong; searched {size >> 20} MiB of disks and memory, {wire >> 20} MiB of wire, "
              f"{it.frames} broadcasts; outside the audience: "
              + ", ".join(f"{where} {n}" for where, n in sorted(hits.items()))
              + f"; seed {seed}, {time.monotonic() - began:.0f} s")
        check(found >= it.made, "the search does not find those that are there")
        check(all(it.had.values()) or not it.erased, f"the search never found what was erased since: {it.had}")
        check(not any(hits.values()), f"canaries outside their audience: {hits}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--canaries", type=int, default=100000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    try:
        run(arguments.canaries, arguments.seed)
    except Failed as e:
        sys.stderr.write(f"FAILED canaries.py: {e}\n")
        sys.exit(1)
