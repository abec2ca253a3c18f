"""A daemon that lies, goes away or is newer: a named error, nothing unverified, and on where it was."""
from __future__ import annotations

import base64
import time
from typing import Any, Callable

import pytest

from liar import Liar, honest
from making import KEY, NEW_KEY, EpochMaker, StartMaker, blob, certificate, number, parent, public
from samenbus import Client, Cursor, Custom, Draft, Event, errors, wire
from samenbus._proto import pb
from samenbus.client import Subscription
from samenbus_verify.link import SYSTEM

TEXTS = [b"first", b"second", b"third", b"fourth"]


def texts(events: Any) -> list[bytes]:
    """What custom events say."""
    return [event.content.data for event in events]


def until_error(events: Subscription, kind: type[errors.Error]) -> tuple[list[bytes], str]:
    """What is delivered before that very error, and its text."""
    found: list[bytes] = []
    with pytest.raises(errors.Error) as caught:
        for event in events:
            found.append(event.content.data)
    assert type(caught.value) is kind, caught.value
    return found, str(caught.value)


def next_at_last(events: Subscription) -> Event:
    """The next event, however often nobody answers in time before it comes."""
    end = time.monotonic() + 30
    while True:
        try:
            return next(events)
        except errors.Unreachable:
            assert time.monotonic() < end, "it does not come back"


def test_an_honest_daemon_is_believed(liar: Liar) -> None:
    with Client(liar.config) as client:
        events = list(client.subscribe(follow=False))
        assert texts(events) == TEXTS
        assert [event.offset for event in events] == [2, 3, 4, 5]
        assert len(list(client.subscribe(follow=False, system=True))) == 5
        assert len(liar.fetches) <= 2  # pages are kept


def item(change: Callable[[Any], Any], at: int = 3) -> Callable[[Any], Any]:
    """A lie about the item with that offset."""
    def lie(message: Any) -> Any:
        for one in getattr(message, "items", message):
            if one.offset == at:
                change(one)
        return message
    return lie


def other_body(one: Any) -> None:
    one.body = one.body.replace(b"second", b"sEcond")


def longer_body(one: Any) -> None:
    one.body += b"\x00"


def other_partnership(one: Any) -> None:
    one.link = one.link[:1] + bytes(32) + one.link[33:]


def other_id(one: Any) -> None:
    one.link = one.link.replace(one.link[93:109], bytes([1] * 16))


def withheld(one: Any) -> None:
    one.state, one.salt, one.body = 2, b"", b""


@pytest.mark.parametrize("change, kind", [
    (other_body, errors.BadCommitment), (longer_body, errors.BadBody),
    (other_partnership, errors.WrongPartnership), (other_id, errors.BadCheckpoint),
    (withheld, errors.WrongState)])
@pytest.mark.parametrize("topics", [[], ["custom/"]])
def test_a_changed_event_is_not_delivered(liar: Liar, change: Any, kind: Any, topics: list[str]) -> None:
    liar.deliver = item(change)
    with Client(liar.config) as client:
        events = client.subscribe(topics, follow=False)
        found, text = until_error(events, kind)
        assert found == TEXTS[:1]
        assert "GM9001 1-" in text and text.endswith(tuple("abcdefghijklmnopqrstuvwxyz"))
        liar.deliver = honest
        assert texts(events) == TEXTS[1:]


@pytest.mark.parametrize("topics", [[], ["custom/"]])
def test_a_gap_is_seen(liar: Liar, topics: list[str]) -> None:
    liar.without = {4}
    with Client(liar.config) as client:
        events = client.subscribe(topics, follow=False)
        found, text = until_error(events, errors.Gap)
        assert found == TEXTS[:2] and ":4" in text
        liar.without = set()
        assert texts(events) == TEXTS[2:]


def test_the_beginning_of_an_epoch_cannot_be_left_out(liar: Liar) -> None:
    liar.without = {1, 2}
    with Client(liar.config) as client:
        assert until_error(client.subscribe(follow=False), errors.Gap)[0] == []


