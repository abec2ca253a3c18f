"""The command: arguments, what is printed, exit codes (PROTOCOL §10.5)."""
from __future__ import annotations

import base64
import json
import re
import sys
from pathlib import Path
from typing import Callable, Optional, Union

from .export import Report, verify_export
from .forms import parse_date
from .proof import proof_lines, verify_proof
from .rekey_lines import rekey_lines
from .shown import escape_json

USAGE = ("usage: verify.py FILE...\n       verify.py --evidence FILE [--key FILE.pub.yaml]\n"
         "       verify.py --proof FILE [--key FILE.pub.yaml]... [--as-of DATE] [-o text|json]\n"
         "       verify.py --rekey FILE [--key FILE.pub.yaml]\n"
         "       verify.py --vectors DIRECTORY\n")
EXIT_OK, EXIT_FAULT, EXIT_USAGE, EXIT_INPUT, EXIT_READ = 0, 1, 64, 65, 74
FAULTS_SHOWN = 100


def read_file(path: str) -> Union[bytes, int]:
    """What is in the file, or an exit code after a sentence on stderr."""
    try:
        return Path(path).read_bytes()
    except (FileNotFoundError, PermissionError, IsADirectoryError, ValueError) as error:
        print(f"verify: {path} cannot be opened: {error}", file=sys.stderr)
        return EXIT_INPUT
    except OSError as error:
        print(f"verify: {path} cannot be read: {error}", file=sys.stderr)
        return EXIT_READ


def verify_files(paths: list[str]) -> int:
    """Verify export files and print the result; a file that cannot be read ends it."""
    reports = []
    for path in paths:
        raw = read_file(path)
        if isinstance(raw, int):
            return raw
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


def read_public(path: str) -> Union[tuple[str, bytes], int]:
    """Organisation and signing key of a .pub.yaml, or an exit code after a sentence on stderr.

    It has one plain `key: value` a line, as `samenbus key gen` writes it; values may be quoted.
    """
    raw = read_file(path)
    if isinstance(raw, int):
        return raw
    fields = dict(re.findall(r'^[ -]*(id|sign_key): *"?([^"\n]*?)"? *$', raw.decode(errors="replace"), re.M))
    try:
        key = base64.b64decode(fields["sign_key"], validate=True)
        return fields["id"], key
    except (KeyError, ValueError):
        print(f"verify: {path} has no organisation's id and sign_key; it is the .pub.yaml of `samenbus key gen`",
              file=sys.stderr)
        return EXIT_INPUT


def evidence_lines(raw: bytes, known: Optional[tuple[str, bytes]]) -> list[str]:
    """The lines about one proof of a fork (PROTOCOL §10.6)."""
    return proof_lines(verify_proof(raw), known)


def verify_one(arguments: list[str]) -> int:
    """Verify one proof of a fork, or one announcement of a new key, and print what it says."""
    raw = read_file(arguments[1])
    known = read_public(arguments[3]) if len(arguments) == 4 else None
    for code in (raw, known):
        if isinstance(code, int):
            return code
    lines = WITH_A_KEY[arguments[0]](raw, known)  # type: ignore[arg-type]
    print("\n".join(lines))
    return EXIT_FAULT if lines[0].startswith("fault ") else EXIT_OK


WITH_A_KEY: dict[str, Callable[[bytes, Optional[tuple[str, bytes]]], list[str]]] = {
    "--evidence": evidence_lines, "--rekey": rekey_lines}


def read_options(arguments: list[str]) -> Optional[dict[str, list[str]]]:
    """The options of --proof with their values, None where they are not understood."""
    names = {"--proof": "proof", "--key": "key", "--as-of": "as_of", "-o": "output"}
    found: dict[str, list[str]] = {name: [] for name in names.values()}
    for name, value in zip(arguments[::2], arguments[1::2]):
        if name not in names:
            return None
        found[names[name]].append(value)
    day, output = found["as_of"][-1:] or ["2000-01-01"], found["output"][-1:] or ["text"]
    good = len(arguments) % 2 == 0 and len(found["proof"]) == 1 and parse_date(day[0]) and output[0] in ("text", "json")
    return found if good else None


def verify_decision(options: dict[str, list[str]]) -> int:
    """Verify the proof of a decision and print what it came to (PROTOCOL §10.7)."""
    from .decision_lines import Verdict, proof_lines  # only here: it takes the rules along

    known = []
    for path in options["key"]:
        key = read_public(path)
        if isinstance(key, int):
            return key
        known.append(key)
    raw = read_file(options["proof"][0])
    if isinstance(raw, int):
        return raw
    verdict = Verdict(raw, options["as_of"][-1] if options["as_of"] else None)
    lines = proof_lines(verdict, known)
    sound = not lines[0].startswith("fault ")
    if sound and options["output"][-1:] == ["json"]:
        lines = [escape_json(json.dumps(verdict.view, ensure_ascii=False, separators=(",", ":")))]
    print("\n".join(lines))
    return EXIT_OK if sound else EXIT_FAULT


def main(arguments: list[str]) -> int:
    """Exit code of the command."""
    if "--help" in arguments or "-h" in arguments:
        print(USAGE, end="")
        return EXIT_OK
    if len(arguments) == 2 and arguments[0] == "--vectors":
        from .vectors import verify_vectors  # only here: it takes the whole package along

        return verify_vectors(Path(arguments[1]))
    if len(arguments) in (2, 4) and arguments[0] in WITH_A_KEY and arguments[2:3] in ([], ["--key"]):
        return verify_one(arguments)
    if "--proof" in arguments:
        options = read_options(arguments)
        if options:
            return verify_decision(options)
    if not arguments or any(a.startswith("-") for a in arguments):
        print(USAGE, end="", file=sys.stderr)
        return EXIT_USAGE
    return verify_files(arguments)
