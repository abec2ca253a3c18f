#!/usr/bin/python3
"""A new signing key under load: partners change nothing, nothing is lost, what the old key signed
stays valid, who was away catches up, a lost disk comes back; certificates that are not ours, of
another partnership or of another key are refused."""
# test: slow
import json
import os
import re
import shutil
import subprocess
import time

from region import Background, Region, check, custom, main, new_id, program, run

A, B, C = "GM0384", "GM0437", "GM0451"


def load(stop, r, sent, org=A):
    """Publishes until told to stop, each event with its id until it is acknowledged."""
    while not stop.is_set():
        event = custom("x" * 100, id=new_id())
        while not stop.is_set():
            code, _, _ = r.command(org, "publish", "-", "--timeout", "2s", stdin=json.dumps(event) + "\n")
            if code == 0:
                sent.add(event["id"])
                break
            time.sleep(0.1)


def check_as_printed(r, told):
    """The lines that it says to write are right in that file, wherever the command was run from."""
    lines = re.findall(r"^ +((?:sign_key|certificate): \S+)$", told, re.M)
    check(len(lines) == 2, told)
    path = r.nodes[A].path("as-printed.yaml")
    with open(r.nodes[A].path("samenbusd.yaml")) as f, open(path, "w") as copy:
        copy.write(f.read().replace(f"sign_key: keys/{A}.sign.key", ", ".join(lines)))
    code, _, err = run(program("samenbusd"), "-t", "-c", path)
    check(code == 0, err)


def rotate(r):
    node = r.nodes[A]
    above, file = os.path.split(os.path.abspath(node.dir))
    done = subprocess.run([program("samenbus"), "key", "rotate", "-c", f"{file}/samenbusd.yaml"], cwd=above,
                          capture_output=True, text=True, check=False)
    check(done.returncode == 0, f"key rotate: exit {done.returncode}: {done.stderr}")
    key, certificate = (os.path.join(above, name) for name in
                        re.match(r"made (\S+) and (\S+)", done.stdout).groups())
    check_as_printed(r, done.stdout)
    check(oct(os.stat(key).st_mode & 0o777) == "0o600", "the mode of the new key")
    edit(r, f"keys/{A}.sign.key", f"{key}, certificate: {certificate}")
    code, _, err = run(program("samenbus"), "key", "rotate", "-c", node.path("samenbusd.yaml"))
    check(code != 0 and "`certificate` is in use" in err, f"a second rotation: exit {code}: {err}")
    return key, certificate


def edit(r, before, after):
    path = r.nodes[A].path("samenbusd.yaml")
    with open(path) as f:
        text = f.read()
    check(before in text, f"{before} is not in {path}")
    with open(path, "w") as f:
        f.write(text.replace(before, after))


def check_refused(r, certificate, text, words):
    wrong = r.nodes[A].path("wrong.certificate")
    with open(wrong, "w") as f:
        f.write(text)
    edit(r, certificate, wrong)
    code, _, err = run(program("samenbusd"), "-t", "-c", r.nodes[A].path("samenbusd.yaml"))
    edit(r, wrong, certificate)
    check(code == 78 and words in err, f"{words!r}: exit {code}: {err}")


def check_bad_input(r, certificate):
    with open(certificate) as f:
        text = f.read()
    check_refused(r, certificate, text.replace(f" {A} ", f" {B} "), f"a certificate of {B}, not of {A}")
    check_refused(r, certificate, text[:-40] + "\n", "not a certificate")
    edit(r, "partnership: duoplus", "partnership: other")
    code, _, err = run(program("samenbusd"), "-t", "-c", r.nodes[A].path("samenbusd.yaml"))
    edit(r, "partnership: other", "partnership: duoplus")
    check(code == 78 and "not signed by both keys" in err, f"another partnership: exit {code}: {err}")
    key = certificate.replace(".certificate", ".sign.key")
    edit(r, f"sign_key: {key}", f"sign_key: keys/{A}.sign.key")
    code, _, err = run(program("samenbusd"), "-t", "-c", r.nodes[A].path("samenbusd.yaml"))
    edit(r, f"sign_key: keys/{A}.sign.key", f"sign_key: {key}")
    check(code == 78 and "vouches for another key than `sign_key`" in err, f"another key: exit {code}: {err}")


def keys_of(r, org):
    """How many keys signed the epochs of A that `org` holds?"""
    code, out, err = r.command(org, "tail", "--system", "--origin", A, "-o", "json")
    check(code == 0, f"tail at {org}: {err}")
    bodies = [json.loads(line)["body"] or {} for line in out.splitlines()]
    return len({body["signKey"] for body in bodies if "signKey" in body})


def has_all(r, org, sent):
    held = [e["id"] for e in r.log(org) if e["origin"] == A]
    return len(held) == len(set(held)) and set(held) >= sent


def check_reminder(r):
    check(not any(a["code"] == "keys_expire" for a in r.status(A)["alarms"]), "reminded of no date")
    r.kill(A, 15)
    edit(r, f"{{id: {A},", f"{{id: {A}, renew_keys_by: 2020-01-01,")
    r.start(A)
    r.wait_for(lambda: any(a["code"] == "keys_expire" and "by 2020-01-01" in a["text"]
                           for a in r.status(A)["alarms"]), "an alarm reminds of the keys")


def test():
    with Region([A, B, C]) as r:
        r.start()
        sent = set()
        background = Background(load, r, sent)
        r.wait_for(lambda: len(sent) > 10, "the load runs")
        r.kill(C)
        _, certificate = rotate(r)
        r.kill(A, 15)
        r.start(A)
        before = len(sent)
        r.wait_for(lambda: len(sent) > before + 10, "the load goes on under the new key", 40)
        background.stop()
        r.wait_for(lambda: has_all(r, B, sent), "everything is at B", 40)
        r.start(C)  # it was away: it has met no event under the new key
        r.wait_for(lambda: has_all(r, C, sent), "everything is at C", 60)
        r.wait_same()
        check(keys_of(r, C) == 2, f"epochs under {keys_of(r, C)} keys")
        for org in (A, B, C):
            r.verify_store(org)
            r.check_export(org, A)
        check_bad_input(r, certificate)
        r.kill(A)
        shutil.rmtree(r.nodes[A].path("store"))
        r.start(A)
        r.wait_for(lambda: has_all(r, A, sent), "a lost disk comes back, from under both keys", 60)
        r.publish(A, custom("after the loss"))
        r.wait_same()
        check_reminder(r)


if __name__ == "__main__":
    main(test)
