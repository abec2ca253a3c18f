#!/usr/bin/python3
"""A new connection key under load: partners and clients are told of it ahead of time and follow by
themselves; nothing is lost, and nobody who was not told is believed."""
# test: slow
import atexit
import re

from client_kinds import Reader, kinds
from region import Background, Region, check, custom, main, program, run, text_of
from test_key_rotate import load

A, B, C = "GM0384", "GM0437", "GM0451"


def edit(path, pattern, text):
    with open(path) as f:
        before = f.read()
    check(len(re.findall(pattern, before)) == 1, f"{pattern} in {path}:\n{before}")
    with open(path, "w") as f:
        f.write(re.sub(pattern, lambda _: text, before))


def make_next(r):
    code, out, err = run(program("samenbus"), "key", "rotate", "--connection", "-c",
                         r.nodes[A].path("samenbusd.yaml"))
    check(code == 0, f"key rotate --connection: exit {code}: {err}")
    return re.search(r"made (\S+)", out)[1], re.search(r'next_curve_key: "(\S+)"', out)[1]


def tell(r, org, old, line):
    """Writes `line` behind A's key in the configuration of org, and reloads."""
    edit(r.nodes[org].path("samenbusd.yaml"), f'curve_key: "{re.escape(old)}"', line)
    code, out, err = r.command(org, "reload")
    check(code == 0, f"reload at {org}: exit {code}: {out}{err}")
    return out


def is_live(r, org, other):
    peer = r.peer(org, other)
    return peer["outgoing"]["state"] == peer["incoming"]["state"] == "live"


def read_along(r, old, new):
    """A reader of each kind, which runs on through the change, with both keys in its file."""
    edit(r.nodes[A].path("client.yaml"), f'server_key: "{re.escape(old)}"',
         f'server_key: "{old}"\nnext_server_key: "{new}"')
    readers = [Reader(r, kind) for kind in kinds()]
    r.publish(A, custom("before the change"))
    for reader in readers:
        reader.start(A)
        atexit.register(reader.kill)  # also where the test fails
        reader.wait(1, "what was there before")
    return readers


def test():
    with Region([A, B, C]) as r:
        r.start()
        old = r.server_key(A).decode()
        key, new = make_next(r)
        readers = read_along(r, old, new)
        sent = set()
        background = Background(load, r, sent, B)
        for other in (A, C):
            r.wait_for(lambda o=other: is_live(r, B, o), "live")
        out = tell(r, B, old, f'curve_key: "{old}"\n    next_curve_key: "{new}"')
        check("next_curve_key" in out and new in out, f"the reload names it: {out}")
        check("the connection ended" not in r.said(B), "the link to A was dropped for it")
        r.kill(A, 15)
        edit(r.nodes[A].path("samenbusd.yaml"), r"curve_key: keys/\S+?\.key", f"curve_key: {key}")
        r.start(A)
        r.publish(A, custom("after the change"))
        r.wait_for(lambda: is_live(r, B, A) and is_live(r, A, B), "B follows to the next key", 40)
        check("write its `next_curve_key` as its `curve_key`" in r.said(B), "B's administrator is told what to do")
        check(not is_live(r, C, A), "C was told of no other key")
        downs = r.said(B).count("the connection ended")
        edit(r.nodes[B].path("samenbusd.yaml"), f'\n    next_curve_key: "{re.escape(new)}"', "")
        tell(r, B, old, f'curve_key: "{new}"')
        before = len(sent)
        r.wait_for(lambda: len(sent) > before + 10, "the load goes on", 40)
        check(r.said(B).count("the connection ended") == downs, "the link was dropped for it")
        background.stop()
        for reader in readers:
            r.wait_for(lambda x=reader: "after the change" in x.texts(), f"{reader.kind.name} reads on")
        edit(r.nodes[A].path("client.yaml"), f'server_key: "{re.escape(old)}"\nnext_server_key: "{re.escape(new)}"',
             f'server_key: "{new}"')
        tell(r, C, old, f'curve_key: "{new}"')
        r.wait_for(lambda: is_live(r, C, A), "C, once it was told", 40)
        r.wait_same()
        seen = {e["id"] for e in r.log(A)}
        check(sent <= seen, f"{len(sent - seen)} of {len(sent)} are lost")
        whole = sorted(text_of(e) for e in r.log(A) if e["topic"])
        for reader in readers:
            r.wait_for(lambda x=reader: sorted(x.texts()) == whole, f"{reader.kind.name} has all, each once")
            reader.kill()


if __name__ == "__main__":
    main(test)
