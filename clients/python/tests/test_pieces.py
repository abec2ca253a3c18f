"""Configuration, cursors, drafts, and publishing to a daemon that answers late, wrongly or not."""
from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from liar import Liar
from samenbus import (AsyncClient, Client, Cursor, CursorFile, Custom, Draft, Notification, Proposal, Tip, errors, new_id,
                      read_config, wire)
from samenbus._proto import pb
from samenbus.cursor import TIPS_MAX, At
from samenbus_verify.shown import escape_json, shown
from samenbus_verify.words import Epoch

HASH = bytes(range(32))


def draft(text: bytes = b"x") -> Draft:
    """One more custom event."""
    return Draft("custom/x", Custom("text/plain", text))


# ---------------------------------------------------------------- what is shown


def test_what_has_no_shape_is_escaped() -> None:
    """PROTOCOL §16.3, by its own list."""
    text = (Path(__file__).parents[3] / "proto/PROTOCOL.md").read_text(encoding="utf-8")
    listed = text.split("### 16.3")[1].split("Line feed")[0]
    hostile = {code for first, last in re.findall(r"U\+([0-9A-F]+)(?:–([0-9A-F]+))?", listed) if first != "FFFF"
               for code in range(int(first, 16), int(last or first, 16) + 1)}
    assert len(hostile) > 4000
    for code in range(0x20, 0x110000):
        if not 0xD800 <= code < 0xE000:
            assert (escape_json(chr(code)) != chr(code)) == (code in hostile), hex(code)
    assert json.loads(escape_json('"\U000e0041\ufe0f"')) == "\U000e0041\ufe0f"
    assert escape_json("\U000e0041") == "\\udb40\\udc41"
    assert shown("a\x1b[31mb\n\u200b\U000e0041é") == "a\\x1b[31mb\\x0a\\u{200b}\\u{e0041}é"
    assert str(errors.Malformed("a\u202e\x1b")) == "malformed: a\\u{202e}\\x1b"


# ---------------------------------------------------------------- configuration


