#!/usr/bin/python3
"""`samenbus config check --peers`: what would not flow is named, with the partner and the reason."""
# test: slow
import json

from region import Region, check, main
from reload_tools import edit, entry_of, put_back, reload, take_out

A, B, C = "GM0384", "GM0437", "GM0451"


def config_check(r, org, *argv, expect=1):
    code, out, err = r.command(org, "config", "check", "-c", r.nodes[org].path("samenbusd.yaml"), *argv)
    check(code == expect, f"{argv}: exit {code}: {out}{err}")
    return out + err


def says(r, org, *sentences, seconds=20):
    def said():
        out = config_check(r, org, "--peers")
        for sentence in sentences:
            check(sentence in out, f"{sentence!r} is not in {out!r}")
        return True
    r.wait_for(said, "it says so", seconds)


def well(r, org):
    code, out, err = r.command(org, "config", "check", "--peers", "-c", r.nodes[org].path("samenbusd.yaml"))
    check(code == 0 and "2 of 2 partners flow" in out, f"{code} {out}{err}")
    return True


def formats(r, org, level, exit_code, plugin_exit, *argv):
    """Whoever asked for a format reads it, whatever is wrong; a plugin's line has a plugin's exit code."""
    out = r.command(org, "config", "check", "-c", r.nodes[org].path("samenbusd.yaml"), "--format", "json", *argv)
    told = json.loads(out[1])
    check(out[0] == exit_code and told["check"] == "config" and told["level"] == level, f"{argv}: {out}")
    check(bool(told["findings"]) == (level != "ok"), f"{told}")
    out = r.command(org, "config", "check", "-c", r.nodes[org].path("samenbusd.yaml"), "--format", "nagios", *argv)
    check(out[0] == plugin_exit and out[1].startswith(f"SAMENBUS config {level.upper()} - "), f"{argv}: {out}")
    check(out[1].count("\n") == 1, f"one line: {out}")


def test():
    with Region([A, B, C]) as r:
        before = take_out(r, B, C), take_out(r, C, B)
        r.start()
        says(r, A, f"{B}: membership: they do not list {C}", f"{C}: membership: they do not list {B}")
        says(r, B, f"{A}: membership: they list {C}, and we do not")
        for org, text in zip((B, C), before):
            put_back(r, org, text)
            reload(r, org)
        check("no mistakes" in config_check(r, A, expect=0), "the files alone")
        r.wait_for(lambda: well(r, A), "all is well")
        formats(r, A, "ok", 0, 0)
        formats(r, A, "ok", 0, 0, "--peers")
        # Not in force yet, and a mistake.
        text = edit(r, A, "level: info", "level: debug")
        says(r, A, "another configuration than is in force")
        put_back(r, A, text)
        edit(r, A, "level: info", "level: none")
        check("samenbusd.yaml:" in config_check(r, A, "--peers", expect=78), "a mistake is said")
        formats(r, A, "critical", 78, 2)
        formats(r, A, "critical", 78, 2, "--peers")
        put_back(r, A, text)
        # They took us out: our key is refused.
        theirs = take_out(r, B, A)
        reload(r, B)
        says(r, A, f"{B}: we to them: refused", "they have to list the curve_key of our .pub.yaml",
             f"{B}: they to us: down", "not with this right, in their configuration;")
        formats(r, A, "critical", 1, 2, "--peers")
        put_back(r, B, theirs)
        reload(r, B)
        r.wait_for(lambda: well(r, A), "all is well again", 40)
        # Their key of yesterday.
        key = r.public(r.nodes[B].path("keys", f"{B}.pub.yaml"))["curve_key"]
        edit(r, A, key, r.public(r.nodes[C].path("keys", "reader.pub.yaml"))["curve_key"])
        reload(r, A)
        says(r, A, f"{B}: we to them: refused", "ask them for their .pub.yaml of today")
        put_back(r, A, text)
        # Neither calls the other.
        entry = entry_of(r, A, C)
        edit(r, A, entry, "".join(line + "\n" for line in entry.splitlines() if "tcp:" not in line))
        reload(r, A)
        edit(r, C, entry_of(r, C, A), "".join(
            line + "\n" for line in entry_of(r, C, A).splitlines() if "tcp:" not in line))
        reload(r, C)
        says(r, A, f"{C}: they to us: down")
        out = r.command(A, "config", "check", "--peers", "--format", "json", "-c",
                        r.nodes[A].path("samenbusd.yaml"))[1]
        check(json.loads(out)["level"] in ("critical", "warning"), out)
        r.kill(A)
        formats(r, A, "unknown", 69, 3, "--peers")


main(test)
