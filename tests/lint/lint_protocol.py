#!/usr/bin/python3
"""PROTOCOL.md says the same as the code where it repeats it: limits, message types, refusals and
faults. Whoever changes one of them changes both."""
import os
import re
import lint

DOCUMENT = "proto/PROTOCOL.md"
LIMITS = "proto/limits.h"
TYPES = "proto/wire.h"
CODES = "proto/code.c"
FAULTS = "proto/fault.c"


def limits_of(text):
    values = {}
    for name, value in re.findall(r"^\s*(SB_\w+)\s*=\s*([^,]+),", lint.code_of(text), re.M):
        values[name] = str(eval(value, {"__builtins__": {}}, {k: int(v) for k, v in values.items()}))
    return values


def types_of(text):
    return {value: name for name, value in
            re.findall(r"SB_MSG_([A-Z_]+)\s*=\s*(\d+)", lint.code_of(text))}


def sentences_of(text):
    """{name: sentence} of a table whose rows are {"name", "sentence in pieces"}."""
    rows = re.findall(r'\{\s*"(\w+)",\s*((?:"[^"]*"\s*)+)\}', lint.code_of(text, keep_strings=True))
    return {name: "".join(re.findall(r'"([^"]*)"', pieces)) for name, pieces in rows}


def section(document, title):
    """The text of a section, and the line on which it begins."""
    found = re.search(r"^##+ " + re.escape(title) + r"[^\n]*\n(.*?)(?=^##+ |\Z)", document,
                      re.M | re.S)
    if not found:
        return "", 1
    return found.group(1), lint.line_of(document, found.start(1))


def rows_of(document, title, key, value):
    """{key: (value, line)} of the tables of a section, by column."""
    text, first = section(document, title)
    rows = {}
    for number, line in enumerate(text.splitlines(), first):
        cells = [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) > max(key, value):
            rows[cells[key]] = (cells[value], number)
    return rows


def compare(document, title, key, value, expected):
    rows = rows_of(document, title, key, value)
    line = section(document, title)[1]
    for name, right in expected.items():
        said, where = rows.get(name, (None, line))
        if said is None:
            yield lint.Finding(DOCUMENT, where, "missing", f"section {title} lacks {name}")
        elif said != right:
            yield lint.Finding(DOCUMENT, where, "differs", f"{name}: {said}; the code: {right}")


def check(root):
    if not os.path.isfile(os.path.join(root, DOCUMENT)):
        return
    document = lint.read(root, DOCUMENT)
    faults = sentences_of(lint.read(root, FAULTS))
    for no_fault in ("none", "unknown"):
        faults.pop(no_fault, None)
    codes = sentences_of(lint.read(root, CODES))
    codes.pop("unknown", None)
    yield from compare(document, "11. Limits", 0, 1, limits_of(lint.read(root, LIMITS)))
    yield from compare(document, "2.3 Types", 0, 1, types_of(lint.read(root, TYPES)))
    yield from compare(document, "13. Refusals", 1, 2, codes)
    yield from compare(document, "10.1 Fault codes", 0, 1, faults)


PLANTED = {
    LIMITS: "enum {\n    SB_A_MAX = 2 * 8,\n    SB_B_MAX = SB_A_MAX + 1, /* x */\n"
            "    SB_C_MAX = 3,\n};\n",
    TYPES: "enum { SB_MSG_HELLO = 1, SB_MSG_WANT = 3 };\n",
    CODES: '{"ok", "Done."}, {"closed",\n "It has "\n "ended."},\n',
    FAULTS: '{"none", "x"}, {"bad_link", "the link"}\n',
    DOCUMENT: "## 2. Frames\n### 2.3 Types\n| 1 | HELLO |\n| 3 | WISH |\n"
              "### 10.1 Fault codes\n| bad_link | the chain |\n"
              "## 11. Limits\n| `SB_A_MAX` | 16 |\n| `SB_B_MAX` | 18 |\n"
              "## 13. Refusals\n| 0 | ok | Done. |\n| 15 | closed | It has ended |\n",
}
EXPECTED = {
    (DOCUMENT, 4, "differs"), (DOCUMENT, 6, "differs"), (DOCUMENT, 9, "differs"),
    (DOCUMENT, 8, "missing"), (DOCUMENT, 12, "differs"),
}

if __name__ == "__main__":
    lint.run(check, PLANTED, EXPECTED)
