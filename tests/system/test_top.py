#!/usr/bin/python3
"""samenbus top: one frame as plain text; on a terminal, frame after frame that show a partner stall,
and a terminal that is left as it was found, by `q` and by a signal."""
# test: slow
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

from region import Region, check, main, program

A, B = "GM0384", "GM0437"
ENTER, LEAVE = b"\x1b[?1049h\x1b[?25l", b"\x1b[?25h\x1b[?1049l"


class Top:
    """samenbus top on a terminal of 24 rows."""

    def __init__(self, r):
        os.environ["SAMENBUS_CONFIG"] = r.nodes[A].path("client.yaml")
        argv = [program("samenbus"), "top", "--interval", "200ms"]
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execv(argv[0], argv)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.shown = b""

    def read_until(self, what, seconds=40):
        end, begun = time.monotonic() + seconds, len(self.shown)
        while what not in self.shown[begun:]:
            check(time.monotonic() < end, f"no {what} within {seconds} s: {self.shown[-500:]}")
            if select.select([self.fd], [], [], 0.1)[0]:
                self.shown += os.read(self.fd, 4096)

    def lines_of_terminal(self):
        return termios.tcgetattr(self.fd)[3]

    def end(self):
        self.read_until(LEAVE)
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        self.pid = 0
        check(code == 0 and self.shown.startswith(ENTER) and self.shown.count(LEAVE) == 1, f"exit {code}")


def once(r):
    code, out, err = r.command(A, "top", "--once")
    check(code == 0 and not err, f"exit {code}: {err}")
    lines = out.splitlines()
    check(all(len(line) <= 80 for line in lines) and out.replace("\n", "").isprintable(), out)
    check(B in out and sum("live" in line for line in lines) == 3, out)
    code, out, err = r.command(A, "top")
    check(code == 64 and "--once" in err and not out, f"without a terminal: exit {code} {out}{err}")


def on_terminal(r):
    top = Top(r)
    try:
        top.read_until(B.encode())
        check(not top.lines_of_terminal() & termios.ICANON, "a key needs a return")
        os.kill(r.nodes[B].process.pid, signal.SIGSTOP)
        try:
            top.read_until(b"stalled")
        finally:
            os.kill(r.nodes[B].process.pid, signal.SIGCONT)
        before = top.shown
        os.write(top.fd, b"q")
        top.end()
        for frame in before.split(b"\x1b[H")[1:]:
            check(frame.count(b"\r\n") <= 23, frame)
    finally:
        if top.pid:
            os.kill(top.pid, signal.SIGKILL)
            os.waitpid(top.pid, 0)
        os.close(top.fd)


def by_signal(r):
    top = Top(r)
    try:
        before = top.lines_of_terminal()
        top.read_until(B.encode())
        os.kill(top.pid, signal.SIGTERM)
        top.end()
        check(top.lines_of_terminal() == before, "the terminal has other settings than before")
    finally:
        if top.pid:
            os.kill(top.pid, signal.SIGKILL)
            os.waitpid(top.pid, 0)
        os.close(top.fd)


def test():
    signal.alarm(240)  # a terminal that says nothing must not hang the test
    with Region([A, B]) as r:
        r.start()
        r.wait_for(lambda: r.peer(A, B)["theirView"]["state"] == "live", "all is live")
        for way in ("outgoing", "incoming"):
            r.wait_for(lambda w=way: r.peer(A, B)[w]["state"] == "live", f"{way} is live")
        once(r)
        on_terminal(r)
        by_signal(r)


main(test)
