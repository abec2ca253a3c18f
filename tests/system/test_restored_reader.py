#!/usr/bin/python3
"""An old copy of the store is put back, and what is published then gets the places that other events had before.
A reader that was further on is given all of it nevertheless; what the store had lost may come to it again."""
import json
import os
import shutil

from region import Region, check, custom, main

A, B = "GM0384", "GM0437"
N = 5


def test():
    with Region([A, B]) as r:
        r.configure(A, lines=["recovery: {wait: 1s}"])
        r.start()
        file = os.path.join(r.dir, "cursor")

        def read():
            code, out, err = r.command(A, "tail", "-o", "json", "--cursor", file)
            check(code == 0, f"tail --cursor: exit {code} {err}")
            return [json.loads(line)["id"] for line in out.splitlines()]

        def publish(org, what):
            return [e["id"] for e in r.publish(org, *[custom(f"{what} {i}") for i in range(N)])]

        publish(A, "before")
        r.wait_same()
        read()
        store, copy = r.nodes[A].path("store"), r.nodes[A].dir + "-copy"
        check(r.kill(A, 15) == 0, "stop")
        shutil.copytree(store, copy)
        r.start(A)
        later = publish(B, "of the partner, later")
        r.wait_same()
        check(read() == later, "what came is read")
        check(r.kill(A, 15) == 0 and r.kill(B, 15) == 0, "stop")
        shutil.rmtree(store)
        shutil.move(copy, store)
        r.start(A)
        anew = publish(A, "anew")  # where `later` was
        check(read() == anew, "events in places that were read before are passed over, or repeated")
        r.start(B)
        r.wait_same()
        check(set(read()) <= set(later), "more comes again than what the store had lost")
        last = publish(B, "last")
        r.wait_same()
        check(read() == last, "and it goes on")


main(test)
