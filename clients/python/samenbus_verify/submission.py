"""Checks a submission as a daemon does before it publishes (PROTOCOL §4.3, §15)."""
from __future__ import annotations

import re
from typing import Any, Callable, NamedTuple

from . import forms
from .protobuf import decode, raw_fields
from .schema import BODY_SCHEMA
from .words import Malformed, is_id, is_org_text, is_reference

SUBMISSION_MAX = 65423
UNKNOWN = "?"  # the key of what this version does not know
FIRST_CONTENT = 10  # contents have numbers from 10 on (PROTOCOL §4.3)
LABEL, TITLE, TEXT = 200, 1000, 49152

# `!` required, `*n` a list of at most n; then the form, with its number of bytes or highest value.
RULES = f"""
Body: topic! topic, references*64 reference, agenda_item AgendaItem, proposal Proposal,
  position Position, withdrawal Withdrawal, closing Closing, notification Notification,
  acknowledgement Acknowledgement, custom Custom
AgendaItem: item_id! uuid, kind! enum:4, title! line:{TITLE}, description lines:{TEXT}, body enum:6,
  start local, end local, timezone zone, date date, location line:{TITLE}, status enum:5,
  participants*64 org, attachments*64 Attachment, disclosure enum:4, embargo_until time,
  secrecy_ground line:{TITLE}, imposed_by line:{LABEL}, liftable_by line:{LABEL},
  number line:{LABEL}, parent reference, portfolio_holder line:{LABEL}, theme line:{LABEL},
  co_editors*64 org, supersedes*64 reference
Attachment: title! line:{TITLE}, media_type media_type:200, size number, sha256 sha256, url url:2000
Weight: organisation! org, weight! number
Proposal: decision_id! uuid, title! line:{TITLE}, text lines:{TEXT}, dossier line:{LABEL},
  participants!*64 org, rule! enum:5, weights*64 Weight, threshold number, tie enum:3, chair org,
  quorum number, body enum:6, deadline date, date date, replaces reference,
  supersedes*64 reference, attachments*64 Attachment
Position: decision! reference, revision! reference, value! enum:10, kind enum:4, body enum:6,
  date_taken! date, conditions lines:{TEXT}, reference line:{LABEL}, round number,
  as_chair any, on_behalf_of org
Withdrawal: decision_id! uuid, reason lines:{TEXT}, date date
Closing: decision_id! uuid, outcome! enum:8, date date, cut*4096 Tip
Tip: origin! org, counter! number, tag number, seq! number, hash! any, past any
Notification: notification_id! uuid, severity! enum:3, subject! line:{TITLE}, text lines:{TEXT},
  addressees*64 org, expires time, requires_acknowledgement any
Acknowledgement: notification! reference, text lines:{TEXT}
Custom: content_type! media_type:200, data any
"""
CLASS_OF = {
    "agenda_item": "agenda", "proposal": "decision", "position": "decision",
    "withdrawal": "decision", "closing": "decision", "notification": "notification",
    "acknowledgement": "notification", "custom": "custom",
}
CONTENT_RULE_WEIGHTED, TIE_CHAIR, DISCLOSURE_SECRET, DISCLOSURE_EMBARGOED = 5, 3, 3, 4
OUTCOME_OPEN, KIND_MEETING = 1, 1


class Refused(Exception):
    """Why a submission is refused; the first argument is the code of PROTOCOL §13."""


class Rule(NamedTuple):
    """What one field must be."""

    name: str
    required: bool
    most: int  # of a list, 0 where it is none
    form: str
    limit: int


def read_rules(table: str) -> dict[str, list[Rule]]:
    """The table above."""
    rules = {}
    for message, fields in re.findall(r"^(\w+):((?:[^\n]|\n  )+)", table, re.M):
        found = re.findall(r"(\w+)(!?)(?:\*(\d+))? (\w+)(?::(\d+))?", fields)
        rules[message] = [Rule(name, bool(must), int(most or 0), form, int(limit or 0))
                          for name, must, most, form, limit in found]
    return rules


FIELD_RULES = read_rules(RULES)
TEXT_FORMS: dict[str, Callable[[str], Any]] = {
    "line": lambda text: not forms.CONTROL.search(text),
    "lines": lambda text: not forms.CONTROL_BUT_LINES.search(text),
    "topic": forms.topic_class,
    "uuid": is_id,
    "org": is_org_text,
    "reference": is_reference,
    "date": forms.parse_date,
    "local": forms.parse_local,
    "time": lambda text: forms.parse_time(text) is not None,
    "zone": lambda text: len(text) <= 64 and forms.ZONE.match(text),
    "media_type": forms.MEDIA_TYPE.match,
    "sha256": forms.SHA256.match,
    "url": forms.URL.match,
}


