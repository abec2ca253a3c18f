"""Against a region of two real daemons that nobody disturbs."""
from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, Iterator

import pytest

from live import client, drafts, publish, said
from region import NAMES, Region
from samenbus import (Acknowledgement, AgendaItem, AsyncClient, Attachment, Client, Closing, Cursor, Custom,
                      Draft, Notification, Position, Proposal, Withdrawal, errors, new_id, remote, verify)
from samenbus.contents import AgendaKind, DecidingBody, DecisionRule, PositionValue, Severity

HOME, AWAY = "GM0384", "GM0437"


@pytest.fixture(scope="module")
def r() -> Iterator[Region]:
    with Region([HOME, AWAY]) as found:
        found.start()
        found.wait_same()
        yield found


def test_every_content_comes_back_as_it_was_published(r: Region) -> None:
    decision, other, meeting, notice = new_id(), new_id(), new_id(), new_id()
    proposal = Draft("decision/duoplus", Proposal(
        decision_id=decision, title="Regeling", participants=[HOME, AWAY], rule=DecisionRule.WEIGHTED,
        weights={HOME: 3, AWAY: 2}, threshold=3, body="council", deadline="2015-01-31",
        attachments=[Attachment("Bijlage", media_type="application/pdf", size=5, sha256="0" * 64,
                                url="https://example.org/b.pdf")]))
    others = [
        Draft("agenda/wonen", AgendaItem(item_id=meeting, title="Overleg", start="2026-12-10T20:00",
                                         body=DecidingBody.PORTFOLIO_HOLDERS, participants=[HOME])),
        Draft("decision/duoplus", Position(
            decision=f"{HOME}/{decision}", revision=f"{HOME}/{proposal.id}", value="in_favour",
            date_taken="2015-01-08", position_kind="consent", reference="Z-15-0012")),
        Draft("decision/duoplus", Closing(decision_id=decision, outcome="adopted")),
        Draft("decision/duoplus", Proposal(decision_id=other, title="Vergissing", participants=[HOME, AWAY],
                                           rule="consultation")),
        Draft("decision/duoplus", Withdrawal(decision_id=other, reason="vergissing\nécht")),
        Draft("notification/ict", Notification(notification_id=notice, severity=Severity.URGENT,
                                               subject="Onderhoud", requires_acknowledgement=True),
              audience=[AWAY], references=[f"{HOME}/{proposal.id}"]),
        Draft("notification/ict", Acknowledgement(notification=f"{HOME}/{notice}", text="gelezen \u202e\u2066\u061c\u2028\u200b\u2060\ufeff\u00ad\ufe0f\U000e0041\U0001d173\n\t\"\\/é🎉")),
        Draft("custom/zaaksysteem", Custom("application/json", b'{"\x00"}'))]
    with client(r, HOME) as c:
        for draft in [proposal, *others]:
            assert c.publish(draft, ack=remote(1)).duplicate is False
        assert c.publish(proposal, ack="remote:1").duplicate is True
        by_id = {event.id: event for event in c.subscribe(follow=False)}
        for draft in [proposal, *others]:
            event = by_id[draft.id]
            again = Draft(event.topic or "", event.content, event.audience, event.references, event.id)
            assert again.submission() == draft.submission()
        assert by_id[proposal.id].content.rule is DecisionRule.WEIGHTED
        assert by_id[others[0].id].content.agenda_kind is AgendaKind.MEETING
        assert by_id[others[1].id].content.value is PositionValue.IN_FAVOUR


def test_lines_are_those_of_the_command(r: Region) -> None:
    for org in (HOME, AWAY):
        code, out, _ = r.command(org, "tail", "-o", "json", "--system")
        with client(r, org) as c:
            mine = [event.to_json() for event in c.subscribe(follow=False, system=True)]
        assert code == 0 and len(mine) > 8
        assert [json.loads(line) for line in mine] == [json.loads(line) for line in out.splitlines()]
        assert mine == out.splitlines()


def test_what_the_command_reads_is_read_here_too(r: Region) -> None:
    line = {"topic": "agenda/wonen", "agendaItem": {
        "itemId": new_id(), "kind": "meeting", "title": "Overleg", "start": "2026-12-10T20:00",
        "status": "planned", "participants": [HOME], "disclosure": "public", "supersedes": []}}
    draft = Draft.from_json(line)
    r.publish(HOME, {**line, "id": draft.id})
    with client(r, HOME) as c:
        assert c.publish(draft).duplicate  # byte by byte, or field by field, the same


