#!/usr/bin/python3
"""SECURITY.md says which test proves what about each threat: every test that it names is there, all
threats are listed in order, and none is without a test."""
import os
import re
import lint

FILE = "SECURITY.md"
ROW = re.compile(r"^\| (\d+) \|([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|$", re.M)
TEST = re.compile(r"`(tests/[^`]+)`")
THREATS = 22


def check(root):
    if not os.path.isfile(os.path.join(root, FILE)):
        return
    text = lint.read(root, FILE)
    for match in TEST.finditer(text):
        if not os.path.isfile(os.path.join(root, match.group(1))):
            yield lint.Finding(FILE, lint.line_of(text, match.start()), "no-such-test",
                               f"{match.group(1)} is not there")
    rows = list(ROW.finditer(text))
    for expected, match in enumerate(rows, 1):
        line = lint.line_of(text, match.start())
        if int(match.group(1)) != expected:
            yield lint.Finding(FILE, line, "out-of-order", f"threat {match.group(1)} stands at {expected}")
        if not TEST.search(match.group(4)):
            yield lint.Finding(FILE, line, "unproven", f"threat {match.group(1)} names no test")
    if len(rows) != THREATS:
        yield lint.Finding(FILE, 1, "threats-missing", f"{len(rows)} threats, {THREATS} wanted")


PLANTED = {
    FILE: "| | threat |\n| 1 | a | b | `tests/here.py` | |\n| 3 | a | b | `tests/gone.py` | |\n"
          "| 3 | a | b | none | |\n",
    "tests/here.py": "",
}
EXPECTED = {(FILE, 1, "threats-missing"), (FILE, 3, "no-such-test"), (FILE, 3, "out-of-order"),
            (FILE, 4, "unproven")}

if __name__ == "__main__":
    lint.run(check, PLANTED, EXPECTED)
