"""Compares this model with the vectors, or with cases on standard input."""
from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Callable, Iterable

from . import agenda, days, notification, outcome
from .decision import Decision
from .statements import History, Json, Reader

PROTO = Path(__file__).resolve().parents[3] / "proto" / "samenbus.proto"
Check = Callable[[Json], list[tuple[Any, Any]]]  # pairs that must be the same


def views(reader: Reader) -> Check:
    """The views of one case: (ours, theirs)."""
    def check(case: Json) -> list[tuple[Any, Any]]:
        statements, history = reader.statements(case), History(case)
        pairs: list[tuple[Any, Any]] = []
        for asked in case["views"]:
            if "decision" in case:
                found: Any = outcome.view(Decision(statements, history, case["decision"],
                                                   asked["at"]))
            elif "item" in case:
                found = agenda.view(statements, case["item"])
            else:
                found = notification.view(statements, history, case["notification"], asked["at"])
            pairs.append((found, asked["view"]))
        return pairs
    return check


def check_day(case: Json) -> list[tuple[Any, Any]]:
    """The day of an instant."""
    day = days.amsterdam_day(days.parse_time(case["name"]))
    return [(day, case["day"]), (days.in_words(day), case["words"])]


def check_weeks(case: Json) -> list[tuple[Any, Any]]:
    """A deadline by weeks."""
    return [(days.after_weeks(case["name"], case["weeks"]), case["deadline"])]


def check_reminder(case: Json) -> list[tuple[Any, Any]]:
    """The id of a reminder."""
    return [(days.reminder_id(case["decision"], case["revision"], case["name"]), case["id"])]


def text_of(view: Any) -> str:
    """What is compared: the text, so that the order of keys counts as well."""
    return json.dumps(view, ensure_ascii=False, separators=(",", ":"))


def run(check: Check, cases: Iterable[Json]) -> tuple[int, int]:
    """How many cases passed and failed; those that failed are printed."""
    passed = failed = 0
    for case in cases:
        wrong = [(ours, theirs) for ours, theirs in check(case) if text_of(ours) != text_of(theirs)]
        passed, failed = passed + (not wrong), failed + bool(wrong)
        for ours, theirs in wrong[:1]:
            print(f"failed {case['name']}\n  model: {text_of(ours)}\n  given: {text_of(theirs)}")
    return passed, failed


def run_vectors(folder: Path, check: Check) -> tuple[int, int]:
    """All rules-*.json of a folder."""
    lists: dict[str, Check] = {"decisions": check, "items": check, "notifications": check,
                               "days": check_day, "weeks": check_weeks,
                               "reminders": check_reminder}
    passed = failed = 0
    seen = set()
    for path in sorted(folder.glob("rules-*.json")):
        for name, cases in json.loads(path.read_text(encoding="utf-8")).items():
            if name in lists:
                more, wrong = run(lists[name], cases)
                passed, failed = passed + more, failed + wrong
                seen.add(name)
            elif name != "about":
                print(f"failed {path.name} {name}: nothing checks this list")
                failed += 1
    for name in sorted(set(lists) - seen):
        print(f"failed {name}: is missing")
        failed += 1
    return passed, failed


def main(arguments: list[str]) -> int:
    """The exit code."""
    check = views(Reader(PROTO.read_text(encoding="utf-8")))
    if len(arguments) == 2 and arguments[0] == "--vectors":
        passed, failed = run_vectors(Path(arguments[1]), check)
    elif arguments == ["--cases"]:
        passed, failed = run(check, (json.loads(line) for line in sys.stdin))
    else:
        print("usage: rules.py --vectors FOLDER | --cases < LINES", file=sys.stderr)
        return 64
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0
