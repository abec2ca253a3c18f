"""config/RUNBOOK.md, carried out to the letter: every fenced block that is marked `sh runbook:NAME`
is run as it stands there, by sh -eu, with a systemctl that starts and stops a region's daemon.

    book = Runbook(region, "GM0384")
    book.do("lost-disk")
"""
import os
import re
import signal
import socket
import stat
import subprocess
import tempfile
import threading

from region import BIN, ROOT, check

PAGE = os.path.join(ROOT, "config", "RUNBOOK.md")
UNITS = os.path.join(ROOT, "config", "systemd")
BLOCK = re.compile(r"^```sh runbook:([a-z-]+)\n(.*?)^```$", re.M | re.S)
SYSTEMCTL = """#!/usr/bin/python3
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect({path!r})
s.sendall(" ".join(sys.argv[1:]).encode() + b"\\n")
answer = s.makefile().readline().strip()
sys.exit(answer if answer != "ok" else 0)
"""


def blocks():
    with open(PAGE) as f:
        found = BLOCK.findall(f.read())
    check(len(found) == len(dict(found)), "a block's name is used twice")
    return dict(found)


class Runbook:
    def __init__(self, region, org):
        self.region, self.org, self.node = region, org, region.nodes[org]
        self.tools = tempfile.mkdtemp(prefix="runbook-", dir=region.dir)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(os.path.join(self.tools, "s"))
        self.listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()
        path = os.path.join(self.tools, "systemctl")
        with open(path, "w") as f:
            f.write(SYSTEMCTL.format(path=os.path.join(self.tools, "s")))
        os.chmod(path, stat.S_IRWXU)

    def _serve(self):
        while True:
            connection = self.listener.accept()[0]
            line = connection.makefile().readline().strip()
            try:
                connection.sendall(self._systemctl(line).encode() + b"\n")
            except Exception as e:
                connection.sendall(repr(e).replace("\n", " ").encode() + b"\n")
            connection.close()

    def _systemctl(self, line):
        verb, unit = line.split(" ", 1)
        template, _, instance = unit.partition("@")
        if not instance or not os.path.exists(os.path.join(UNITS, f"{template}@.service")):
            return f"Unit {unit}.service not found."
        if verb == "stop":
            self.region.kill(self.org, 15)
        elif verb == "start":
            self.region.start(self.org)
        elif verb == "reload":
            self.node.process.send_signal(signal.SIGHUP)
        else:
            return f"not understood: {line}"
        return "ok"

    def do(self, name, expect=0, **variables):
        """Runs one block; returns (stdout, stderr)."""
        env = dict(os.environ, PATH=f"{self.tools}:{BIN}:{os.environ['PATH']}",
                   CONF=self.node.dir, STORE=self.node.path("store"),
                   SAMENBUS_CONFIG=self.node.path("client.yaml"), NO_COLOR="1", **variables)
        text = blocks()["settings"] + blocks()[name]
        done = subprocess.run(["sh", "-eu", "-c", text], env=env, cwd=self.node.dir, timeout=120,
                              capture_output=True, text=True, stdin=subprocess.DEVNULL)
        check(done.returncode == expect,
              f"runbook:{name} at {self.org}: exit {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout, done.stderr
