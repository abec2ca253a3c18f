#!/usr/bin/python3
"""Sizes that keep a file and a function readable, and the sentence a file opens with.

A function longer than 70 lines passes only as a dispatching switch: at most 20 lines outside its
one switch, and at most four lines from one `case` to the next."""
import ast
import json
import re
import shutil
import subprocess
import sys
import lint

FILE_LINES, HEADER_LINES, FUNCTION_LINES = 500, 150, 70
SWITCH_FRAME_LINES, CASE_LINES = 20, 4
SIZED = (".c", ".h", ".py", ".sh")


def c_functions(root, paths):
    """(path, name, first line, last line) of every function definition."""
    if not paths:
        return
    tags = subprocess.run(["ctags", "--languages=C", "--langmap=C:.c.h", "--kinds-C=f",
                           "--fields=+ne", "--output-format=json", "-f", "-", *paths],
                          cwd=root, check=True, capture_output=True, text=True).stdout
    for tag in map(json.loads, tags.splitlines()):
        yield tag["path"], tag["name"], tag["line"], tag.get("end", tag["line"])


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.lineno, node.end_lineno


def matching_brace(lines, start):
    """The index of the line that closes the first brace at or after lines[start]."""
    depth = 0
    for i in range(start, len(lines)):
        for brace in re.findall(r"[{}]", lines[i]):
            depth += 1 if brace == "{" else -1
            if depth == 0:
                return i
    return len(lines) - 1


def is_dispatch(lines):
    """`lines`: the function without comments."""
    switches = [i for i, line in enumerate(lines) if re.search(r"\bswitch\s*\(", line)]
    if len(switches) != 1:
        return False
    end = matching_brace(lines, switches[0])
    if len(lines) - (end - switches[0] + 1) > SWITCH_FRAME_LINES:
        return False
    labels = [i for i in range(switches[0], end) if re.search(r"\bcase\b|\bdefault\b", lines[i])]
    return bool(labels) and all(after - before <= CASE_LINES
                                for before, after in zip(labels, labels[1:] + [end]))


def check_opening(path, text):
    lines = text.splitlines() or [""]
    if lines[0].startswith("#!"):
        lines = lines[1:] or [""]
    expected = {".c": "/*", ".h": "/*", ".py": '"""', ".sh": "# "}[path[path.rindex("."):]]
    if not lines[0].startswith(expected):
        yield lint.Finding(path, 1, "opening", "a file opens with what it is")


def check_file(path, text):
    limit = HEADER_LINES if path.endswith(".h") else FILE_LINES
    n = text.count("\n")
    if n > limit:
        rule = "header-lines" if path.endswith(".h") else "file-lines"
        yield lint.Finding(path, n, rule, f"{n} lines, {limit} allowed")
    yield from check_opening(path, text)


def check(root):
    texts = {path: lint.read(root, path) for path in lint.files(root, SIZED)}
    for path, text in texts.items():
        yield from check_file(path, text)
        if path.endswith(".py"):
            for name, first, last in python_functions(text):
                if last - first + 1 > FUNCTION_LINES:
                    yield too_long(path, first, name, last)
    bare = {}
    sources = [p for p in texts if p.endswith((".c", ".h"))]
    for path, name, first, last in c_functions(root, sources):
        if last - first + 1 > FUNCTION_LINES:
            bare.setdefault(path, lint.code_of(texts[path]).splitlines())
            if not is_dispatch(bare[path][first - 1:last]):
                yield too_long(path, first, name, last)


def too_long(path, first, name, last):
    return lint.Finding(path, first, "function-lines",
                        f"{name} has {last - first + 1} lines, {FUNCTION_LINES} allowed")


def function(name, body_lines):
    return f"static int {name}(int a)\n{{\n" + "".join(body_lines) + "    return a;\n}\n"


CASES = [f"    case {i}: return f{i}(a);\n" for i in range(80)]
DISPATCH = ["    switch (a) {\n", *CASES, "    }\n"]
FAT_SWITCH = ["    switch (a) {\n", *["    case 1:\n" + "        a++;\n" * 6] * 12, "    }\n"]
PLANTED = {
    "proto/long.c": "/* It is long. */\n" + "int a;\n" * 500,
    "proto/fits.c": "/* It fits. */\n" + "int a;\n" * 499,
    "proto/long.h": "/* It is long. */\n" + "int a;\n" * 150,
    "proto/bare.c": "int a;\n",
    "config/f.c": "/* Functions. */\n" + function("long_one", ["    a++;\n"] * 67) +
                  function("fits", ["    a++;\n"] * 66),
    "config/switch.c": "/* Switches. */\n" + function("dispatch", DISPATCH),
    "config/fat.c": "/* Switches. */\n" + function("fat", FAT_SWITCH),
    "config/frame.c": "/* Switches. */\n" + function("frame", ["    a++;\n"] * 30 + DISPATCH),
    "tests/p.py": '"""Python."""\ndef f():\n' + "    pass\n" * 70,
    "config/bare.sh": "#!/bin/sh\nset -eu\n",
    "config/good.sh": "#!/bin/sh\n# It is good.\n",
}
EXPECTED = {
    ("proto/long.c", 501, "file-lines"), ("proto/long.h", 151, "header-lines"),
    ("proto/bare.c", 1, "opening"), ("config/f.c", 2, "function-lines"),
    ("config/fat.c", 2, "function-lines"), ("config/frame.c", 2, "function-lines"),
    ("tests/p.py", 2, "function-lines"), ("config/bare.sh", 1, "opening"),
}

if __name__ == "__main__":
    if shutil.which("ctags") is None:
        print("ctags is missing: config/setup.sh test")
        sys.exit(2)
    lint.run(check, PLANTED, EXPECTED)
