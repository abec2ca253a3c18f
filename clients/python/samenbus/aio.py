"""The client for asyncio: the same names and meanings as in client.py, to be awaited.

    async with AsyncClient() as client:
        async for event in client.subscribe(["decision/"]):
            ...

All tasks of one client must run on one event loop.
"""
from __future__ import annotations

import asyncio
from typing import Any, AsyncIterator, Iterable, Mapping, Optional, TypeVar, Union

import zmq
import zmq.asyncio

from . import client as plain
from . import consumer as consumers
from . import wire
from ._proto import pb
from .config import Config, PathLike
from .cursor import Cursor
from .event import Draft, Event
from .publisher import Acks, Outcome, Published, remote_of
from .session import WAIT_S, Session, Steps

T = TypeVar("T")


class Waiter:
    """Carries steps out for many tasks: one of them waits for the network, the others for it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.waiting: Optional["asyncio.Future[None]"] = None

    async def run(self, steps: Steps[T]) -> T:
        """What the steps return."""
        self.session.check_open()
        try:
            seconds = next(steps)
            while True:
                await self.wait(min(seconds, WAIT_S))
                seconds = steps.send(None)
        except StopIteration as done:
            return done.value
        finally:
            steps.close()

    async def wait(self, seconds: float) -> None:
        """Until something has come, or for so long."""
        if self.waiting is not None:
            await asyncio.wait([self.waiting], timeout=seconds)
            return
        self.waiting = asyncio.get_running_loop().create_future()
        try:
            await self.poll(seconds)
            self.session.pump()
        finally:
            done, self.waiting = self.waiting, None
            done.set_result(None)

    async def poll(self, seconds: float) -> None:
        """Wait for the sockets."""
        poller = zmq.asyncio.Poller()
        session = self.session
        poller.register(session.socket, zmq.POLLIN | (zmq.POLLOUT if session.outbox else 0))
        poller.register(session.monitor, zmq.POLLIN)
        await poller.poll(session.poll_ms(seconds))


class AsyncClient:
    """See Client."""

    def __init__(self, config: Union[Config, PathLike, None] = None) -> None:
        self.inner = plain.Client(config)
        self.waiter = Waiter(self.inner.session)

    async def __aenter__(self) -> "AsyncClient":
        return self

    async def __aexit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        self.inner.close()

    async def publish(self, draft: Union[Draft, Mapping[str, Any]], ack: Acks = "local",
                      timeout: float = 10.0) -> Published:
        """See Client.publish."""
        publisher = self.inner.publisher
        return await self.waiter.run(publisher.publish(plain.as_draft(draft), remote_of(ack), timeout))

    async def publish_many(self, drafts: Iterable[Union[Draft, Mapping[str, Any]]], ack: Acks = "local",
                           timeout: float = 10.0, window: int = 64) -> AsyncIterator[Outcome]:
        """See Client.publish_many."""
        batch = self.inner.publisher.batch(map(plain.as_draft, drafts), remote_of(ack), timeout, window)
        while outcomes := await self.waiter.run(batch.next_steps()):
            for outcome in outcomes:
                yield outcome

    def subscribe(self, topics: Iterable[str] = (), cursor: Optional[Cursor] = None,
                  **wishes: Any) -> "AsyncSubscription":
        """See Client.subscribe."""
        return AsyncSubscription(self.inner.subscribe(topics, cursor, **wishes), self.waiter)

    async def consume(self, name: str, topics: Iterable[str] = (), *, origins: Iterable[str] = (),
                      system: bool = False, cursor: Optional[Cursor] = None, since_ms: int = 0,
                      live_only: bool = False, **wishes: Any) -> "AsyncConsumer":
        """See Client.consume; `commit` is awaited in the place of `ack`."""
        found = await self.waiter.run(consumers.find_or_add(
            self.inner.session, name, topics, origins, system, cursor, since_ms, live_only))
        return AsyncConsumer(plain.Subscription(self.inner.stream_of(found, wishes)), self.waiter, found)

    async def status(self, timeout: float = 10.0) -> dict[str, Any]:
        """See Client.status."""
        frame = await self.waiter.run(self.inner.session.request(wire.QUERY, pb.Query(), timeout))
        return plain.status_json(frame.message.status)


class AsyncSubscription:
    """See Subscription."""

    def __init__(self, inner: plain.Subscription, waiter: Waiter) -> None:
        self.inner, self.waiter = inner, waiter

    def __aiter__(self) -> "AsyncSubscription":
        return self

    async def __anext__(self) -> Event:
        stream = self.inner.stream
        event: Optional[Event]
        if stream.ready:
            event = stream.give()
        else:
            event = await self.waiter.run(stream.next_steps())
        if event is None:
            raise StopAsyncIteration
        return event

    @property
    def backlog(self) -> int:
        """See Subscription."""
        return self.inner.backlog

    def ack(self, event: Optional[Event] = None) -> None:
        """See Subscription.ack."""
        self.inner.ack(event)

    def close(self) -> None:
        """End the stream."""
        self.inner.close()


class AsyncConsumer(AsyncSubscription):
    """The subscription of a consumer."""

    def __init__(self, inner: plain.Subscription, waiter: Waiter, kept: consumers.ConsumerCursor) -> None:
        super().__init__(inner, waiter)
        self.kept = kept

    async def commit(self, event: Optional[Event] = None) -> None:
        """See Subscription.ack; returns when the daemon has it on disk."""
        self.inner.stream.pass_to_cursor(event)
        await self.waiter.run(self.kept.save_steps())