def check_submission(raw: bytes) -> str:
    """The code that checking gives, "ok" where nothing is wrong (PROTOCOL §4.3, 1 to 7)."""
    try:
        if len(raw) > SUBMISSION_MAX:
            raise Refused("too_large")
        check_outermost(raw)
        body = decode(BODY_SCHEMA, "Body", raw, UNKNOWN)
        check_message("Body", body)
        check_content(body)
        check_secrecy(body)
    except Malformed:
        return "malformed"
    except Refused as refused:
        return str(refused)
    return "ok"


def check_outermost(raw: bytes) -> None:
    """Step 2: what the daemon writes itself, and what is there twice."""
    topics = contents = 0
    for number, _, _, _ in raw_fields(raw):
        topics += number == 1
        contents += number >= FIRST_CONTENT
        if number in (2, 3) or topics > 1 or contents > 1:
            raise Refused("invalid_body")


def check_message(name: str, message: dict[str, Any]) -> None:
    """Step 4: unknown fields, every field, depth first, then what must hold between them."""
    if UNKNOWN in message:
        raise Refused("malformed")
    for rule in FIELD_RULES[name]:
        check_field(rule, message.get(rule.name))
    if name in BETWEEN and not BETWEEN[name](message):
        raise Refused("invalid_body")


def check_field(rule: Rule, value: Any) -> None:
    """One field; None where it is absent."""
    if value is None:
        if rule.required:
            raise Refused(code_of(rule))
        return
    values = value if rule.most else [value]
    if rule.most and len(values) > rule.most:
        raise Refused("too_large")
    for at, one in enumerate(values):
        check_value(rule, one)
        if rule.form in ("org", "reference") and one in values[:at]:
            raise Refused("invalid_body")


def check_value(rule: Rule, value: Any) -> None:
    """One value of a field."""
    if rule.form in FIELD_RULES:
        check_message(rule.form, value)
    elif rule.form in ("enum", "number", "any"):
        if rule.limit and not 0 <= value <= rule.limit:
            raise Refused("invalid_body")
    elif rule.limit and len(value.encode()) > rule.limit:
        raise Refused("too_large")
    elif not TEXT_FORMS[rule.form](value):
        raise Refused(code_of(rule))


def code_of(rule: Rule) -> str:
    """The code of a value that is absent or of another form."""
    return "invalid_topic" if rule.form == "topic" else "invalid_body"


def check_content(body: dict[str, Any]) -> None:
    """Steps 5 and 6: one content of a client, under a topic of its class."""
    contents = [name for name in CLASS_OF if name in body]
    if len(contents) != 1:
        raise Refused("invalid_body")
    if forms.topic_class(body["topic"]) != CLASS_OF[contents[0]]:
        raise Refused("invalid_topic")


def check_secrecy(body: dict[str, Any]) -> None:
    """Step 7: ground, imposed by and liftable by; asked of what is new only."""
    item = body.get("agenda_item", {})
    if item.get("disclosure") == DISCLOSURE_SECRET and not (
            item.get("secrecy_ground") and item.get("imposed_by") and item.get("liftable_by")):
        raise Refused("invalid_body")


def check_agenda_item(item: dict[str, Any]) -> bool:
    """PROTOCOL §15.2, "Between fields"."""
    start, end = item.get("start"), item.get("end")
    disclosure = item.get("disclosure")
    begins, ends = forms.parse_local(start or ""), forms.parse_local(end or "")
    return not (
        (item["kind"] == KIND_MEETING and not start and "date" not in item)
        or ("date" in item and (start or end))
        or (end and not start) or (begins and ends and ends < begins)
        or (("embargo_until" in item) != (disclosure == DISCLOSURE_EMBARGOED))
        or (disclosure == DISCLOSURE_SECRET and ("description" in item or "attachments" in item))
    )


def check_proposal(proposal: dict[str, Any]) -> bool:
    """PROTOCOL §15.4: weights, threshold, chair and quorum against the participants."""
    participants = proposal["participants"]
    chair = proposal.get("chair")
    return (check_weights(proposal, participants)
            and (chair in participants if chair else proposal.get("tie") != TIE_CHAIR)
            and proposal.get("quorum", 0) <= len(participants))


def check_weights(proposal: dict[str, Any], participants: list[str]) -> bool:
    """One weight per participant and a threshold within their sum; only with rule weighted."""
    weights = proposal.get("weights", [])
    threshold = proposal.get("threshold", 0)
    if proposal["rule"] != CONTENT_RULE_WEIGHTED:
        return not weights and not threshold
    total = sum(weight["weight"] for weight in weights)
    named = [weight["organisation"] for weight in weights]
    return sorted(named) == sorted(participants) and 1 <= threshold <= total


BETWEEN: dict[str, Callable[[dict[str, Any]], bool]] = {
    "AgendaItem": check_agenda_item,
    "Proposal": check_proposal,
    "Closing": lambda closing: closing["outcome"] != OUTCOME_OPEN,
}
