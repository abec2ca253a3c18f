#!/usr/bin/python3
"""What compacting a large store costs those who work with it: while thousands of events are erased and
the file is written anew, one client publishes all the time and another reads all the time.
  erasing.py [MIB] [ERASED]      SAMENBUS_BIN names the programs, else the release build; prints one line of JSON"""
import base64
import json
import os
import secrets
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
os.environ.setdefault("SAMENBUS_BIN", os.path.join(HERE, "..", "..", "build", "release", "bin"))
sys.path[:0] = [os.path.join(HERE, "..", "system"), os.path.join(HERE, "..", "..", "clients", "python")]
from region import Region, check, new_id, program  # noqa: E402
from samenbus import Client  # noqa: E402

ORG, BODY, BATCH = "GM0384", 40_000, 256


def event(size):
    data = base64.b64encode(secrets.token_bytes(size * 3 // 4)).decode()
    return {"id": new_id(), "topic": "custom/bench",
            "custom": {"contentType": "application/octet-stream", "data": data}}


def fill(config, mib, erased):
    """Ids of as many events as are to be erased, among others until the store has this size."""
    ids, count = [], max(erased, (mib << 20) // (BODY * 3 // 4))
    small = min(BODY, (mib << 20) * 4 // 3 // count)
    for begin in range(0, count, BATCH):
        events = [event(small) for _ in range(min(BATCH, count - begin))]
        subprocess.run([program("samenbus"), "publish", "-c", config], check=True, stdout=subprocess.DEVNULL,
                       input="\n".join(json.dumps(e) for e in events).encode())
        ids += [e["id"] for e in events]
    step = max(1, count // erased)
    return ids[::step][:erased]


class Worker(threading.Thread):
    """Does one thing again and again, and remembers when each was done."""

    def __init__(self, config, act):
        super().__init__(daemon=True)
        self.config, self.act, self.stopping, self.done = config, act, False, []

    def run(self):
        with Client(self.config) as client:
            for _ in self.act(client):
                self.done.append(time.monotonic())
                if self.stopping:
                    return

    def longest(self, begin, end):
        """The longest time between two within these times, in ms; and how many there were."""
        times = [begin] + [t for t in self.done if begin <= t <= end] + [end]
        return round(max(b - a for a, b in zip(times, times[1:])) * 1000, 1), len(times) - 2


def publishing(client):
    while True:
        yield client.publish(event(512))


class Follower(Worker):
    """Reads what comes, in a process of its own: one of Python would wait for the one that publishes."""

    def __init__(self, config):
        super().__init__(config, None)
        self.process = subprocess.Popen([program("samenbus"), "tail", "-c", config, "-f", "-o", "json", "--new"],
                                        stdout=subprocess.PIPE)

    def run(self):
        for _ in self.process.stdout:
            self.done.append(time.monotonic())

    def join(self, timeout=None):
        self.process.kill()
        super().join(timeout)


def compaction(r, config, ids):
    """Erases them, and waits until no byte is left; when the last was recorded, and when that was."""
    names = [f"{ORG}/{i}" for i in ids]
    data = r.nodes[ORG].path("store", "data.mdb")
    before, begun = os.stat(data).st_ino, time.monotonic()
    for at in range(0, len(names), 1000):
        subprocess.run([program("samenbus"), "erase", "-c", config, "--ground", "AVG", *names[at:at + 1000]],
                       check=True, stdout=subprocess.DEVNULL)
    recorded = time.monotonic()
    files = [before]
    while len(files) == 1 or in_files(r):
        time.sleep(0.02)
        now = os.stat(data).st_ino
        if now != files[-1]:
            files.append(now)
            gone = time.monotonic()
    return begun, recorded, gone, len(files) - 1


def in_files(r):
    code, out, err = r.command(ORG, "erasures", "-o", "json")
    check(code == 0, err)
    return any(e["inFiles"] for e in json.loads(out)["erasures"])


def main(mib, erased):
    with Region([ORG]) as r:
        r.configure(ORG, store="{path: store, max_size: 16GiB, max_size_per_origin: 8GiB}")
        r.start()
        config = r.nodes[ORG].path("client.yaml")
        ids = fill(config, mib, erased)
        size = os.stat(r.nodes[ORG].path("store", "data.mdb")).st_size
        workers = [Worker(config, publishing), Follower(config)]
        for w in workers:
            w.start()
        time.sleep(3)
        quiet = [w.longest(time.monotonic() - 2, time.monotonic()) for w in workers]
        begun, recorded, gone, files = compaction(r, config, ids)
        busy = [w.longest(recorded, gone) for w in workers]
        while_erasing = [w.longest(begun, recorded) for w in workers]
        for w in workers:
            w.stopping = True
            w.join(20)
        r.verify_store(ORG)
        print(json.dumps({
            "storeMiB": size >> 20, "erased": len(ids), "compactions": files,
            "erasingS": round(recorded - begun, 2), "compactingS": round(gone - recorded, 2),
            "publishPauseMs": busy[0][0], "published": busy[0][1],
            "readPauseMs": busy[1][0], "read": busy[1][1],
            "whileErasingPauseMs": [p for p, _ in while_erasing], "beforePauseMs": [p for p, _ in quiet]}))


if __name__ == "__main__":
    main(*(int(a) for a in (sys.argv[1:3] or ["1024", "10000"])))
