"""What a verifier prints of the proof of a decision, and the view that it is made of (PROTOCOL §10.7)."""
from __future__ import annotations

import base64
from typing import Any, Optional

from samenbus_rules.decision import Decision
from samenbus_rules.outcome import view
from samenbus_rules.statements import History, Statement, once

from . import faults
from .decision_proof import (NO_PROPOSAL, NOT_A_PROOF, Checker, Section, Told, open_file)
from .faults import Found
from .forms import print_time, print_uuid, tells_day
from .proof import Wrong
from .protobuf import decode
from .schema import BODY_SCHEMA, camel, content_of
from .submission import UNKNOWN, Refused, check_message
from .words import Malformed, is_id, is_reference

BODIES = "council college mayor board portfolio_holders other"
ENUMS = {
    "rule": "consultation consent_all majority two_thirds weighted",
    "tie": "rejected postponed revote_then_chair",
    "body": BODIES,
    "value": ("in_favour in_favour_with_conditions against consent_withheld view_submitted no_view abstained "
              "deferred not_taken information_only"),
    "kind": "view consent vote wishes",
    "outcome": "open adopted adopted_with_conditions not_adopted lapsed withdrawn superseded unclear",
}
CONTENTS = {"proposal": "Proposal", "position": "Position", "withdrawal": "Withdrawal", "closing": "Closing"}
Key = tuple[str, bytes]


class Verdict:
    """What a file proves, or its first fault."""

    def __init__(self, raw: bytes, as_of: Optional[str] = None) -> None:
        self.fault: Optional[Found] = None
        self.view: dict[str, Any] = {}
        self.checker, origin = open_file(raw)
        if self.checker is None:
            self.fault = Found(origin, None, "bad_file", NOT_A_PROOF)
            return
        try:
            self.checker.run()
            self.fold(self.checker, as_of or self.checker.as_of)
        except Wrong as wrong:
            self.fault = Found(self.checker.section.name, wrong.place, wrong.code, wrong.sentence)

    def fold(self, checker: Checker, as_of: str) -> None:
        """The view, from what was told and the past that the links show."""
        cutting: list[dict[str, Any]] = []
        statements = once(s for s in map(statement_of, tellings(checker, cutting)) if s)
        history = History(case_of(checker, cutting))
        self.view = view(Decision(statements, history, checker.decision, as_of))
        if self.view["revision"] is None:
            self.fault = Found(checker.sections[0].name, None, "bad_file", NO_PROPOSAL)

    def stranger(self, known: list[Key]) -> Optional[Found]:
        """The first organisation whose key is another than the known one."""
        assert self.checker is not None
        keys = [(s.name, s.known_as()) for s in self.checker.sections]
        keys += [(p.node, {p.key}) for p in self.checker.possessions if not p.of_origin]
        for name, own in keys:
            if any(name == org for org, _ in known) and first_of(known, name)[1] not in own:
                return Found(name, None, "bad_key", faults.SENTENCES["bad_key"])
        return None


def first_of(known: list[Key], name: str) -> Key:
    """The key that is known of an organisation."""
    return next(one for one in known if one[0] == name)


# ---- from bodies to statements


def tellings(checker: Checker, cutting: list[dict[str, Any]]) -> list[tuple[int, Section, Told, dict[str, Any]]]:
    """Every shown body with the number of its chain; the tips of cuts are collected on the way."""
    found, first = [], 0
    for section in checker.sections:
        numbers = {id(run): first + at for at, run in enumerate(section.runs)}
        first += len(section.runs)
        for told in section.told:
            body = decode(BODY_SCHEMA, "Body", told.body, UNKNOWN)
            found.append((numbers[id(told.run)], section, told, body))
            cutting += body.get("closing", {}).get("cut", [])
    return found


def statement_of(telling: tuple[int, Section, Told, dict[str, Any]]) -> Optional[Statement]:
    """What a body says, None where it is no part of a decision or its subject cannot be read."""
    chain, section, told, body = telling
    kind = content_of(body)
    if kind not in CONTENTS:
        return None
    message, link = body[kind], told.link
    if not (is_reference(message.get("decision", "")) if kind == "position" else
            is_id(message.get("decision_id", ""))):
        return None
    time = body.get("time_ms", 0)
    valid = tells_day(time) and is_valid(CONTENTS[kind], message)
    order = (link.origin, link.epoch.counter, link.epoch.tag, link.seq, told.hash)
    return Statement(section.name, print_uuid(link.id), (chain, link.seq), order,
                     print_time(time) if valid else "1970-01-01T00:00:00.000Z", kind,
                     plain_message(message) if valid else subject_only(kind, message), valid)


def is_valid(name: str, message: dict[str, Any]) -> bool:
    """Whether it would be accepted as a submission (PROTOCOL §18.1, 1)."""
    try:
        check_message(name, message)
    except (Refused, Malformed):
        return False
    return True


