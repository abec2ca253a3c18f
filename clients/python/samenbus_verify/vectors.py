"""Checks this implementation against the vectors of the protocol (PROTOCOL, Appendix)."""
from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Callable

from . import vectors_forms, vectors_history, vectors_messages

Case = dict[str, Any]
Check = Callable[[Case], bool]
SHOWN_NAMES = 60
MEANING = "rules-"  # what events mean is for samenbus_rules to check


def checks_of(directory: Path, files: dict[str, Any]) -> dict[str, dict[str, Check]]:
    """Which function checks the cases of which list of which file."""
    source = (directory.parent / "samenbus.proto").read_text(encoding="utf-8")
    return {
        **vectors_forms.CHECKS,
        **vectors_history.CHECKS,
        **vectors_messages.checks(source, files.get("cursors.json", {})),
    }


def run_list(place: str, cases: list[Case], check: Check) -> tuple[int, int]:
    """How many cases of a list passed and failed; those that failed are printed."""
    passed = failed = 0
    for at, case in enumerate(cases):
        why = ""
        try:
            right = check(case)
        except Exception as error:  # whatever goes wrong is a failure of this case alone
            right, why = False, f": {type(error).__name__}: {error}"
        passed, failed = passed + right, failed + (not right)
        if not right:
            print(f"failed {place}[{at}] {str(case.get('name', ''))[:SHOWN_NAMES]}{why}")
    return passed, failed


def run_file(name: str, lists: dict[str, Any], checks: dict[str, Check]) -> tuple[int, int]:
    """The lists of one file; a list that nothing checks, or that is not there, is a failure."""
    passed = failed = 0
    for label in sorted(set(lists) - {"about"} | set(checks)):
        if label not in checks or not lists.get(label):
            print(f"failed {name} {label}: " + ("nothing checks this list" if label in lists else "is missing"))
            failed += 1
            continue
        more_passed, more_failed = run_list(f"{name} {label}", lists[label], checks[label])
        passed, failed = passed + more_passed, failed + more_failed
    return passed, failed


def verify_vectors(directory: Path) -> int:
    """Check every file of the directory and print how many cases passed; the exit code."""
    try:
        files = {path.name: json.loads(path.read_text(encoding="utf-8"))
                 for path in sorted(directory.glob("*.json")) if not path.name.startswith(MEANING)}
        checks = checks_of(directory, files)
    except (OSError, ValueError) as error:
        print(f"verify: the vectors cannot be read: {error}", file=sys.stderr)
        return 65
    passed = failed = 0
    for name in sorted(set(files) | set(checks)):
        more_passed, more_failed = run_file(name, files.get(name, {}), checks.get(name, {}))
        passed, failed = passed + more_passed, failed + more_failed
    print(f"{passed} vectors passed, {failed} failed")
    return 1 if failed else 0
