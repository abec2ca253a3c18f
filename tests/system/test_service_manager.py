#!/usr/bin/python3
"""What systemd hears: READY once it serves, signs of life while it does, one true line of how
things stand, STOPPING at the end; and the unit that we ship is as closed as it says."""
# test: slow
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time

from region import ROOT, Region, check, main

A, B = "GM0384", "GM0437"
UNIT = os.path.join(ROOT, "config", "systemd", "samenbusd@.service")
EXPOSURE_MAX = 1.5


class Manager:
    def __init__(self, folder):
        self.path = os.path.join(folder, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.heard = []

    def listen(self, seconds):
        """What is said in so many seconds."""
        end, said = time.monotonic() + seconds, []
        while (rest := end - time.monotonic()) > 0:
            self.socket.settimeout(rest)
            try:
                said.append(self.socket.recv(4096).decode())
            except TimeoutError:
                break
        self.heard += said
        return said

    def gaps(self, line, n):
        """Seconds between those that come next, after those that lie here."""
        self.listen(0.05)
        moments = []
        while len(moments) <= n:
            self.socket.settimeout(20)
            if self.socket.recv(4096).decode() == line:
                moments.append(time.monotonic())
        return [b - a for a, b in zip(moments, moments[1:])]

    def wait_for(self, line, seconds=20):
        end = time.monotonic() + seconds
        while line not in self.heard and time.monotonic() < end:
            self.listen(0.2)
        check(line in self.heard, f"never heard {line!r}, but {self.heard}")


def check_notifications(r):
    manager = Manager(r.dir)
    r.start(A, env={"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "900000"})
    manager.wait_for("READY=1")
    check(manager.heard[0] == "READY=1", manager.heard)
    r.start(B)
    manager.wait_for("STATUS=1/1 partners, lag 0")
    gaps = manager.gaps("WATCHDOG=1", 7)
    check(0.2 <= statistics.median(gaps) <= 0.5, f"signs of life after {gaps} s")
    check(r.kill(B, signal.SIGKILL) == -9, "kill")
    manager.heard.clear()
    manager.wait_for("STATUS=0/1 partners, lag 0")
    os.kill(r.nodes[A].process.pid, signal.SIGSTOP)
    try:
        manager.listen(0.2)
        check(manager.listen(1) == [], "a daemon that stands still gives signs of life")
    finally:
        os.kill(r.nodes[A].process.pid, signal.SIGCONT)
    check(r.kill(A, signal.SIGTERM) == 0, "stop")
    manager.wait_for("STOPPING=1")


def check_deaf(r):
    """A manager that stands still: what it has room for it hears, later, and it holds nobody up."""
    folder = os.path.join(r.dir, "deaf")
    os.mkdir(folder)
    manager = Manager(folder)
    r.start(A, env={"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "30000"})
    r.wait_for(lambda: is_full(manager.path), "no room is left")
    r.start(B)
    r.wait_for(lambda: r.peer(A, B)["outgoing"]["state"] == "live", "live")
    manager.wait_for("STATUS=1/1 partners, lag 0")
    r.wait_for(lambda: is_full(manager.path), "no room is left again")
    check(r.kill(A, signal.SIGTERM) == 0, "stop")


def is_full(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.setblocking(False)
        try:
            s.sendto(b"WATCHDOG=1", path)
        except BlockingIOError:
            return True
    return False


def check_memory_stays():
    """The connection key lies in libzmq's memory as well, which nobody locks: so nothing is swapped."""
    with open(UNIT, encoding="utf-8") as f:
        said = {line.strip() for line in f}
    for setting in ("MemorySwapMax=0", "LimitCORE=0"):
        check(setting in said, f"{os.path.basename(UNIT)} has no {setting}")


def check_unit():
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        print("systemd-analyze is not here: the unit was not judged")
        return
    with tempfile.TemporaryDirectory() as folder, open(UNIT, encoding="utf-8") as f:
        unit = os.path.join(folder, os.path.basename(UNIT))
        with open(unit, "w", encoding="utf-8") as copy:
            copy.write(f.read())
        out = subprocess.run([analyze, "security", "--offline=true", unit], text=True,
                             capture_output=True, check=False).stdout
    level = re.search(r"Overall exposure level for \S+: ([0-9.]+)", out)
    check(level and float(level.group(1)) <= EXPOSURE_MAX, out[-2000:])
    print(f"exposure {level.group(1)}")


def test():
    check_memory_stays()
    check_unit()
    with Region([A, B]) as r:
        check_notifications(r)
        check_deaf(r)


main(test)
