"""A stream of events: asked for, verified, in order, and taken up again where it was (PROTOCOL §8.5).

What has come waits in `queue` until it is proven, then in `ready` until the program takes it. After
a lost connection the stream is opened again behind the last event in `ready`: nothing comes twice.
"""
from __future__ import annotations

import collections
import time
from dataclasses import dataclass
from typing import Any, NamedTuple, Optional, Sequence, Union

from samenbus_verify.forms import TOPIC_MAX, prefix_matches
from samenbus_verify.link import Link
from samenbus_verify.words import commitment, is_org_text, link_hash

from . import errors, wire
from ._proto import pb
from .consumer import ConsumerCursor
from .cursor import TIPS_MAX, At, Cursor, Tip, as_message
from .event import Event
from .order import LeftOut, Order
from .prover import Answer, Page, Place, Prover, where
from .session import WAIT_S, Session, Steps

BRANCHES_MAX = 32
AHEAD_MAX = 16  # epochs of one DELIVER whose pages are asked for before they are needed
AGAIN_S = 0.3  # until a stream that was not opened is asked for again
TOPICS_MAX, WINDOW_MAX = 256, 8192  # PROTOCOL §8.5


@dataclass(frozen=True)
class Wish:
    """What a program wants of a stream."""

    topics: Sequence[str] = ()  # prefixes; none: every topic
    origins: Sequence[str] = ()  # none: every origin
    system: bool = False
    stubs: bool = False
    follow: bool = True
    live_only: bool = False
    from_offset: int = 0
    since_ms: int = 0
    window: int = 2048
    verify: bool = True
    patience: Optional[float] = 60.0
    own: bytes = b""  # the organisation whose daemon it is
    consumer: str = ""  # of the daemon; its cursor and its filters are those of the stream

    def __post_init__(self) -> None:
        """ValueError for what the daemon could not read, as it would not answer."""
        if isinstance(self.origins, str) or not all(map(is_org_text, self.origins)):
            raise ValueError(f"origins: {self.origins!r} is no list of organisation ids")
        if len(self.topics) > TOPICS_MAX or any(len(topic.encode()) > TOPIC_MAX for topic in self.topics):
            raise ValueError(f"topics: at most {TOPICS_MAX} prefixes of at most {TOPIC_MAX} bytes are allowed")
        if not 1 <= self.window <= WINDOW_MAX:
            raise ValueError(f"window: 1 to {WINDOW_MAX} events may be under way")

    @property
    def whole(self) -> bool:
        """Whether every event of an epoch is to come, so that a gap shows."""
        return not self.topics and not self.stubs and (self.system or not self.consumer)

    def wants(self, event: Event) -> bool:
        """Whether the program asked for this event."""
        if self.origins and event.origin not in self.origins:
            return False
        if event.is_system:
            return self.system
        if event.state == wire.STATES[wire.MISSING]:
            return True  # its body has rotted at the daemon: it comes whatever the topics (PROTOCOL §8.5)
        topic = event.topic or ""
        return not self.topics or any(prefix_matches(prefix, topic) for prefix in self.topics)


class Waiting(NamedTuple):
    """An event that has come and is not proven yet."""

    event: Event
    place: Place


class Mark(NamedTuple):
    """The end of a DELIVER."""

    position: int
    end: bool


Queued = Union[Waiting, Mark, errors.Error]


