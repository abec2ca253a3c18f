"""Whether the events of a stream follow each other: nothing twice, nothing left out (PROTOCOL §8.5)."""
from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from samenbus_verify.forms import prefix_matches

from . import errors
from .cursor import Tip
from .event import Event
from .prover import Page, Place, where

if TYPE_CHECKING:
    from .stream import Wish


class LeftOut(Exception):
    """A page has an event that the stream left out: perhaps it was erased since the page was made."""

    def __init__(self, place: Place, seq: int, behind: int) -> None:
        super().__init__(seq)
        self.place, self.seq, self.behind = place, seq, behind

    def as_gap(self) -> errors.Gap:
        """It was not."""
        return errors.Gap(where(self.place, self.seq), f"the stream goes on at {self.behind}")


class Order:
    """The last event of each epoch that was taken, and what may come behind it."""

    def __init__(self, wish: "Wish", taken: dict[Place, Tip], from_start: bool) -> None:
        self.wish, self.taken, self.from_start = wish, taken, from_start

    def follows(self, event: Event, place: Place, page: Optional[Page], newer: Optional[Page] = None) -> bool:
        """Whether the event comes next in its epoch; False where it was there already. `newer`: a page
        that was asked for after a LeftOut, and begins with what was left out.

        Errors: Gap, LeftOut, BadPrev.
        """
        before, seq = self.taken.get(place), event.seq
        if before is not None and seq <= before.seq:
            return self.is_again(event, before)
        if not event.forked:
            if self.wish.whole:
                self.check_whole(event, place, before)
            elif page is not None and not self.wish.stubs:
                self.check_page(event, place, before, page, newer)
        self.taken.pop(place, None)  # so that the newest stands last
        self.taken[place] = event.tip
        return True

    def is_again(self, event: Event, before: Tip) -> bool:
        """An event at or below the last one: of another branch, or one whose body came later."""
        if event.seq == before.seq and event.hash == before.hash:
            return self.wish.stubs
        return event.forked or self.wish.stubs

    def check_whole(self, event: Event, place: Place, before: Optional[Tip]) -> None:
        """Without filters every event of an epoch comes."""
        expected = before.seq + 1 if before else 1
        if event.seq > expected and (before or self.from_start):
            raise errors.Gap(where(place, expected), f"the stream goes on at {event.seq}")
        if before and event.seq == expected and event.link.prev != before.hash:
            raise errors.BadPrev(where(place, event.seq))

    def check_page(self, event: Event, place: Place, before: Optional[Tip], page: Page,
                   newer: Optional[Page]) -> None:
        """With filters: what the page of the proof has before this event, and the stream has not."""
        first = max(page.first, before.seq + 1 if before else 1)
        if before is None and not self.from_start:
            return
        for seq in range(first, event.seq):
            if self.passes(page, seq) and (newer is None or seq > newer.last or (
                    seq >= newer.first and self.passes(newer, seq))):
                raise LeftOut(place, seq, event.seq)

    def passes(self, page: Page, seq: int) -> bool:
        """Whether the event that a page has there is one that the topics let pass."""
        topic = (page.topics[seq - page.first] or b"").decode("utf-8", "replace")
        return bool(topic) and (not self.wish.topics or any(
            prefix_matches(prefix, topic) for prefix in self.wish.topics))
