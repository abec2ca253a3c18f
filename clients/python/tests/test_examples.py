"""The examples do their jobs, and the lines in the README that a reader pastes do theirs."""
from __future__ import annotations

import datetime
import email
import re
import signal
import socketserver
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Iterator

import pytest

from live import HERE, client, drafts, publish
from region import ROOT, Region
from samenbus import AgendaItem, Closing, Draft, Position, Proposal, new_id

HOME, AWAY = "GM0384", "GM0437"
EXAMPLES = HERE.parent / "examples"


@pytest.fixture
def r() -> Iterator[Region]:
    with Region([HOME, AWAY]) as found:
        found.start()
        yield found


class Mailbox(socketserver.StreamRequestHandler):
    """As much of SMTP as takes one mail after the other."""

    mails: list[Any] = []

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline().strip().upper():
            if line == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                self.take_mail()
            self.wfile.write(b"221 bye\r\n" if line == b"QUIT" else b"250 ok\r\n")
            if line == b"QUIT":
                return

    def take_mail(self) -> None:
        """The text up to the line that has a dot alone."""
        lines = iter(self.rfile.readline, b".\r\n")
        self.mails.append(email.message_from_bytes(b"".join(lines)))


@pytest.fixture
def mailbox() -> Iterator[tuple[int, list[Any]]]:
    Mailbox.mails = []
    with socketserver.TCPServer(("127.0.0.1", 0), Mailbox) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server.server_address[1], Mailbox.mails
        server.shutdown()
        thread.join()


def mail_due(r: Region, port: int, *more: str) -> int:
    """Run the example."""
    command = [sys.executable, str(EXAMPLES / "mail_due.py"), "-c", r.nodes[HOME].path("client.yaml"),
               "--to", "griffie@diemen.example", "--from", "bus@diemen.example",
               "--smtp", f"127.0.0.1:{port}", *more]
    return subprocess.run(command, timeout=60).returncode


def proposal(title: str, days: int, **more: Any) -> Draft:
    """A proposal to both with a deadline in so many days."""
    day = datetime.date.today() + datetime.timedelta(days=days)
    values = {"decision_id": new_id(), "participants": [HOME, AWAY], "rule": "consent_all", **more}
    return Draft("decision/duoplus", Proposal(title=title, deadline=day.isoformat(), **values))


def position(on: Draft, origin: str = AWAY) -> Draft:
    """In favour."""
    return Draft("decision/duoplus", Position(
        decision=f"{origin}/{on.content.decision_id}", revision=f"{origin}/{on.id}", value="in_favour",
        date_taken="2026-01-08"))


def test_positions_that_are_due_are_mailed(r: Region, mailbox: tuple[int, list[Any]]) -> None:
    port, mails = mailbox
    assert mail_due(r, port) == 0 and mails == []
    near, far, answered, closed = (proposal(name, days) for name, days in (
        ("Nabij", 5), ("Ver weg", 90), ("Beantwoord", 5), ("Gesloten", 5)))
    first = proposal("Eerste tekst", 3)
    second = proposal("Tweede tekst", 4, decision_id=first.content.decision_id,
                      supersedes=[f"{AWAY}/{first.id}"])
    late = proposal("Te laat", -1, dossier="duoplus-2015")
    others = proposal("Niet van ons", 5, participants=[AWAY])
    publish(r, AWAY, [near, far, answered, closed, first, late, others, Draft(
        "decision/duoplus", Closing(decision_id=closed.content.decision_id, outcome="lapsed"))])
    publish(r, AWAY, [position(near)])  # theirs is not ours
    r.wait_same()
    publish(r, HOME, [position(answered), position(first)])
    publish(r, AWAY, [second])  # ours was about the first text
    r.wait_same()
    assert mail_due(r, port) == 0
    (mail,) = mails
    assert mail["Subject"] == f"{HOME}: 3 positions due" and mail["To"] == "griffie@diemen.example"
    text = mail.get_payload(decode=True).decode().replace("\r", "")
    assert re.findall(r"^\S+  (.*)$", text, re.M) == ["Te laat  (duoplus-2015)", "Tweede tekst", "Nabij"]
    assert mail_due(r, 1) == 1  # nobody takes the mail


