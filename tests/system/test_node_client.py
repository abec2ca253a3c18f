#!/usr/bin/python3
"""The Node client as its users install it: without install scripts, in a folder of its own; its own
tests, and real daemons that stop and come back while it works."""
# test: slow
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys

from region import ROOT, Region, check, custom, main

SOURCE = os.path.join(ROOT, "clients", "node")
BUILT = os.path.join(ROOT, "build", "node")
LEAST = 18


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def version_of(name):
    """What the program says that it is, or None where it is not there."""
    try:
        return subprocess.run([name, "--version"], capture_output=True, text=True, timeout=60).stdout.strip()
    except OSError:
        return None


def install():
    """The package in BUILT, with what it needs; fetched again only when that has changed."""
    os.makedirs(BUILT, exist_ok=True)
    for name in ("lib", "tests", "examples"):
        shutil.rmtree(os.path.join(BUILT, name), ignore_errors=True)
        shutil.copytree(os.path.join(SOURCE, name), os.path.join(BUILT, name))
    for name in ("package.json", "package-lock.json"):
        shutil.copy(os.path.join(SOURCE, name), BUILT)
    shutil.copy(os.path.join(ROOT, "proto", "samenbus.proto"), os.path.join(BUILT, "lib"))
    with open(os.path.join(BUILT, "package-lock.json"), "rb") as f:
        wanted = hashlib.sha256(f.read()).hexdigest()
    stamp = os.path.join(BUILT, "node_modules", ".samenbus")
    if os.path.exists(stamp) and open(stamp).read() == wanted:
        return
    done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=BUILT,
                          capture_output=True, text=True, timeout=900)
    if done.returncode:
        skip(f"npm cannot fetch what the client needs: {done.stderr.strip()[-300:]}")
    with open(stamp, "w") as f:
        f.write(wanted)


def environment(r, **more):
    return dict(os.environ, SAMENBUS_ROOT=ROOT,
                SAMENBUS_NODES=json.dumps({org: r.nodes[org].path("client.yaml") for org in r.orgs}), **more)


def run_tests(r):
    """node --test over all of the package's tests; each file says what it needs."""
    files = sorted(name for name in os.listdir(os.path.join(BUILT, "tests")) if name.endswith(".test.js"))
    done = subprocess.run(["node", "--test", *(os.path.join("tests", name) for name in files)], cwd=BUILT,
                          env=environment(r), capture_output=True, text=True, timeout=600)
    check(done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:])
    passed = [line for line in done.stdout.splitlines() if line.startswith(("# pass", "ℹ pass"))]
    print("; ".join(line[2:] for line in done.stdout.splitlines() if line.startswith(("# pass", "# skipped"))))
    check(passed and int(passed[0].split()[-1]) > 0, f"no test ran: {done.stdout[-500:]}")


def consume(r, org, until):
    """A consumer that keeps its cursor in a file and writes down what it is given."""
    return subprocess.Popen(["node", "tests/consumer.js", r.nodes[org].path("client.yaml"),
                             os.path.join(r.dir, "cursor"), os.path.join(r.dir, "out"), until],
                            cwd=BUILT, env=environment(r))


def lines(r):
    path = os.path.join(r.dir, "out")
    return open(path).read().split() if os.path.exists(path) else []


def kill_and_resume(r):
    """Daemon and consumer are killed in the middle, the consumer goes on at the other daemon."""
    names = [f"n{at}" for at in range(1200)]
    consumer = consume(r, "GM0384", "never")
    try:
        r.publish("GM0437", *map(custom, names[:300]))
        r.wait_for(lambda: "n299" in lines(r), "the consumer reads what is live", 60)
        r.kill("GM0384")
        r.publish("GM0437", *map(custom, names[300:600]))
        r.start("GM0384")
        r.wait_for(lambda: "n599" in lines(r), "the consumer reads on after a restart", 60)
        r.publish("GM0437", *map(custom, names[600:900]))
    finally:
        consumer.kill()
        consumer.wait()
    r.publish("GM0384", *map(custom, names[900:]))
    r.wait_same()
    rest = consume(r, "GM0437", "n1199")
    try:
        check(rest.wait(timeout=120) == 0, "the consumer at the other daemon fails")
    finally:
        rest.kill()
        rest.wait()
    seen = [name for name in lines(r) if name.startswith("n")]
    twice = len(seen) - len(set(seen))
    check(sorted(set(seen)) == sorted(names), f"missing: {sorted(set(names) - set(seen))[:5]}")
    # what was written and not yet acknowledged when the consumer was killed may come once more
    check(twice <= 1, f"{twice} events came twice")


def test():
    node, npm = version_of("node"), version_of("npm")
    if not node or not npm:
        skip("node or npm is not installed")
    if int(node.lstrip("v").split(".")[0]) < LEAST:
        skip(f"node {node} is older than {LEAST}")
    install()
    with Region(["GM0384", "GM0437"]) as r:
        r.start()
        run_tests(r)
        kill_and_resume(r)
        codes = {org: r.kill(org, signal.SIGTERM) for org in r.orgs}
        check(not any(codes.values()), f"exit codes: {codes}")


if __name__ == "__main__":
    main(test)
