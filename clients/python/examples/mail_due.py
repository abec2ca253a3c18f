#!/usr/bin/python3
"""Mails the positions that an organisation still owes: every open decision in which it takes part,
has not answered the newest text, and whose deadline has passed or is near. For cron, once a day.

    mail_due.py --to griffie@diemen.example --from samenbus@diemen.example --days 21

Exit: 0 nothing due or mailed; 1 mail not sent; 69 daemon not reachable.
"""
from __future__ import annotations

import argparse
import datetime
import smtplib
import sys
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Iterable, Optional

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # not needed where it is installed

from samenbus import Client, Closing, Event, Position, Proposal, Withdrawal, errors  # noqa: E402


@dataclass
class Decision:
    """What was said of one decision."""

    revisions: dict[str, Proposal] = field(default_factory=dict)  # by event, those that still count
    replaced: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)  # revisions that the organisation has answered
    is_over: bool = False

    def propose(self, event: Event, proposal: Proposal) -> None:
        """A first or a further text; which came first does not matter."""
        self.replaced.update(proposal.supersedes)  # by the proposer's own word
        self.revisions[event.reference] = proposal
        for reference in self.replaced:
            self.revisions.pop(reference, None)

    def due(self, org: str, until: datetime.date) -> Optional[Proposal]:
        """The text that waits for an answer of the organisation, if one does."""
        for reference, proposal in self.revisions.items():
            late = proposal.deadline and proposal.deadline <= until.isoformat()
            if org in proposal.participants and reference not in self.answered and late:
                return None if self.is_over else proposal
        return None


def collect(events: Iterable[Event], org: str) -> dict[str, Decision]:
    """All decisions by their reference. Only the proposer revises, withdraws and closes its own; only
    the organisation, or the proposer on its behalf, answers."""
    decisions: dict[str, Decision] = {}

    def of(reference: str) -> Decision:
        origin, _, uuid = reference.partition("/")
        return decisions.setdefault(f"{origin}/{uuid.lower()}", Decision())  # hexadecimal in either case

    for event in events:
        content = event.content
        if isinstance(content, Proposal):
            of(f"{event.origin}/{content.decision_id}").propose(event, content)
        elif isinstance(content, (Withdrawal, Closing)):
            of(f"{event.origin}/{content.decision_id}").is_over = True
        elif isinstance(content, Position):
            for_it = content.on_behalf_of == org and content.decision.startswith(event.origin + "/")
            if (event.origin == org and not content.on_behalf_of) or for_it:
                of(content.decision).answered.add(content.revision)
    return decisions


def write_mail(due: list[Proposal], org: str, sender: str, to: str) -> EmailMessage:
    """One mail about all of them, the earliest deadline first."""
    mail = EmailMessage()
    mail["From"], mail["To"] = sender, to
    mail["Subject"] = f"{org}: {len(due)} position{'s' if len(due) > 1 else ''} due"
    lines = [f"{one.deadline}  {one.title}" + (f"  ({one.dossier})" if one.dossier else "")
             for one in sorted(due, key=lambda one: one.deadline)]
    mail.set_content("Still without a position of ours:\n\n" + "\n".join(lines) + "\n")
    return mail


def main() -> int:
    """Exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-c", "--config", help="client.yaml (else SAMENBUS_CONFIG, ~/.config, /etc)")
    parser.add_argument("--to", required=True)
    parser.add_argument("--from", dest="sender", required=True)
    parser.add_argument("--smtp", default="localhost:25", metavar="HOST:PORT")
    parser.add_argument("--days", type=int, default=14, help="how near a deadline is near")
    parser.add_argument("--org", help="whose positions (else the organisation of client.yaml)")
    given = parser.parse_args()
    until = datetime.date.today() + datetime.timedelta(days=given.days)
    try:
        with Client(given.config) as client:
            org = given.org or client.config.organisation
            decisions = collect(client.subscribe(["decision/"], follow=False, patience=10), org)
    except errors.Error as error:
        print(f"mail_due: {error}", file=sys.stderr)
        return 69 if isinstance(error, errors.Unreachable) else 1
    due = [found for one in decisions.values() if (found := one.due(org, until))]
    if not due:
        return 0
    host, _, port = given.smtp.rpartition(":")
    try:
        with smtplib.SMTP(host, int(port), timeout=30) as smtp:
            smtp.send_message(write_mail(due, org, given.sender, given.to))
    except OSError as error:
        print(f"mail_due: the mail was not sent: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