def bad_signature(page: Any) -> Any:
    raw = bytearray(page.events.checkpoints[-1])
    raw[-1] ^= 1
    page.events.checkpoints[-1] = bytes(raw)
    return page


def no_checkpoint(page: Any) -> Any:
    del page.events.checkpoints[:]
    return page


def nothing(page: Any) -> Any:
    return pb.Fetched(events=pb.Events(origin="GM9001"), end=True, sign_key=public(KEY))


def other_key(page: Any) -> Any:
    page.sign_key = public(NEW_KEY)
    return page


def broken_chain(page: Any) -> Any:
    if len(page.events.items) > 3:
        del page.events.items[2]
    return page


def test_what_is_erased_meanwhile_is_no_gap(liar: Liar) -> None:
    """The page that proves the first events still has the body; the stream, filtered, goes on without."""
    def erase(page: Any) -> Any:
        for one in page.events.items:
            if len(liar.fetches) > 1 and wire.decode_link(one.link).seq == 4:
                one.salt, one.body, one.erased = b"", b"", True
        return page

    liar.page, liar.without = erase, {4}
    with Client(liar.config) as client:
        assert texts(client.subscribe(["custom/"], follow=False)) == [TEXTS[0], TEXTS[1], TEXTS[3]]
        assert [fetch.seq for fetch in liar.fetches] == [1, 4]


def other_topic(page: Any) -> Any:
    for one in page.events.items:
        one.body = one.body.replace(b"custom/", b"agenda/")
    return page


def test_a_page_that_hides_what_is_left_out(liar: Liar) -> None:
    """The topic of an event that is left out is not believed where its body does not fit its link."""
    liar.page, liar.without = other_topic, {4}
    with Client(liar.config) as client:
        events = client.subscribe(["custom/"], follow=False)
        assert until_error(events, errors.BadCommitment)[0] == []


@pytest.mark.parametrize("lie, kind", [
    (bad_signature, errors.BadCheckpoint), (no_checkpoint, errors.NoCheckpoint),
    (nothing, errors.NoCheckpoint), (other_key, errors.BadKey), (broken_chain, errors.BadLink)])
def test_a_page_that_proves_nothing(liar: Liar, lie: Any, kind: Any) -> None:
    liar.page = lie
    with Client(liar.config) as client:
        events = client.subscribe(follow=False)
        assert until_error(events, kind)[0] == []
        liar.page = honest
        assert texts(events) == TEXTS


def test_without_verification_the_page_is_not_asked_for(liar: Liar) -> None:
    liar.page = bad_signature
    with Client(liar.config) as client:
        assert texts(client.subscribe(follow=False, verify=False)) == TEXTS
        assert liar.fetches == []


def test_our_own_pins_outrank_the_daemon(liar: Liar) -> None:
    """The daemon and its forged history agree; the key that our configuration has says otherwise."""
    forged = EpochMaker(StartMaker(key=NEW_KEY)).say(b"first", b"forged")
    liar.epochs, liar.page = [forged], other_key
    with Client(liar.config) as client:
        assert texts(client.subscribe(follow=False)) == [b"first", b"forged"]
    right = base64.b64encode(public(KEY)).decode()
    liar.write_config(f"partners:\n  - {{id: GM9001, sign_key: {right}}}\n")
    with Client(liar.config) as client:
        assert until_error(client.subscribe(follow=False), errors.BadKey)[0] == []
    liar.write_config("partners: {}\n")
    with Client(liar.config) as client:
        assert "partners" in until_error(client.subscribe(follow=False), errors.BadKey)[1]


def test_a_certified_key_is_believed_from_any_place_on(liar: Liar) -> None:
    liar.epochs = [EpochMaker(StartMaker(key=NEW_KEY, certificate=certificate())).say(*TEXTS)]
    with Client(liar.config) as client:
        assert texts(client.subscribe(follow=False, from_offset=4)) == TEXTS[2:]


def test_an_epoch_of_another_counter_is_refused(liar: Liar) -> None:
    liar.epochs = [EpochMaker(StartMaker(first=b"other")).say(*TEXTS)]
    with Client(liar.config) as client:
        assert until_error(client.subscribe(follow=False), errors.BadEpoch)[0] == []


