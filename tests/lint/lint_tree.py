#!/usr/bin/python3
"""The tree speaks of the project only: no path of somebody's machine, nothing left to do, no
conflict marker, no space at a line's end; and the top level gets no other folder."""
import os
import re
import lint

TOP_FOLDERS = {"daemon", "proto", "config", "clients", "tests", "build"}
# Split, so that this file does not break its own rules.
RULES = {
    "machine-path": re.compile(r"(?<![\w.~$}/-])/(?:ho" r"me|wo" r"rk|ro" r"ot|Us" r"ers)/"),
    "left-to-do": re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b"),
    "conflict-marker": re.compile(r"^(?:<{7} |>{7} |={7}$)"),
    # Debian's packages belong to the one in /usr/bin
    "any-python": re.compile(r"^#!.*\benv python|^#!(?!/usr/bin/).*python"),
    "trailing-space": re.compile(r"[ \t]+$"),
}
TEXT = (".c", ".h", ".py", ".sh", ".md", ".txt", ".yaml", ".yml", ".proto", ".cmake", ".json",
        ".service", ".scenario", "CMakeLists.txt")


def top_files(root):
    generated = {".git", "compile_commands.json"}
    return sorted(name for name in os.listdir(root)
                  if os.path.isfile(os.path.join(root, name)) and name not in generated)


def check(root):
    for name in sorted(os.listdir(root)):
        folder = os.path.isdir(os.path.join(root, name))
        if folder and not name.startswith(".") and name not in TOP_FOLDERS:
            yield lint.Finding(name, 1, "top-level", "no other folder at the top")
    # the fuzz corpus is bytes of any kind
    paths = [p for p in lint.files(root, TEXT) if not p.startswith("tests/fuzz/corpus/")]
    for path in paths + top_files(root):
        text = lint.read(root, path)
        for number, line in enumerate(text.splitlines(), 1):
            for rule, pattern in RULES.items():
                if pattern.search(line):
                    yield lint.Finding(path, number, rule, line.strip()[:60])
        if text and not text.endswith("\n"):
            yield lint.Finding(path, text.count("\n") + 1, "final-newline",
                               "the last line has no end")


PLANTED = {
    "README.md": "See /ho" "me/jan/x.\n<" "<<<<<< ours\n=" "======\n",
    "daemon/a.c": "/* TO" "DO: later */\nint a; \nint b;",
    "daemon/b.c": "/* https://example.org/wo" "rk/x, ./ro" "ot/ and mkstemp XXXXXX are fine */\n",
    "tests/a.py": "#!/usr/bin/env python3\n",
    "tests/b.py": "#!/usr/bin/python3\n",
    "src/a.c": "int a;\n",
    "tests/fuzz/corpus/x/a.json": "TO" "DO ",
    "build/a.c": "TO" "DO\n",
}
EXPECTED = {
    ("README.md", 1, "machine-path"), ("README.md", 2, "conflict-marker"),
    ("README.md", 3, "conflict-marker"), ("daemon/a.c", 1, "left-to-do"),
    ("daemon/a.c", 2, "trailing-space"), ("daemon/a.c", 3, "final-newline"),
    ("tests/a.py", 1, "any-python"), ("src", 1, "top-level"),
}

if __name__ == "__main__":
    lint.run(check, PLANTED, EXPECTED)
