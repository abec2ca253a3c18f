"""What the tests against real daemons share: events, reading them, a consumer that can be killed."""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, Iterable

import pytest
import region
from samenbus import Client, Custom, Draft, Event

if not Path(region.program("samenbusd")).exists():
    pytest.skip("samenbusd is not built", allow_module_level=True)

HERE = Path(__file__).resolve().parent


def drafts(prefix: str, count: int, topic: str = "custom/test") -> list[Draft]:
    """Custom events that say prefix and number."""
    return [Draft(topic, Custom("text/plain", f"{prefix}{at}".encode())) for at in range(count)]


def said(events: Iterable[Event]) -> list[str]:
    """What custom events say."""
    return [event.content.data.decode() for event in events if isinstance(event.content, Custom)]


def client(r: Any, org: str, config: str = "client.yaml") -> Client:
    """A client of one of the daemons."""
    return Client(r.nodes[org].path(config))


def publish(r: Any, org: str, some: list[Draft]) -> None:
    """All of them, acknowledged."""
    with client(r, org) as c:
        assert [outcome.error for outcome in c.publish_many(some)] == [None] * len(some)


CONSUMER = """
import sys
from samenbus import Client, CursorFile
config, cursor, out, until = sys.argv[1:]
with Client(config) as client, open(out, "a", buffering=1) as file:
    events = client.subscribe(["custom/"], cursor=CursorFile(cursor))
    for event in events:
        text = event.content.data.decode()
        file.write(text + "\\n")
        events.ack()
        if text == until:
            break
"""


class Consumer:
    """A program of its own that keeps its cursor in a file and writes down what it is given."""

    def __init__(self, folder: Path) -> None:
        self.cursor, self.out = folder / "cursor", folder / "out"
        self.out.touch()

    def start(self, r: Any, org: str, until: str) -> "subprocess.Popen[bytes]":
        """Read at that daemon until that event."""
        return subprocess.Popen([sys.executable, "-c", CONSUMER, r.nodes[org].path("client.yaml"),
                                 str(self.cursor), str(self.out), until], cwd=HERE.parent)

    def lines(self) -> list[str]:
        """What it was given so far."""
        return self.out.read_text().split()