def test_each_code_has_its_exception(r: Region) -> None:
    with client(r, HOME) as c:
        with pytest.raises(errors.InvalidTopic, match="topic"):
            c.publish(Draft("decision/x", Custom("text/plain")))
        with pytest.raises(errors.InvalidBody, match="contentType"):
            c.publish(Draft("custom/x", Custom("")))
        with pytest.raises(errors.RemoteImpossible):
            c.publish(drafts("r", 1)[0], ack="remote:2")
        draft = drafts("conflict", 1)[0]
        c.publish(draft)
        with pytest.raises(errors.IdConflict):
            c.publish(Draft("custom/test", Custom("text/plain", b"another"), id=draft.id))
        with pytest.raises(errors.InvalidBody, match="id"):
            c.publish(Draft("custom/test", Custom("text/plain"), id="no uuid"))
        with pytest.raises(errors.TooLarge):
            c.publish(Draft("custom/test", Custom("text/plain", bytes(66000))))
    with client(r, HOME, "reader.yaml") as c:
        with pytest.raises(errors.NotAllowed):
            c.publish(drafts("x", 1)[0])
        with pytest.raises(errors.NotAllowed, match="subscribe"):
            next(c.subscribe())
        assert c.status()["organisation"] == HOME


def test_status_is_that_of_the_command(r: Region) -> None:
    with client(r, HOME) as c:
        mine, theirs = c.status(), r.status(HOME)
    assert set(mine) == set(theirs) and mine["storeId"] == theirs["storeId"]
    assert mine["configDigest"] == theirs["configDigest"]
    assert set(mine["peers"][0]["outgoing"]) == set(theirs["peers"][0]["outgoing"])


def test_filters(r: Region) -> None:
    with client(r, HOME) as c:
        every = list(c.subscribe(follow=False))
        custom = list(c.subscribe(["custom/"], follow=False))
        exact = list(c.subscribe(["custom/zaaksysteem"], follow=False))
        none = list(c.subscribe(["decision/nowhere"], follow=False))
        theirs = list(c.subscribe(origins=[AWAY], follow=False))
    assert [e.id for e in custom] == [e.id for e in every if e.type == "custom"] and none == theirs == []
    assert {e.topic for e in exact} == {"custom/zaaksysteem"}


def test_restricted_events_are_withheld_and_proven(r: Region) -> None:
    with client(r, HOME) as c:
        secret = Draft("custom/test", Custom("text/plain", b"for us"), audience=[HOME])
        c.publish(secret, ack="local")
    r.wait_same()
    with client(r, AWAY) as c:
        event = next(e for e in c.subscribe(follow=False) if e.id == secret.id)
        assert (event.state, event.content, event.topic, event.audience) == ("withheld", None, None, (HOME,))
        assert all(e.state == "present" for e in c.subscribe(["custom/"], follow=False))


def test_a_cursor_means_the_same_at_the_other_daemon(r: Region) -> None:
    publish(r, HOME, drafts("h", 40, "custom/cursor"))
    publish(r, AWAY, drafts("a", 40, "custom/cursor"))
    r.wait_same()
    cursor = Cursor()
    with client(r, HOME) as c:
        events = c.subscribe(["custom/cursor"], cursor=cursor)
        first = []
        while len(said(first)) < 50:
            first.append(next(events))
        events.ack()
    with client(r, AWAY) as c:
        rest = list(c.subscribe(["custom/cursor"], cursor=Cursor.read(cursor.text()), follow=False))
        whole = list(c.subscribe(["custom/cursor"], follow=False))
    assert sorted(e.id for e in first + rest) == sorted(e.id for e in whole)


def test_from_history_to_live_without_gap_or_double(r: Region) -> None:
    publish(r, HOME, drafts("old", 30, "custom/live"))
    with client(r, HOME) as reader, client(r, HOME) as writer:
        events = reader.subscribe(["custom/live"])
        got = [next(events) for _ in range(10)]
        for draft in drafts("new", 30, "custom/live"):
            writer.publish(draft)
            got.append(next(events))
        got += [next(events) for _ in range(20)]
    assert said(got) == [f"old{n}" for n in range(30)] + [f"new{n}" for n in range(30)]


