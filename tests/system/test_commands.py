#!/usr/bin/python3
"""What a user types on an ordinary day, as README has it: every command works, says its results on
stdout and the rest on stderr, follows what happens, and keeps its place."""
import json
import os
import re
import signal
import subprocess
import threading
import time

from region import Region, check, custom, main, new_id, program, run, text_of

ORG, PARTNER = "GM0384", "GM0437"
TRIES = 3  # one that a busy machine holds up says nothing about the road that the others took
COMMANDS = [["key", "gen"], ["key", "show"], ["publish"], ["tail"], ["status"], ["log", "view"], ["export"],
            ["verify"], ["bench", "publish"], ["bench", "tail"], ["bench", "catchup"]]


def version():
    with open("CMakeLists.txt") as build:
        return re.search(r"^project\(samenbus VERSION (\S+)", build.read(), re.M).group(1)


def helps():
    for words in [[]] + COMMANDS:
        code, out, err = run(program("samenbus"), *words, "--help")
        check(code == 0 and not err, f"{words} --help: exit {code} {err}")
        check(out.rstrip().splitlines()[-1].startswith("  "), f"{words} --help ends without examples: {out}")
    for name in ("samenbus", "samenbusd"):
        code, out, _ = run(program(name), "--version")
        check(code == 0 and version() in out, f"{name} --version: {code} {out}")
        code, out, err = run(program(name), "--no-such-flag")
        check(code == 64 and err and not out, f"{name} --no-such-flag: {code} {out} {err}")
    code, out, err = run(program("samenbus"), "statsu")
    check(code == 64 and "status" in err, f"no suggestion for a misspelt command: {err}")


def keys(r):
    node = r.nodes[ORG]
    code, out, _ = run(program("samenbus"), "key", "show", node.path("keys", ORG + ".pub.yaml"))
    check(code == 0 and "sign_key:" in out and "curve_key:" in out and ORG in out, out)
    for name in (ORG + ".sign.key", ORG + ".curve.key", "operator.curve.key"):
        mode = os.stat(node.path("keys", name)).st_mode & 0o777
        check(mode == 0o600, f"{name} has mode {mode:o}")
    code, _, err = run(program("samenbus"), "key", "gen", "--org", ORG, "--out", node.path("keys"))
    check(code != 0 and err, "keys that are there were written over")


def begins(r, tail):
    """Publishes until the reader has begun: where `now` is for it nobody else can know."""
    n, seen = 0, []
    reading = threading.Thread(target=lambda: seen.append(tail.stdout.readline()), daemon=True)
    reading.start()
    while reading.is_alive():
        check(n < 100, "tail -f --new shows nothing")
        r.publish(ORG, custom(f"early {n}"))
        n += 1
        reading.join(0.5)
    last = json.loads(seen[0])
    while text_of(last) != f"early {n - 1}":
        check(text_of(last).startswith("early "), last)
        last = json.loads(tail.stdout.readline())


def follow_one(r, tail, at):
    """Seconds until one more event is shown."""
    begin = time.monotonic()
    r.publish(ORG, custom(f"followed {at}"))
    event = json.loads(tail.stdout.readline())
    check(text_of(event) == f"followed {at}", event)
    return time.monotonic() - begin


def follow(r):
    """tail -f shows an event before a heartbeat could bring it, with nothing else on stdout, and survives
    a restart."""
    tail = subprocess.Popen([program("samenbus"), "tail", "-f", "-o", "json", "--new"], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                            env=dict(os.environ, SAMENBUS_CONFIG=r.nodes[ORG].path("client.yaml")))
    try:
        begins(r, tail)
        published = [follow_one(r, tail, at) for at in range(TRIES)]
        check(min(published) < 1, f"each came after {published} s, with the command that published it")
        check(r.kill(ORG, signal.SIGKILL) == -9, "kill")
        r.start(ORG)
        r.publish(ORG, custom("after the restart"))
        event = json.loads(tail.stdout.readline())
        check(text_of(event) == "after the restart", event)
    finally:
        tail.terminate()
        tail.communicate(timeout=10)


def place(r):
    """A cursor: what was read is not read again, here or at the partner."""
    file = os.path.join(r.dir, "cursor")
    def read(org):
        code, out, err = r.command(org, "tail", "-o", "json", "--cursor", file)
        check(code == 0, f"tail --cursor: exit {code} {err}")
        return [json.loads(line)["id"] for line in out.splitlines()]
    before = read(ORG)
    check(len(before) == len(set(before)) > 3, before)
    check(read(ORG) == [], "the cursor was not kept")
    more = r.publish(ORG, custom("one more"))[0]["id"]
    r.wait_same()
    check(read(PARTNER) == [more], "the cursor does not mean the same at the partner")
    check(read(ORG) == [], "read at the partner and again here")
    with open(file, "w") as f:
        f.write("no cursor\n")
    code, _, err = r.command(ORG, "tail", "--cursor", file)
    check(code == 65 and file in err and "not a cursor" in err, f"which file is wrong: {code} {err}")


def reading(r):
    first = r.publish(ORG, custom("a"), custom("b"), {"topic": "notification/x", "notification": {
        "notificationId": new_id(), "severity": "information", "subject": "Onderwerp"}})
    def tail(*argv):
        code, out, err = r.command(ORG, "tail", "-o", "json", *argv)
        check(code == 0, f"tail {argv}: exit {code} {err}")
        return [json.loads(line) for line in out.splitlines()]
    check([e["type"] for e in tail("--topic", "notification/")] == ["notification"], "--topic")
    check([e["id"] for e in tail("--type", "notification")] == [first[2]["id"]], "--type")
    check(len(tail("--since", "1h")) == 3 and tail("--since", "2040-01-01T00:00:00Z") == [], "--since")
    at = f"{ORG}:{first[1]['epoch']}:{first[1]['seq']}"
    check([e["id"] for e in tail("--from", at)] == [x["id"] for x in first[1:]], "--from")
    check(len(tail("--origin", PARTNER)) == 0 and len(tail("--origin", ORG)) == 3, "--origin")
    check(len(tail("--system")) == 4, "--system")
    code, out, err = r.command(ORG, "status")
    check(code == 0 and ORG in out and "live" in out and "\x1b" not in out, out)
    code, out, err = r.command(ORG, "export", "--origin", ORG)
    check(code == 0, err)


def publishing(r):
    lines = json.dumps(custom("good")) + "\n{}\n" + json.dumps(custom("also good")) + "\n"
    code, out, err = r.command(ORG, "publish", stdin=lines)
    got = [json.loads(line) for line in out.splitlines()]
    check(code == 77 and "epoch" in got[0] and got[1]["line"] == 2 and "epoch" in got[2], f"{code} {out}")
    check(got[1]["error"]["code"] and err, "no sentence on stderr")
    code, out, err = r.command(ORG, "publish", "--ack", "remote:1", stdin=json.dumps(custom("both")))
    check(code == 0 and "epoch" in json.loads(out), f"--ack remote:1: {code} {out} {err}")
    code, out, err = r.command(ORG, "publish", os.path.join(r.dir, "absent"))
    check(code == 65 and err, f"an absent file: exit {code}")


def test():
    helps()
    with Region([ORG, PARTNER]) as r:
        r.start()
        r.wait_for(lambda: r.peer(ORG, PARTNER)["outgoing"]["state"] == "live", "live")
        keys(r)
        reading(r)
        publishing(r)
        follow(r)
        place(r)


main(test)
