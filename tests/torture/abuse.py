#!/usr/bin/python3
"""Abuse on the wire: half-open connections, garbage before the handshake, frames of a gigabyte, floods
of subscriptions, readers that stand still, and more connections than there are descriptors. Memory
stays within the budget that the daemon printed, and an honest partner and client notice nothing, or,
where all endpoints had to be shut for a moment, are served again at once.

  abuse.py [--scale N]"""
import argparse
import os
import random
import re
import resource
import signal
import socket
import struct
import subprocess
import sys
import time

import zmq

import yard
from region import Failed, check, custom, new_id

US, THEM = "GM0384", "GM0437"
FEW_DESCRIPTORS = 600
GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00CURVE" + bytes(15) + b"\x00" + bytes(31)


CALM = 10  # times what it takes without an attack, which a busy machine may add to any limit


class Victim:
    def __init__(self, r):
        self.r, self.node, self.peak, self.slack = r, r.nodes[US], 0.0, 60.0
        words = r.said_since(US)
        self.budget = int(re.search(r"memory: at most (\d+) MiB", words).group(1))
        self.slack = CALM * self.serves("nothing at all")

    def mib(self):
        with open(f"/proc/{self.node.process.pid}/status") as f:
            found = re.search(r"RssAnon:\s+(\d+) kB", f.read())
        check(found, f"it ended: {self.r.said_since(US)[-500:]}")
        now = int(found.group(1)) / 1024
        self.peak = max(self.peak, now)
        return now

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.node.process.pid}/fd"))

    def ports(self):
        return self.node.publish_port, self.node.service_port

    def serves(self, what, seconds=3):
        """An honest client publishes and an honest partner has it soon."""
        text, began = f"during {what} {random.random()}", time.monotonic()
        check(self.node.process.poll() is None, f"{what}: it ended: {self.r.said_since(US)[-500:]}")
        event, results = custom(text, id=new_id()), []

        def published():
            results[:] = [x for x in self.r.publish(US, event, expect=None, timeout="2s") if "epoch" in x]
            return results

        def arrived():
            return any(h["origin"] == US and h["epoch"] == results[0]["epoch"]
                       and h["seq"] >= results[0]["seq"] for h in self.r.status(THEM)["heads"])

        self.r.wait_for(published, f"{what}: a publish is acknowledged", seconds + self.slack)
        self.r.wait_for(arrived, f"{what}: the partner has it", seconds + self.slack)
        check(self.mib() < self.budget, f"{what}: {self.mib():.0f} MiB of {self.budget}")
        return time.monotonic() - began


def half_open(port):
    s = socket.socket()
    s.settimeout(2)
    try:
        s.connect(("127.0.0.1", port))
        return s
    except OSError:
        s.close()
        return None


def open_many(v, n, first=b""):
    held = []
    for i in range(n):
        s = half_open(v.ports()[i % 2])
        if s is None:
            continue
        try:
            s.sendall(first() if callable(first) else first)
        except OSError:
            pass
        held.append(s)
        if i % 200 == 0:
            v.mib()
    return held


def close_all(held):
    for s in held:
        s.close()


def attack_half_open(v, scale):
    before = v.mib()
    held = open_many(v, 1500 * scale)
    took = v.serves("half-open connections")
    more = v.mib() - before
    close_all(held)
    return f"{len(held)} half-open: {more * 1024 / max(1, len(held)):.1f} KiB each, served in {took:.1f} s"


def attack_garbage(v, scale):
    close_all(open_many(v, 1000 * scale, lambda: random.randbytes(random.randrange(1, 400))))
    close_all(open_many(v, 200 * scale, lambda: GREETING + random.randbytes(200)))
    return f"{1200 * scale} garbled, served in {v.serves('garbage'):.1f} s"


