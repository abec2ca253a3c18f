"""The cases of proto/vectors, run by the client's own code: encode, decode, hash, verify, refuse.

Lists that are checked by code which the client shares with samenbus_verify are checked there.
"""
from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from samenbus import bodies, codec, errors, prover, wire
from samenbus._proto import pb
from samenbus.event import Draft, Event
from samenbus.offline import verify, verify_proof
from samenbus_verify import vectors_messages
from samenbus_verify.command import result_lines
from samenbus_verify.forms import print_uuid
from samenbus_verify.link import decode_link
from samenbus_verify.proof import proof_lines
from samenbus_verify.protobuf import decode
from samenbus_verify.schema import camel, read_proto
from samenbus_verify.submission import check_submission
from samenbus_verify.words import Epoch, Malformed, link_hash, partnership_hash

PROTO = Path(__file__).resolve().parents[3] / "proto"
DUOPLUS = partnership_hash(b"duoplus")


def cases(file: str, name: str) -> list[Any]:
    """A list of a file of vectors, each with its name."""
    found = json.loads((PROTO / "vectors" / f"{file}.json").read_text(encoding="utf-8"))[name]
    return [pytest.param(case, id=f"{at}-{case.get('name', '')[:40]}") for at, case in enumerate(found)]


def raw(case: dict[str, Any], name: str) -> bytes:
    """Bytes of a case."""
    return bytes.fromhex(case.get(name) or "")


def test_the_generated_messages_are_those_of_the_proto_file() -> None:
    declared = read_proto((PROTO / "samenbus.proto").read_text(encoding="utf-8"))
    assert wire.SCHEMA == {name: fields for name, fields in declared.items()}


@pytest.mark.parametrize("case", cases("frames", "frames"))
def test_frames(case: dict[str, Any]) -> None:
    frame = wire.read_frame(raw(case, "frame"))
    assert frame is not None and (frame.type, frame.request) == (case["type"], case["request"])
    assert wire.write_frame(frame.type, frame.request, frame.message) == raw(case, "frame")
    printer = vectors_messages.Printer((PROTO / "samenbus.proto").read_text(encoding="utf-8"))
    name = wire.strict.TYPES[frame.type]
    said = decode(wire.SCHEMA, name, frame.message.SerializeToString())
    assert printer.message(name, said) == case["fields"]


@pytest.mark.parametrize("case", cases("frames", "frames"))
def test_frames_that_are_damaged(case: dict[str, Any]) -> None:
    """Whatever the bytes are, they are read or refused, and nothing else happens."""
    frame = raw(case, "frame")
    for at in range(8, len(frame)):
        for bits in (1 << at % 8, 0xFF):
            other = bytearray(frame)
            other[at] ^= bits
            for damaged in (bytes(other), frame[:at]):
                try:
                    wire.read_frame(damaged)
                except errors.MalformedFrame:
                    pass


@pytest.mark.parametrize("case", cases("frames", "refused"))
def test_frames_that_are_refused(case: dict[str, Any]) -> None:
    if case["name"] == "an unknown type":
        assert wire.read_frame(raw(case, "frame")) is None  # newer: without effect
        return
    with pytest.raises((errors.MalformedFrame, errors.NewerVersion)) as caught:
        wire.read_frame(raw(case, "frame"))
    assert ("too large" in str(caught.value)) == (case["code"] == "too_large")


@pytest.mark.parametrize("case", cases("bodies", "bodies"))
def test_bodies(case: dict[str, Any]) -> None:
    body = bodies.read_body(raw(case, "body"))
    assert body is not None
    content = body.WhichOneof("content")
    head = {"topic": body.topic, "timeMs": body.time_ms, "publisher": body.publisher,
            "type": camel(content) if content else None}
    assert head == case["head"]
    if content:
        typed, again = codec.read_content(getattr(body, content)), pb.Body()
        codec.write_content(typed, getattr(again, content))
        if "newer" not in case["name"]:
            assert getattr(again, content) == getattr(body, content)
        assert codec.content_json(typed) == json.loads(json.dumps(codec.content_json(typed)))


@pytest.mark.parametrize("case", cases("bodies", "malformed"))
def test_bodies_that_are_malformed(case: dict[str, Any]) -> None:
    assert bodies.read_body(raw(case, "body")) is None


