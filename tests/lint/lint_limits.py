#!/usr/bin/python3
"""A limit that nobody applies is a promise that nobody keeps: every name of proto/limits.h is used
by the program itself (tests do not count)."""
import os
import re
import lint

LIMITS = "proto/limits.h"
NAME = re.compile(r"^\s*(SB_[A-Z0-9_]+)\s*=", re.M)


def check(root):
    if not os.path.isfile(os.path.join(root, LIMITS)):
        return
    folders = [f for f in lint.CODE_FOLDERS if f != "tests"]
    used = set()
    for path in lint.files(root, (".c", ".h"), folders):
        if path != LIMITS:
            used |= set(re.findall(r"\bSB_[A-Z0-9_]+\b", lint.code_of(lint.read(root, path))))
    text = lint.code_of(lint.read(root, LIMITS))
    for match in NAME.finditer(text):
        if match.group(1) not in used:
            yield lint.Finding(LIMITS, lint.line_of(text, match.start(1)), "unused-limit",
                               f"{match.group(1)} is not applied anywhere")


PLANTED = {
    LIMITS: "enum {\n    SB_A_MAX = 1,\n    SB_B_MAX = SB_A_MAX, /* SB_C_MAX = 1 */\n"
            "    SB_D_MAX = 2,\n};\n",
    "proto/use.c": "int a[SB_A_MAX]; /* SB_B_MAX */\n",
    "tests/use.c": "int d[SB_D_MAX];\n",
}
EXPECTED = {(LIMITS, 3, "unused-limit"), (LIMITS, 4, "unused-limit")}

if __name__ == "__main__":
    lint.run(check, PLANTED, EXPECTED)
