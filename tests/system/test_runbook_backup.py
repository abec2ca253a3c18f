#!/usr/bin/python3
"""The runbook, page one: a backup is made while publishing goes on, a lost disk comes back from
partners, an old backup is put back. Nobody is accused and nothing is lost."""
# test: slow
import glob
import os
import shutil

import lost_keys
from region import Background, Region, check, custom, main, program, run
from runbook import Runbook, blocks

ORGS = ["GM0384", "GM0437", "GM0451"]


def keep_publishing(stopping, r, sent):
    while not stopping.is_set():
        r.publish("GM0384", custom(f"meanwhile {len(sent)}"))
        sent.append(f"meanwhile {len(sent)}")


def check_nothing_is_wrong(r, expected):
    r.wait_same()
    for org in ORGS:
        r.wait_for(lambda o=org: set(r.texts(o)) >= set(expected), f"{org} has everything")
        check(not r.status(org)["alarms"], r.status(org)["alarms"])
        check(not any(e.get("forked") for e in r.log(org)), f"{org} shows a fork")
        r.verify_store(org)


def refusals(r, book, backups, backup):
    store = r.nodes["GM0384"].path("store")
    code, _, err = run(program("samenbus"), "backup", "--store", store, backup)
    check(code == 65 and "never overwritten" in err, f"a backup was overwritten: {code} {err}")
    code, _, err = run(program("samenbus"), "backup", "--store", store + "-none", backups + "/x")
    check(code == 65 and "there is none" in err, f"{code} {err}")
    code, _, err = run(program("samenbus"), "backup", "--store", store, backups + "/none/x")
    check(code == 74 and "none/x" in err, f"{code} {err}")
    check(run(program("samenbus"), "backup", backups + "/x")[0] == 64, "no store was named")
    check(os.listdir(backups) == [os.path.basename(backup)], f"left behind: {os.listdir(backups)}")


def everything_but_the_drawer(r, book, expected):
    node = r.nodes["GM0384"]
    drawer = {"DRAWER": os.path.join(r.dir, "drawer"), "PASSPHRASE": os.path.join(r.dir, "words")}
    with open(drawer["PASSPHRASE"], "w") as f:
        f.write("four words are enough\n")
    out, _ = book.do("key-backup", **drawer)
    check("fingerprint: " in out, out)
    r.kill("GM0384")
    shutil.rmtree(node.path("store"))
    for name in os.listdir(node.path("keys")):
        if name.startswith("GM0384"):
            os.remove(node.path("keys", name))
    restored, _ = book.do("keys-from-drawer", **drawer)
    check(out.split("fingerprint: ")[1] in restored, f"{out} came back as {restored}")
    r.publish("GM0384", custom("with keys from the drawer"))
    check_nothing_is_wrong(r, expected + ["with keys from the drawer"])


def every_block_is_run():
    here = os.path.dirname(__file__)
    text = "".join(open(p).read() for p in glob.glob(os.path.join(here, "test_*.py")) + [lost_keys.__file__])
    for name in set(blocks()) - {"settings"}:
        check(f'do("{name}"' in text, f"no test runs the block {name}")


def test():
    every_block_is_run()
    with Region(ORGS) as r:
        book, sent = Runbook(r, "GM0384"), []
        backups = os.path.join(r.dir, "backups")
        # as long as it takes on a busy machine; partners that answer end it
        r.configure("GM0384", lines=["recovery: {wait: 60s}"])
        r.start()
        first = r.publish("GM0384", *[custom(f"before {i}") for i in range(30)])
        expected = [f"before {i}" for i in range(30)]
        publishing = Background(keep_publishing, r, sent)
        r.wait_for(lambda: len(sent) > 2, "publishing goes on")
        out, err = book.do("backup", BACKUPS=backups)
        check(out.startswith("backup: ") and "GM0384" in out and "to restore it" in err, out + err)
        publishing.stop()
        expected += sent
        (name,) = os.listdir(backups)
        backup = os.path.join(backups, name)
        check(os.listdir(backup) == ["data.mdb"], f"in the backup: {os.listdir(backup)}")
        mode = os.stat(os.path.join(backup, "data.mdb")).st_mode & 0o777
        check(mode == 0o600, f"others may read the backup: {mode:o}")
        refusals(r, book, backups, backup)

        r.publish("GM0384", custom("after the backup"))
        expected.append("after the backup")
        check_nothing_is_wrong(r, expected)

        shutil.rmtree(r.nodes["GM0384"].path("store"))  # under the running daemon
        r.wait_for(lambda: r.nodes["GM0384"].process.poll() is not None, "it notices")
        check(r.kill("GM0384") == 74, "the exit code of a daemon whose store went away")
        book.do("lost-disk")
        again = r.publish("GM0384", custom("before 7", id=first[7]["id"]))
        check(again[0]["duplicate"], f"its own history was not back before it published: {again}")
        r.publish("GM0384", custom("after the loss"))
        check_nothing_is_wrong(r, expected + ["after the loss"])

        book.do("old-backup", BACKUP=backup)
        r.publish("GM0384", custom("after the old backup"))
        check_nothing_is_wrong(r, expected + ["after the loss", "after the old backup"])
        check(len(r.texts("GM0437")) == len(expected) + 2, "an event came twice")
        out, _ = book.do("rolled-back")
        check(all(org in out for org in ORGS), f"the status of a daemon that was started again: {out}")
        r.wait_for(lambda: r.peer("GM0384", "GM0437")["outgoing"]["state"] == "live", "it is live again")
        check("GM0384" in book.do("full-disk")[0], "the status is shown")
        everything_but_the_drawer(r, book, expected + ["after the loss", "after the old backup"])


main(test)