def attack_gigabyte(v, scale):
    """Before a handshake, and from a partner's own key."""
    huge = GREETING + b"\x06" + struct.pack(">Q", 1 << 30)
    held, sent = open_many(v, 20 * scale, huge), 0
    for s in held:
        try:
            for _ in range(64):
                sent += s.send(bytes(1 << 20))
        except OSError:
            pass
    close_all(held)
    context = zmq.Context()
    dealer = context.socket(zmq.DEALER)
    dealer.linger = 0
    dealer.curve_serverkey = v.r.server_key(US)
    dealer.curve_publickey, dealer.curve_secretkey = v.r.curve_pair(THEM, THEM)
    dealer.connect(f"tcp://127.0.0.1:{v.node.service_port}")
    dealer.send(bytes(1 << 30), copy=False)
    took = v.serves("a gigabyte in one frame", 8)
    context.destroy(0)
    return f"{len(held)} announced a gigabyte and got {sent >> 20} MiB out, served in {took:.1f} s"


def attack_subscriptions(v, scale):
    context = zmq.Context()
    flood = context.socket(zmq.XSUB)
    flood.linger, flood.sndhwm, flood.sndtimeo = 0, 0, 1000
    flood.curve_serverkey = v.r.server_key(US)
    flood.curve_publickey, flood.curve_secretkey = v.r.curve_pair(THEM, THEM)
    flood.connect(f"tcp://127.0.0.1:{v.node.publish_port}")
    for i in range(20000 * scale):
        flood.send(b"\x01" + b"flood/%d/" % i + b"x" * 150)
        if i % 2000 == 0:
            v.mib()
    took = v.serves("a flood of subscriptions", 10)
    context.destroy(0)
    return f"{20000 * scale} subscriptions, served in {took:.1f} s"


def attack_slow_readers(v, scale):
    config = dict(os.environ, SAMENBUS_CONFIG=v.node.path("client.yaml"))
    readers = [subprocess.Popen([yard.program("samenbus"), "tail", "-f", "-o", "json"], env=config,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
               for _ in range(12)]
    try:
        time.sleep(0.5)
        for reader in readers:
            reader.send_signal(signal.SIGSTOP)
        code, _, err = v.r.command(US, "bench", "publish", "--window", "512", "--count",
                                   str(10000 * scale), "--size", "1000", timeout=200)
        check(code == 0, f"bench: {err}")
        took = v.serves("readers that stand still", 20)
    finally:
        for reader in readers:
            reader.kill()
            reader.communicate()
    return f"{len(readers)} readers that stand still and {10000 * scale} events, served in {took:.1f} s"


def attack_descriptors(v, scale):
    """More connections than descriptors, again and again for some seconds."""
    held, end, worst = [], time.monotonic() + 4 + scale, 0
    while time.monotonic() < end:
        held += open_many(v, 100)
        worst = max(worst, v.descriptors())
    told = "descriptors" in v.r.said_since(US)
    close_all(held)
    took = v.serves("a lack of descriptors", 15)
    check(told, "nobody is told of it")
    check(worst < FEW_DESCRIPTORS, "they ran out before the endpoints were shut")
    return f"{len(held)} connections for {FEW_DESCRIPTORS} descriptors: at most {worst} open, served in {took:.1f} s"


def begin(r, org, descriptors=None):
    limits = [] if descriptors is None else ["prlimit", f"--nofile={descriptors}:{descriptors}"]
    node = r.nodes[org]
    with open(node.stderr_path, "a") as err:
        node.said_from = err.tell()
        node.process = r.spawn(org, [*limits, yard.program("samenbusd"), "-c",
                                     node.path("samenbusd.yaml")],
                               stderr=err, stdout=subprocess.DEVNULL)
    check(r.wait_ready(org), f"{org} does not start: {r.said_since(org)}")


def play(attacks, scale, descriptors):
    with yard.Yard([US, THEM]) as r:
        begin(r, US, descriptors)
        begin(r, THEM)
        r.wait_same()
        victim = Victim(r)
        for attack in attacks:
            print(f"{attack(victim, scale)}; {victim.mib():.0f} MiB", flush=True)
        print(f"peak {victim.peak:.0f} MiB, budget {victim.budget} MiB")
        check(victim.peak < victim.budget, "more memory than was told")
        check(r.kill(US, signal.SIGTERM) == 0, "stop")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=int, default=1)
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))
    random.seed(5)
    try:
        play([attack_half_open, attack_garbage, attack_gigabyte, attack_subscriptions,
              attack_slow_readers], options.scale, None)
        play([attack_descriptors], options.scale, FEW_DESCRIPTORS)
    except Failed as e:
        sys.exit(f"FAILED: {e}")


main()
