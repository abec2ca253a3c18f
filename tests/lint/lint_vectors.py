#!/usr/bin/python3
"""A vector that nobody runs proves nothing: every list of every file of proto/vectors is gone through
by a unit test in C. Those in Python and Node say so of themselves when they run."""
import json
import os
import re
import lint

VECTORS = "proto/vectors"
TESTS = "tests/unit"
RUN = re.compile(r'\bvector_each\(\s*"([^"]+)",\s*"([^"]+)"')


def lists_of(root):
    folder = os.path.join(root, VECTORS)
    for name in sorted(os.listdir(folder) if os.path.isdir(folder) else []):
        for key in json.loads(lint.read(root, f"{VECTORS}/{name}")):
            if key != "about":
                yield name, key


def check(root):
    run, known = set(), set(lists_of(root))
    for path in lint.files(root, (".c",), ["tests"]):
        text = lint.code_of(lint.read(root, path), keep_strings=True)
        for match in RUN.finditer(text) if path.startswith(TESTS) else ():
            one = (match.group(1) + ".json", match.group(2))
            run.add(one)
            if one not in known:
                yield lint.Finding(path, lint.line_of(text, match.start()), "no-vectors", f"{one[0]} has no {one[1]}")
    for name, key in sorted(known - run):
        yield lint.Finding(f"{VECTORS}/{name}", 1, "not-run", f"no unit test goes through {key}")


PLANTED = {
    f"{VECTORS}/a.json": '{"about": "", "run": [], "notRun": []}\n',
    f"{TESTS}/test_a.c": 'x;\nvector_each("a", "run", f); /* vector_each("a", "notRun", f); */\n'
                         'vector_each("a", "gone", f);\n',
    "proto/a.c": 'vector_each("a", "notRun", f);\n',
}
EXPECTED = {(f"{VECTORS}/a.json", 1, "not-run"), (f"{TESTS}/test_a.c", 3, "no-vectors")}

if __name__ == "__main__":
    lint.run(check, PLANTED, EXPECTED)
