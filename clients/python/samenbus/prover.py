"""Proof that the origin signed what a stream delivers (PROTOCOL §5.4, §8.8, §10.2).

A DELIVER carries links and bodies, and no checkpoints. So beside the stream the origin's history is
fetched page by page: each page is a segment that ends at a checkpoint, and a link is proven when its
hash stands in a page whose checkpoints the origin's key signed.

The key is the one under `partners:` where the configuration has them, otherwise the one that the
daemon has pinned, which means to believe one's own daemon about who its partners are.
"""
from __future__ import annotations

import collections
import time
from typing import Callable, Mapping, NamedTuple, Optional, Union

from samenbus_verify import body as epoch_body
from samenbus_verify.signing import Checkpoint, decode_checkpoint
from samenbus_verify.words import Epoch, Malformed, commitment, link_hash

from . import errors, wire
from ._proto import pb
from .session import Session

PAGES_MAX, PAGES_OF_EPOCH_MAX = 64, 4  # kept; a page has at most 2,048 links
PAGE_S = 10.0  # for the answer
Place = tuple[str, Epoch]
Topics = list[Optional[bytes]]
Answer = Union["Page", errors.Error, None]  # None: nothing is there
Done = Callable[[Answer], None]


class Page(NamedTuple):
    """Consecutive links under a verified checkpoint."""

    first: int
    last: int
    hashes: list[bytes]
    topics: Topics  # None where the body is not given
    checkpoints: list[Checkpoint]

    def has(self, seq: int, hash: bytes) -> bool:
        """Whether that link stands there."""
        return self.first <= seq <= self.last and self.hashes[seq - self.first] == hash