def test_a_restricted_body_for_others_is_not_shown(liar: Liar) -> None:
    liar.epochs[0].say(b"secret", audience=(b"GM9002",))
    liar.organisation = "GM9001"
    with Client(liar.config) as client:
        assert texts(client.subscribe(follow=False))[-1] == b"secret"  # its own origin
        liar.config.write_text(liar.config.read_text().replace("GM9001", "GM9003"))
        liar.organisation = "GM9003"
    with Client(liar.config) as client:
        assert until_error(client.subscribe(follow=False), errors.WrongState)[0] == TEXTS


def test_another_organisation_or_partnership_is_named(liar: Liar) -> None:
    liar.organisation = "GM9007"
    with Client(liar.config) as client:
        assert "GM9007" in until_error(client.subscribe(), errors.WrongOrganisation)[1]
    liar.organisation = "GM9001"
    liar.write_config("partnership: duoplus\n")
    with Client(liar.config) as client:
        assert "proeftuin" in until_error(client.subscribe(), errors.WrongPartnership)[1]


def test_another_partnership_than_its_events(liar: Liar) -> None:
    liar.partnership = "duoplus"
    with Client(liar.config) as client:
        assert until_error(client.subscribe(follow=False), errors.WrongPartnership)[0] == []


def newer_version(raw: bytes) -> bytes:
    return b"SB\x02" + raw[3:] if raw[3] == 35 else raw


def cut_short(raw: bytes) -> bytes:
    return raw[:-1] if raw[3] == 35 and len(raw) > 100 else raw


@pytest.mark.parametrize("lie, kind", [
    (newer_version, errors.NewerVersion), (cut_short, errors.MalformedFrame)])
def test_frames_that_cannot_be_read(liar: Liar, lie: Any, kind: Any) -> None:
    liar.frame = lie
    with Client(liar.config) as client:
        events = client.subscribe(follow=False)
        assert until_error(events, kind)[0] == []
        liar.frame = honest
        assert texts(events) == TEXTS


def test_what_is_newer_within_the_version_is_passed_over(liar: Liar) -> None:
    liar.extra = [b"SB\x01\x3d" + bytes(4)]  # a type that nobody knows yet
    epoch = liar.epochs[0]
    epoch.add(blob(1, b"custom/new") + blob(40, b"newer") + number(2, 5))
    epoch.add(blob(1, b"agenda/new") + blob(10, number(2, 99) + number(60, 1)) + number(2, 5))
    liar.deliver = item(lambda one: setattr(one, "checkpoint_ms", 7))
    with Client(liar.config) as client:
        *_, custom, agenda = client.subscribe(follow=False)
    assert (custom.topic, custom.type, custom.content) == ("custom/new", None, None)
    assert agenda.content.agenda_kind == 99 and '"kind":99' in agenda.to_json()


def test_a_body_that_cannot_be_read_is_shown_without_content(liar: Liar) -> None:
    liar.epochs[0].add(blob(1, b"custom/x") + blob(17, b"\xff") + number(2, 5))
    with Client(liar.config) as client:
        *_, last = client.subscribe(follow=False)
    assert (last.topic, last.type, last.content, last.time_ms, last.state) == (
        "custom/x", None, None, 5, "present")


def test_the_daemon_goes_away_and_comes_back(liar: Liar) -> None:
    with Client(liar.config) as client:
        client.status()  # it is connected
        events = client.subscribe(patience=2)
        assert [next(events).content.data for _ in range(2)] == TEXTS[:2]
        liar.stop()
        assert [next(events).content.data for _ in range(2)] == TEXTS[2:]  # proven already
        with pytest.raises(errors.Unreachable):
            next(events)
        liar.epochs[0].say(b"fifth")
        liar.start()
        assert next_at_last(events).content.data == b"fifth"
        assert liar.subscribes[-1].from_offset == 6


