"""A daemon in Python that serves one organisation's history, and lies about it where a test says so.

It speaks the client's half of the protocol (PROTOCOL §8): QUERY, SUBSCRIBE, CREDIT, FETCH, PUBLISH.
"""
from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, Callable, Optional

import zmq

from making import KEY, NAME, ORIGIN, EpochMaker, public, small
from samenbus import wire
from samenbus._proto import pb

STORE_ID = "00112233445566778899aabbccddeeff"
Lie = Callable[[Any], Any]


def honest(message: Any) -> Any:
    """The truth."""
    return message


class Liar:
    """Runs in a thread of its own between `start` and `stop`; tests set what is below before that,
    or while nobody asks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.epochs: list[EpochMaker] = [small()[0]]
        self.organisation, self.partnership = ORIGIN.decode(), NAME.decode()
        self.store_id = STORE_ID
        self.deliver: Lie = honest  # what becomes of a Deliver
        self.page: Lie = honest  # what becomes of a Fetched; None: nothing is sent
        self.frame: Callable[[bytes], bytes] = honest  # what becomes of every frame that is sent
        self.results: Callable[[Any], Optional[Any]] = self.accept  # the answer to a Publish
        self.without: set[int] = set()  # offsets that are not delivered
        self.refusals: list[int] = []  # codes that answer the next SUBSCRIBEs
        self.subscribes: list[Any] = []
        self.publishes: list[Any] = []
        self.fetches: list[Any] = []
        self.extra: list[bytes] = []  # frames to send first of all
        self.public, self.secret = zmq.curve_keypair()
        self.client_public, client_secret = zmq.curve_keypair()
        self.endpoint = f"ipc://{folder}/service"
        self.thread: Optional[threading.Thread] = None
        (folder / "x.key").write_text(f"# secret\nsamenbus-curve-key-1 {client_secret.decode()}\n")
        self.config = folder / "client.yaml"
        self.write_config()
        self.start()

    def write_config(self, more: str = "") -> None:
        """client.yaml as the README has it."""
        self.config.write_text(
            f"organisation: {ORIGIN.decode()}\npublish: {self.endpoint}\nservice: {self.endpoint}\n"
            f'server_key: "{self.public.decode()}"\ncurve_key: x.key\n{more}')

    def __enter__(self) -> "Liar":
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()

    def start(self) -> None:
        """Serve, from the beginning of a connection on."""
        self.stopping = threading.Event()
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        assert self.ready.wait(10)

    def stop(self) -> None:
        """Go away."""
        if self.thread is not None:
            self.stopping.set()
            self.thread.join(10)
            self.thread = None

    def run(self) -> None:
        """The daemon."""
        context = zmq.Context()
        self.socket = context.socket(zmq.ROUTER)
        self.socket.linger = 0
        self.socket.curve_server, self.socket.curve_secretkey = True, self.secret
        self.socket.bind(self.endpoint)
        self.ready.set()
        self.streams: dict[int, tuple[bytes, int, list[Any], bool]] = {}
        while not self.stopping.is_set():
            if self.socket.poll(20):
                peer, raw = self.socket.recv_multipart()
                self.answer(peer, raw)
        self.socket.close(0)
        context.term()

    def send(self, peer: bytes, kind: int, request: int, message: Any) -> None:
        """One frame."""
        self.socket.send_multipart([peer, self.frame(wire.write_frame(kind, request, message))])

    def answer(self, peer: bytes, raw: bytes) -> None:
        """What a daemon does with a frame of a client."""
        frame = wire.read_frame(raw)
        assert frame is not None
        for extra in self.extra:
            self.socket.send_multipart([peer, extra])
        self.extra = []
        {wire.QUERY: self.on_query, wire.SUBSCRIBE: self.on_subscribe, wire.CREDIT: self.on_credit,
         wire.UNSUBSCRIBE: self.on_unsubscribe, wire.FETCH: self.on_fetch,
         wire.PUBLISH: self.on_publish}[frame.type](peer, frame.request, frame.message)

    def on_query(self, peer: bytes, request: int, message: Any) -> None:
        """Who is here."""
        status = pb.Status(organisation=self.organisation, partnership=self.partnership,
                           store_id=self.store_id, state="ready", version="0.1.0")
        self.send(peer, wire.ANSWER, request, pb.Answer(status=status))

    # ---- streams

    def log(self) -> list[Any]:
        """All events in the order of commits."""
        found = []
        for epoch in self.epochs:
            for link, (salt, body) in zip(epoch.links, epoch.bodies):
                found.append(pb.Delivered(
                    offset=len(found) + 1, link=link.encode(), salt=salt, body=body, state=1,
                    checkpoint_ms=1, epoch=epoch.epoch.text()))
        return found

    def on_subscribe(self, peer: bytes, request: int, message: Any) -> None:
        """Opens a stream from an offset, from tips, or from the beginning."""
        self.subscribes.append(message)
        if self.refusals:
            self.send(peer, wire.REFUSAL, request, pb.Refusal(code=self.refusals.pop(0), text="because"))
            return
        events = [e for e in self.log() if e.offset >= message.from_offset and e.offset not in self.without]
        if message.cursor:
            tips = {(tip.counter, tip.tag): tip.seq for tip in message.cursor}
            events = [e for e in events if not is_covered(wire.decode_link(e.link), tips)]
        if message.live_only:
            events = []
        self.streams[message.subscription] = (peer, request, events, message.follow)
        self.go_on(message.subscription, message.credit)

    def on_credit(self, peer: bytes, request: int, message: Any) -> None:
        """More of a stream."""
        if message.subscription in self.streams:
            self.go_on(message.subscription, message.credit)

    def on_unsubscribe(self, peer: bytes, request: int, message: Any) -> None:
        """Ends a stream."""
        self.streams.pop(message.subscription, None)

    def go_on(self, number: int, credit: int) -> None:
        """Deliver what the credit allows."""
        peer, request, events, follow = self.streams[number]
        now, later = events[:credit], events[credit:]
        self.streams[number] = (peer, request, later, follow)
        position = later[0].offset if later else len(self.log()) + 1
        if now:
            message = pb.Deliver(subscription=number, items=now, position=position)
            self.send(peer, wire.DELIVER, request, self.deliver(message))
        if not later and not follow:
            end = pb.Deliver(subscription=number, end=True, position=position)
            self.send(peer, wire.DELIVER, request, end)

    # ---- pages and publishing

    def on_fetch(self, peer: bytes, request: int, message: Any) -> None:
        """One page: from the event that was asked for to the end of the epoch."""
        self.fetches.append(message)
        answer = pb.Fetched(events=pb.Events(origin=message.origin), end=True, sign_key=public(KEY))
        branches = [epoch for epoch in self.epochs
                    if (epoch.epoch.counter, epoch.epoch.tag) == (message.counter, message.tag)]
        if message.branch < len(branches):
            answer = page_of(branches[message.branch], max(1, message.seq))
        page = self.page(answer)
        if page is not None:
            self.send(peer, wire.FETCHED, request, page)

    def accept(self, message: Any) -> Any:
        """Everything that is published is durable."""
        items = [pb.Result(index=at, epoch="1-00000000", seq=at + 2) for at in range(len(message.items))]
        return pb.Results(origin=self.organisation, items=items)

    def on_publish(self, peer: bytes, request: int, message: Any) -> None:
        """Nothing is kept; what is answered is `results`."""
        self.publishes.append(message)
        answer = self.results(message)
        if answer is not None:
            kind = wire.REFUSAL if isinstance(answer, pb.Refusal) else wire.RESULTS
            self.send(peer, kind, request, answer)


def is_covered(link: Any, tips: dict[tuple[int, int], int]) -> bool:
    """Whether a tip of its epoch stands at or above a link."""
    return link.seq <= tips.get((link.epoch.counter, link.epoch.tag), 0)


def page_of(epoch: EpochMaker, first: int) -> Any:
    """The segment that begins there, under one checkpoint."""
    place = epoch.epoch
    items = [pb.EventItem(link=link.encode(), salt=salt, body=body)
             for link, (salt, body) in zip(epoch.links[first - 1:], epoch.bodies[first - 1:])]
    last = len(epoch.links)
    events = pb.Events(origin=ORIGIN.decode(), counter=place.counter, tag=place.tag, items=items,
                       checkpoints=[epoch.checkpoint(last)[-112:]])
    return pb.Fetched(events=events, counter=place.counter, tag=place.tag, seq=last + 1,
                      sign_key=public(KEY))
