#!/usr/bin/python3
"""Consumers whose place the daemon keeps: what was printed is acknowledged and does not come again,
through kills of the reader and of the daemon; the same consumer goes on at another daemon; a full
store takes acknowledgements; and `tail` with formats, classes and the last ones."""
# test: slow
import json
import os
import signal
import subprocess

from region import Region, check, custom, main, program, text_of

A, B = "GM0384", "GM0437"
REFUSED, USAGE = 77, 64
SMALL = "{path: store, max_size: 1MiB, max_size_per_origin: 1MiB}"
NOTE = {"topic": "notification/ict",
        "notification": {"notificationId": "01936c9e-8a40-7cc1-b1de-0000000000aa", "severity": "attention",
                         "subject": "Onderhoud \u202ex", "text": "t"}}


def consume(r, org, name, *more, expect=0):
    code, out, err = r.command(org, "tail", "-o", "json", "--consumer", name, *more)
    check(code == expect, f"tail --consumer {name} at {org}: exit {code}: {err}")
    events = [json.loads(line) for line in out.splitlines()]
    return [text_of(e) if e["type"] == "custom" else e["type"] for e in events]


def show(r, org, name):
    code, out, err = r.command(org, "consumer", "show", name, "-o", "json")
    check(code == 0, f"consumer show {name}: exit {code}: {err}")
    return json.loads(out)


def made(r, org, *argv, expect=0):
    code, _, err = r.command(org, "consumer", *argv)
    check(code == expect, f"consumer {argv} at {org}: exit {code}: {err}")
    return err


def durable(r):
    r.publish(A, *[custom(f"e{i}") for i in range(50)])
    made(r, A, "add", "archive")
    made(r, A, "add", "archive")  # as often as one likes
    check(show(r, A, "archive")["behind"] >= 50, show(r, A, "archive"))
    check(consume(r, A, "archive", "--count", "20") == [f"e{i}" for i in range(20)], "the first")
    r.kill(A)
    r.start(A)
    check(consume(r, A, "archive") == [f"e{i}" for i in range(20, 50)], "the rest, and no more")
    check(consume(r, A, "archive") == [], "nothing twice")
    check(show(r, A, "archive")["state"] == "current", show(r, A, "archive"))
    reader = subprocess.Popen(
        [program("samenbus"), "tail", "-c", r.nodes[A].path("client.yaml"), "-f", "-o", "json",
         "--consumer", "archive"], stdout=subprocess.PIPE, text=True)
    r.publish(A, custom("live"))
    check(text_of(json.loads(reader.stdout.readline())) == "live", "a live one")
    r.wait_for(lambda: show(r, A, "archive")["state"] == "current", "it is acknowledged")
    r.wait_for(lambda: show(r, A, "archive")["readers"] == 1, "one reads: those before it are gone")
    os.kill(reader.pid, signal.SIGKILL)
    reader.wait()
    check(consume(r, A, "archive") == [], "the live one does not come again")


def moves(r):
    r.publish(A, custom("later"))
    r.wait_same()
    code, cursor, _ = r.command(A, "consumer", "show", "archive", "--cursor")
    check(code == 0 and cursor.startswith("samenbus-cursor-1\n"), cursor)
    code, _, err = r.command(B, "consumer", "add", "archive", "--cursor", "-", stdin=cursor)
    check(code == 0, err)
    check(consume(r, B, "archive") == ["later"], "it goes on where it was")
    made(r, A, "reset", "archive", "--new")
    check(consume(r, A, "archive") == [], "begun anew, with what comes")
    made(r, A, "reset", "archive")
    check(len(consume(r, A, "archive")) == 52, "begun anew, at the beginning")


def mistakes(r):
    code, _, err = r.command(A, "tail", "--consumer", "arhcive")
    check(code == REFUSED and "did you mean archive?" in err, f"{code} {err}")
    check("1 to 64" in made(r, A, "add", "No/name", expect=USAGE), "a name that is none")
    err = made(r, A, "add", "archive", "--class", "agenda", expect=REFUSED)
    check("consumer_conflict" in err, err)
    check("did you mean agenda" in made(r, A, "add", "other", "--class", "agend", expect=USAGE), "class")
    code, _, err = r.command(A, "tail", "--consumer", "archive", "--since", "1h")
    check(code == USAGE and "its own place" in err, err)
    code, _, err = r.command(A, "consumer", "ls", config="reader.yaml")
    check(code == REFUSED and "not_allowed" in err, err)
    code, out, _ = r.command(A, "consumer", "ls")
    check(code == 0 and "archive" in out and "current" in out, out)
    made(r, A, "rm", "archive")
    made(r, A, "rm", "archive")
    check("no consumer archive" in made(r, A, "reset", "archive", expect=REFUSED), "it is gone")


