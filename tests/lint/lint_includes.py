#!/usr/bin/python3
"""Who may include whom: the layers, the siblings that do not know each other, and libraries that
only their owner's .c files see."""
import os
import re
import lint

# The folder of a file (longest match) and the folders whose headers it may include.
DAEMON = ("daemon/core", "daemon/store", "daemon/net", "daemon/shell", "daemon", "proto", "config")
MAY_INCLUDE = {
    "proto": ("proto",),
    "config": ("config", "proto"),
    "daemon/core": ("daemon/core", "proto"),
    "daemon/store": ("daemon/store", "proto"),
    "daemon/net": ("daemon/net", "proto"),
    "daemon/shell": DAEMON,
    "daemon": DAEMON,
    "clients/lib": ("clients/lib", "proto", "config"),
    "clients/command": ("clients/command", "clients/lib", "proto", "config"),
    "clients": ("clients", "proto", "config"),
}
OWNERS = {
    "lmdb.h": ("daemon/store",),
    "zmq.h": ("daemon/net", "clients"),
    "yaml.h": ("config",),
    "sodium.h": ("proto",),
    "nettle/sha2.h": ("proto",),
    "jansson.h": ("proto",),
}
FOR_VERIFY = ("daemon/store/store.h", "daemon/store/verify.h", "daemon/store/copy.h",
              "daemon/store/repair.h", "daemon/store/said.h")
# Nothing that reads a clock, a file or a socket.
CORE_SYSTEM_HEADERS = {"assert.h", "inttypes.h", "limits.h", "stdarg.h", "stdbool.h", "stddef.h",
                       "stdint.h", "stdlib.h", "string.h"}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.M)


def area(path):
    """The longest folder of the table that path is in."""
    known = [a for a in MAY_INCLUDE if path.startswith(a + "/")]
    return max(known, key=len, default=None)


def library_owners(name):
    if name.endswith(".pb-c.h") or name.startswith(("protobuf-c/", "google/protobuf-c/")):
        return ("proto",)
    if name.startswith("sodium/"):
        return ("proto",)
    return OWNERS.get(name)


def check_library(path, name):
    owners = library_owners(name)
    if owners is None:
        return None
    if path.endswith(".h"):
        return "library-in-header", f"no header may include {name}"
    if path.startswith("tests/") or path.startswith(tuple(o + "/" for o in owners)):
        return None
    return "library-owner", f"{name} belongs to {' and '.join(owners)}"


def check_layer(root, path, name):
    here, there = area(path), area(name)
    if not os.path.isfile(os.path.join(root, name)):
        return "from-root", f'"{name}" is not a path from the root of the tree'
    if here is None or there in MAY_INCLUDE[here]:
        return None
    if path.startswith("clients/command/verify") and name in FOR_VERIFY:
        return None
    return "layer", f"{here}/ may not include {name}"


def check_system(path, name):
    if area(path) == "daemon/core" and name not in CORE_SYSTEM_HEADERS:
        return "core-system-header", f"the core has no business with <{name}>"
    return None


def check_order(root, path, includes):
    """Own header first, then the system, then the project. What comes first from the same folder
    counts as the own header too, for a header may be implemented by several files."""
    own = path[:-2] + ".h"
    names = [name for _, _, name in includes]
    if path.endswith(".c") and os.path.isfile(os.path.join(root, own)) and names[:1] != [own]:
        yield includes[0][0] if includes else 1, "own-header-first", f"{own} comes first"
    project_seen = False
    for i, (line, bracket, name) in enumerate(includes):
        system = bracket == "<"
        if system and project_seen and not path.startswith("tests/"):
            yield line, "include-order", f"<{name}> comes before the project's headers"
        is_own = i == 0 and os.path.dirname(name) == os.path.dirname(path)
        project_seen = project_seen or not (system or is_own)


def check(root):
    for path in lint.files(root, (".c", ".h")):
        text = lint.code_of(lint.read(root, path), keep_strings=True)
        includes = [(lint.line_of(text, m.start(1)), m.group(1), m.group(2))
                    for m in INCLUDE.finditer(text)]
        for line, bracket, name in includes:
            if library_owners(name) is not None:
                verdict = check_library(path, name)
            elif bracket == '"':
                verdict = check_layer(root, path, name)
            else:
                verdict = check_system(path, name)
            if verdict:
                yield lint.Finding(path, line, *verdict)
        for line, rule, text_ in check_order(root, path, includes):
            yield lint.Finding(path, line, rule, text_)


PLANTED = {
    "proto/a.h": "#include <stdint.h>\n",
    "proto/a.c": '#include "proto/a.h"\n\n#include <sodium.h>\n\n#include "x.pb-c.h"\n',
    "proto/up.c": '#include "config/c.h"\n',
    "proto/lib.h": "#include <jansson.h>\n",
    "config/c.h": '#include "proto/a.h"\n',
    "config/up.c": '#include <yaml.h>\n\n#include "daemon/core/core.h"\n',
    "daemon/core/core.h": '#include "proto/a.h"\n',
    "daemon/core/late.c": '#include "proto/a.h"\n#include <string.h>\n',
    "daemon/core/late.h": "\n",
    "daemon/core/part.c": '#include "daemon/core/core.h"\n\n#include <string.h>\n',
    "daemon/core/clock.c": "#include <time.h>\n#include <lmdb.h>\n",
    "daemon/core/relative.c": '#include "core.h"\n',
    "daemon/store/store.h": "\n",
    "daemon/store/side.c": '#include <lmdb.h>\n\n#include "daemon/core/core.h"\n',
    "daemon/net/side.c": '#include <zmq.h>\n\n#include "daemon/store/store.h"\n',
    "daemon/net/conf.c": '/* #include "daemon/store/store.h" */\n#include "config/c.h"\n',
    "daemon/shell/loop.c": '#include "daemon/store/store.h"\n#include "config/c.h"\n',
    "daemon/main.c": '#include "daemon/core/core.h"\n',
    "clients/lib/l.c": '#include <zmq.h>\n\n#include "daemon/store/store.h"\n',
    "clients/command/verify_store.c": '#include "daemon/store/store.h"\n',
    "clients/command/tail.c": '#include "daemon/store/store.h"\n',
    "tests/unit/t.c": '#include "daemon/store/store.h"\n#include <lmdb.h>\n',
}
EXPECTED = {
    ("proto/up.c", 1, "layer"), ("proto/lib.h", 1, "library-in-header"),
    ("config/up.c", 3, "layer"), ("daemon/core/late.c", 1, "own-header-first"),
    ("daemon/core/late.c", 2, "include-order"), ("daemon/core/clock.c", 1, "core-system-header"),
    ("daemon/core/clock.c", 2, "library-owner"), ("daemon/core/relative.c", 1, "from-root"),
    ("daemon/store/side.c", 3, "layer"), ("daemon/net/side.c", 3, "layer"),
    ("daemon/net/conf.c", 2, "layer"), ("clients/lib/l.c", 3, "layer"),
    ("clients/command/tail.c", 1, "layer"),
}

if __name__ == "__main__":
    lint.run(check, PLANTED, EXPECTED)
