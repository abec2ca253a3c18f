"""An organisation that loses everything, its keys too, and makes new ones as the runbook says."""
import os
import shutil

from region import program, run
from runbook import Runbook


def runbooks(r, lost):
    """One for each organisation, and the words that their blocks share."""
    shared = {"ORG": lost, "EXPORT": os.path.join(r.dir, "export"),
              "ANNOUNCEMENT": os.path.join(r.dir, "announcement")}
    return {org: Runbook(r, org) for org in r.orgs}, shared


def lose_everything(r, org):
    """Of one whose daemon does not run: its store is gone, its keys are somebody else's, and what it
    was given of earlier ones is gone."""
    node = r.nodes[org]
    shutil.rmtree(node.path("store"))
    stolen = os.path.join(r.dir, "stolen")
    while os.path.exists(stolen):
        stolen += "-again"
    os.mkdir(stolen)
    shutil.rmtree(node.path("rekeys"), ignore_errors=True)
    for name in os.listdir(node.path("keys")):
        if name.startswith(org):
            shutil.move(node.path("keys", name), stolen)


def make_new_keys(r, book, shared):
    """Makes them and the announcement, and starts the daemon under them; the fingerprint to be read aloud."""
    org, start, configured = book.org, r.start, []

    def start_with_new_keys(*orgs, **more):
        if org in orgs and not configured:  # its client file has the new server_key
            configured.append(r.configure_client(org))
        start(*orgs, **more)
    r.start = start_with_new_keys
    book.do("new-key", **shared)
    shown = run(program("samenbus"), "key", "show", r.nodes[org].path("keys", org + ".pub.yaml"))[1]
    return next(x for x in shown.splitlines() if "fingerprint" in x).split(": ")[1]
