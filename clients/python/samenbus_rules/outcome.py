"""The outcome of a decision, its reason and its view (PROTOCOL §18.6, §18.7)."""
from __future__ import annotations

from typing import NamedTuple, Optional

from .days import in_words
from .decision import Decision, Position
from .statements import Json, Statement, absent, event_key, ignored_view

FOR = ("in_favour", "in_favour_with_conditions")
AGAINST = ("against", "consent_withheld")
ABSENT = ("not_taken", "information_only")  # answered, but not present
WAITING_TIES = ("postponed", "revote_then_chair")
VOTES = ("majority", "weighted")


class Count(NamedTuple):
    """What one slot comes to."""

    slot: str
    verdict: str  # "adopted", "rejected", "tie" or ""
    in_favour: int
    against: int
    total: int
    missing: list[str]
    unclear: list[str]
    tied: bool
    short: bool  # of a quorum
    conditions: bool


class Counter:
    """Counts the positions taken until a day."""

    def __init__(self, decision: Decision, until: str) -> None:
        self.text = decision.shown.says if decision.shown else {}
        self.positions = [p for p in decision.positions
                          if p.state == "unclear"
                          or (p.state == "counted" and p.says["dateTaken"] <= until)]

    def answers(self, org: str, slot: str) -> list[Position]:
        """The positions of a participant that speak in a slot."""
        return [p for p in self.positions if (p.organisation, p.slot) == (org, slot)]

    def is_unclear(self, org: str, slot: str) -> bool:
        """Does the participant contradict itself?"""
        return any(p.state == "unclear" for p in self.answers(org, slot))

    def value(self, org: str, slot: str) -> str:
        """The value that counts; "" for one that is missing, "?" for one that is unclear."""
        if self.is_unclear(org, slot):
            return "?"
        values = [p.says["value"] for p in self.answers(org, slot)]
        return "" if not values or values[0] == "deferred" else values[0]

    def slot(self, slot: str) -> Count:
        """Rules 1 to 5."""
        text, rule = self.text, self.text["rule"]
        people = text["participants"]
        weigh = text["weights"] if rule == "weighted" else {org: 1 for org in people}
        values = {org: self.value(org, slot) for org in people}

        def weight(test: object) -> int:
            return sum(weigh[org] for org in people if test(values[org]))  # type: ignore[operator]
        total = sum(weigh[org] for org in people)
        yes, no = weight(lambda v: v in FOR), weight(lambda v: v in AGAINST)
        left = weight(lambda v: v in ("", "?"))
        neutral = total - yes - no - left
        present = [org for org in people if values[org] not in ("", "?", *ABSENT)]
        short = len(present) < text.get("quorum", 0)
        need = {"majority": total // 2 + 1, "two_thirds": -(-2 * total // 3),
                "weighted": text.get("threshold", 0)}.get(rule, total)
        waits = text.get("tie") in WAITING_TIES
        tied, verdict = False, ""
        if rule != "consultation" and not short:
            if yes >= need:
                verdict = "adopted"
            elif rule in VOTES and left == 0 and neutral == 0 and yes == no:
                tied, verdict = True, "tie" if waits else "rejected"
            elif yes + left < need and not (rule in VOTES and waits and neutral == 0
                                            and 2 * yes <= total <= 2 * (yes + left)):
                verdict = "rejected"
        return Count(slot, verdict, yes, no, total,
                     sorted((org for org in people if values[org] == ""), key=str.encode),
                     sorted((org for org in people if values[org] == "?"), key=str.encode),
                     tied, short, "in_favour_with_conditions" in values.values())

    def chair(self) -> Count:
        """The chair's slot."""
        chair = self.text["chair"]
        value = self.value(chair, "chair")
        verdict = "adopted" if value in FOR else "rejected" if value in AGAINST else ""
        return Count("chair", verdict, 0, 0, 1, [chair] if value == "" else [],
                     [chair] if value == "?" else [], False, False,
                     value == "in_favour_with_conditions")

    def deciding(self) -> Count:
        """The slot that decides."""
        count = self.slot("first")
        if self.text.get("tie") == "revote_then_chair" and count.verdict == "tie":
            count = self.slot("second")
            if count.verdict == "tie":
                count = self.chair()
        return count


