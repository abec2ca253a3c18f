"""The client for plain programs: publish, subscribe, status. One thread; errors are in errors.py.

    with Client() as client:
        client.publish(Draft("custom/zaaksysteem", Custom("text/plain", b"hello")))
        for event in client.subscribe(["decision/"], follow=False):
            print(event.content)
"""
from __future__ import annotations

from typing import Any, Iterable, Iterator, Mapping, Optional, Union

from samenbus_verify.schema import camel

from . import consumer as consumers
from . import wire
from ._proto import pb
from .config import Config, PathLike, read_config
from .cursor import Cursor
from .event import Draft, Event
from .prover import Prover
from .publisher import Acks, Outcome, Published, Publisher, remote_of
from .session import Session
from .stream import Stream, Wish


class Client:
    """A connection to one's daemon. `config`: a Config, or the path of a client.yaml (see config.py)."""

    def __init__(self, config: Union[Config, PathLike, None] = None) -> None:
        self.config = config if isinstance(config, Config) else read_config(config)
        self.session = Session(self.config)
        self.prover = Prover(self.session)
        self.publisher = Publisher(self.session)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        self.session.end()

    def publish(self, draft: Union[Draft, Mapping[str, Any]], ack: Acks = "local",
                timeout: float = 10.0) -> Published:
        """Publish, again and again until it is acknowledged, and say where it stands.

        `ack`: "local", on the daemon's disk; "remote:K" or remote(K), on those of K partners besides.
        `draft`: also an object as `samenbus publish` reads it. Errors: a Refusal; UnknownOutcome
        (publish the same draft again); Unreachable (surely not done).
        """
        return self.session.run(self.publisher.publish(as_draft(draft), remote_of(ack), timeout))

    def publish_many(self, drafts: Iterable[Union[Draft, Mapping[str, Any]]], ack: Acks = "local",
                     timeout: float = 10.0, window: int = 64) -> Iterator[Outcome]:
        """Publish many with at most `window` under way; their outcomes in the order of the drafts.

        A draft that is refused does not stop the others: see `error` of its Outcome.
        """
        batch = self.publisher.batch(map(as_draft, drafts), remote_of(ack), timeout, window)
        while True:
            outcomes = self.session.run(batch.next_steps())
            if not outcomes:
                return
            yield from outcomes

    def subscribe(self, topics: Iterable[str] = (), cursor: Optional[Cursor] = None,
                  **wishes: Any) -> "Subscription":
        """Events from a cursor, an offset or the beginning on, then live as they come.

        `topics`: prefixes such as "decision/"; none: everything. `cursor`: begin behind what it
        covers, and let `ack` advance it. More: `origins`, `follow` (True; False ends at the end that
        there was), `system`, `stubs`, `live_only`, `from_offset`, `since_ms`, `window` (2048 events
        under way), `verify` (True: every event is proven to be its origin's), `patience` (60:
        seconds without the daemon until Unreachable is raised; None: for ever).
        """
        if isinstance(topics, str):
            raise ValueError("topics: a list of prefixes is needed")
        wish = Wish(topics=tuple(topics), own=self.config.organisation.encode(), **wishes)
        return Subscription(Stream(self.session, self.prover, wish, cursor))

    def consume(self, name: str, topics: Iterable[str] = (), *, origins: Iterable[str] = (), system: bool = False,
                cursor: Optional[Cursor] = None, since_ms: int = 0, live_only: bool = False,
                **wishes: Any) -> "Subscription":
        """Events of a consumer, whose place the daemon keeps under that name (PROTOCOL §8.10).

        The first time it is made, with these filters, and begins behind `cursor`, at `since_ms`, with
        what is new (`live_only`), or at the beginning. `ack` returns when the daemon has it on disk;
        what was not acknowledged comes again, to whoever consumes next. `wishes`: as for subscribe.
        Errors: ConsumerConflict where it is another client's, or has other filters.
        """
        found = self.session.run(consumers.find_or_add(
            self.session, name, topics, origins, system, cursor, since_ms, live_only))
        return Subscription(self.stream_of(found, wishes))

    def stream_of(self, found: consumers.ConsumerCursor, wishes: Mapping[str, Any]) -> Stream:
        """The stream of a consumer."""
        wish = Wish(topics=found.topics, origins=found.origins, system=found.system, consumer=found.name,
                    own=self.config.organisation.encode(), **wishes)
        return Stream(self.session, self.prover, wish, found)

    def status(self, timeout: float = 10.0) -> dict[str, Any]:
        """What the daemon says of itself, as `samenbus status -o json` prints it."""
        frame = self.session.run(self.session.request(wire.QUERY, pb.Query(), timeout))
        return status_json(frame.message.status)


class Subscription:
    """An iterator over events. After an error the next step goes on where it was."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream

    def __iter__(self) -> "Subscription":
        return self

    def __next__(self) -> Event:
        stream = self.stream
        event = stream.give() if stream.ready else stream.session.run(stream.next_steps())
        if event is None:
            raise StopIteration
        return event

    @property
    def backlog(self) -> int:
        """How many events are here, verified, and can be had without waiting."""
        return len(self.stream.ready)

    def ack(self, event: Optional[Event] = None) -> None:
        """The last event (or this one) has been processed: advance the cursor and save it.

        With the last event that was given, all before it are acknowledged too; with an older one,
        those of its own epoch.
        """
        self.stream.ack(event)

    def close(self) -> None:
        """End the stream."""
        self.stream.close()

    def __enter__(self) -> "Subscription":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


def as_draft(given: Union[Draft, Mapping[str, Any]]) -> Draft:
    """A draft, also of an object as JSON has it."""
    return given if isinstance(given, Draft) else Draft.from_json(given)


def status_json(status: Any) -> dict[str, Any]:
    """The daemon's status, as PROTOCOL §16.4 has it."""
    found = message_json(status)
    found["configDigest"] = {"running": found.pop("runningDigest"), "file": found.pop("fileDigest")}
    return found


def message_json(message: Any) -> dict[str, Any]:
    """A message of numbers and texts with all its fields, names in lowerCamelCase."""
    found: dict[str, Any] = {}
    for field in message.DESCRIPTOR.fields:
        value = getattr(message, field.name)
        if field.label == field.LABEL_REPEATED:
            value = [message_json(one) for one in value]
        elif field.message_type:
            value = message_json(value)
        elif field.name == "last_contact_ms" and value < 0:
            value = None
        found[camel(field.name)] = value
    return found
