"""Fields of Body and all that a body may contain, after samenbus.proto; and a reader of that file.

The table stands here so that the verifier runs without samenbus.proto beside it. The tests compare
the two.
"""
from __future__ import annotations

import re
from typing import Any, Optional

from .protobuf import Field, Schema

# PROTOCOL §2.4; `data` of Custom, `body` and `link` have no length of their own.
LENGTHS = {
    **dict.fromkeys(["partnership", "hash", "tip", "link_hash", "digest", "rest_digest", "salt", "sign_key",
                     "old_key", "new_key", "nonce", "first_commitment", "commitment", "challenge"], 32),
    **dict.fromkeys(["old_signature", "new_signature"], 64),
    **dict.fromkeys(["boot_nonce", "store_id", "id", "where_id", "said_id"], 16),
    **dict.fromkeys(["checkpoint", "checkpoints"], 112),
}
SCALARS = ("string", "bytes", "int64", "uint64", "uint32", "fixed64", "bool")

BODY_MESSAGES = """
Body: 1 string topic, 2 int64 time_ms, 3 string publisher, 4 *string references,
  10 +AgendaItem agenda_item, 11 +Proposal proposal, 12 +Position position, 13 +Withdrawal withdrawal,
  14 +Closing closing, 15 +Notification notification, 16 +Acknowledgement acknowledgement,
  17 +Custom custom, 30 +EpochStart epoch_start, 31 +KeyCertificate key_certificate,
  32 +Erasure erasure, 33 +Receipt receipt
Attachment: 1 string title, 2 string media_type, 3 uint64 size, 4 string sha256, 5 string url
AgendaItem: 1 string item_id, 2 enum kind, 3 string title, 4 string description, 5 enum body,
  6 string start, 7 string end, 8 string timezone, 9 string date, 10 string location, 11 enum status,
  12 *string participants, 13 *Attachment attachments, 14 enum disclosure, 15 string embargo_until,
  16 string secrecy_ground, 17 string imposed_by, 18 string liftable_by, 19 string number,
  20 string parent, 21 string portfolio_holder, 22 string theme, 23 *string co_editors,
  24 *string supersedes
Weight: 1 string organisation, 2 uint32 weight
Proposal: 1 string decision_id, 2 string title, 3 string text, 4 string dossier,
  5 *string participants, 6 enum rule, 7 *Weight weights, 8 uint32 threshold, 9 enum tie,
  10 string chair, 11 uint32 quorum, 12 enum body, 13 string deadline, 14 string date,
  15 string replaces, 16 *string supersedes, 17 *Attachment attachments
Position: 1 string decision, 2 string revision, 3 enum value, 4 enum kind, 5 enum body,
  6 string date_taken, 7 string conditions, 8 string reference, 9 uint32 round, 10 bool as_chair,
  11 string on_behalf_of
Withdrawal: 1 string decision_id, 2 string reason, 3 string date
Closing: 1 string decision_id, 2 enum outcome, 3 string date, 4 *Tip cut
Notification: 1 string notification_id, 2 enum severity, 3 string subject, 4 string text,
  5 *string addressees, 6 string expires, 7 bool requires_acknowledgement
Acknowledgement: 1 string notification, 2 string text
Custom: 1 string content_type, 2 bytes data
Tip: 1 string origin, 2 uint32 counter, 3 fixed64 tag, 4 uint64 seq, 5 bytes hash, 6 bool past
EpochStart: 1 uint32 counter, 2 *Tip parents, 3 bytes nonce, 4 bytes sign_key,
  5 bytes first_commitment, 6 KeyCertificate certificate
KeyCertificate: 1 string origin, 2 bytes old_key, 3 bytes new_key, 4 int64 time_ms,
  5 bytes old_signature, 6 bytes new_signature
Erasure: 1 string event, 2 string ground
Receipt: 1 string erasure, 2 string event, 3 int64 time_ms
"""


def make_field(kind: str, name: str, repeated: bool, content: bool, enum: str = "") -> Field:
    """A field of that declared type."""
    if kind in SCALARS or kind == "enum":
        return Field(name, kind, repeated, LENGTHS.get(name, 0) if kind == "bytes" else 0, enum, content)
    return Field(name, "message", repeated, 0, kind, content)


def read_table(table: str) -> Schema:
    """The table above: `*` marks repeated fields, `+` the members of Body's oneof."""
    schema: Schema = {}
    for name, fields in re.findall(r"^(\w+):((?:[^\n]|\n  )+)", table, re.M):
        schema[name] = {
            int(number): make_field(kind, label, mark == "*", mark == "+")
            for number, mark, kind, label in re.findall(r"(\d+) ([*+]?)(\w+) (\w+)", fields)
        }
    return schema


BODY_SCHEMA = read_table(BODY_MESSAGES)


def content_of(body: dict[str, Any]) -> Optional[str]:
    """Name of the content of a decoded body, None where there is none that this version knows."""
    return next((f.name for f in BODY_SCHEMA["Body"].values() if f.content and f.name in body), None)


def camel(name: str) -> str:
    """A name in lowerCamelCase (PROTOCOL §16.1)."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def read_enums(source: str) -> dict[str, dict[int, str]]:
    """Names of enum values, in lower case and without the prefix of their type (PROTOCOL §16.1)."""
    enums = {}
    for name, block in re.findall(r"\benum\s+(\w+)\s*\{([^}]*)\}", strip_comments(source)):
        prefix = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower() + "_"
        enums[name] = {int(number): label.lower().removeprefix(prefix)
                       for label, number in re.findall(r"(\w+)\s*=\s*(\d+)", block)}
    return enums


def strip_comments(source: str) -> str:
    """The source without its comments."""
    return re.sub(r"//[^\n]*", "", source)


def read_proto(source: str) -> Schema:
    """The messages of a .proto file that is written as plainly as samenbus.proto."""
    enums = read_enums(source)
    source = re.sub(r"\benum\s+\w+\s*\{[^}]*\}", "", strip_comments(source))
    schema: Schema = {}
    for name, block in re.findall(r"\bmessage\s+(\w+)\s*\{((?:[^{}]|\{[^{}]*\})*)\}", source):
        oneof = "".join(re.findall(r"\boneof\s+\w+\s*\{([^}]*)\}", block))
        members = set(re.findall(r"(\w+)\s*=", oneof))
        schema[name] = {
            int(number): make_field("enum" if kind in enums else kind, label, bool(repeated),
                                    label in members, kind if kind in enums else "")
            for repeated, kind, label, number
            in re.findall(r"(repeated\s+)?(\w+)\s+(\w+)\s*=\s*(\d+)\s*;", block)
        }
    return schema
