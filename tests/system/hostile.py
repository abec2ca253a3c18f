"""Strings that would take over a terminal or forge a line, and every text field of every message that
may carry one: enumerated from the descriptors of samenbus.proto, so that no new field is forgotten."""
import importlib
import os
import re
import subprocess
import sys
import tempfile
import uuid

from region import ROOT, Failed, check

PROTO = os.path.join(ROOT, "proto", "samenbus.proto")
STRINGS = {
    "controls": "a\x1b[31mb\x1b]0;title\x07c\x9b2Jd\x7fe\r\nFORGED 1\nFORGED 2\x00f",
    "bidi": "a\u202eb\u2066c\u2028FORGED 3\u2029d\u200fe\u061cf",
    "invisible": "a\u200bb\u2060c\ufeffd\u00ade\ufe0ff\U000e0041g\u034fh\u3164i\U0001d173j",
    "lines": "first\nFORGED 4\n\tFORGED 5\n",
    "long": "FORGED 6 \u202e" + 16384 * "\u00e9\n",
}
MIXED = STRINGS["controls"].replace("\x00", "") + STRINGS["bidi"] + STRINGS["invisible"] + STRINGS["lines"]
INVISIBLE = re.compile(  # of those that Python takes for printable: fillers and variation selectors
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
SHORT = "a\x1b[31mb\nF\u202e"  # where 27 bytes are the most
DATE, WHEN = "2026-12-01", "2026-12-01T10:00"


def load():
    """The module that protoc makes of samenbus.proto."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["protoc", f"--python_out={folder}", f"-I{os.path.dirname(PROTO)}", PROTO], check=True)
        sys.path.insert(0, folder)
        try:
            return importlib.import_module("samenbus_pb2")
        finally:
            sys.path.remove(folder)


pb = load()
TEXT, MESSAGE, BYTES = 9, 11, 12
SIZES = {"hash": 32, "tip": 32, "commitment": 32, "salt": 32, "sign_key": 32, "checkpoint": 112, "id": 16,
         "boot_nonce": 16, "store_id": 16}  # PROTOCOL 2.4


def table():
    """{frame type: (message, from -> to)} of PROTOCOL 2.3."""
    with open(os.path.join(ROOT, "proto", "PROTOCOL.md"), encoding="utf-8") as f:
        section = f.read().split("### 2.3 Types")[1].split("### 2.4")[0]
    rows = re.findall(r"^\| (\d+) \| [A-Z_]+ \| (\w+) \| ([^|]+) \|", section, re.M)
    check(len(rows) > 25, f"the table of PROTOCOL 2.3 has {len(rows)} rows")
    return {int(number): (getattr(pb, message), way.strip()) for number, message, way in rows}


def paths(descriptor, above=(), kinds=(TEXT,)):
    """Each field of these kinds below a message, text unless told otherwise, as a tuple of its fields."""
    for field in descriptor.fields:
        if field.type in kinds:
            yield above + (field,)
        elif field.type == MESSAGE and field.message_type not in [f.message_type for f in above]:
            yield from paths(field.message_type, above + (field,), kinds)


def name_of(path):
    return ".".join(field.name for field in path)


def covered(path):
    return path[-1].containing_type.name, path[-1].name


def all_text_fields(kinds=(TEXT,)):
    return {(m.name, f.name) for m in pb.DESCRIPTOR.message_types_by_name.values() for f in m.fields
            if f.type in kinds}


def likely(field, org):
    """A value with which the message is taken for a good one, as far as its form tells."""
    reference = f"{org}/{uuid.uuid4()}"
    by_name = {
        "item_id": str(uuid.uuid4()), "decision_id": str(uuid.uuid4()), "notification_id": str(uuid.uuid4()),
        "start": WHEN, "end": WHEN, "timezone": "Europe/Amsterdam", "date": DATE, "deadline": DATE,
        "date_taken": DATE, "embargo_until": "", "expires": "", "parent": "", "replaces": "", "chair": "",
        "supersedes": "", "on_behalf_of": "", "co_editors": org, "participants": org, "addressees": org,
        "organisation": org, "origin": org, "node": org, "decision": reference, "revision": reference,
        "notification": reference, "event": reference, "erasure": reference, "references": "",
        "sha256": 64 * "a", "url": "https://example.org/", "media_type": "text/plain", "content_type": "text/plain",
        "topic": "custom/test", "topics": "custom/", "audience": "", "origins": org, "peer": org,
        "where_origin": org, "said_origin": org, "secrecy_ground": "", "imposed_by": "", "liftable_by": "",
        "epoch": "1-00000000", "state": "live", "time": f"{WHEN}:00Z", "since": f"{WHEN}:00Z", "id": org,
        "unlisted": org, "strangers": org,
    }
    return by_name.get(field.name, "words")


def chosen(oneof, hostile):
    """Of fields that exclude each other the one on the path, else the first."""
    on_path = [f for f in oneof.fields if hostile not in (None, "all") and f in hostile]
    return (on_path or oneof.fields)[0]


def fill(message, org, hostile=None, text="", above=()):
    """Sets every field; those at the path `hostile` (all: every text field) to `text`."""
    for field in message.DESCRIPTOR.fields:
        here, many = above + (field,), field.label == field.LABEL_REPEATED
        if field.containing_oneof is not None and field is not chosen(field.containing_oneof, hostile):
            continue
        if field.type == MESSAGE:
            if field.message_type in [f.message_type for f in above]:
                continue
            below = getattr(message, field.name)
            fill(below.add() if many else below, org, hostile, text, here)
            if not many:
                below.SetInParent()
            continue
        if field.type == TEXT:
            value = text if hostile in ("all", here) else likely(field, org)
        elif field.type == BYTES:
            value = text.encode() if hostile == here else bytes(SIZES.get(field.name, 0))
        else:
            value = 1 if field.type != 8 else True
        if many and value not in ("", b""):
            getattr(message, field.name).append(value)
        elif not many:
            setattr(message, field.name, value)
    return message


def harmless(what, output, of_lines=False):
    """Only printable characters and line ends, and no line that somebody else began (but where a text
    is one of lines by its nature)."""
    wrong = sorted({c for c in output if c != "\n" and (not c.isprintable() or INVISIBLE.match(c))})
    check(not wrong, f"{what}: {wrong} reach the terminal: {output[:2000]!r}")
    forged = [line for line in output.split("\n") if line.startswith("FORGED")]
    check(of_lines or not forged, f"{what}: a forged line: {forged[:1]}")


def the_test_can_fail():
    for bad in STRINGS.values():
        try:
            harmless("plant", f"text: {bad}")
        except Failed:
            continue
        check(False, f"{bad[:60]!r} is taken for harmless")
    harmless("plant", "a line\nanother one: \u00e9\u20ac\n")
