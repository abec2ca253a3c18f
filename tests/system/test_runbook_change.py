#!/usr/bin/python3
"""The runbook: a configuration is changed while the daemon runs, everything is looked at, and the
version is replaced; partners lose nothing by any of it."""
# test: slow
import os

from region import Region, check, custom, main
from reload_tools import edit
from runbook import Runbook

A, B = "GM0384", "GM0437"


def looks(book):
    out, _ = book.do("look")
    check("1 of 1 partners flow" in out, out)
    return True


def test():
    with Region([A, B]) as r:
        r.start()
        book = Runbook(r, A)
        r.wait_for(lambda: looks(book), "all flows")
        edit(r, A, "name: Ouder-Amstel", "name: Aan de Amstel")
        out, _ = book.do("change")
        check(out.count(f"~ partner {B}: name: Ouder-Amstel -> Aan de Amstel") == 2, out)
        edit(r, A, "partnership: duoplus", "partnership: another")
        out, err = book.do("change", expect=78)
        check("restart the daemon, or put that back" in err, out + err)
        edit(r, A, "partnership: another", "partnership: duoplus")
        r.publish(A, custom("before"), ack="remote:1")
        out, _ = book.do("upgrade", BACKUPS=r.dir, INSTALL="echo installed")
        check("installed" in out and "no mistakes" in out and "Aan de Amstel" in out, out)
        check(any(name.startswith("before-") for name in os.listdir(r.dir)), os.listdir(r.dir))
        r.publish(A, custom("after"), ack="remote:1")
        r.wait_for(lambda: looks(book), "all flows again")
        r.wait_same()


main(test)