def formats(r):
    r.publish(A, NOTE)
    code, out, _ = r.command(A, "tail", "--class", "notification", "-F", r"%o\t%c\t%T\t%t\t%s\t%x %%")
    fields = out.rstrip("\n").split("\t")
    check(code == 0 and fields[:5] == [A, "notification", "notification", "notification/ict", "present"], out)
    check(out.count("\n") == 1 and "\u202e" not in out, repr(out))
    check("Onderhoud" in fields[5] and fields[5].endswith("%"), out)
    code, out, _ = r.command(A, "tail", "--last", "3", "--topic", "custom/", "-F", "%j")
    check([text_of(json.loads(line)) for line in out.splitlines()] == ["e49", "live", "later"], out)
    code, out, _ = r.command(A, "tail", "--last", "3", "--count", "2", "--topic", "custom/", "-F", "%j")
    check([text_of(json.loads(line)) for line in out.splitlines()] == ["e49", "live"], f"the first two of three: {out}")
    code, out, _ = r.command(A, "tail", "-f", "--last", "3", "--count", "3", "--topic", "custom/", "-F", "%T")
    check(code == 0 and out == "custom\n" * 3, f"with -f it ends as well: {out}")
    code, out, _ = r.command(A, "tail", "--last", "2", "--type", "notification", "-F", "%T")
    check(code == 0 and out == "notification\n", f"fewer than asked for: {out}")
    code, _, err = r.command(A, "tail", "-F", "%z")
    check(code == USAGE and "`z`" in err and "--tokens" in err, err)
    code, out, _ = r.command(A, "tail", "--tokens")
    check(code == 0 and len(out.splitlines()) > 10, out)


def full(r):
    made(r, B, "add", "late")
    r.kill(B, 15)
    r.configure(B, store=SMALL)
    r.start(B)
    for i in range(60):
        if "error" in r.publish(B, custom("x" * 40000), expect=None)[0]:
            break
    r.wait_for(lambda: r.status(B)["state"] == "full", "the store is full")
    check(len(consume(r, B, "late")) > 50, "it reads, and acknowledges, all the same")
    check(consume(r, B, "late") == [], "what it acknowledged is kept")
    check(r.status(B)["state"] == "full", "which says nothing about room for events")
    store = r.status(B)["store"]
    check(store["maxBytes"] == 1 << 20 and store["roomBytes"] < 1 << 20, store)
    check(any(a["code"] in ("store_full", "store_filling") for a in r.status(B)["alarms"]), "alarms")
    code, out, _ = r.command(B, "check", "consumers")
    check(code == 2 and "late" not in out, f"full is critical, the consumer is well: {out}")


def bench(r):
    """A measured replay takes what waits, and acknowledges it."""
    made(r, A, "add", "trial")
    waiting = len([e for e in r.log(A) if e["topic"]])
    code, out, err = r.command(A, "bench", "catchup", "--consumer", "trial", "--count", str(waiting))
    check(code == 0 and json.loads(out)["count"] == waiting, f"{code} {out}{err}")
    code, out, _ = r.command(A, "tail", "--consumer", "trial")
    check(code == 0 and out == "", f"it is given again: {out[:200]}")
    code, _, err = r.command(A, "bench", "catchup", "--consumer", "trial")
    check(code == 65 and "--count" in err, f"{code} {err}")
    made(r, A, "rm", "trial")


def test():
    with Region([A, B]) as r:
        r.start()
        durable(r)
        moves(r)
        mistakes(r)
        formats(r)
        bench(r)
        full(r)
        code, out, _ = r.command(B, "metrics")
        check('samenbus_consumer_stuck{consumer="late"} 0' in out, out)


main(test)
