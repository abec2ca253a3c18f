"""A program that publishes the objects that it is given, one per line, as `samenbus publish` does."""
from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from samenbus import Client, Draft  # noqa: E402

if __name__ == "__main__":
    with Client(sys.argv[1]) as client:
        drafts = (Draft.from_json(json.loads(line)) for line in sys.stdin)
        for outcome in client.publish_many(drafts, timeout=60):
            if outcome.published is None:
                raise outcome.error or AssertionError("no outcome")
            print(json.dumps(outcome.published._asdict()))