def test_another_store_is_read_from_the_tips(liar: Liar) -> None:
    cursor = Cursor()
    with Client(liar.config) as client:
        events = client.subscribe(cursor=cursor, follow=False)
        next(events), next(events)
        events.ack()
    assert cursor.at is not None and cursor.at.offset == 4
    liar.store_id = "ff" * 16
    with Client(liar.config) as client:
        again = client.subscribe(cursor=Cursor.read(cursor.text()), follow=False)
        assert texts(again) == TEXTS[2:]
        assert [tip.seq for tip in liar.subscribes[-1].cursor] == [3]


def test_a_system_event_in_mid_epoch_is_no_gap(liar: Liar) -> None:
    """Such as an erasure: the program is not given it, and the cursor does not stop before it."""
    cursor = Cursor()
    liar.epochs[0].add(number(2, 5) + blob(32, b""), SYSTEM)
    with Client(liar.config) as client:
        events = client.subscribe(cursor=cursor, follow=False)
        assert texts(events) == TEXTS
        events.ack()
    assert cursor.at is not None and cursor.at.offset == 7 and [tip.seq for tip in cursor.tips.values()] == [6]
    liar.epochs[0].say(b"fifth")
    with Client(liar.config) as client:
        assert texts(client.subscribe(cursor=Cursor.read(cursor.text()), follow=False)) == [b"fifth"]


def test_a_system_event_before_all_others_is_no_gap(liar: Liar) -> None:
    """The same where the stream begins with it, and the next event is another epoch's."""
    start = StartMaker(2, [parent(liar.epochs[0], 5)])
    cursor = Cursor()
    with Client(liar.config) as client:
        events = client.subscribe(cursor=cursor, follow=False)
        assert texts(events) == TEXTS
        events.ack()
    liar.epochs[0].add(number(2, 5) + blob(32, b""), SYSTEM)
    liar.epochs.append(EpochMaker(start).say(b"first"))
    with Client(liar.config) as client:
        events = client.subscribe(cursor=cursor, follow=False)
        assert texts(events) == [b"first"]
        events.ack()
    assert sorted(tip.seq for tip in cursor.tips.values()) == [2, 6]


def test_what_was_begun_by_tips_goes_on_by_tips(liar: Liar) -> None:
    """Offsets would pass what is held back behind a tip that this daemon has not (PROTOCOL §8.7)."""
    cursor = Cursor()
    with Client(liar.config) as client:
        events = client.subscribe(cursor=cursor)
        next(events)
        events.ack()
    liar.store_id = "ff" * 16
    with Client(liar.config) as client:
        events = client.subscribe(cursor=cursor)
        next(events)
        events.ack()
        liar.stop()
        liar.epochs[0].say(b"fifth")
        liar.start()
        assert texts(next(events) for _ in range(3)) == [b"third", b"fourth", b"fifth"]
        assert liar.subscribes[-1].from_offset == 0 and [tip.seq for tip in liar.subscribes[-1].cursor] == [5]
    assert cursor.at is not None and cursor.at.store_id != liar.store_id


def test_the_key_is_refused_or_nobody_is_there(liar: Liar) -> None:
    liar.stop()
    with Client(liar.config) as client:
        with pytest.raises(errors.Unreachable, match="nobody answers"):
            client.status(timeout=0.5)


def test_live_only_misses_nothing_from_its_beginning_on(liar: Liar) -> None:
    with Client(liar.config) as client:
        events = client.subscribe(live_only=True, patience=0.5)
        steps = events.stream.next_steps()
        while events.stream.place is None:  # where now is
            next(steps)
            client.session.wait(0.2)
            client.session.pump()
        steps.close()
        liar.stop()
        liar.epochs[0].say(b"fifth")
        liar.start()
        assert next(events).content.data == b"fifth"


def forked(message: Any) -> Any:
    for one in message.items:
        one.forked = True
    return message


def test_both_branches_of_a_fork_are_given(liar: Liar) -> None:
    """An origin that signed two histories: both are proven, on their own branches."""
    liar.epochs.append(EpochMaker().say(b"first", b"other second", b"other third"))
    liar.without, liar.deliver = {6, 7}, forked  # the two links that both branches have
    with Client(liar.config) as client:
        events = list(client.subscribe(follow=False))
    assert texts(events) == TEXTS + [b"other second", b"other third"]
    assert all(event.forked and '"forked":true' in event.to_json() for event in events)
    assert {fetch.branch for fetch in liar.fetches} == {0, 1}


