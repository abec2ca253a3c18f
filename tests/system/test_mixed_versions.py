#!/usr/bin/python3
"""Daemons of 0.1.0 and of now in one region: they exchange, fetch what was missed and relay, and a
store of 0.1.0 opens with this version and goes on. The old ones are built from the history of this
repository; without it, or without a compiler, the test is skipped."""
# test: slow
import os
import re
import shutil
import subprocess
import sys
import tempfile

import region
from region import ROOT, Region, check, custom, main, run

OLD, NEW, FAR = "GM0384", "GM0437", "GM0451"
SKIPPED = 77


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def released():
    """The commit of 0.1.0: its tag, or the commit that dated it."""
    for argv in (["rev-parse", "--quiet", "--verify", "0.1.0^{commit}"],
                 ["log", "-1", "--format=%H", "--grep=^changelog: 0.1.0$"]):
        done = subprocess.run(["git", "-C", ROOT, *argv], capture_output=True, text=True, check=False)
        if done.returncode == 0 and done.stdout.strip():
            return done.stdout.strip()
    return None


def build_old(folder):
    """The folder of its programs."""
    commit = released() if shutil.which("git") else None
    if commit is None or not shutil.which("cmake"):
        skip("there is no history with 0.1.0 in it here, or nothing to build it with")
    source = os.path.join(folder, "source")
    os.makedirs(source)
    tar = subprocess.run(["git", "-C", ROOT, "archive", commit], capture_output=True, check=True)
    subprocess.run(["tar", "-x", "-C", source], input=tar.stdout, check=True)
    for argv in (["cmake", "--preset", "release"], ["ninja", "-C", "build/release", "samenbusd", "samenbus"]):
        done = subprocess.run(argv, cwd=source, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            skip(f"0.1.0 does not build here: {done.stderr[-300:]}")
    return os.path.join(source, "build", "release", "bin")


class Mixed(Region):
    """Some organisations run the programs of another folder."""
    old, programs = set(), None

    def start(self, *orgs, env=None, wait=True):
        now = region.program
        for org in orgs or self.orgs:
            if org in self.old:
                region.program = lambda name: os.path.join(self.programs, name)
            try:
                super().start(org, env=env, wait=False)
            finally:
                region.program = now
        for org in orgs or self.orgs:
            if wait:
                self.wait_for(lambda o=org: self.answers(o), f"{org} answers", 20)


def version(r, org):
    return r.status(org)["version"]


def exchange(r):
    r.start()
    check(version(r, OLD).startswith("0.1.0") and version(r, NEW) != version(r, OLD), version(r, NEW))
    for org in r.orgs:
        r.publish(org, custom(f"hello from {org}"), ack="remote:2")
    r.wait_same()
    restricted = custom("for the two ends", audience=[OLD, FAR])
    r.publish(OLD, restricted, ack="remote:1")
    r.kill(OLD)
    r.publish(NEW, *[custom(f"missed {i}") for i in range(200)])
    r.kill(NEW)
    r.publish(FAR, custom("from the third"))
    r.start(OLD, NEW)
    r.wait_same()
    check("for the two ends" in r.texts(FAR) and "for the two ends" not in r.texts(NEW), "audience")
    code, _, err = r.command(OLD, "consumer", "ls")
    check(code != 0 and re.search(r"version 0\.1\.0[^,]*, which keeps no consumers", err), f"{code} {err}")
    sent = r.publish(NEW, custom("not for the old one", audience=[NEW, FAR]))[0]
    r.wait_same()
    code, out, err = r.command(OLD, "explain", f"{NEW}/{sent['id']}")
    check(f"an event of {NEW} whose content is not here" in out, f"{out}{err}")
    check(code == 78 and "version 0.1.0" in err and "which keeps no views; upgrade it" in err, f"{code} {err}")


def upgrade(r):
    """Its store opens, whole, with what the new version has besides; the old one opens it no more."""
    before = r.texts(OLD)
    check(r.kill(OLD, 15) == 0, "the old one stops")
    r.old = {FAR}
    r.start(OLD)
    check(version(r, OLD) == version(r, NEW) and r.texts(OLD) == before, "an upgrade loses nothing")
    r.verify_store(OLD)
    check(r.command(OLD, "consumer", "add", "archive")[0] == 0, "and has what is new")
    r.publish(OLD, custom("upgraded"), ack="remote:2")
    r.wait_same()
    r.kill(OLD, 15)
    code, _, err = run(os.path.join(r.programs, "samenbusd"), "-c", r.nodes[OLD].path("samenbusd.yaml"))
    check(code != 0 and "written by a newer samenbus" in err, f"{code} {err}")
    r.start(OLD)


def test():
    folder = tempfile.mkdtemp(prefix="samenbus-old-")
    try:
        Mixed.programs = build_old(folder)
        with Mixed([OLD, NEW, FAR]) as r:
            r.old = {OLD, FAR}
            exchange(r)
            upgrade(r)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


main(test)
