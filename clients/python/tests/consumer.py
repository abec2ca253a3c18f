"""A program that keeps its cursor in a file and prints what it is given; it can be killed."""
from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from samenbus import Client, CursorFile  # noqa: E402

if __name__ == "__main__":
    config, cursor = sys.argv[1:]
    with Client(config) as client:
        events = client.subscribe(["custom/test"], cursor=CursorFile(cursor), patience=None)
        for event in events:
            print(event.to_json(), flush=True)
            events.ack()