class Prover:
    """Fetches and verifies pages; used by all streams of a session."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.pages: collections.OrderedDict[tuple[Place, int], Page] = collections.OrderedDict()
        self.by_place: dict[Place, list[Page]] = {}
        self.pending: dict[Place, int] = {}  # how many pages of it are under way
        self.keys: dict[Place, bytes] = {}  # of epochs whose key is not the pinned one
        self.deadlines: dict[int, tuple[float, Place, Done]] = {}  # by request
        session.users.append(self)

    def on_up(self) -> None:
        """Nothing to do: the streams ask again."""

    def on_down(self) -> None:
        """What was asked is not answered any more."""
        self.pending.clear()
        self.deadlines.clear()

    def on_error(self, error: errors.Error) -> None:
        """The streams have been told as well."""
        for request in self.deadlines:
            self.session.forget(request)
        self.on_down()

    def on_tick(self, now: float) -> None:
        """A page that does not come is given up."""
        late = [request for request, (deadline, *_) in self.deadlines.items() if now >= deadline]
        for request in late:
            _, place, done = self.deadlines.pop(request)
            self.session.forget(request)
            self.finish(place, errors.NoAnswer(f"{place[0]} {place[1].text()}: no page comes"), done)

    def find(self, place: Place, seq: int, hash: bytes) -> Optional[Page]:
        """The page that proves this link."""
        for page in self.by_place.get(place, ()):
            if page.has(seq, hash):
                return page
        return None

    def last_of(self, place: Place) -> int:
        """The highest seq in a page of that epoch."""
        return max((page.last for page in self.by_place.get(place, ())), default=0)

    def is_asked(self, place: Place) -> bool:
        """Whether a page of that epoch is under way."""
        return self.pending.get(place, 0) > 0

    def ask(self, place: Place, seq: int, branch: int, done: Done) -> None:
        """Fetch the page that begins there; `done` gets it verified, or why not."""
        origin, epoch = place
        message = pb.Fetch(origin=origin, counter=epoch.counter, tag=epoch.tag, branch=branch, seq=seq)
        self.pending[place] = self.pending.get(place, 0) + 1

        def on_answer(frame: wire.Frame) -> None:
            self.session.forget(frame.request)
            self.deadlines.pop(frame.request, None)
            if frame.type == wire.REFUSAL:
                self.finish(place, errors.refusal(frame.message.code, frame.message.text), done)
            elif frame.type == wire.FETCHED:
                self.judge(place, frame, done)
            else:
                self.finish(place, errors.MalformedFrame("another answer than a page"), done)

        request = self.session.ask(wire.FETCH, message, on_answer)
        self.deadlines[request] = (time.monotonic() + PAGE_S, place, done)

    def finish(self, place: Place, answer: Answer, done: Done) -> None:
        """One page less is under way."""
        left = self.pending.pop(place, 1) - 1
        if left > 0:
            self.pending[place] = left
        if isinstance(answer, Page):
            self.keep(place, answer)
        done(answer)

    def keep(self, place: Place, page: Page) -> None:
        """The oldest page makes room."""
        self.pages[place, id(page)] = page
        pages = self.by_place.setdefault(place, [])
        pages.insert(0, page)
        if len(pages) > PAGES_OF_EPOCH_MAX:
            del self.pages[place, id(pages.pop())]
        if len(self.pages) > PAGES_MAX:
            (old, _), gone = self.pages.popitem(last=False)
            self.by_place[old] = [page for page in self.by_place[old] if page is not gone]
            if not self.by_place[old]:
                del self.by_place[old]

    def judge(self, place: Place, frame: wire.Frame, done: Done) -> None:
        """Verify a page; where the key is not known yet, the start of the epoch is fetched first."""
        events, origin = frame.message.events, place[0]
        if not frame.links or (events.origin == origin and (events.counter, events.tag) != place[1]):
            self.finish(place, None, done)
            return
        try:
            pinned = self.pinned(origin, frame.message.sign_key)
            page = read_page(place, frame, self.session.partnership)
            if frame.links[0].seq == 1:
                self.keys[place] = key_of_start(frame, pinned)
            wrong = self.find_unsigned(place, page.checkpoints, self.keys.get(place, pinned))
            if wrong is None:
                self.finish(place, page, done)
            elif place in self.keys:
                raise errors.BadCheckpoint(where(place, wrong.seq))
            else:  # perhaps certified by the pinned one, as the start of the epoch says
                self.ask(place, 1, 0, lambda start: self.again(place, frame, start, done))
        except errors.Fault as fault:
            self.finish(place, fault, done)

    def find_unsigned(self, place: Place, checkpoints: list[Checkpoint], key: bytes) -> Optional[Checkpoint]:
        """The first checkpoint that this key has not signed."""
        partnership, origin = self.session.partnership, place[0].encode()
        return next((one for one in checkpoints if not one.verify(partnership, origin, place[1], key)), None)

    def again(self, place: Place, frame: wire.Frame, start: Answer, done: Done) -> None:
        """The start of the epoch is here, and with it the key; or there is none."""
        if place in self.keys:
            self.judge(place, frame, done)
        elif isinstance(start, errors.Error):
            self.finish(place, start, done)
        else:
            self.finish(place, errors.BadCheckpoint(where(place, frame.links[-1].seq)), done)

    def pinned(self, origin: str, theirs: bytes) -> bytes:
        """The key of an origin: ours, or else the one that the daemon has pinned."""
        ours: Optional[Mapping[str, bytes]] = self.session.config.partners
        key = theirs if ours is None else ours.get(origin, b"")
        if not key:
            raise errors.BadKey(origin, "no key of this organisation is pinned under `partners:`"
                                if ours is not None else "the daemon gives no key of it")
        return key


def where(place: Place, seq: int) -> str:
    """A place in words."""
    return f"{place[0]} {place[1].text()}:{seq}"


def read_page(place: Place, frame: wire.Frame, partnership: bytes) -> Page:
    """Links that hang together, up to the last checkpoint; its signature is not looked at."""
    origin, epoch = place[0].encode(), place[1]
    events, links = frame.message.events, frame.links
    first, before, hashes = links[0].seq, b"", []
    topics: Topics = []
    for at, (link, item) in enumerate(zip(links, events.items), first):
        if link.partnership != partnership:
            raise errors.WrongPartnership(where(place, at))
        if link.seq != at or link.epoch != epoch or link.origin != origin:
            raise errors.BadLink(where(place, at))
        if before and link.prev != before:
            raise errors.BadPrev(where(place, at))
        before = link_hash(item.link)
        hashes.append(before)
        if item.salt:
            if len(item.body) != link.body_length:
                raise errors.BadBody(where(place, at))
            if commitment(item.salt, item.body) != link.commitment:
                raise errors.BadCommitment(where(place, at))
        topics.append(topic_of(item.body) if item.salt else None)
    checkpoints = list(map(decode_checkpoint, events.checkpoints))
    below = first - 1
    for one in checkpoints:
        if not below < one.seq <= at or one.hash != hashes[one.seq - first]:
            raise errors.BadCheckpoint(where(place, one.seq))
        below = one.seq
    if below != at:
        raise errors.NoCheckpoint(where(place, below + 1))
    return Page(first, at, hashes, topics, checkpoints)


def topic_of(body: bytes) -> bytes:
    """The topic of a body: at its beginning, where every writer puts it, or wherever it is."""
    if body[:1] == b"\n" and len(body) > 2 and body[1] < 0x80:
        return body[2 : 2 + body[1]]
    try:
        return pb.Body.FromString(body).topic.encode()
    except Exception:  # a body that cannot be read has no topic
        return b""


def key_of_start(frame: wire.Frame, pinned: bytes) -> bytes:
    """The key of the epoch that begins here (PROTOCOL §10.2, §9.3)."""
    item, link = frame.message.events.items[0], frame.links[0]
    place = (frame.message.events.origin, link.epoch)
    try:
        start = epoch_body.verify_start(link, item.body if item.salt else None, pinned)
    except (epoch_body.Fault, Malformed) as fault:
        raise errors.FAULTS[str(fault)](where(place, 1)) from fault
    if len(frame.links) < 2 or frame.links[1].commitment != start.first_commitment:
        raise errors.BadEpoch(where(place, 2))
    return start.sign_key
