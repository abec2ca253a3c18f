"""What the torture programs share: where the programs are, namespaces, preloaded libraries, records.

Everything that is started or made here is ended and removed here."""
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "system"))
import region  # noqa: E402

FAST = os.path.join(region.BIN, "fast")
region.BIN = FAST if os.path.isdir(FAST) else region.BIN
ORGS = ["GM0384", "GM0437", "GM0451", "GM0736", "GM0852"]
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
CLONE_NEWNET = 0x40000000
SKIP = 77


def program(name):
    return os.path.join(FAST, name)


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIP)


def failpoints():
    out = region.run(program("samenbusd"), "--failpoints")[1]
    return [line for line in out.split() if "cursor" not in line]


class Namespaces:
    """A network namespace per name, on one bridge in a namespace of its own."""

    def __init__(self, names):
        self.names, self.made = names, []
        self.prefix = f"samenbus{os.getpid()}-"

    def ip(self, *words, of=None):
        inside = [] if of is None else ["-n", self.prefix + of]
        code, _, err = region.run("ip", *inside, *words)
        if code != 0:
            raise OSError(f"ip {' '.join(words)}: {err.strip()}")

    def __enter__(self):
        try:
            for i, name in enumerate(["hub", *self.names]):
                self.ip("netns", "add", self.prefix + name)
                self.made.append(name)
                self.ip("link", "set", "lo", "up", of=name)
                if i == 0:
                    self.ip("link", "add", "bridge", "type", "bridge", of=name)
                    self.ip("link", "set", "bridge", "up", of=name)
                    continue
                self.ip("link", "add", f"port{i}", "type", "veth", "peer", "name", "wire",
                        "netns", self.prefix + name, of="hub")
                self.ip("link", "set", f"port{i}", "master", "bridge", "up", of="hub")
                self.ip("addr", "add", self.address(name) + "/24", "dev", "wire", of=name)
                self.ip("link", "set", "wire", "up", of=name)
        except OSError:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind, value, trace):
        for name in self.made:
            region.run("ip", "netns", "del", self.prefix + name)

    def address(self, name):
        return f"10.77.0.{self.names.index(name) + 1}"

    def enter(self, name):
        """For preexec_fn: the child lives in that namespace."""
        path = f"/run/netns/{self.prefix}{name}"
        libc = ctypes.CDLL(None, use_errno=True)

        def go():
            fd = os.open(path, os.O_RDONLY)
            if libc.setns(fd, CLONE_NEWNET) != 0:
                os._exit(126)
            os.close(fd)
        return go


class Yard(region.Region):
    """A region of fast daemons, each in its namespace where there are some."""

    def __init__(self, orgs, spaces=None, lines=()):
        self.spaces = spaces
        super().__init__(orgs)
        for node in self.nodes.values():
            if spaces is not None:
                node.host = spaces.address(node.org)
                node.publish_port, node.service_port = 7701, 7702
            node.said_lines, node.ready = [], threading.Event()
        for org in orgs:
            self.configure(org, lines=list(lines))

    def spawn(self, org, argv, **more):
        if self.spaces is not None:
            more["preexec_fn"] = self.spaces.enter(org)
        return subprocess.Popen(argv, stdin=subprocess.DEVNULL, **more)

    def command(self, org, *argv, stdin=None, config="client.yaml", timeout=60):
        env = dict(os.environ, SAMENBUS_CONFIG=self.nodes[org].path(config), NO_COLOR="1")
        done = subprocess.run([program("samenbus"), *argv], input=stdin, capture_output=True,
                              text=True, errors="replace", env=env, timeout=timeout,
                              preexec_fn=self.spaces and self.spaces.enter(org))
        return done.returncode, done.stdout, done.stderr

    def launch(self, org, env=None):
        """Starts one daemon; its words go to a file that is read to see it ready."""
        node = self.nodes[org]
        with open(node.stderr_path, "a") as err:
            node.said_from = err.tell()
            node.process = self.spawn(org, [program("samenbusd"), "-c", node.path("samenbusd.yaml")],
                                      stderr=err, stdout=subprocess.DEVNULL,
                                      env=dict(os.environ, **(env or {})))
        return node.process

    def said_since(self, org):
        node = self.nodes[org]
        with open(node.stderr_path, errors="replace") as f:
            f.seek(node.said_from)
            return f.read()

    def wait_ready(self, org, seconds=60):
        """True: it serves. False: it ended before."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if "ready:" in self.said_since(org):
                return True
            if self.nodes[org].process.poll() is not None:
                return False
            time.sleep(0.002)
        raise region.Failed(f"{org} is not ready after {seconds} s: {self.said_since(org)[-500:]}")


def record(path, **fields):
    """One line of a long run's record, synced."""
    if path:
        with open(path, "a") as f:
            f.write(" ".join(f"{k}={v}" for k, v in fields.items()) + "\n")
            f.flush()
            os.fsync(f.fileno())