def test_live_only_and_since(r: Region) -> None:
    with client(r, HOME) as c:
        before = c.publish(drafts("before", 1, "custom/now")[0])
        events = c.subscribe(["custom/now"], live_only=True)
        events.stream.open()
        c.status()
        c.publish(drafts("after", 1, "custom/now")[0])
        assert said([next(events)]) == ["after0"]
        offset = next(e.offset for e in c.subscribe(follow=False) if e.id == before.id)
        assert said(c.subscribe(["custom/now"], from_offset=offset, follow=False)) == ["before0", "after0"]
        assert said(c.subscribe(["custom/now"], since_ms=1, follow=False)) == ["before0", "after0"]


def test_asyncio(r: Region) -> None:
    async def read(c: AsyncClient, topic: str, count: int) -> list[Any]:
        found = []
        async for event in c.subscribe([topic]):
            found.append(event)
            if len(found) == count:
                return found
        return found

    async def work() -> None:
        async with AsyncClient(r.nodes[HOME].path("client.yaml")) as c:
            one, two = (asyncio.create_task(read(c, f"custom/{name}", 25)) for name in ("one", "two"))
            await c.publish(drafts("a", 1, "custom/one")[0])
            await asyncio.gather(*(c.publish(draft) for draft in drafts("b", 24, "custom/one")))
            outcomes = [o async for o in c.publish_many(drafts("c", 25, "custom/two"), window=7)]
            assert all(o.published for o in outcomes) and (await c.status())["state"] == "ready"
            assert said(await two) == [f"c{n}" for n in range(25)]
            assert sorted(said(await one)) == sorted(["a0"] + [f"b{n}" for n in range(24)])

    asyncio.run(asyncio.wait_for(work(), 60))


def test_a_slow_consumer_holds_no_more_than_its_window(r: Region) -> None:
    publish(r, HOME, drafts("s", 1500, "custom/slow"))
    with client(r, HOME) as c:
        slow, fast = c.subscribe(["custom/slow"], window=16), c.subscribe(["custom/slow"], follow=False)
        got = []
        for at in range(1500):
            got.append(next(slow))
            assert len(slow.stream.ready) + len(slow.stream.queue) <= 17
            if at == 100:
                assert len(list(fast)) == 1500
    assert said(got) == [f"s{n}" for n in range(1500)]


def test_an_export_verifies_offline(r: Region, tmp_path: Path) -> None:
    code, out, _ = r.command(HOME, "export", "--origin", HOME, "-O", str(tmp_path / "x.sbx"))
    assert code == 0, out
    report = verify(tmp_path / "x.sbx")
    assert report.faults == [] and report.events > 100


def test_own_pins_and_the_name_of_the_partnership(r: Region, tmp_path: Path) -> None:
    node = r.nodes[HOME]
    keys = {org: r.public(r.nodes[org].path("keys", org + ".pub.yaml"))["sign_key"] for org in NAMES
            if org in r.nodes}
    beside = Path(node.path("partners.yaml"))
    beside.write_text("partnership: duoplus\npartners:\n"
                      + "".join(f'  - {{id: {org}, sign_key: "{key}"}}\n' for org, key in keys.items()))
    try:
        with client(r, HOME) as c:
            assert len(list(c.subscribe(follow=False))) > 100
        beside.write_text(beside.read_text().replace(keys[HOME], keys[AWAY]))
        with client(r, HOME) as c, pytest.raises(errors.BadKey):
            next(c.subscribe(origins=[HOME]))
    finally:
        beside.unlink()


def test_a_key_that_the_daemon_does_not_know(r: Region, tmp_path: Path) -> None:
    import zmq
    secret = zmq.curve_keypair()[1].decode()
    (tmp_path / "k").write_text(f"samenbus-curve-key-1 {secret}\n")
    text = Path(r.nodes[HOME].path("client.yaml")).read_text()
    (tmp_path / "client.yaml").write_text(text.replace("keys/operator.curve.key", "k"))
    with Client(tmp_path / "client.yaml") as c:
        first = c.session.socket
        with pytest.raises(errors.Unreachable, match="does not admit this key: .*clients:"):
            c.publish(drafts("x", 1)[0], timeout=3)
        assert c.session.socket is not first  # it has tried again
