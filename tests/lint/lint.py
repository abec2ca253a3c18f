"""What every lint stands on: files of the tree, findings, and the self-test that keeps a lint from
being one that never fails. No rule of its own lives here.

A lint is a program lint_*.py with `check(root)` giving findings, `PLANTED`, a little tree that
breaks each of its rules, and `EXPECTED`, exactly what must be found there. Every run first checks
the planted tree, then the real one; exit 0 clean, 1 findings, 77 skipped, 2 the lint is broken."""
import os
import re
import sys
import tempfile
from collections import namedtuple

Finding = namedtuple("Finding", "path line rule text")

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CODE_FOLDERS = ("daemon", "proto", "config", "clients", "tests")
SKIPPED_FOLDERS = {".git", "build", "__pycache__", "node_modules"}


def files(root, suffixes, folders=CODE_FOLDERS):
    """Paths relative to root, sorted, that end in one of the suffixes."""
    found = []
    for folder in folders:
        for here, below, names in os.walk(os.path.join(root, folder)):
            below[:] = [name for name in below if name not in SKIPPED_FOLDERS]
            found += [os.path.relpath(os.path.join(here, name), root)
                      for name in names if name.endswith(suffixes)]
    return sorted(found)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def code_of(text, keep_strings=False):
    """C source with comments (and the insides of strings) blanked out; each line stays in place."""
    def blank(match):
        token = match.group(0)
        if token[0] in "\"'":
            return token if keep_strings else token[0] + " " * (len(token) - 2) + token[-1]
        return re.sub(r"[^\n]", " ", token)
    return re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", blank, text,
                  flags=re.S)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def plant(root, tree):
    for path, text in tree.items():
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def run(check, planted, expected):
    """The main function of a lint. `expected` is a set of (path, line, rule)."""
    with tempfile.TemporaryDirectory(prefix="samenbus-lint-") as root:
        plant(root, planted)
        found = {(f.path, f.line, f.rule) for f in check(root)}
    if found != expected:
        for kind, some in (("not found", expected - found), ("found wrongly", found - expected)):
            for path, line, rule in sorted(some):
                print(f"self-test: {kind}: {path}:{line}: {rule}")
        sys.exit(2)
    findings = sorted(set(check(ROOT)))
    for f in findings:
        print(f"{f.path}:{f.line}: {f.rule}: {f.text}")
    print(f"{len(findings)} findings; the self-test found all {len(expected)} planted ones")
    sys.exit(1 if findings else 0)
