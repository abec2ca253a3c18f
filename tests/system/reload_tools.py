"""Changing a configuration while its daemon runs, for the system tests."""
import os
import re

from region import check


def edit(r, org, old, new, count=1):
    """Replaces a piece of samenbusd.yaml; returns what the file said before."""
    path = r.nodes[org].path("samenbusd.yaml")
    with open(path) as f:
        before = f.read()
    check(old in before, f"{old!r} does not stand in the file of {org}")
    with open(path, "w") as f:
        f.write(before.replace(old, new, count))
    return before


def put_back(r, org, text):
    with open(r.nodes[org].path("samenbusd.yaml"), "w") as f:
        f.write(text)


def entry_of(r, org, partner):
    """The lines of a partner in samenbusd.yaml."""
    with open(r.nodes[org].path("samenbusd.yaml")) as f:
        return re.search(rf"^  - id: {partner}\n(?:    .*\n)+", f.read(), flags=re.M)[0]


def take_out(r, org, partner):
    """Moves the partner's lines out of the file; returns what the file said before."""
    return edit(r, org, entry_of(r, org, partner), "")


def drop_in(r, org, partner, entry):
    """The partner in a file of its own, as it would have sent it."""
    folder = r.nodes[org].path("conf.d")
    os.makedirs(folder, exist_ok=True)
    lines = [line[4:] for line in entry.splitlines()]
    with open(os.path.join(folder, f"{partner}.yaml"), "w") as f:
        f.write("\n".join(lines) + "\n")


def reload(r, org, *argv, expect=0):
    """Returns stdout and stderr together."""
    code, out, err = r.command(org, "reload", *argv)
    check(code == expect, f"reload at {org}: exit {code}: {out}{err}")
    return out + err


def sessions(r, org):
    """How often connections came up or went down, as the daemon said it."""
    return sum(" was " in line and ("outgoing" in line or "incoming" in line)
               for line in r.said(org).splitlines())
