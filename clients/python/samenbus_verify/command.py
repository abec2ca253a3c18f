"""The command: arguments, what is printed, exit codes (PROTOCOL §10.5)."""
from __future__ import annotations

import sys
from pathlib import Path

from .export import Report, verify_export

USAGE = "usage: verify.py FILE...\n       verify.py --vectors DIRECTORY\n"
EXIT_OK, EXIT_FAULT, EXIT_USAGE, EXIT_INPUT, EXIT_READ = 0, 1, 64, 65, 74
FAULTS_SHOWN = 100


def verify_files(paths: list[str]) -> int:
    """Verify export files and print the result; a file that cannot be read ends it."""
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
        for line in fault_lines(reports[-1]):
            print(line)
    if any(report.faults for report in reports):
        return EXIT_FAULT
    print(ok_line(reports))
    return EXIT_OK


def result_lines(report: Report) -> list[str]:
    """All lines about one file."""
    return fault_lines(report) or [ok_line([report])]


def fault_lines(report: Report) -> list[str]:
    """The lines about the faults of one file (PROTOCOL §10.5)."""
    return [fault.line() for fault in report.faults[:FAULTS_SHOWN]]


def ok_line(reports: list[Report]) -> str:
    """The line about files without faults (PROTOCOL §10.5)."""
    events, epochs = sum(r.events for r in reports), sum(r.epochs for r in reports)
    return f"ok: {events} events, {epochs} epochs, {len(reports)} origins"


def main(arguments: list[str]) -> int:
    """Exit code of the command."""
    if "--help" in arguments or "-h" in arguments:
        print(USAGE, end="")
        return EXIT_OK
    if len(arguments) == 2 and arguments[0] == "--vectors":
        from .vectors import verify_vectors  # only here: it takes the whole package along

        return verify_vectors(Path(arguments[1]))
    if not arguments or any(a.startswith("-") for a in arguments):
        print(USAGE, end="", file=sys.stderr)
        return EXIT_USAGE
    return verify_files(arguments)
