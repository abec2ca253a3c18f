"""What the tests against real daemons share: events, and reading them."""
from __future__ import annotations

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
