#!/usr/bin/python3
"""An old backup put under a running daemon, by rename or over its bytes, is noticed before anything
more is acknowledged: the daemon ends with 74, names the file, runs on_alarm, and nothing is lost."""
# test: slow
import json
import os
import shutil
import stat

from region import Background, Region, check, custom, main, program, run

ORGS = ["GM0384", "GM0437"]
RECORDER = """#!/bin/sh
printf '%s ' "$1" >>"$(dirname "$0")/alarms"
cat >>"$(dirname "$0")/alarms"
"""


def by_rename(backup, data):
    shutil.copy(backup, data + ".new")
    os.rename(data + ".new", data)


def in_place(backup, data):
    with open(backup, "rb") as old, open(data, "r+b") as f:
        f.write(old.read())
        f.truncate()


def cut_short(backup, data):
    """As cp does it: first the file is empty."""
    shutil.copyfile(backup, data)


def by_folder(backup, data):
    store = os.path.dirname(data)
    os.rename(store, store + ".old")
    os.mkdir(store, 0o700)
    shutil.copy(backup, data)


def publish_until_it_ends(stopping, r, acknowledged):
    i = 0
    while not stopping.is_set() and r.nodes["GM0384"].process.poll() is None:
        code, out, _ = r.command("GM0384", "publish", "-", "--timeout", "1s",
                                 stdin=json.dumps(custom(f"{len(acknowledged)}.{i}")))
        if code == 0:
            acknowledged.append((f"{len(acknowledged)}.{i}", json.loads(out)["id"]))
        i += 1


def alarms(r):
    path = r.nodes["GM0384"].path("alarms")
    if not os.path.exists(path):
        return []
    with open(path) as f:
        return [line.rstrip("\n") for line in f if line.endswith("\n")]


def try_once(r, replace, acknowledged):
    node = r.nodes["GM0384"]
    before, n_alarms = len(acknowledged), len(alarms(r))
    backup = node.path("backup-" + replace.__name__)
    data = node.path("store", "data.mdb")
    code, out, err = run(program("samenbus"), "backup", "--store", node.path("store"), backup)
    check(code == 0, f"backup: {out}{err}")
    publishing = Background(publish_until_it_ends, r, acknowledged)
    r.wait_for(lambda: len(acknowledged) > before + 3, "publishing goes on")
    replace(os.path.join(backup, "data.mdb"), data)
    n_then = len(acknowledged)
    r.wait_for(lambda: node.process.poll() is not None, f"{replace.__name__}: it ends")
    publishing.stop()
    # one whose answer was on its way; 0 or 1 of some hundred that would have followed
    check(len(acknowledged) <= n_then + 1, f"acknowledged after {replace.__name__}: "
          f"{len(acknowledged) - n_then}")
    check(r.kill("GM0384") == 74, f"{replace.__name__}: exit code")
    said = [line for line in r.said("GM0384").splitlines() if "alarm " in line][-1]
    check("data.mdb" in said and node.path("store") in said, f"{replace.__name__}: {said}")
    check("start the daemon again" in said or "verify --store" in said, f"what to do: {said}")
    r.wait_for(lambda: len(alarms(r)) > n_alarms, "on_alarm, which may outlive the daemon, has written")
    new = alarms(r)[n_alarms:]
    check(len(new) == 1, f"{replace.__name__}: on_alarm ran {len(new)} times: {new}")
    code, _, text = new[0].partition(" ")
    check(code in ("store_changed", "disk_error"), f"on_alarm: {new}")
    check(json.loads(text)["organisation"] == "GM0384", f"on_alarm: {new}")


def test():
    with Region(ORGS) as r:
        acknowledged = []
        program_path = r.nodes["GM0384"].path("record")
        with open(program_path, "w") as f:
            f.write(RECORDER)
        os.chmod(program_path, stat.S_IRWXU)
        r.configure("GM0384", lines=[f"on_alarm: {program_path}"])
        r.start()
        for replace in (by_rename, by_folder, in_place, cut_short):
            r.wait_same()
            try_once(r, replace, acknowledged)
            shutil.rmtree(r.nodes["GM0384"].path("store"))
            shutil.copytree(r.nodes["GM0384"].path("backup-" + replace.__name__),
                            r.nodes["GM0384"].path("store"))
            r.start("GM0384")
            r.publish("GM0384", custom("after " + replace.__name__))
            r.wait_same()
            r.verify_store("GM0384")
        print(f"{len(acknowledged)} events acknowledged before and after")


main(test)