def test_a_fork_that_is_not_said_to_be_one(liar: Liar) -> None:
    """The other history at places that were given already comes to nobody."""
    liar.epochs.append(EpochMaker().say(b"first", b"other second", b"other third"))
    liar.without = {6, 7}
    with Client(liar.config) as client:
        assert texts(client.subscribe(follow=False)) == TEXTS


def test_a_stub_and_later_the_event(liar: Liar) -> None:
    def late(message: Any) -> Any:
        again = pb.Delivered()
        again.CopyFrom(message.items[2])
        again.offset = 6
        message.items[2].state, message.items[2].salt, message.items[2].body = 3, b"", b""
        message.items.append(again)
        return message

    liar.deliver = late
    with Client(liar.config) as client:
        events = list(client.subscribe(follow=False, stubs=True))
    assert [(e.seq, e.state) for e in events] == [
        (2, "present"), (3, "missing"), (4, "present"), (5, "present"), (3, "present")]
    assert events[1].topic is None and events[-1].content.data == b"second"


def test_a_page_that_never_comes(liar: Liar, monkeypatch: Any) -> None:
    monkeypatch.setattr("samenbus.prover.PAGE_S", 0.2)
    liar.page = lambda page: None
    with Client(liar.config) as client:
        events = client.subscribe(follow=False)
        assert until_error(events, errors.NoAnswer)[0] == []
        liar.page = honest
        assert texts(events) == TEXTS


def test_old_trouble_is_not_told_later(liar: Liar) -> None:
    liar.frame = cut_short
    with Client(liar.config) as client:
        events = client.subscribe(patience=3)
        until_error(events, errors.MalformedFrame)
        liar.frame = honest
        assert texts(next(events) for _ in range(4)) == TEXTS
        liar.stop()
        until_error(events, errors.Unreachable)
        assert client.session.malformed_frames == 1


def test_a_client_that_was_closed_says_so(liar: Liar) -> None:
    draft = Draft("custom/x", Custom("text/plain", b"x"))
    client = Client(liar.config)
    events = client.subscribe()
    next(events)
    client.close()
    for ask in (lambda: client.publish(draft), client.status, lambda: next(client.subscribe()),
                lambda: client.consume("x"), lambda: list(client.publish_many([draft])), lambda: list(events)):
        with pytest.raises(errors.ClientClosed):
            ask()
    client.close()


def test_what_may_be_tried_again_is_published_in_the_end(liar: Liar) -> None:
    """While the daemon recovers, or the rate of this client is used up; with the same id."""
    refusals = [errors.Recovering.code, errors.Rate.code]
    accept = liar.results
    liar.results = lambda message: pb.Refusal(code=refusals.pop(0)) if refusals else accept(message)
    draft = Draft("custom/x", Custom("text/plain", b"x"))
    with Client(liar.config) as client:
        assert client.publish(draft, timeout=20).seq == 2
        refusals = [errors.Rate.code] * 100
        with pytest.raises(errors.Rate):
            client.publish(draft, timeout=1)
    assert len({one.items[0].id for one in liar.publishes}) == 1 and len(liar.publishes) > 3


def test_a_stream_that_is_refused(liar: Liar) -> None:
    liar.refusals = [errors.ShuttingDown.code, errors.Recovering.code, errors.TooLarge.code]
    with Client(liar.config) as client:
        events = client.subscribe(follow=False)
        assert "because" in until_error(events, errors.TooLarge)[1]  # the others pass by themselves
        assert texts(events) == TEXTS


@pytest.mark.parametrize("state, text", [(4, "erased"), (5, "expired"), (9, "state_9")])
def test_states_without_a_body(liar: Liar, state: int, text: str) -> None:
    def change(one: Any) -> None:
        one.state, one.salt, one.body = state, b"", b""

    liar.deliver = item(change)
    with Client(liar.config) as client:
        found = list(client.subscribe(follow=False))[1]
    assert (found.state, found.content, found.type, found.publisher, found.time_ms) == (text, None, None, None, 1)
