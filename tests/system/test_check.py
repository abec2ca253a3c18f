#!/usr/bin/python3
"""samenbus check and samenbus metrics tell the truth: well while everything flows, critical once a
partner is stopped, unknown without a daemon; the metrics keep to Prometheus' format, and the alert
rules that are shipped ask for nothing that is not there, and fire."""
# test: slow
import json
import os
import re
import signal

from region import ROOT, Region, check, custom, main, program, run

A, B = "GM0384", "GM0437"
NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? ([0-9]+(?:\.[0-9]+)?)")
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)')
LABELS = {"partner", "direction", "state", "origin", "code"}


def parse_labels(text):
    at, found = 0, {}
    while at < len(text):
        m = LABEL.match(text, at)
        check(m is not None and m[1] in LABELS and m[1] not in found, f"labels {text}")
        found[m[1]] = m[2]
        at = m.end()
    return found


def parse_metrics(text):
    """{name: [(labels, value)]}; strict about order, repeats, units and suffixes."""
    found, kind, helped, seen = {}, {}, None, set()
    check(text.endswith("\n"), "the last line has no end")
    for line in text[:-1].split("\n"):
        if m := re.fullmatch(rf"# HELP ({NAME}) (\S.*)", line):
            check(m[1] not in kind, f"{m[1]} comes in two parts")
            helped = m[1]
        elif m := re.fullmatch(rf"# TYPE ({NAME}) (gauge|counter)", line):
            check(helped == m[1], f"{m[1]}: a type without its help")
            check(m[1].startswith("samenbus_") and re.fullmatch("[a-z_]+", m[1]), m[1])
            check((m[2] == "counter") == m[1].endswith("_total"), f"{m[1]} is a {m[2]}")
            check(not re.search(r"_(ms|millis|kb|mb|count|sum|bucket|gauge|counter)(_|$)", m[1]), m[1])
            kind[m[1]], found[m[1]] = m[2], []
        else:
            m = SAMPLE.fullmatch(line)
            check(m is not None and m[1] == helped and m[1] in kind, f"line {line}")
            check((m[1], m[2]) not in seen, f"twice: {line}")
            seen.add((m[1], m[2]))
            found[m[1]].append((parse_labels(m[2] or ""), float(m[3])))
    return found


def parser_is_strict():
    good = '# HELP samenbus_x A.\n# TYPE samenbus_x gauge\nsamenbus_x{code="a\\"b"} 1\n'
    check(parse_metrics(good) == {"samenbus_x": [({"code": 'a\\"b'}, 1.0)]}, "the parser is wrong")
    for bad in (good[:-1], good + 'samenbus_x{code="a\\"b"} 2\n', good.replace("gauge", "counter"),
                good.replace('\\"', '"'), good.replace("code", "id"), good.split("\n", 1)[1],
                good.replace("samenbus_x", "samenbus_ms"), good + "samenbus_y 1\n"):
        try:
            parse_metrics(bad)
        except AssertionError:
            continue
        check(False, f"the parser takes {bad}")


def rules():
    """(alert, expression) of the rules that are shipped."""
    with open(f"{ROOT}/config/alerts.yml", encoding="utf-8") as f:
        found = re.findall(r"- alert: (\w+)\n\s+expr: (.*)\n", f.read())
    check(len(found) >= 10, found)
    return found


def fires(expression, metrics):
    """Of the rules, the kind `name{label=~"a|b"} COMPARISON number`, joined by `or`."""
    for part in expression.split(" or "):
        m = re.fullmatch(rf'({NAME})(?:\{{(\w+)(=~?)"([^"]*)"\}})? (==|>) ([0-9.]+)', part)
        if m is None:
            return False
        for labels, value in metrics.get(m[1], []):
            matches = m[2] is None or re.fullmatch(m[4], labels.get(m[2], ""))
            if matches and (value == float(m[6]) if m[5] == "==" else value > float(m[6])):
                return True
    return False


def fired(metrics):
    return {name for name, expression in rules() if fires(expression, metrics)}


def metrics(r, org, expect=0):
    code, out, err = r.command(org, "metrics", "--daemon", r.nodes[org].path("samenbusd.yaml"))
    check(code == expect, f"metrics: exit {code}: {err}")
    return parse_metrics(out)


def ask(r, what, *argv):
    """(exit code, the object); the three formats agree."""
    code, out, err = r.command(A, "check", what, "--format", "json", *argv)
    check(out.count("\n") == 1, f"check {what}: {out}{err}")
    found = json.loads(out)
    check(["ok", "warning", "critical", "unknown"][code] == found["level"], f"{code} {found}")
    return code, found


