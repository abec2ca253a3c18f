#!/usr/bin/python3
"""Bugs planted in the rules are found: by the model in Python, over random sets of events, and what depends
on the order of arrival by the property test. Each is a line of proto/rules/ that says something else."""
# test: slow
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("SAMENBUS_BIN", os.path.join(ROOT, "build", "asan", "bin"))
BUILD = os.path.dirname(os.path.abspath(BIN))
MODEL = ["/usr/bin/python3", os.path.join(ROOT, "clients", "python", "rules.py"), "--cases"]
HELPERS = ["tests/unit/proto/rules_case.c", "tests/unit/proto/rules_random.c"]
FEW, MANY = 300, 1500  # sets of events; what is rare needs more of them

# file, what stands there, the bug, sets that find it, whether the order of arrival then shows
PLANTS = [
    ("words.c", "    qsort(list, out.n, sizeof *list, by_order);\n", "    (void)by_order;\n    for (size_t i = 0; i < n; i++) {\n"
     "        list[i] = given[i];\n    }\n    out.n = n;\n", FEW, True),
    ("decision_outcome.c", "return (2 * total + 2) / 3;", "return 2 * total / 3;", FEW, False),
    ("decision_positions.c", "taken.days > deadline.days) ||", "taken.days >= deadline.days) ||", FEW, False),
    ("decision_ends.c", "(s->ending.outcome != first->ending.outcome ||", "(false ||", MANY, False),
    ("decision_ends.c", "sb_statements_keep_last(w->past, &list);", "list.n = list.n > 1 ? 1 : list.n;", FEW, False),
    ("agenda.c", "return a->edits > b->edits;", "return a->edits < b->edits;", FEW, False),
]


def flags():
    """As the libraries of this build were made, and what the tests need."""
    sanitizer = [] if "asan" not in BUILD else ["-fsanitize=address,undefined"]
    return ["-std=c17", "-O0", "-g0", "-D_GNU_SOURCE", '-DSAMENBUS_VERSION="planted"', '-DSAMENBUS_BUILD="planted"',
            "-DSAMENBUS_TEST_BUILD=1", f"-I{ROOT}", "-isystem", os.path.join(BUILD, "generated"), *sanitizer]


def compile_with(folder, name, source, planted):
    """A program with the planted file in the place of the library's; its path."""
    program = os.path.join(folder, name)
    files = [os.path.join(ROOT, path) for path in [source, *HELPERS]] + planted
    library = os.path.join(BUILD, "lib", "libsb_proto.a")
    subprocess.run(["cc", *flags(), "-o", program, *files, "-Wl,--allow-multiple-definition", library,
                    "-lcmocka", "-ljansson", "-lprotobuf-c", "-lsodium", "-lnettle"], check=True)
    return program


def plant(folder, file, good, bug):
    """The source with the bug in it."""
    path = os.path.join(ROOT, "proto", "rules", file)
    with open(path, encoding="utf-8") as f:
        text = f.read()
    assert text.count(good) == 1, f"{file}: the plant has no place any more: {good}"
    planted = os.path.join(folder, file)
    with open(planted, "w", encoding="utf-8") as f:
        f.write(text.replace(good, bug))
    return planted


def model_agrees(folder, planted, count):
    """Whether the model finds the same views as the rules."""
    program = compile_with(folder, "random-rules", "tests/rules/random_cases.c", planted)
    cases = subprocess.run([program, "1", str(count)], capture_output=True, check=True).stdout
    return subprocess.run(MODEL, input=cases, capture_output=True, check=False).returncode == 0


def order_is_the_same(folder, planted):
    """Whether the property test passes."""
    program = compile_with(folder, "test-random", "tests/unit/proto/test_rules_random.c", planted)
    return subprocess.run([program], capture_output=True, check=False).returncode == 0


def main():
    with tempfile.TemporaryDirectory() as folder:
        assert model_agrees(folder, [], FEW), "without a plant the model agrees"
        for file, good, bug, count, shows_in_order in PLANTS:
            planted = [plant(folder, file, good, bug)]
            assert not model_agrees(folder, planted, count), f"the model does not notice: {file}: {bug}"
            if shows_in_order:
                assert not order_is_the_same(folder, planted), f"no order shows: {file}: {bug}"
    print(f"ok: {len(PLANTS)} planted bugs found")


if __name__ == "__main__":
    sys.exit(main())