def subject_only(kind: str, message: dict[str, Any]) -> dict[str, Any]:
    """What names the subject of a statement that has no effect; the bytes tell two of them apart."""
    names = ("decision",) if kind == "position" else ("decision_id", "replaces")
    said = {camel(name): message[name] for name in names if message.get(name)}
    return {**said, "": repr(sorted((k, repr(v)) for k, v in message.items()))}


def plain_message(message: dict[str, Any]) -> dict[str, Any]:
    """A content as the model takes it (PROTOCOL §16.1)."""
    return {camel(name): plain_value(name, value) for name, value in message.items()}


def plain_value(name: str, value: Any) -> Any:
    """One field of it."""
    if name in ENUMS and isinstance(value, int):
        return ENUMS[name].split()[value - 1]
    if name == "weights":
        return {one["organisation"]: one["weight"] for one in value}
    if name == "cut":
        return [{**tip, "tag": f"{tip.get('tag', 0):016x}", "hash": base64.b64encode(tip["hash"]).decode()}
                for tip in value]
    if name == "attachments":
        return [plain_message(one) for one in value]
    return bool(value) if name == "as_chair" else value


def case_of(checker: Checker, cutting: list[dict[str, Any]]) -> dict[str, Any]:
    """The chains and links in the form of the vectors (PROTOCOL, Appendix)."""
    chains: list[dict[str, Any]] = []
    links: list[dict[str, Any]] = []
    for section in checker.sections:
        numbers = {id(run): len(chains) + at for at, run in enumerate(section.runs)}
        for run in section.runs:
            leans = numbers[id(run.leans_on)] if run.leans_on else None
            parents = []
            for parent in run.parents:
                epoch = type(run.epoch)(parent["counter"], parent.get("tag", 0))
                at = section.find(epoch, parent["seq"], parent["hash"])
                parents += [{"chain": numbers[id(at)], "seq": parent["seq"]}] if at else []
            if run.base > 1 and leans is None:  # all that is known is that its start is in its past
                parents = [{"chain": numbers[id(section.epochs[run.epoch][0])], "seq": 1}]
            chains.append({"origin": section.name, "counter": run.epoch.counter, "tag": f"{run.epoch.tag:016x}",
                           "leansOn": leans, "base": run.base, "last": run.last, "parents": parents})
        for tip in cutting:
            if tip.get("origin") == section.name and tip.get("hash"):
                epoch = type(section.runs[0].epoch)(tip.get("counter", 0), tip.get("tag", 0))
                at = section.find(epoch, tip.get("seq", 0), tip["hash"])
                links += [{"chain": numbers[id(at)], "seq": tip["seq"], "hash": tip["hash"].hex()}] if at else []
    return {"chains": chains, "links": links}


# ---- lines


def position_line(said: dict[str, Any]) -> str:
    """One position."""
    slot = ", as chair" if said["asChair"] else ", second round" if said["round"] == 2 else ""
    why = f" ({said['why']})" if said["why"] else ""
    late = ", backdated" if said["backdated"] else ""
    by = f", recorded by {said['recordedBy']}" if said["recordedBy"] else ""
    return (f"position: {said['organisation']} {said['value']} {said['dateTaken']} {said['state']}{why}{slot}{late}"
            f"{by}, {said['event']}")


def view_lines(found: dict[str, Any]) -> list[str]:
    """The lines about the decision."""
    since = f", since {found['decidedAt']}" if found["decidedAt"] else ""
    marks = (", provisional" if found["provisional"] else "") + (", ended" if found["ended"] else "")
    lines = [f"decision: {found['decision']}, text {found['revision']}",
             f"as of {found['date']}: {found['outcome']}{marks}{since}", f"reason: {found['reason']}"]
    lines += [f"missing: {', '.join(found['missing'])}"] if found["missing"] else []
    lines.append(f"complete: {'yes' if found['complete'] else 'no'}")
    lines += map(position_line, found["positions"])
    return lines + [f"ignored: {one['event']} ({one['why']})" for one in found["ignored"]]


def key_text(name: str, key: bytes, known: list[Key]) -> str:
    """A key, and whether the reader knows it."""
    mark = ", known" if any(name == org for org, _ in known) else ""
    return f", key {base64.b64encode(key).decode()}{mark}"


def proof_lines(verdict: Verdict, known: list[Key]) -> list[str]:
    """All lines about one proof."""
    fault = verdict.fault or verdict.stranger(known)
    if fault or verdict.checker is None:
        return [fault.line()] if fault else []
    lines = view_lines(verdict.view)
    for section in verdict.checker.sections:
        lines.append(f"signed: {section.name}, {section.links} links, {section.shown} shown"
                     + key_text(section.name, section.header.pinned, known))
    for held in verdict.checker.possessions:
        heads = ",".join(f" {org} {epoch.text()}:{seq}" for org, epoch, seq in held.heads)
        lines.append(f"possession: {held.node} at {print_time(held.time)} holds{heads or ' nothing of these'}"
                     + ("" if held.of_origin else key_text(held.node, held.key, known)))
    return lines
