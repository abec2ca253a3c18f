#!/usr/bin/python3
"""An old copy of the store is put back, from before an event was erased. While no partner is there its answers
say that they may not be complete; once one is, what was erased is gone again, from the files as well."""
# test: slow
import json
import os
import shutil

from region import Region, check, main, new_id

A, B = "GM0384", "GM0437"
CANARY = "kanarie-uit-de-backup"


def has(r, org):
    for folder, _, names in os.walk(r.nodes[org].path("store")):
        for name in names:
            with open(os.path.join(folder, name), "rb") as f:
                if CANARY.encode() in f.read():
                    return True
    return False


def ask(r, *words):
    code, out, err = r.command(A, *words, "-o", "json")
    check(code == 0, f"{words}: {code} {err}")
    return json.loads(out)


def is_shown(r):
    return CANARY in json.dumps(ask(r, "agenda", "list"))


def test():
    with Region([A, B]) as r:
        r.configure(A, lines=["recovery: {wait: 1s}"])
        r.start()
        event = {"id": new_id(), "topic": "agenda/wonen",
                 "agendaItem": {"itemId": new_id(), "kind": "meeting", "title": CANARY, "start": "2030-12-10T20:00"}}
        r.publish(A, event)
        r.wait_same()
        r.wait_for(lambda: ask(r, "agenda", "list")["complete"], "all is known")
        store, copy = r.nodes[A].path("store"), r.nodes[A].dir + "-copy"
        check(r.kill(A, 15) == 0, "stop")
        shutil.copytree(store, copy)
        r.start(A)
        r.wait_for(lambda: r.command(A, "erase", "--ground", "AVG", f"{A}/{event['id']}")[0] == 0, "erased")
        r.wait_for(lambda: not has(r, A) and not has(r, B), "no byte of it is left")
        r.wait_same()
        check(r.kill(A, 15) == 0 and r.kill(B, 15) == 0, "stop both")
        shutil.rmtree(store)
        shutil.move(copy, store)
        check(has(r, A), "the copy has it")
        r.start(A)
        r.wait_for(lambda: is_shown(r), "it is shown while nobody tells")
        check(not ask(r, "agenda", "list")["complete"], "a view that claims to be complete")
        check(not ask(r, "erasures")["complete"], "a list of erasures that claims to be complete")
        r.start(B)
        r.wait_for(lambda: ask(r, "erasures")["complete"] and not is_shown(r), "it is gone again")
        r.wait_for(lambda: ask(r, "agenda", "list")["complete"], "complete again")
        r.wait_for(lambda: not has(r, A), "no byte of it is left in what was put back", 30)
        r.wait_same()
        r.verify_store(A)


main(test)