class Outcome:
    """The outcome of a decision."""

    def __init__(self, decision: Decision) -> None:
        self.decision, self.deadline = decision, None
        self.outcome, self.provisional, self.ended = "open", False, False
        self.decided_at: Optional[str] = None
        self.missing: list[str] = []
        self.reason: list[str] = []
        self.end_date = min((e.date for e in decision.standing), default="")
        if decision.shown:
            self.deadline = absent(decision.shown.says.get("deadline"))
        self.passed = self.deadline is not None and decision.as_of > self.deadline
        self.find()

    def find(self) -> None:
        """Lines 1 to 5 of the table, or the others."""
        d = self.decision
        if d.shown and d.clear:
            self.apply_slots(Counter(d, d.as_of).deciding().slot)
        if d.shown is None:
            self.reason = ["no proposal is known"]
        elif d.contradict:
            self.outcome, self.reason = "unclear", ["the proposer's words contradict each other"]
        elif d.stands("withdrawal"):
            self.end("withdrawn", f"withdrawn on {in_words(self.end_date)}")
        elif d.stands("proposal"):
            events = sorted((e.event for e in d.standing), key=event_key)
            self.end("superseded", "succeeded by " + ", ".join(events))
        elif not d.clear:
            self.outcome, self.reason = "unclear", [f"{len(d.last)} revisions contradict each other"]
        else:
            self.count()

    def end(self, outcome: str, reason: str) -> None:
        """Lines 3 and 4."""
        self.outcome, self.ended, self.reason = outcome, True, [reason]
        self.decided_at = self.end_date

    def apply_slots(self, deciding: str) -> None:
        """Line 15 of the positions."""
        order = ("first", "second", "chair")
        for p in self.decision.positions:
            if p.state == "counted" and order.index(p.slot) > order.index(deciding):
                p.state, p.why = "ignored", "no_such_round"

    def count(self) -> None:
        """Lines 6 to 15."""
        d = self.decision
        c = Counter(d, d.as_of).deciding()
        closing = d.standing[0] if d.stands("closing") else None
        rule = d.shown.says["rule"] if d.shown else ""
        self.missing = c.missing
        over = not c.missing or self.passed
        self.ended = closing is not None or over
        if c.verdict in ("adopted", "rejected"):
            self.outcome = ("not_adopted" if c.verdict == "rejected" else
                            "adopted_with_conditions" if c.conditions else "adopted")
            self.provisional = closing is None
            self.decided_at = self.since(c.verdict)
        elif closing is not None:
            self.close(closing, rule, c)
        elif rule == "consultation" or c.verdict == "tie" or not over:
            self.outcome = "open"
        elif c.unclear:
            self.outcome = "unclear"
        else:
            self.outcome, self.provisional = "lapsed", True
            self.decided_at = self.deadline if self.passed else None
        self.say(c, rule, closing)

    def close(self, closing: Statement, rule: str, c: Count) -> None:
        """Lines 9 to 11."""
        stated = closing.says["outcome"]
        if rule == "consultation" or not stated.startswith("adopted"):
            self.outcome = stated
        else:
            self.outcome = "unclear" if c.unclear else "lapsed"
        late = self.outcome == "lapsed" and self.deadline is not None and self.end_date > self.deadline
        self.decided_at = self.deadline if late else self.end_date

    def since(self, verdict: str) -> Optional[str]:
        """decidedAt of what the positions decide."""
        d = self.decision
        days = sorted(p.says["dateTaken"] for p in d.positions if p.state == "counted")
        return next((day for day in days if Counter(d, day).deciding().verdict == verdict), None)

    def say(self, c: Count, rule: str, closing: Optional[Statement]) -> None:
        """The parts of the reason."""
        text = self.decision.shown.says if self.decision.shown else {}
        people = len(text["participants"])
        votes = "votes in favour" if rule == "weighted" else "in favour"
        parts = [
            (c.slot == "second", "second round"),
            (c.slot == "chair", "the chair decides"),
            (rule == "consultation",
             f"{people - len(c.missing) - len(c.unclear)} of {people} answered"),
            (rule != "consultation" and c.slot != "chair",
             f"{c.in_favour} of {c.total} {votes}"),
            (rule != "consultation" and c.slot != "chair" and c.against > 0,
             f"{c.against} against"),
            (c.tied, "a tie"),
            (c.short and rule != "consultation", f"quorum of {text.get('quorum', 0)} not reached"),
            (bool(c.missing), ", ".join(c.missing) + " missing"),
            (bool(c.unclear), ", ".join(c.unclear) + " unclear"),
        ]
        if closing is not None:
            stated = closing.says["outcome"]
            parts += [(True, f"closed on {in_words(self.end_date)}"),
                      (stated != self.outcome, f"the proposer stated {stated}")]
        elif self.deadline is not None:
            parts += [(True, f"{'was due' if self.passed else 'due'} {in_words(self.deadline)}")]
        self.reason = [part for when, part in parts if when]


def position_view(p: Position) -> Json:
    """One position."""
    says = p.says
    return {"organisation": p.organisation, "value": says["value"],
            "dateTaken": says["dateTaken"], "revision": says["revision"],
            "round": says.get("round", 0) or 1, "asChair": bool(says.get("asChair")),
            "state": p.state, "why": p.why or None, "backdated": p.backdated,
            "recordedBy": None if p.own else p.statement.origin,
            "conditions": says.get("conditions", ""), "event": p.statement.event}


def end_view(e: Statement) -> Json:
    """One end."""
    return {"event": e.event, "type": "successor" if e.kind == "proposal" else e.kind}


def view(decision: Decision) -> Json:
    """The view of a decision."""
    found = Outcome(decision)
    text = decision.shown.says if decision.shown else {}
    ends = sorted(decision.standing, key=lambda e: (event_key(e.event), e.order))
    positions = sorted(decision.positions,
                       key=lambda p: (p.organisation.encode(), p.statement.order))
    return {
        "decision": decision.decision, "title": text.get("title"),
        "revision": decision.shown.event if decision.shown else None,
        "participants": text.get("participants", []), "rule": text.get("rule"),
        "body": absent(text.get("body")), "deadline": absent(text.get("deadline")),
        "date": decision.as_of, "outcome": found.outcome, "provisional": found.provisional,
        "ended": found.ended, "decidedAt": found.decided_at, "reason": "; ".join(found.reason),
        "missing": found.missing, "positions": [position_view(p) for p in positions],
        "ends": [end_view(e) for e in ends], "ignored": ignored_view(decision.ignored),
        "complete": decision.complete(),
    }
