#!/usr/bin/python3
"""Whoever adds a decision to the core plants a bug in it and shows that the simulator finds it:
every id of daemon/core/trace.h has a line in tests/sim/plants.cmake, every invariant that the
simulator checks as well, and every bug that can be switched on is tried there."""
import glob
import os
import re
import lint

TRACE = "daemon/core/trace.h"
BUGS = "daemon/core/plant.h"
TABLE = "tests/sim/plants.cmake"
LISTED = re.compile(r"\bX\(([A-Z_]+)\)")
LINE = re.compile(r"^sim_(plant|pending)\(([A-Z0-9_]+)(?: ([a-z_]+)(?: [a-z_]+)?)?\)$", re.M)
CHECKED = re.compile(r'sim_violate\(\s*[^,;]+,\s*"(I\d+)"')
CHECKS = "tests/sim/checks.c"
FORGET = "forget_"


def names_of(text, macro):
    """name -> offset, of an X macro's list"""
    start = text.find(f"#define {macro}(X)")
    end = text.find("\n\n", start)
    return {m.group(1): m.start(1) for m in LISTED.finditer(text, start, end)} if start >= 0 else {}


def invariants_of(root):
    """what the simulator can find broken: I1, I2, ..."""
    for path in sorted(glob.glob(os.path.join(root, "tests/sim/*.c"))):
        text = lint.code_of(lint.read(root, os.path.relpath(path, root)), keep_strings=True)
        for match in CHECKED.finditer(text):
            yield match.group(1), os.path.relpath(path, root), lint.line_of(text, match.start())


def check_line(match, decisions, bugs):
    kind, subject, plant = match.groups()
    if subject not in decisions and (kind == "pending" or not re.fullmatch(r"I\d+", subject)):
        return "unknown-subject", f"{subject} is neither a decision nor an invariant"
    if kind == "plant" and plant is None:
        return "unknown-plant", "which bug?"
    if kind == "plant" and plant.upper() not in bugs:
        if not plant.startswith(FORGET) or plant[len(FORGET):].upper() not in decisions:
            return "unknown-plant", f"{plant} is neither in SB_PLANTS nor a decision forgotten"
    return None


def check(root):
    if not os.path.isfile(os.path.join(root, TRACE)):
        return
    trace, plant = (lint.code_of(lint.read(root, path)) for path in (TRACE, BUGS))
    table = lint.read(root, TABLE)
    decisions, bugs = names_of(trace, "SB_TRACES"), names_of(plant, "SB_PLANTS")
    planted, pending, tried = set(), {}, set()
    for match in LINE.finditer(table):
        line = lint.line_of(table, match.start())
        wrong = check_line(match, decisions, bugs)
        if wrong:
            yield lint.Finding(TABLE, line, *wrong)
        elif match.group(1) == "pending":
            pending[match.group(2)] = line
        else:
            planted.add(match.group(2))
            tried.add(match.group(3).upper())
    for name, offset in decisions.items():
        if name not in planted and name not in pending:
            yield lint.Finding(TRACE, lint.line_of(trace, offset), "no-plant",
                               f"no planted bug takes {name} wrongly: add one to {TABLE}")
    told = set()
    for name, path, line in invariants_of(root):
        if name not in planted | told:
            told.add(name)
            yield lint.Finding(path, line, "no-plant",
                               f"no planted bug breaks {name}: add one to {TABLE}")
    for name, offset in bugs.items():
        if name not in tried:
            yield lint.Finding(BUGS, lint.line_of(plant, offset), "untried-plant",
                               f"{name} is switched on by no line of {TABLE}")
    for name, line in pending.items():
        if name in planted:
            yield lint.Finding(TABLE, line, "not-pending", f"{name} has a plant")


PLANTED = {
    TRACE: "#define SB_TRACES(X) \\\n    X(GOOD) \\\n    X(NAKED) \\\n    X(WAITS) \\\n    X(READY)\n\n",
    BUGS: "#define SB_PLANTS(X) \\\n    X(USED) \\\n    X(IDLE)\n\n",
    TABLE: "sim_plant(GOOD forget_good)\nsim_plant(I3 used)\nsim_plant(BAD used)\n"
           "sim_plant(GOOD forget_bad)\nsim_plant(READY gone)\nsim_plant(READY used)\n"
           "sim_pending(WAITS)\nsim_pending(READY)\nsim_plant(GOOD)\n",
    CHECKS: 'x(w, "I5");\nsim_violate(w, "I3", "a");\nsim_violate(m->world, "I4", "b");\n',
}
EXPECTED = {(TRACE, 3, "no-plant"), (BUGS, 3, "untried-plant"), (TABLE, 3, "unknown-subject"),
            (TABLE, 4, "unknown-plant"), (TABLE, 5, "unknown-plant"), (TABLE, 8, "not-pending"),
            (TABLE, 9, "unknown-plant"), (CHECKS, 3, "no-plant")}

if __name__ == "__main__":
    lint.run(check, PLANTED, EXPECTED)