@pytest.mark.parametrize("case", cases("submissions", "submissions"))
def test_submissions_are_written_as_they_were_read(case: dict[str, Any]) -> None:
    """What is taken comes out of a Draft byte by byte, through dataclasses and through JSON."""
    if case["code"] != "ok":
        assert check_submission(raw(case, "submission")) == case["code"]
        return
    body = pb.Body.FromString(raw(case, "submission"))
    kind = body.WhichOneof("content")
    content = codec.read_content(getattr(body, kind))
    draft = Draft(body.topic, content, references=tuple(body.references))
    assert draft.submission().body == body.SerializeToString()
    as_json = {"topic": body.topic, camel(kind): codec.content_json(content), "id": draft.id,
               "references": list(body.references)}
    assert Draft.from_json(json.loads(json.dumps(as_json))).submission() == draft.submission()


@pytest.mark.parametrize("case", cases("links", "links"))
def test_links(case: dict[str, Any]) -> None:
    link = decode_link(raw(case, "bytes"))
    event = Event(link, link_hash(raw(case, "bytes")), pb.Delivered(state=2, checkpoint_ms=1, epoch="1-00000000"))
    assert (event.hash.hex(), event.id, event.seq, event.origin) == (
        case["hash"], print_uuid(link.id), case["seq"], case["origin"])
    assert list(event.audience) == case["audience"] and link.encode().hex() == case["bytes"]
    assert event.state == "withheld" and event.content is None


@pytest.mark.parametrize("case", cases("links", "refused"))
def test_links_that_are_refused(case: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        decode_link(raw(case, "bytes"))


class FakeSession:
    """As much of a session as a prover needs; what is asked is kept."""

    def __init__(self, pinned: bytes) -> None:
        self.users: list[Any] = []
        self.partnership = DUOPLUS
        self.config = type("Pins", (), {"partners": {"GM0384": pinned}})()
        self.asked: list[Any] = []

    def ask(self, kind: int, message: Any, handler: Any) -> int:
        self.asked.append(handler)
        return len(self.asked)

    def forget(self, request: int) -> None:
        """Nothing is kept by number."""


def page_frame(case: dict[str, Any]) -> bytes:
    """The segment of a case as a FETCHED."""
    events = pb.Events(origin=case["origin"], counter=case["counter"], tag=int(case["tag"], 16),
                       checkpoints=[bytes.fromhex(text) for text in case["checkpoints"]])
    for item in case["items"]:
        events.items.add(link=raw(item, "link"), salt=raw(item, "salt"), body=raw(item, "body"))
    return wire.write_frame(wire.FETCHED, 1, pb.Fetched(events=events, sign_key=raw(case, "pinned")))


# A link is proven by the pinned key's signature also where the start of its epoch is not at hand,
# nor with it what that promises of the link behind.
PROVEN = {"the same of an unknown epoch", "from the start on, another first event than announced"}


@pytest.mark.parametrize("case", cases("segments", "segments"))
def test_pages(case: dict[str, Any]) -> None:
    """A page proves no link that a segment's verification would refuse."""
    session = FakeSession(raw(case, "pinned"))
    judge: Any = prover.Prover(session)  # type: ignore[arg-type]
    place = (case["origin"], Epoch(case["counter"], int(case["tag"], 16)))
    if case["key"]:
        judge.keys[place] = raw(case, "key")
    answers: list[Any] = []
    try:
        frame = wire.read_frame(page_frame(case))
    except errors.MalformedFrame:
        assert case["fault"] == "bad_link"  # over the wire it is malformed already (PROTOCOL §10.2)
        return
    judge.ask(place, 1, 0, answers.append)
    session.asked.pop()(frame)
    if session.asked:  # the key is not the pinned one: where the epoch begins is asked for
        session.asked.pop()(wire.read_frame(wire.write_frame(wire.FETCHED, 2, pb.Fetched(
            events=pb.Events(origin=case["origin"]), end=True))))
    assert len(answers) == 1
    if case["fault"] is None or case["name"] in PROVEN:
        assert isinstance(answers[0], prover.Page), answers
    else:
        assert not isinstance(answers[0], prover.Page)


@pytest.mark.parametrize("case", cases("exports", "exports"))
def test_exports(case: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "x.sbx"
    file.write_bytes(raw(case, "file"))
    assert result_lines(verify(file)) == case["lines"]


@pytest.mark.parametrize("case", [one for one in cases("proofs", "proofs") if not one.values[0]["key"]])
def test_proofs(case: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "x.sbp"
    file.write_bytes(raw(case, "file"))
    assert proof_lines(verify_proof(file)) == case["lines"]


@pytest.mark.parametrize("case", cases("keys", "sign"))
def test_pins(case: dict[str, Any]) -> None:
    from samenbus.config import read_partners
    pins = read_partners(Path("x"), [{"id": "GM0384", "sign_key": case["base64"]}])
    assert pins == {"GM0384": raw(case, "public")} == {"GM0384": base64.b64decode(case["base64"])}
