"""A region of real daemons on free loopback ports, for the system tests.

    with Region(["GM0384", "GM0437"]) as r:
        r.start()
        r.publish("GM0384", {"topic": "custom/x", "custom": {...}})
        r.wait_for(lambda: len(r.log("GM0437")) == 1)

Everything lives in a temporary folder; every process that is started here is ended here.
"""

import base64
import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid

from ports import free_ports

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("SAMENBUS_BIN", os.path.join(ROOT, "build", "asan", "bin"))
os.environ["LC_ALL"] = "C.UTF-8"  # what people read is in English here, whatever the locale outside
NAMES = {"GM0384": "Diemen", "GM0437": "Ouder-Amstel", "GM0451": "Uithoorn", "GM0736": "De Ronde Venen"}


class Failed(AssertionError):
    pass


def check(condition, text):
    if not condition:
        raise Failed(text)


def run(*argv, stdin=None, env=None, timeout=60):
    """Runs a program; returns (exit code, stdout, stderr) as text."""
    full = dict(os.environ, **(env or {}))
    done = subprocess.run(argv, input=stdin, capture_output=True, text=True, errors="replace",
                          env=full, timeout=timeout)
    return done.returncode, done.stdout, done.stderr


def program(name):
    return os.path.join(BIN, name)


def is_test_build():
    """Have the programs means of testing in them?"""
    return "test build: no" not in run(program("samenbusd"), "--version")[1]


def only_test_build():
    """Ends the test as skipped where they have none."""
    if not is_test_build():
        print("skipped: a release build")
        sys.exit(77)


def custom(text, **more):
    """A custom event as `samenbus publish` reads it."""
    data = base64.b64encode(text.encode()).decode()
    return {"topic": "custom/test", "custom": {"contentType": "text/plain", "data": data}, **more}


def text_of(event):
    body = event.get("body")
    return None if not body else base64.b64decode(body["data"]).decode()


class Background(threading.Thread):
    """Runs a function beside the test; what it raises, stop() raises."""

    def __init__(self, function, *args):
        super().__init__(daemon=True)
        self.function, self.args, self.failure = function, args, None
        self.stopping = threading.Event()
        self.start()

    def run(self):
        try:
            self.function(self.stopping, *self.args)
        except Exception as e:
            self.failure = e

    def stop(self, seconds=60):
        self.stopping.set()
        self.join(seconds)
        check(not self.is_alive(), f"{self.function.__name__} does not end")
        if self.failure is not None:
            raise self.failure


class Node:
    def __init__(self, region, org, ports):
        self.region, self.org = region, org
        self.dir = os.path.join(region.dir, org)
        self.publish_port, self.service_port = ports
        self.host = "127.0.0.1"
        self.process = None
        self.stderr_path = os.path.join(self.dir, "stderr")
        self.env = {}

    def path(self, *parts):
        return os.path.join(self.dir, *parts)


