#!/usr/bin/python3
"""The core is pure: no clock, file, socket, random source or state of its own.

Compiles the core as a release is and asks nm. It may need from outside:
- memory and string functions, and what assert and the hardening flags add (LIBC below);
- functions of proto/ which, with everything that they call in turn, need nothing but that and
  hashing and formatting into a buffer (PROTO_MAY below).
It may define no writable variable."""
import concurrent.futures
import os
import re
import subprocess
import tempfile
import lint

LIBC = re.compile(
    r"mem(?:cmp|cpy|move|set|chr|mem)|str(?:n?len|n?cmp|n?casecmp|r?chr|chrnul|p?brk|c?spn|str)"
    r"|malloc|calloc|free|qsort|bsearch"
    r"|__assert_fail|__stack_chk_fail|__(?:mem\w+|str\w+)_chk|_GLOBAL_OFFSET_TABLE_")
PROTO_MAY = re.compile(r"nettle_sha256_\w*|sodium_mem(?:cmp|zero)"
                       r"|v?snprintf|__v?snprintf_chk")
FLAGS = ["-std=c17", "-D_GNU_SOURCE", "-DSAMENBUS_VERSION=\"\"", "-DSAMENBUS_BUILD=\"\"", "-O2",
         "-D_FORTIFY_SOURCE=2", "-fstack-protector-strong", "-fno-pie", "-ffunction-sections",
         "-fdata-sections", "-w", "-c"]
NOT_PROTO = re.compile(r'#\s*include\s*[<"](?:[\w/-]*\.pb-c|jansson)\.h')


def compile_all(root, paths, into):
    """{path: object}; a file that does not compile raises, with the compiler's words."""
    def compile_one(path):
        target = os.path.join(into, path.replace("/", "-") + ".o")
        subprocess.run(["gcc", *FLAGS, "-I", root, "-o", target, os.path.join(root, path)],
                       check=True)
        return path, target
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return dict(pool.map(compile_one, paths))


def symbols(target):
    """(kind, name) of each symbol, kinds as in nm(1)."""
    text = subprocess.run(["nm", target], check=True, capture_output=True, text=True).stdout
    return [tuple(line.split()[-2:]) for line in text.splitlines()]


def undefined(target):
    return {name for kind, name in symbols(target) if kind in "Uwv"}


def reach(proto_objects, wanted, into):
    """What the functions `wanted` of proto/, and all that they call, need from outside: linked
    together, and what is not called thrown away. The names of what was thrown away stay in the
    symbol table, so that the relocations decide."""
    target = os.path.join(into, "reached.o")
    roots = [f"--undefined={name}" for name in sorted(wanted)]
    subprocess.run(["ld", "-r", "--gc-sections", *roots, "-o", target, *proto_objects], check=True)
    relocations = subprocess.run(["readelf", "-rW", target], check=True, capture_output=True,
                                 text=True).stdout
    return undefined(target) & set(re.findall(r"[A-Za-z_]\w*", relocations))


def locate(root, path, name):
    """The first line of the file that calls the symbol, or else names it."""
    text = lint.code_of(lint.read(root, path))
    word = r"\b%s\b" % re.escape(re.sub(r"^__|_chk$|\.\d+$", "", name))
    match = re.search(word + r"\s*\(", text) or re.search(word, text)
    return lint.line_of(text, match.start()) if match else 1


def users(root, objects, name):
    return [(p, locate(root, p, name)) for p, o in sorted(objects.items()) if name in undefined(o)]


def check_core(root, core, provided):
    own = {name for target in core.values() for kind, name in symbols(target) if kind in "TDBR"}
    for path, target in core.items():
        for kind, name in symbols(target):
            if kind in "bBdDCsSgG":
                yield lint.Finding(path, locate(root, path, name), "core-state",
                                   f"{name} is a writable variable")
            if kind in "Uwv" and name not in own | provided and not LIBC.fullmatch(name):
                yield lint.Finding(path, locate(root, path, name), "core-impure",
                                   f"{name} is not for the core")


def check(root):
    core_paths = lint.files(root, (".c",), ("daemon/core",))
    proto_paths = [p for p in lint.files(root, (".c",), ("proto",))
                   if not NOT_PROTO.search(lint.read(root, p))]
    with tempfile.TemporaryDirectory(prefix="samenbus-purity-") as into:
        core, proto = compile_all(root, core_paths, into), compile_all(root, proto_paths, into)
        provided = {name for target in proto.values()
                    for kind, name in symbols(target) if kind in "TDBR"}
        yield from check_core(root, core, provided)
        wanted = {name for target in core.values() for name in undefined(target)} & provided
        if wanted:
            for name in sorted(reach(proto.values(), wanted, into)):
                if not LIBC.fullmatch(name) and not PROTO_MAY.fullmatch(name):
                    for path, line in users(root, proto, name):
                        yield lint.Finding(path, line, "proto-impure",
                                           f"the core reaches {name} through here")


PLANTED = {
    "daemon/core/clock.c": "#include <time.h>\nlong sb_now(void)\n{\n    return time(NULL);\n}\n",
    "daemon/core/state.c": "static int turns;\nint sb_turn(void);\nint sb_turn(void)\n{\n"
                           "    return turns++;\n}\n",
    "daemon/core/good.c": "#include <assert.h>\n#include <string.h>\nlong sb_now(void);\n"
                          "int sb_hash(const char *p);\nint sb_random(void);\nint sb_lost(void);\n"
                          "static const char *const names[] = {\"a\", \"b\"};\n"
                          "int sb_good(const char *p, int i)\n{\n    assert(p != NULL);\n"
                          "    return memcmp(p, names[i], 3) + (int)sb_now() + sb_hash(p);\n}\n"
                          "int sb_draw(void)\n{\n    return sb_random() + sb_lost();\n}\n",
    "proto/hash.c": "#include <stdlib.h>\nint nettle_sha256_digest(const char *p);\n"
                    "int sb_hash(const char *p)\n{\n    return nettle_sha256_digest(p);\n}\n"
                    "int sb_never_called(void)\n{\n    return system(\"a\");\n}\n",
    "proto/random.c": "int randombytes_random(void);\nint sb_random(void)\n{\n"
                      "    return randombytes_random();\n}\n",
}
EXPECTED = {
    ("daemon/core/clock.c", 4, "core-impure"), ("daemon/core/state.c", 1, "core-state"),
    ("daemon/core/good.c", 6, "core-impure"), ("proto/random.c", 1, "proto-impure"),
}

if __name__ == "__main__":
    lint.run(check, PLANTED, EXPECTED)
