#!/usr/bin/python3
"""The Node client as its users install it, without install scripts, in a folder of its own: its own
tests, with two real daemons for those that want them. test_clients*.py has it beside the others."""
# test: slow
import json
import os
import subprocess
import sys

from client_kinds import BUILT, why_no_node
from region import ROOT, Region, check, main


def environment(r):
    return dict(os.environ, SAMENBUS_ROOT=ROOT,
                SAMENBUS_NODES=json.dumps({org: r.nodes[org].path("client.yaml") for org in r.orgs}))


def run_tests(r):
    """node --test over all of the package's tests; each file says what it needs."""
    files = sorted(name for name in os.listdir(os.path.join(BUILT, "tests")) if name.endswith(".test.js"))
    done = subprocess.run(["node", "--test", *(os.path.join("tests", name) for name in files)], cwd=BUILT,
                          env=environment(r), capture_output=True, text=True, timeout=600)
    check(done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:])
    passed = [line for line in done.stdout.splitlines() if line.startswith(("# pass", "ℹ pass"))]
    print("; ".join(line[2:] for line in done.stdout.splitlines() if line.startswith(("# pass", "# skipped"))))
    check(passed and int(passed[0].split()[-1]) > 0, f"no test ran: {done.stdout[-500:]}")


def test():
    why_not = why_no_node()
    if why_not:
        print(f"skipped: {why_not}")
        sys.exit(77)
    with Region(["GM0384", "GM0437"]) as r:
        r.start()
        run_tests(r)


if __name__ == "__main__":
    main(test)
