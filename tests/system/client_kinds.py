"""The three clients as programs that the tests start, kill and compare: C, Python and Node.

Each kind reads events and writes them down as `samenbus tail -o json` prints them, with a cursor in a
file, and publishes the objects that it is given as lines of JSON. A kind that cannot run here says so.
"""
import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time

from region import ROOT, check, new_id, program, text_of

SOURCE = os.path.join(ROOT, "clients", "node")
BUILT = os.path.join(ROOT, "build", "node")
PYTHON = os.path.join(ROOT, "clients", "python", "tests")
NODE_LEAST = 18
TOPIC = "custom/test"
UNREACHABLE, UNKNOWN = 69, 75  # exit codes of the command


def version_of(name):
    """What the program says that it is, or None where it is not there."""
    try:
        return subprocess.run([name, "--version"], capture_output=True, text=True, timeout=60).stdout.strip()
    except OSError:
        return None


def why_no_python():
    probe = subprocess.run([sys.executable, "-c", "import zmq, google.protobuf, nacl, yaml"],
                           stderr=subprocess.DEVNULL)
    return "python3-zmq, -protobuf, -nacl or -yaml is not installed" if probe.returncode else None


def why_no_node():
    node, npm = version_of("node"), version_of("npm")
    if not node or not npm:
        return "node or npm is not installed"
    if int(node.lstrip("v").split(".")[0]) < NODE_LEAST:
        return f"node {node} is older than {NODE_LEAST}"
    return install_node()


def sources():
    """What the package is made of: (path in the package, path in the tree)."""
    found = [(name, os.path.join(SOURCE, name)) for name in ("package.json", "package-lock.json", "README.md")]
    for folder in ("lib", "tests", "examples"):
        found += [(os.path.join(folder, name), os.path.join(SOURCE, folder, name))
                  for name in sorted(os.listdir(os.path.join(SOURCE, folder)))]
    return [*found, ("lib/samenbus.proto", os.path.join(ROOT, "proto", "samenbus.proto"))]


def digest(paths):
    whole = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as f:
            whole.update(path.encode() + b"\0" + f.read())
    return whole.hexdigest()


def stamped(name, digest_now, work):
    """Does the work where it was not done for this very state; tests may come at the same time."""
    path = os.path.join(BUILT, name)
    if not os.path.exists(path) or open(path).read() != digest_now:
        work()
        with open(path, "w") as f:
            f.write(digest_now)


def copy_sources():
    for folder in ("lib", "tests", "examples"):
        shutil.rmtree(os.path.join(BUILT, folder), ignore_errors=True)
        os.makedirs(os.path.join(BUILT, folder))
    for name, path in sources():
        shutil.copy(path, os.path.join(BUILT, name))


def install_node():
    """The package as its users install it, without install scripts; None, or why it cannot be."""
    os.makedirs(BUILT, exist_ok=True)
    with open(os.path.join(BUILT, ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamped(".sources", digest([path for _, path in sources()]), copy_sources)
        try:
            stamped(".modules", digest([os.path.join(SOURCE, "package-lock.json")]), fetch_modules)
        except subprocess.CalledProcessError as failed:
            return f"npm cannot fetch what the client needs: {failed.stderr.strip()[-300:]}"
    return None


def fetch_modules():
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=BUILT, check=True,
                   capture_output=True, text=True, timeout=900)


class Kind:
    """One of the clients: the commands that read and publish. `again`: events that one kill may repeat."""

    def __init__(self, name, why_not, read, publish, again):
        self.name, self.why_not, self.read, self.publish, self.again = name, why_not, read, publish, again


def c_read(config, cursor):
    return [program("samenbus"), "tail", "-c", config, "-f", "-o", "json", "--topic", TOPIC, "--cursor", cursor]


def c_publish(config):
    return [program("samenbus"), "publish", "-c", config, "--timeout", "60s", "-"]


KINDS = [
    Kind("C", lambda: None, c_read, c_publish, None),  # its tail keeps the place whenever there is a pause
    Kind("Python", why_no_python,
         lambda config, cursor: [sys.executable, os.path.join(PYTHON, "consumer.py"), config, cursor],
         lambda config: [sys.executable, os.path.join(PYTHON, "producer.py"), config], 1),
    Kind("Node", why_no_node,
         lambda config, cursor: ["node", os.path.join(BUILT, "tests", "consumer.js"), config, cursor],
         lambda config: ["node", os.path.join(BUILT, "tests", "producer.js"), config], 1),
]


def kinds():
    """Those that run here; says of the others why they do not."""
    found = []
    for kind in KINDS:
        why_not = kind.why_not()
        if why_not:
            print(f"without {kind.name}: {why_not}")
        else:
            found.append(kind)
    return found


def publish(r, org, kind, events):
    """All of them, acknowledged, in order; gives the places. The command ends where the daemon is not there
    when it begins, or an outcome is unknown: then it is called again, for the events have ids."""
    lines = "".join(json.dumps({"id": new_id(), **event}) + "\n" for event in events)
    end = time.monotonic() + 60
    while True:
        done = subprocess.run(kind.publish(r.nodes[org].path("client.yaml")), input=lines, capture_output=True,
                              text=True, timeout=120)
        if done.returncode not in (UNREACHABLE, UNKNOWN) or time.monotonic() > end:
            break
    check(done.returncode == 0, f"{kind.name} publishes at {org}: {done.stdout[-500:]}{done.stderr[-1000:]}")
    places = [json.loads(line) for line in done.stdout.splitlines()]
    check(len(places) == len(events) and all("seq" in place for place in places), f"{kind.name}: {places[-3:]}")
    return places


class Reader:
    """A program of one kind that reads on, with its cursor and what it wrote down in files."""

    def __init__(self, r, kind):
        self.r, self.kind, self.process, self.kills = r, kind, None, 0
        self.out, self.err, self.cursor = (os.path.join(r.dir, f"{kind.name}.{what}")
                                           for what in ("out", "err", "cursor"))

    def start(self, org):
        self.org = org
        with open(self.out, "ab") as out, open(self.err, "ab") as err:
            self.process = subprocess.Popen(self.kind.read(self.r.nodes[org].path("client.yaml"), self.cursor),
                                            stdout=out, stderr=err, stdin=subprocess.DEVNULL)

    def kill(self):
        """In the middle of whatever it does; a line that was cut short thereby is no line."""
        if self.process is None:
            return
        self.process.kill()
        self.process.wait(10)
        self.process, self.kills = None, self.kills + 1
        with open(self.out, "rb+") as out:
            whole = out.read().rfind(b"\n") + 1
            out.truncate(whole)

    def forget(self):
        """It ends, and what it wrote down goes with it: another one begins at the beginning."""
        self.kill()
        for path in (self.out, self.cursor):
            if os.path.exists(path):
                os.unlink(path)

    def pause(self, stopped):
        self.process.send_signal(signal.SIGSTOP if stopped else signal.SIGCONT)

    def events(self):
        check(self.process is None or self.process.poll() is None,
              f"{self.kind.name} ended: {open(self.err, errors='replace').read()[-2000:]}")
        with open(self.out, errors="replace") as f:
            return [json.loads(line) for line in f.read().split("\n")[:-1]]

    def texts(self):
        return [text_of(event) for event in self.events()]

    def wait(self, count, what, seconds=60):
        """Until so many different events were written down."""
        self.r.wait_for(lambda: len(set(self.texts())) >= count, f"{self.kind.name} at {self.org} has {what}", seconds)
