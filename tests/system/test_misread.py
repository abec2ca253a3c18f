#!/usr/bin/python3
"""What is easily meant otherwise than it is taken: a partner's file that is not read for its name is told of,
wherever the configuration is looked at, and limits of a check that contradict each other are refused."""
# test: slow
import os

from region import Region, check, main, program, run

A, B = "GM0384", "GM0437"
LIMITS = [  # what is typed; what it is told, with exit 3, unknown
    ("lag --warn 100 --crit 10", "critical from 10 events on is before the warning, from 100 events on"),
    ("lag --warn 20000", "critical from 10000 events on is before the warning, from 20000 events on"),
    ("lag --warn 60s --crit 30s", "critical from 30 s on is before the warning, from 60 s on"),
    ("store --warn 90 --crit 80", "critical from 80 % on"),
    ("store --warn-days 5 --crit-days 6", "--crit-days the lower one"),
    ("consumers --warn 5min --crit 1min", "--crit the higher one"),
]


def unread(r):
    """A file that nobody reads."""
    path = r.nodes[A].path("conf.d/GM0451.yml")
    os.makedirs(os.path.dirname(path))
    with open(path, "w") as f:
        f.write("id: GM0451\n")
    return path


def check_files(r, path):
    file = r.nodes[A].path("samenbusd.yaml")
    words = f"warning: {path} is not read, for its name does not end in .yaml: name it {path[:-4]}.yaml"
    code, out, err = run(program("samenbusd"), "-t", "-c", file)
    check(code == 0 and words in err and "no mistakes" in out, f"-t: {code}: {out}{err}")
    code, out, err = run(program("samenbus"), "config", "check", "-c", file)
    check(code == 0 and words in err and "no mistakes" in out, f"config check: {code}: {out}{err}")
    code, out, err = run(program("samenbus"), "config", "check", "-c", file, "--format", "nagios")
    check(code == 1 and "WARNING" in out and "conf.d/GM0451.yml is not read" in out, f"nagios: {code}: {out}{err}")


def check_daemon(r, path):
    check(f"{path} is not read" in r.said(A), r.said(A))
    code, out, err = r.command(A, "reload", "--dry-run")
    check(code == 0 and f"warning: {path} is not read" in out + err, f"reload: {code}: {out}{err}")
    os.rename(path, path + ".off")
    code, out, err = r.command(A, "reload", "--dry-run")
    check(code == 0 and "is not read" not in out + err, f"put aside: {out}{err}")


def check_limits(r):
    for typed, told in LIMITS:
        code, out, err = r.command(A, "check", *typed.split())
        check(code == 3 and told in err and out == "", f"check {typed}: exit {code}: {out}{err}")
    for typed in ("lag --warn 100 --crit 100", "consumers --warn 5min", "store --warn 95"):
        code, out, err = r.command(A, "check", *typed.split())
        check(code in (0, 1, 2) and not err, f"check {typed}: exit {code}: {out}{err}")


def test():
    with Region([A, B]) as r:
        path = unread(r)
        check_files(r, path)
        r.start(A)
        check_daemon(r, path)
        check_limits(r)


if __name__ == "__main__":
    main(test)