def agenda(title: str, **more: Any) -> Draft:
    """A meeting."""
    values = {"item_id": new_id(), "start": "2026-12-10T20:00", **more}
    return Draft("agenda/wonen", AgendaItem(title=title, **values))


def test_the_table_is_in_step_whenever_it_is_killed(r: Region, tmp_path: Path) -> None:
    meetings = [agenda(f"Overleg {n}") for n in range(400)]
    edits = [agenda(f"Verzet {n}", item_id=one.content.item_id, supersedes=[f"{HOME}/{one.id}"],
                    status="postponed") for n, one in enumerate(meetings) if n % 4 == 0]
    publish(r, HOME, meetings)
    command = [sys.executable, str(EXAMPLES / "agenda_table.py"), str(tmp_path / "db"),
               "-c", r.nodes[HOME].path("client.yaml")]
    for wait in (0.25, 0.35, 0.45, 0.6):
        process = subprocess.Popen(command)
        try:
            process.wait(wait)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait(10)
        publish(r, HOME, edits[:25])
        edits = edits[25:]
    assert subprocess.run([*command, "--once"], timeout=60).returncode == 0
    db = sqlite3.connect(tmp_path / "db")
    rows = dict(db.execute("SELECT title, status FROM item WHERE NOT unclear"))
    assert rows == {f"Overleg {n}" if n % 4 else f"Verzet {n // 4 * 4}":
                    "planned" if n % 4 else "postponed" for n in range(400)}
    assert db.execute("SELECT count(*) FROM edit").fetchone() == (500,)
    assert subprocess.run([*command, "--once"], timeout=60).returncode == 0
    db.close()


def lines_of_readme() -> str:
    """What stands in the README to be pasted."""
    text = Path(ROOT, "README.md").read_text(encoding="utf-8")
    found = re.findall(r"```python\n(.*?)```", text, re.S)
    assert len(found) >= 1 and found[0].count("\n") <= 10
    return found[0]


def test_the_lines_of_the_readme_never_miss_one(r: Region, tmp_path: Path) -> None:
    """Killed again and again while decisions come; each is printed, at most once more at a kill."""
    node = r.nodes[HOME].path("client.yaml")
    out = tmp_path / "out"
    proposals = [proposal(f"Voorstel {n}", 5) for n in range(90)]
    for part in range(3):
        with open(out, "ab") as file:
            process = subprocess.Popen(
                [sys.executable, "-u", "-c", lines_of_readme()], stdout=file, cwd=tmp_path,
                env={"SAMENBUS_CONFIG": node, "PYTHONPATH": str(HERE.parent), "PATH": "/usr/bin:/bin"})
        publish(r, HOME, proposals[30 * part : 30 * part + 20])
        publish(r, HOME, drafts("not a decision", 3))
        r.wait_for(lambda: f"Voorstel {30 * part + 15}'" in out.read_text(), "it is printed", 30)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        publish(r, HOME, proposals[30 * part + 20 : 30 * part + 30])
    with open(out, "ab") as file:
        process = subprocess.Popen(
            [sys.executable, "-u", "-c", lines_of_readme()], stdout=file, cwd=tmp_path,
            env={"SAMENBUS_CONFIG": node, "PYTHONPATH": str(HERE.parent), "PATH": "/usr/bin:/bin"})
    r.wait_for(lambda: "Voorstel 89'" in out.read_text(), "the last one is printed", 30)
    process.terminate()
    process.wait(10)
    titles = re.findall(r"Voorstel \d+", out.read_text())
    assert list(dict.fromkeys(titles)) == [f"Voorstel {n}" for n in range(90)]
    assert len(titles) <= 93
    with client(r, HOME) as c:
        assert len(list(c.subscribe(["decision/"], follow=False))) == 90
