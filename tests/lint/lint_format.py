#!/usr/bin/python3
"""clang-format 14 decides the format of every .c and .h file. Another version formats otherwise:
without this one the lint is skipped, and says so."""
import re
import shutil
import subprocess
import lint


def find_tool():
    for name in ("clang-format-14", "clang-format"):
        if shutil.which(name):
            said = subprocess.run([name, "--version"], capture_output=True, text=True).stdout
            if re.search(r"version 14\.", said):
                return name
    return None


TOOL = find_tool()
# Per line of output: "path:line:column: error: code should be clang-formatted".
COMPLAINT = re.compile(r"^(.*?):(\d+):\d+: error: ", re.M)


def check(root):
    paths = lint.files(root, (".c", ".h"))
    if not paths:
        return
    done = subprocess.run([TOOL, "--dry-run", "-Werror", "--style=file", *paths], cwd=root,
                          capture_output=True, text=True)
    # one finding a file: the first place
    first = {}
    for path, line in COMPLAINT.findall(done.stderr):
        first.setdefault(path, int(line))
    for path, line in first.items():
        yield lint.Finding(path, line, "format", f"run {TOOL} -i {path}")


PLANTED = {
    ".clang-format": lint.read(lint.ROOT, ".clang-format"),
    "proto/good.c": "int f(int a)\n{\n    return a;\n}\n",
    "proto/bad.c": "int f(int a)\n{\n  return a;\n}\n",
    "proto/star.h": "\nint f(int* a);\n",
}
EXPECTED = {("proto/bad.c", 2, "format"), ("proto/star.h", 2, "format")}

if __name__ == "__main__":
    if TOOL is None:
        lint.skip("no clang-format 14 here")
    lint.run(check, PLANTED, EXPECTED)
