"""When a daemon noted something, by its own record: what a busy test reads late did not happen late."""
import json
from datetime import datetime

from region import check


def noted(r, org, since, *words, code="partner_state", results=("stalled", "down", "raised")):
    """Seconds from the moment `since` (of time.time) until the daemon first noted such a result, with all
    these words."""
    exit_code, out, err = r.command(org, "events", "-o", "json", "--code", code)
    check(exit_code == 0, f"events at {org}: exit {exit_code}: {err}")
    for event in map(json.loads, out.splitlines()):
        after = datetime.fromisoformat(event["time"].replace("Z", "+00:00")).timestamp() - since
        if after >= 0 and event["result"] in results and all(word in event["text"] for word in words):
            return after
    check(False, f"{org} has noted no {code} with {words} since then: {out}")