class Region:
    def __init__(self, orgs, dials=None, partnership="duoplus"):
        """dials: set of (a, b), a connects to b; None: everybody to everybody."""
        self.dir = tempfile.mkdtemp(prefix="samenbus-system-")
        self.orgs, self.partnership = orgs, partnership
        ports = free_ports(2 * len(orgs))
        self.nodes = {o: Node(self, o, ports[2 * i:2 * i + 2]) for i, o in enumerate(orgs)}
        self.dials = dials if dials is not None else {(a, b) for a in orgs for b in orgs if a != b}
        self.via = {}  # (a, b): the ports that a dials in the place of those of b
        for node in self.nodes.values():
            self._make_keys(node)
        for node in self.nodes.values():
            self.configure(node.org)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        try:
            codes = {org: self.kill(org, signal.SIGKILL if kind else signal.SIGTERM)
                     for org in self.orgs}
        finally:
            for org in self.orgs:
                self.kill(org)
        wrong = self._complaints_about_ourselves()
        if kind is None and not any(codes.values()) and not wrong:
            shutil.rmtree(self.dir, ignore_errors=True)
            return
        if kind is not None:
            for node in self.nodes.values():
                if os.path.exists(node.stderr_path):
                    with open(node.stderr_path, errors="replace") as f:
                        sys.stderr.write(f"--- {node.org}\n{f.read()[-3000:]}\n")
        if not os.environ.get("SAMENBUS_KEEP"):
            shutil.rmtree(self.dir, ignore_errors=True)
        if kind is None:
            raise Failed(f"exit codes after SIGTERM: {codes}; {wrong}")

    def _complaints_about_ourselves(self):
        """What a sanitizer or an assert of a daemon said."""
        return [line for org in self.orgs if os.path.exists(self.nodes[org].stderr_path)
                for line in self.said(org).splitlines()
                if "Sanitizer" in line or "runtime error" in line or "Assertion" in line]

    # ---- keys

    def curve_pair(self, org, name):
        """(public, secret) Z85 of the CURVE key `name` in the keys of `org`, for a socket of our own."""
        node = self.nodes[org]
        with open(node.path("keys", name + ".curve.key")) as f:
            secret = next(line.split()[1] for line in f if line.startswith("samenbus-curve-key-1"))
        public = self.public(node.path("keys", name + ".pub.yaml"))["curve_key"]
        return public.encode(), secret.encode()

    def server_key(self, org):
        return self.public(self.nodes[org].path("keys", org + ".pub.yaml"))["curve_key"].encode()

    def _make_keys(self, node):
        keys = node.path("keys")
        os.makedirs(node.dir, exist_ok=True)
        for argv in (["--org", node.org], ["--client", "operator"], ["--client", "reader"]):
            code, _, err = run(program("samenbus"), "key", "gen", *argv, "--out", keys)
            check(code == 0, f"key gen {argv}: {err}")

    @staticmethod
    def public(path):
        """The two keys of a .pub.yaml file, by name."""
        found = {}
        with open(path) as f:
            for line in f:
                name, colon, value = line.strip().lstrip("- ").partition(":")
                if colon and name in ("sign_key", "curve_key"):
                    found[name] = value.strip().strip('"')
        return found

    def configure(self, org, **override):
        """Writes samenbusd.yaml and client.yaml of one node. override: eventlog, quota, recovery, ..."""
        node = self.nodes[org]
        peers = []
        for other in self.orgs:
            if other == org:
                continue
            p, k = self.nodes[other], self.public(self.nodes[other].path("keys", other + ".pub.yaml"))
            peers += [f"  - id: {other}", f"    name: {NAMES.get(other, other)}",
                      f'    sign_key: "{k["sign_key"]}"', f'    curve_key: "{k["curve_key"]}"']
            if (org, other) in self.dials:
                publish, service = self.via.get((org, other), (p.publish_port, p.service_port))
                peers += [f"    publish: tcp://{p.host}:{publish}",
                          f"    service: tcp://{p.host}:{service}"]
        operator = self.public(node.path("keys", "operator.pub.yaml"))["curve_key"]
        reader = self.public(node.path("keys", "reader.pub.yaml"))["curve_key"]
        store = override.get("store", "{path: store, max_size: 1GiB}")
        lines = [f"partnership: {self.partnership}",
                 f"organisation: {{id: {org}, name: {NAMES.get(org, org)}, "
                 f"sign_key: keys/{org}.sign.key, curve_key: keys/{org}.curve.key}}",
                 "listen:", f"  publish: tcp://{node.host}:{node.publish_port}",
                 f"  service: tcp://{node.host}:{node.service_port}",
                 f"store: {store}", "peers:" if peers else "peers: []"] + peers + [
                 "clients:",
                 f'  - {{name: operator, curve_key: "{operator}", '
                 "publish: [agenda/, decision/, notification/, custom/], subscribe: true, admin: true}",
                 f'  - {{name: reader, curve_key: "{reader}", publish: [custom/reader/], subscribe: false}}',
                 "eventlog: {path: events.ndjson}", "log: {level: info, format: text}"]
        lines += override.get("lines", [])
        with open(node.path("samenbusd.yaml"), "w") as f:
            f.write("\n".join(lines) + "\n")
        return self.configure_client(org)

    def configure_client(self, org):
        """Writes the files of a node's clients, with the key that the daemon has now."""
        node = self.nodes[org]
        server = self.public(node.path("keys", org + ".pub.yaml"))["curve_key"]
        for client in ("operator", "reader"):
            with open(node.path("client.yaml" if client == "operator" else client + ".yaml"), "w") as f:
                f.write(f"organisation: {org}\npublish: tcp://{node.host}:{node.publish_port}\n"
                        f"service: tcp://{node.host}:{node.service_port}\nserver_key: \"{server}\"\n"
                        f"curve_key: keys/{client}.curve.key\n")
        return node

    # ---- processes

    def start(self, *orgs, env=None, wait=True):
        for org in orgs or self.orgs:
            node = self.nodes[org]
            with open(node.stderr_path, "a") as err:
                node.process = subprocess.Popen(
                    [program("samenbusd"), "-c", node.path("samenbusd.yaml")], stderr=err,
                    stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                    env=dict(os.environ, **node.env, **(env or {})))
        for org in orgs or self.orgs:
            if wait:
                self.wait_for(lambda o=org: self.answers(o), f"{org} answers", 60)

    def answers(self, org):
        node = self.nodes[org]
        check(node.process.poll() is None, f"{org} ended with {node.process.poll()}")
        return self.command(org, "status", "-o", "json")[0] == 0

    def kill(self, org, sig=signal.SIGKILL, timeout=30):
        """Ends a daemon that this region started; returns its exit code."""
        process = self.nodes[org].process
        if process is None:
            return None
        if process.poll() is None:
            process.send_signal(sig)
        code = process.wait(timeout=timeout)
        self.nodes[org].process = None
        return code

    def said(self, org):
        """What the daemon said on stderr, in all its runs."""
        with open(self.nodes[org].stderr_path, errors="replace") as f:
            return f.read()

    def command(self, org, *argv, stdin=None, config="client.yaml", timeout=60):
        return run(program("samenbus"), *argv, stdin=stdin, timeout=timeout,
                   env={"SAMENBUS_CONFIG": self.nodes[org].path(config), "NO_COLOR": "1"})

    # ---- what the tests ask

    def publish(self, org, *events, ack="local", expect=0, config="client.yaml", timeout="30s"):
        lines = "".join(json.dumps(e) + "\n" for e in events)
        code, out, err = self.command(org, "publish", "-", "--ack", ack, "--timeout", timeout,
                                      stdin=lines, config=config)
        check(expect is None or code == expect, f"publish at {org}: exit {code}: {out}{err}")
        return [json.loads(line) for line in out.splitlines()]

    def log(self, org, *argv):
        code, out, err = self.command(org, "log", "view", "-o", "json", *argv)
        check(code == 0, f"log view at {org}: exit {code}: {err}")
        return [json.loads(line) for line in out.splitlines()]

    def texts(self, org):
        return sorted(t for t in (text_of(e) for e in self.log(org) if e["topic"]) if t is not None)

    def status(self, org):
        code, out, err = self.command(org, "status", "-o", "json")
        check(code == 0, f"status of {org}: exit {code}: {err}")
        return json.loads(out)

    def verify_store(self, org):
        node, given = self.nodes[org], []
        for path in sorted(glob.glob(node.path("rekeys", "*.rekey"))):
            given += ["--rekey", path]
        code, out, err = self.command(org, "verify", "--store", node.path("store"), *given)
        check(code == 0 and out.startswith("ok: "), f"store of {org}: exit {code}: {out}{err}")

    def check_export(self, org, origin):
        """What `org` exports of that history is right, by the verifiers in C and in Python alike."""
        path = os.path.join(self.dir, f"{origin}-by-{org}.sbx")
        code, _, err = self.command(org, "export", "--origin", origin, "-O", path)
        check(code == 0, f"export at {org}: {err}")
        code, out, err = run(program("samenbus"), "verify", "--file", path)
        check(code == 0 and out.startswith("ok: "), f"verify: exit {code}: {out}{err}")
        verifier = os.path.join(ROOT, "clients", "python", "verify.py")
        code, said, err = run("/usr/bin/python3", verifier, path)
        check((code, said) == (0, out), f"verify.py: exit {code}: {said}{err}")

    def peer(self, org, other):
        return next(p for p in self.status(org)["peers"] if p["id"] == other)

    def wait_for(self, condition, what="it happens", seconds=20):
        end = time.monotonic() + seconds
        while True:
            try:
                if condition():
                    return
                why = "not yet"
            except (Failed, StopIteration, ValueError) as e:
                why = str(e)
            if time.monotonic() > end:
                raise Failed(f"waited {seconds} s until {what}: {why}")
            time.sleep(0.05)

    def wait_same(self, seconds=30, bodies=True):
        """All nodes show the same heads and no lag, and have the bodies that are due to them: those of who
        has just started come later than its links."""
        def same():
            views = []
            for org in self.orgs:
                s = self.status(org)
                check(s.get("lagEvents", 0) == 0, f"{org} lags {s.get('lagEvents')}")
                missing = s["counters"]["missingBodies"]
                check(not bodies or missing == 0, f"{org} lacks {missing} bodies")
                views.append(sorted((h["origin"], h["epoch"], h["seq"]) for h in s["heads"]))
            return all(v == views[0] for v in views)
        self.wait_for(same, "all nodes hold the same", seconds)


def new_id():
    return str(uuid.uuid4())


def main(test):
    """Runs one test function; the exit code says what became of it."""
    try:
        test()
    except Failed as e:
        sys.stderr.write(f"FAILED {os.path.basename(sys.argv[0])}: {e}\n")
        sys.exit(1)
    print("ok")