class Stream:
    """One subscription. Programs use it through Subscription of client.py or aio.py."""

    def __init__(self, session: Session, prover: Prover, wish: Wish, cursor: Optional[Cursor]) -> None:
        self.session, self.prover, self.wish, self.cursor = session, prover, wish, cursor
        self.number = session.new_number()
        self.opened = 0  # request id, 0 while it is closed
        self.open_at = 0.0  # not before
        self.ready: collections.deque[Union[Event, errors.Error]] = collections.deque()
        self.queue: collections.deque[Queued] = collections.deque()
        self.coming: dict[Place, collections.deque[int]] = {}  # seqs in the queue
        self.ended = False
        self.place: Optional[At] = cursor.at if cursor else None  # where to go on at this daemon
        self.by_tips = False  # begun with tips: offsets would pass what is held back (PROTOCOL §8.7)
        self.taken: dict[Place, Tip] = dict(cursor.tips) if cursor else {}  # newest of each epoch
        from_start = not (wish.live_only or wish.from_offset or wish.since_ms or self.place or wish.consumer)
        self.given: dict[Place, Tip] = {}  # since the last ack
        self.told: dict[Place, Tip] = {}  # of a consumer: what its daemon had when this stream was opened
        self.begun = 0  # of a consumer: how often it was begun anew
        self.last: Optional[Event] = None  # that was given
        self.owed = 0  # credit that was not given back yet
        self.tries = 0  # branches in which the head of the queue was looked for
        self.answer: Answer = None  # to the last try
        self.looking: Optional[tuple[Place, int]] = None  # for what is there now of an event left out
        self.newer: Optional[Page] = None  # the page that tells
        self.order = Order(wish, self.taken, from_start)
        session.users.append(self)

    # ---- the connection

    def open(self) -> None:
        """Open the stream, or open it again where it was."""
        self.drop_queue()
        self.owed = 0
        wish = self.wish
        message = pb.Subscribe(subscription=self.number, follow=wish.follow, stubs=wish.stubs,
                               credit=max(1, wish.window - len(self.ready)))
        if wish.consumer:  # what was not acknowledged, by its filters; what came already is passed over
            message.consumer = wish.consumer
            self.by_tips = True
            self.told = dict(self.cursor.kept) if isinstance(self.cursor, ConsumerCursor) else {}
        else:
            message.topics.extend(wish.topics)
            message.origins.extend(wish.origins)
            message.system = True
            self.begin(message)
        self.opened = self.session.ask(wire.SUBSCRIBE, message, self.on_frame)

    def begin(self, message: Any) -> None:
        """Where the stream begins: the place at this store, else the tips, else as was asked for."""
        status, here = self.session.status, self.place
        if here is not None and status is not None and here.store_id == status.store_id and not self.by_tips:
            message.from_offset = here.offset
        elif self.taken:
            self.by_tips = True
            for tip in list(self.taken.values())[-TIPS_MAX:]:
                as_message(tip, message.cursor.add())
        elif self.wish.live_only:
            message.live_only = True
            message.follow = False  # its end says where now is, and nothing is missed from there on
        else:
            message.from_offset, message.since_ms = self.wish.from_offset, self.wish.since_ms

    def on_up(self) -> None:
        """The next step opens the stream."""

    def on_down(self) -> None:
        """What is proven stays; the rest comes again."""
        self.opened = 0
        self.drop_queue()

    def on_error(self, error: errors.Error) -> None:
        """Raise it behind what is ready; the next step goes on where it was."""
        if self.opened:
            self.shut()
            self.ready.append(error)

    def on_tick(self, now: float) -> None:
        """Perhaps a proof has come."""
        if self.queue:
            self.advance()

    def drop_queue(self) -> None:
        """Forget what is not proven."""
        self.queue.clear()
        self.coming.clear()
        self.tries, self.answer = 0, None
        self.looking, self.newer = None, None

    def shut(self) -> None:
        """Have the daemon stop; what is not proven is dropped."""
        if self.opened:
            self.session.forget(self.opened)
            if self.session.is_up:
                self.session.ask(wire.UNSUBSCRIBE, pb.Unsubscribe(subscription=self.number))
        self.opened = 0
        self.drop_queue()

    def begin_anew(self) -> None:
        """The consumer was begun anew: what it gave before counts no more, nor is it acknowledged, and
        the next step takes what comes from its new place on as new (PROTOCOL §8.10)."""
        self.shut()
        self.ready.clear()
        self.taken.clear()
        self.given.clear()
        self.told.clear()
        self.last = None
        self.begun += 1
        if isinstance(self.cursor, ConsumerCursor):
            self.cursor.forget()

    def was_begun_anew(self, event: Event, place: Place) -> bool:
        """What the daemon had on disk when the stream was opened is given to nobody again, unless the
        consumer was begun anew while we were away."""
        told = self.told.get(place)
        return told is not None and event.seq <= told.seq and not event.forked

    def close(self) -> None:
        """For good."""
        self.shut()
        self.ready.clear()
        self.ended = True
        if self in self.session.users:
            self.session.users.remove(self)

    # ---- what comes

    def on_frame(self, frame: wire.Frame) -> None:
        """A DELIVER, or the refusal to open the stream."""
        if frame.type == wire.REFUSAL:
            self.refuse(errors.refusal(frame.message.code, frame.message.text))
            return
        if frame.type != wire.DELIVER:
            raise errors.MalformedFrame("another answer than a stream")
        places = {}  # as a set, but in order
        for link, item in zip(frame.links, frame.message.items):
            try:
                waiting = self.receive(link, item)
            except errors.Fault as fault:
                self.queue.append(fault)
                break
            self.queue.append(waiting)
            place = waiting.place
            if place not in places:
                places[place] = self.coming.setdefault(place, collections.deque())
            places[place].append(link.seq)
        else:
            self.queue.append(Mark(frame.message.position, frame.message.end))
        if self.wish.verify:
            for place in list(places)[:AHEAD_MAX]:
                self.fetch_ahead(place)

    def refuse(self, error: errors.Refusal) -> None:
        """The daemon does not open the stream; while it starts or stops it is asked again."""
        if error.retried:
            self.session.forget(self.opened)
            self.opened, self.open_at = 0, time.monotonic() + AGAIN_S
        elif self.wish.consumer and isinstance(error, errors.BegunAnew):
            self.begin_anew()
            self.open_at = time.monotonic() + AGAIN_S
        elif self.wish.consumer and isinstance(error, errors.UnknownConsumer):
            self.begin_anew()  # one that is added in its place begins anew too
            self.ready.append(error)
        else:
            self.on_error(error)

    def receive(self, link: Link, item: Any) -> Waiting:
        """What can be checked of an event alone."""
        if link.partnership != self.session.partnership:
            raise errors.WrongPartnership(name_of(link))
        entitled = not link.audience or link.entitles(self.wish.own)
        if item.state == wire.PRESENT:
            body = item.body
            if len(body) != link.body_length:
                raise errors.BadBody(name_of(link))
            if commitment(item.salt, body) != link.commitment:
                raise errors.BadCommitment(name_of(link))
            if not entitled:
                raise errors.WrongState(name_of(link), "a body that this organisation may not have")
        elif item.state == (wire.WITHHELD if entitled else wire.MISSING):
            raise errors.WrongState(name_of(link), f"it cannot be {wire.STATES[item.state]} "
                                    "for this organisation")
        event = Event(link, link_hash(item.link), item)
        return Waiting(event, (event.origin, link.epoch))

    def advance(self) -> None:
        """Make ready what is proven, in order; ask for the proof of what comes next."""
        queue = self.queue
        try:
            while queue:
                head = queue[0]
                if isinstance(head, errors.Error):
                    raise head
                if isinstance(head, Waiting):
                    if not self.settle(head):
                        return
                    queue.popleft()
                else:
                    queue.popleft()
                    self.pass_mark(head)
        except errors.Error as error:
            self.shut()
            self.ready.append(error)

    def pass_mark(self, mark: Mark) -> None:
        """A whole DELIVER has been worked through."""
        if mark.position:
            self.go_on_at(mark.position)
        if mark.end:
            self.session.forget(self.opened)
            self.opened = 0
            self.ended = not self.wish.follow

    def settle(self, head: Waiting) -> bool:
        """Whether the event is ready or not wanted; False where its proof is to come."""
        event, place, page = head.event, head.place, None
        if self.looking:
            return False
        if self.wish.verify:
            page = self.prover.find(place, event.seq, event.hash)
            if page is None:
                self.prove(place, event.seq)
                return False
            if event.seq == page.last:
                self.fetch_ahead(place)
        if self.was_begun_anew(event, place):
            self.begin_anew()
            return False
        try:
            wanted = self.order.follows(event, place, page, self.newer)
        except LeftOut as left_out:
            self.look_again(left_out)
            return False
        self.newer, self.tries, self.answer = None, 0, None
        coming = self.coming[place]
        coming.popleft()
        if not coming:
            del self.coming[place]
        event.at = self.go_on_at(event.offset + 1)
        event.begun = self.begun
        if wanted and self.wish.wants(event):
            self.ready.append(event)
        else:
            if wanted:
                self.pass_by(event, place)
            self.give_credit()
        return True

    def go_on_at(self, offset: int) -> At:
        """Everything before that offset has been considered."""
        assert self.session.status is not None
        at = At(self.session.status.store_id, offset)
        if not self.by_tips:
            self.place = at
        return at

    def pass_by(self, event: Event, place: Place) -> None:
        """The cursor shall not stop before what the program did not ask for, such as a system event:
        the one behind it would look like the other side of a gap."""
        before = self.ready[-1] if self.ready else None
        if isinstance(before, Event):
            before.passed[place] = event.tip
        elif self.cursor is not None:
            self.given[place] = event.tip

    # ---- proof

    def prove(self, place: Place, seq: int) -> None:
        """Ask for the page that begins with this event; on another branch where it was not found."""
        if self.prover.is_asked(place):
            return
        if self.tries:
            if isinstance(self.answer, errors.Error):
                raise self.answer
            if self.answer is None or self.tries >= BRANCHES_MAX:
                kind = errors.NoCheckpoint if self.tries == 1 else errors.BadCheckpoint
                raise kind(where(place, seq))
        branch, self.tries, self.answer = self.tries, self.tries + 1, None
        self.prover.ask(place, seq, branch, self.on_answer)

    def on_answer(self, answer: Answer) -> None:
        """To the last try; where it is a page it has been kept."""
        self.answer = answer

    def look_again(self, left_out: LeftOut) -> None:
        """Ask what is there now of an event that was left out: it may have been erased meanwhile."""
        place, seq = self.looking = left_out.place, left_out.seq
        if self.newer is not None and seq <= self.newer.last:
            raise left_out.as_gap()

        def on_answer(answer: Answer) -> None:
            if self.looking == (place, seq):
                self.looking = None
                if isinstance(answer, Page):
                    self.newer = answer
                else:
                    self.queue.appendleft(answer or left_out.as_gap())

        self.prover.ask(place, seq, 0, on_answer)

    def fetch_ahead(self, place: Place) -> None:
        """The next page is on its way before it is needed."""
        if not self.prover.is_asked(place):
            known = self.prover.last_of(place)
            seq = next((seq for seq in self.coming.get(place, ()) if seq > known), 0)
            if seq:
                self.prover.ask(place, seq, 0, ignore)

    # ---- what the program does

    def next_steps(self) -> Steps[Optional[Event]]:
        """The next event; StopIteration's counterpart is a None. Errors: see errors.py."""
        patience = self.wish.patience
        while True:
            if self.ready:
                return self.give()
            if self.ended:
                return None
            deadline = None if patience is None else time.monotonic() + patience
            yield from self.session.await_up(deadline)
            if not self.opened and time.monotonic() >= self.open_at:
                self.open()
            yield WAIT_S if self.opened else AGAIN_S

    def give(self) -> Event:
        """The first of what is ready; an error is raised in its place."""
        first = self.ready.popleft()
        if isinstance(first, errors.Error):
            raise first
        self.last = first
        if self.cursor is not None:
            self.given[first.origin, first.epoch] = first.tip
            self.given.update(first.passed)
        self.give_credit()
        return first

    def give_credit(self) -> None:
        """One more may come; told to the daemon now and then."""
        self.owed += 1
        if self.opened and self.owed >= self.wish.window // 2:
            message = pb.Credit(subscription=self.number, credit=self.owed)
            self.session.ask(wire.CREDIT, message)
            self.owed = 0

    def ack(self, event: Optional[Event]) -> None:
        """The event has been processed: with the last one all that were given, with an older one
        those of its epoch up to it."""
        if self.pass_to_cursor(event):
            assert self.cursor is not None
            self.cursor.save()

    def pass_to_cursor(self, event: Optional[Event]) -> bool:
        """The same, without making it last; False where nothing has been given yet."""
        if self.cursor is None:
            raise ValueError("ack: this subscription has no cursor")
        event = event or self.last
        if event is None or event.begun != self.begun:
            return False
        if event is not self.last:
            self.cursor.advance(event.tip)
        else:
            for tip in self.given.values():
                self.cursor.advance(tip)
            self.given.clear()
            if not self.by_tips:
                self.cursor.at = event.at if self.ready else self.place
        return True


def ignore(answer: Answer) -> None:
    """A page that was fetched ahead is kept, or asked for again when it is needed."""


def name_of(link: Link) -> str:
    """The place of a link, in words."""
    return where((link.origin.decode(), link.epoch), link.seq)