def while_all_is_well(r):
    daemon = ["--daemon", r.nodes[A].path("samenbusd.yaml")]
    for what, more in (("peers", []), ("lag", []), ("consumers", []), ("store", daemon), ("keys", daemon)):
        code, found = ask(r, what, *more)
        check(code == 0 and not found["findings"] and found["figures"], f"check {what}: {found}")
        code, out, _ = r.command(A, "check", what, "--format", "nagios", *more)
        check(code == 0 and re.fullmatch(rf"SAMENBUS {what} OK - [^|]+ \| (\w+=\d+[sB]?;\d*;\d*;0 ?)+\n", out), out)
        check(r.command(A, "check", what, *more)[0] == 0, what)
    check(ask(r, "store")[0] == 0, "the daemon says how large it may become")
    check(ask(r, "store", "--max-size", "1MiB", "--warn", "1")[0] in (1, 2), "a small store")
    found = metrics(r, A)
    check(fired(found) == set(), fired(found))
    for name, expression in rules():
        for used in re.findall(r"samenbus_\w+", expression):
            check(used in found and found[used], f"{name} asks for {used}")


def keys(r):
    daemon = ["--daemon", r.nodes[A].path("samenbusd.yaml")]
    secret = r.nodes[A].path("keys", A + ".sign.key")
    os.chmod(secret, 0o644)
    code, found = ask(r, "keys", *daemon)
    check(code == 1 and "0644" in found["findings"][0]["text"], found)
    os.chmod(secret, 0o600)
    os.rename(secret, secret + ".away")
    check(ask(r, "keys", *daemon)[0] == 2, "a key that is not there")
    os.rename(secret + ".away", secret)


def samples(r):
    file, size = r.nodes[A].path("growth"), ["--max-size", "1MiB", "--samples", r.nodes[A].path("growth")]
    check("unknown" in ask(r, "store", *size)[1]["summary"], "days from one sample")
    with open(file, encoding="ascii") as f:
        word, store, ms, used, *_ = f.read().split()
    with open(file, "w", encoding="ascii") as f:  # a day ago, half of it
        before = int(ms) - 24 * 3600 * 1000
        f.write(f"{word} {store} {before} {int(used) // 2} {before} {int(used) // 2}\n")
    code, found = ask(r, "store", *size)
    check("days left" in found["summary"] and found["figures"]["days_left"] > 0, found)


def stopped(r):
    """One partner is stopped: no check that looks at it is well any more."""
    os.kill(r.nodes[B].process.pid, signal.SIGSTOP)
    try:
        r.publish(A, custom("meanwhile"))
        r.wait_for(lambda: ask(r, "peers")[0] == 2, "critical", 30)
        code, found = ask(r, "peers")  # it is stalled at first, and down once its connection is given up
        check(any(("stalled" in f["text"] or "down" in f["text"]) and B in f["text"] for f in found["findings"]), found)
        code, out, _ = r.command(A, "check", "peers", "--format", "nagios")
        check(code == 2 and out.count("\n") == 1 and "CRITICAL" in out and B in out, out)
        code, found = ask(r, "lag")
        check(code in (1, 2) and any("not known" in f["text"] for f in found["findings"]), found)
        check(ask(r, "lag", "--warn", "1", "--crit", "1")[0] == 2, "they lack an event")
        check("SamenbusPartnerStalled" in fired(metrics(r, A)), fired(metrics(r, A)))
    finally:
        os.kill(r.nodes[B].process.pid, signal.SIGCONT)
    r.wait_for(lambda: ask(r, "peers")[0] == 0, "well again", 30)


def away(r):
    r.kill(A, signal.SIGTERM)
    for what in ("peers", "lag", "store", "keys"):
        code, found = ask(r, what)
        check(code == 3 and found["findings"], f"check {what} without a daemon: {found}")
    check(r.command(A, "check", "peers", "--no-such")[0] == 3, "a wrong flag is unknown to monitoring")
    check(r.command(A, "check", "lag", "--warn", "many")[0] == 3, "a wrong threshold")
    found = metrics(r, A, expect=69)
    check(found == {"samenbus_up": [({}, 0.0)]} and fired(found) == {"SamenbusDown"}, found)


def test():
    parser_is_strict()
    with Region([A, B]) as r:
        r.start()
        r.publish(A, custom("one"))
        r.wait_for(lambda: ask(r, "peers")[0] == 0, "all is well")
        r.wait_for(lambda: r.peer(A, B)["theirView"]["state"] == "live", "they told how they see us")
        r.wait_same()
        while_all_is_well(r)
        keys(r)
        samples(r)
        stopped(r)
        away(r)


main(test)
