#!/usr/bin/python3
"""Every header compiles alone, and twice."""
import re
import subprocess
import lint

FLAGS = ["-std=c17", "-D_GNU_SOURCE", "-DSAMENBUS_TEST_BUILD=1", "-Wall", "-Wextra",
         "-Wstrict-prototypes", "-Werror", "-fsyntax-only", "-x", "c", "-"]


def check(root):
    for path in lint.files(root, (".h",)):
        source = f'#include "{path}"\n#include "{path}"\n'
        done = subprocess.run(["gcc", "-I", root, *FLAGS], input=source, capture_output=True,
                              text=True)
        if done.returncode != 0:
            where = re.search(re.escape(path) + r":(\d+):\d+: error: (.*)", done.stderr)
            yield lint.Finding(path, int(where.group(1)) if where else 1, "self-contained",
                               where.group(2) if where else done.stderr.splitlines()[-1])


PLANTED = {
    "proto/good.h": "#ifndef G\n#define G\n#include <stdint.h>\nstruct g {\n    uint8_t a;\n};\n"
                    "#endif\n",
    "proto/needs.h": "#ifndef N\n#define N\nuint8_t n(void);\n#endif\n",
    "proto/twice.h": "struct t {\n    int a;\n};\n",
}
EXPECTED = {("proto/needs.h", 3, "self-contained"), ("proto/twice.h", 1, "self-contained")}

if __name__ == "__main__":
    lint.run(check, PLANTED, EXPECTED)