def test_the_configuration_is_looked_for_in_order(liar: Liar, monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SAMENBUS_CONFIG", raising=False)
    with pytest.raises(errors.ConfigError, match="SAMENBUS_CONFIG"):
        read_config()
    place = tmp_path / ".config/samenbus"
    place.mkdir(parents=True)
    (place / "client.yaml").write_text(liar.config.read_text())
    (place / "x.key").write_text((liar.folder / "x.key").read_text())
    assert read_config().organisation == "GM9001"
    monkeypatch.setenv("SAMENBUS_CONFIG", str(tmp_path / "nowhere.yaml"))
    with pytest.raises(errors.ConfigError, match="nowhere.yaml"):
        read_config()
    assert read_config(liar.config).service == liar.endpoint


@pytest.mark.parametrize("old, new, text", [
    ("organisation: GM9001", "organisation: gm9001", "organisation: gm9001 is no organisation id"),
    ("organisation: GM9001", "organization: GM9001", "unknown key `organization`"),
    ("service: ipc", "service: udp", "neither tcp"),
    ("curve_key: x.key", "curve_key: y.key", "y.key"),
    ('server_key: "', 'server_key: "\\"', "server_key"),
    ('curve_key: x.key', 'curve_key: x.key\nnext_server_key: abc', "next_server_key: not 40 characters"),
    ("curve_key: x.key", "", "curve_key: a text is needed"),
    ("curve_key: x.key", "curve_key: x.key\npartners: {GM9001: abc}", "partners: GM9001: sign_key"),
    ("curve_key: x.key", "curve_key: x.key\npartners: [GM9001]", "partners: GM9001"),
    ("organisation: GM9001", "- a", "client.yaml")])
def test_mistakes_in_the_configuration_are_named(liar: Liar, old: str, new: str, text: str) -> None:
    changed = liar.config.read_text().replace(old, new)
    assert changed != liar.config.read_text()
    liar.config.write_text(changed)
    with pytest.raises(errors.ConfigError) as caught:
        read_config(liar.config)
    assert text in str(caught.value) and "secret" not in str(caught.value)


def test_the_secret_key_is_not_shown(liar: Liar) -> None:
    config = read_config(liar.config)
    assert config.secret_key.decode() not in repr(config)
    (liar.folder / "x.key").write_text("nothing\n")
    with pytest.raises(errors.ConfigError, match="samenbus-curve-key-1"):
        read_config(liar.config)


# ---------------------------------------------------------------- cursors


def tip(seq: int, counter: int = 1) -> Tip:
    """A place of an epoch."""
    return Tip("GM9001", Epoch(counter, 0xABC), seq, HASH)


def test_a_cursor_goes_through_its_text() -> None:
    text = ("samenbus-cursor-1\nat 00ff 57\n"
            f"tip GM0384 3-0000000000000abc 12 {HASH.hex()}\ntip GM9001 1-0000000000000abc 7 {HASH.hex()}\n")
    cursor = Cursor([tip(7), Tip("GM0384", Epoch(3, 0xABC), 12, HASH)], At("00ff", 57))
    assert cursor.text() == text and Cursor.read(text).text() == text
    assert Cursor().text() == "samenbus-cursor-1\nat - 0\n" and Cursor.read(Cursor().text()).at is None


@pytest.mark.parametrize("text", [
    "", "samenbus-cursor-2\n", "samenbus-cursor-1\nat - 0", "samenbus-cursor-1\ntop\n",
    f"samenbus-cursor-1\ntip gm 1-0000000000000abc 7 {HASH.hex()}\n",
    f"samenbus-cursor-1\ntip GM 4294967296-0000000000000abc 7 {HASH.hex()}\n",
    f"samenbus-cursor-1\ntip GM 1-0000000000000abc {2**64} {HASH.hex()}\n",
    "samenbus-cursor-1\ntip GM 1-0000000000000abc 7 00\n"])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        Cursor.read(text)


def test_a_cursor_only_grows_and_drops_the_oldest() -> None:
    cursor = Cursor([tip(7), tip(5)])
    assert [t.seq for t in cursor.tips.values()] == [7]
    for counter in range(2, TIPS_MAX + 2):
        cursor.advance(tip(1, counter))
    assert len(cursor.tips) == TIPS_MAX and tip(7) not in cursor.tips.values()


def test_a_cursor_file_is_always_whole(tmp_path: Path, monkeypatch: Any) -> None:
    file = CursorFile(tmp_path / "c")
    assert not file.path.exists()
    file.advance(tip(3))
    file.save()
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    file.advance(tip(4))
    with pytest.raises(OSError):
        file.save()
    assert [t.seq for t in CursorFile(tmp_path / "c").tips.values()] == [3]


def test_an_ack_covers_what_it_says(liar: Liar) -> None:
    with Client(liar.config) as client:
        cursor = Cursor()
        events = client.subscribe(cursor=cursor, follow=False)
        one, two, _ = next(events), next(events), next(events)
        events.ack(one)
        assert [t.seq for t in cursor.tips.values()] == [2] and cursor.at is None
        events.ack(two)
        assert [t.seq for t in cursor.tips.values()] == [3]
        events.ack()
        assert [t.seq for t in cursor.tips.values()] == [4] and cursor.at == At(liar.store_id, 5)
        with pytest.raises(ValueError, match="no cursor"):
            client.subscribe().ack(one)


# ---------------------------------------------------------------- what is asked for


@pytest.mark.parametrize("wishes, text", [
    ({"origins": ["gm1"]}, "origins"), ({"origins": "GM0384"}, "origins"), ({"topics": "decision/"}, "topics"),
    ({"topics": ["a/" + "b" * 200]}, "topics"), ({"topics": ["a/b"] * 257}, "topics"), ({"window": 0}, "window"),
    ({"window": 8193}, "window")])
def test_what_the_daemon_would_not_answer_is_not_asked(liar: Liar, wishes: Any, text: str) -> None:
    with Client(liar.config) as client, pytest.raises(ValueError, match=text):
        client.subscribe(**wishes)


@pytest.mark.parametrize("bad, kind, text", [
    (Draft("custom/x", Custom("a/b"), audience=["gm1"]), errors.InvalidBody, "audience: `gm1`"),
    (Draft("custom/x", Custom("a/b"), audience=[f"GM{n}" for n in range(65)]), errors.TooLarge, "65"),
    (Draft("custom/x", Custom("a/b"), id="0" * 8 + "-0000-0000-0000-" + "0" * 12), errors.InvalidBody, "id"),
    (Draft("custom/x", Custom("a/b", "text")), errors.InvalidBody, "custom.data"),  # type: ignore[arg-type]
    (Draft("decision/x", Proposal(new_id(), "t", [], "nonsense")), errors.InvalidBody, "consent_all"),
    (Draft("decision/x", Proposal(new_id(), "t", "GM0384", 1)), errors.InvalidBody, "participants"),
    (Draft("custom/x", Custom("a/b", bytes(2**20))), errors.TooLarge, "1048")])
def test_a_draft_that_cannot_be_sent_does_not_stop_others(liar: Liar, bad: Draft, kind: Any, text: str) -> None:
    with Client(liar.config) as client:
        first, second, third = client.publish_many([draft(), bad, draft()])
    assert first.published and third.published and second.published is None
    assert type(second.error) is kind and text in str(second.error)


@pytest.mark.parametrize("given, text", [
    ({"topic": "custom/x"}, "exactly one content"),
    ({"topic": "custom/x", "custom": {}, "closing": {}}, "needed, not 2"),
    ({"topic": "custom/x", "custom": {"contentTipe": "a/b"}}, "custom.contentTipe"),
    ({"topic": "custom/x", "custom": {"contentType": 5}}, "custom.contentType"),
    ({"topic": "custom/x", "custom": {"contentType": "a/b", "content_type": "a/b"}}, "twice"),
    ({"topic": "custom/x", "custom": [], "audience": []}, "audience"),
    ({"topic": "custom/x", "custom": [], "publisher": "me"}, "publisher"),
    ({"topic": "x", "epochStart": {}}, "epochStart"),
    ({"topic": 1, "custom": {"contentType": "a/b"}}, "topic"),
    ({"topic": "d/x", "proposal": {"attachments": [{"size": True}]}}, r"proposal.attachments\[0\].size")])
def test_mistakes_in_json_are_named(given: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        Draft.from_json(given)


# ---------------------------------------------------------------- publishing


def test_a_lost_answer_is_asked_for_with_the_same_id(liar: Liar) -> None:
    def lose(message: Any) -> None:
        liar.results = liar.accept
        liar.stopping.set()

    liar.results = lose
    again = threading.Thread(target=lambda: (liar.thread.join(), liar.start()))  # type: ignore[union-attr]
    again.start()
    with Client(liar.config) as client:
        wanted = draft()
        assert client.publish(wanted).id == wanted.id
    again.join()
    first, second = liar.publishes
    assert first.items == second.items


def refuse(code: int, text: str = "") -> Any:
    """An answer to every item."""
    return lambda message: pb.Results(origin="GM9001", items=[
        pb.Result(index=at, code=code, text=text) for at in range(len(message.items))])


def test_what_may_be_tried_again_is(liar: Liar) -> None:
    answers = [refuse(7), refuse(11), refuse(17), liar.accept]
    liar.results = lambda message: answers.pop(0)(message)
    with Client(liar.config) as client:
        assert client.publish(draft()).seq == 2
    assert len({p.items[0].id for p in liar.publishes}) == 1 and len(liar.publishes) == 4


@pytest.mark.parametrize("code", range(1, 18))
def test_every_code_has_its_class(liar: Liar, code: int) -> None:
    liar.results = refuse(code, "because")
    kind = errors.REFUSALS[code]
    with Client(liar.config) as client:
        client.status()  # it is connected: what may be tried again is answered in time
        with pytest.raises(kind, match="because") as caught:
            client.publish(draft(), timeout=2)
    assert type(caught.value) is kind and caught.value.code == code
    assert kind.name == kind.__name__[0].lower() + "".join(
        "_" + c.lower() if c.isupper() else c for c in kind.__name__[1:])


def test_codes_are_those_of_the_protocol() -> None:
    names = {value.number: value.name for value in pb.DESCRIPTOR.enum_types_by_name["Code"].values}
    assert {0: "CODE_OK", **{n: "CODE_" + kind.name.upper() for n, kind in errors.REFUSALS.items()}} == names


def test_a_newer_code_and_a_refusal_of_all(liar: Liar) -> None:
    liar.results = refuse(99)
    with Client(liar.config) as client:
        with pytest.raises(errors.NewerCode, match="code_99"):
            client.publish(draft())
        liar.results = lambda message: pb.Refusal(code=9, text="all of it")
        outcomes = list(client.publish_many([draft(), draft()]))
    assert [type(o.error) for o in outcomes] == [errors.Quota] * 2


def test_no_answer_at_all_is_an_unknown_outcome(liar: Liar) -> None:
    liar.results = lambda message: None
    with Client(liar.config) as client:
        client.status()  # it is connected: the draft leaves in time
        with pytest.raises(errors.UnknownOutcome):
            client.publish(draft(), timeout=2)
        liar.stop()
        client.session.pump()
        begin = time.monotonic()
        with pytest.raises(errors.Unreachable, match="nothing was published"):
            client.publish(draft(), timeout=0.2)
        assert time.monotonic() - begin < 2


def test_the_window_is_kept_and_the_order_too(liar: Liar) -> None:
    under_way: list[int] = []

    def backwards(message: Any) -> Any:
        under_way.append(len(message.items))
        answer = liar.accept(message)
        items = sorted(answer.items, key=lambda one: -one.index)
        return pb.Results(origin=answer.origin, items=items)

    liar.results = backwards
    some = [draft(b"%d" % n) for n in range(100)]
    with Client(liar.config) as client:
        outcomes = list(client.publish_many(iter(some), window=8))
    assert [o.draft for o in outcomes] == some and max(under_way) == 8 and sum(under_way) == 100


def test_drafts_too_large_for_one_frame_go_in_several(liar: Liar) -> None:
    some = [draft(bytes(60000)) for _ in range(40)]
    with Client(liar.config) as client:
        assert all(o.published for o in client.publish_many(some, window=64))
    assert len(liar.publishes) > 3


def test_asyncio_lets_others_work_meanwhile(liar: Liar) -> None:
    async def work() -> tuple[list[int], int]:
        ticks = 0

        async def count() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0.01)
                ticks += 1

        async with AsyncClient(liar.config) as client:
            counting = asyncio.create_task(count())
            events = client.subscribe()
            seqs = [(await events.__anext__()).seq for _ in range(4)]
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(events.__anext__(), 0.3)
            liar.epochs[0].say(b"fifth")
            await client.status()
            counting.cancel()
            return seqs, ticks

    seqs, ticks = asyncio.run(work())
    assert seqs == [2, 3, 4, 5] and ticks > 5


def test_a_daemon_without_room_for_one_more_connection_is_asked_again(liar: Liar) -> None:
    answer, times = liar.on_query, [0]

    def on_query(peer: bytes, request: int, message: Any) -> None:
        times[0] += 1
        if times[0] == 1:
            liar.send(peer, wire.REFUSAL, request, pb.Refusal(code=2, text="end one"))
        else:
            answer(peer, request, message)

    liar.on_query = on_query  # type: ignore[method-assign]
    with Client(liar.config) as client:
        events = client.subscribe(follow=False)
        with pytest.raises(errors.TooLarge, match="end one"):
            next(events)
        assert [event.seq for event in events] == [2, 3, 4, 5]


@pytest.mark.parametrize("topic, seqs", [("agenda/", [4]), ("custom/", [2, 3, 4, 5])])
def test_a_damaged_event_is_told_whatever_the_topics(liar: Liar, topic: str, seqs: list[int]) -> None:
    """Its body has rotted at the daemon: nobody can tell any more what it was about."""
    def rot(message: Any) -> Any:
        for one in message.items:
            if one.offset == 4:
                one.state, one.salt, one.body = wire.MISSING, b"", b""
        return message

    liar.deliver = rot
    with Client(liar.config) as client:
        events = list(client.subscribe([topic], origins=["GM9001"], follow=False))
        assert [event.seq for event in events] == seqs
        assert [event.seq for event in events if event.state == "missing"] == [4]


def test_a_text_that_utf_8_cannot_hold_is_refused() -> None:
    draft = Draft("notification/x", Notification(notification_id=new_id(), severity="urgent", subject="half \ud83d"))
    with pytest.raises(errors.InvalidBody, match="notification.subject: .*surrogates not allowed"):
        draft.submission()
