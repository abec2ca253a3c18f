"""The command: arguments, what is printed, exit codes (PROTOCOL §10.5)."""
from __future__ import annotations

import sys
from pathlib import Path

from .export import verify_export
from .vectors import verify_vectors

USAGE = "usage: verify.py FILE...\n       verify.py --vectors DIRECTORY\n"
EXIT_OK, EXIT_FAULT, EXIT_USAGE, EXIT_INPUT, EXIT_READ = 0, 1, 64, 65, 74
FAULTS_SHOWN = 100


def verify_files(paths: list[str]) -> int:
    """Verify export files and print the result."""
    reports = []
    for path in paths:
        try:
            raw = Path(path).read_bytes()
        except (FileNotFoundError, PermissionError, IsADirectoryError, ValueError) as error:
            print(f"verify: {path} cannot be opened: {error}", file=sys.stderr)
            return EXIT_INPUT
        except OSError as error:
            print(f"verify: {path} cannot be read: {error}", file=sys.stderr)
            return EXIT_READ
        reports.append(verify_export(raw))
    found = [fault for report in reports for fault in report.faults]
    for fault in found[:FAULTS_SHOWN]:
        print(fault.line())
    if found:
        return EXIT_FAULT
    events, epochs = sum(r.events for r in reports), sum(r.epochs for r in reports)
    print(f"ok: {events} events, {epochs} epochs, {len({r.origin for r in reports})} origins")
    return EXIT_OK


def main(arguments: list[str]) -> int:
    """Exit code of the command."""
    if "--help" in arguments or "-h" in arguments:
        print(USAGE, end="")
        return EXIT_OK
    if len(arguments) == 2 and arguments[0] == "--vectors":
        return verify_vectors(Path(arguments[1]))
    if not arguments or any(a.startswith("-") for a in arguments):
        print(USAGE, end="", file=sys.stderr)
        return EXIT_USAGE
    return verify_files(arguments)
