"""Joint decisions: what stands, and the state of each position (PROTOCOL §18.4, §18.5)."""
from __future__ import annotations

import base64
from typing import Any, Iterable, Optional

from samenbus_verify.words import is_reference

from .days import amsterdam_day, parse_time
from .statements import History, Json, Statement, event_key, in_order, is_the_same, plain

SLOTS = ("first", "second", "chair")


def same(one: Optional[str], other: Optional[str]) -> bool:
    """Are these two written references, and the same one? Hexadecimal digits have two cases."""
    return (is_reference(one or "") and is_reference(other or "")
            and event_key(str(one)) == event_key(str(other)))


class Position:
    """A position, and what is found out about it."""

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self.says = statement.says
        behalf = self.says.get("onBehalfOf")
        self.own = not behalf or behalf == statement.origin
        self.organisation = statement.origin if self.own else str(behalf)
        self.slot = ("chair" if self.says.get("asChair")
                     else "second" if self.says.get("round", 0) == 2 else "first")
        self.state, self.why, self.backdated = "", "", False


class Decision:
    """What was said of one decision, as of a date."""

    def __init__(self, statements: list[Statement], history: History, decision: str,
                 as_of: str) -> None:
        self.history, self.decision, self.as_of = history, decision, as_of
        self.proposer = decision.partition("/")[0]
        self.ignored: list[tuple[Statement, str]] = []
        self.revisions: list[Statement] = []
        self.ends: list[Statement] = []
        self.positions: list[Position] = []
        for s in statements:
            self.take(s)
        self.find_ends()
        self.find_current()
        self.judge()

    # ---- §18.4

    def own_id(self, s: Statement) -> bool:
        """Is the decision that s is about by its decision_id this one?"""
        return same(f"{s.origin}/{s.says['decisionId']}", self.decision) if "decisionId" in s.says else False

    def take(self, s: Statement) -> None:
        """Rules 1 and 2."""
        replaces = s.kind == "proposal" and same(s.says.get("replaces"), self.decision)
        about = (same(s.says["decision"], self.decision) if s.kind == "position"
                 else replaces or self.own_id(s))
        if s.kind not in ("proposal", "position", "withdrawal", "closing") or not about:
            return
        if not s.valid:
            self.ignored.append((s, "invalid"))
        elif (s.says["dateTaken"] if s.kind == "position" else s.date) > self.as_of:
            return
        elif s.kind == "position":
            self.positions.append(Position(s))
        elif s.kind == "proposal":
            self.take_proposal(s, replaces)
        else:
            self.ends.append(s)

    def take_proposal(self, s: Statement, replaces: bool) -> None:
        """A revision, a successor, or both and then no successor."""
        if self.own_id(s):
            self.revisions.append(s)
        if replaces and s.origin != self.proposer:
            self.ignored.append((s, "not_proposer"))
        elif replaces and self.own_id(s):
            self.ignored.append((s, "replaces_itself"))
        elif replaces:
            self.ends.append(s)

    def find_ends(self) -> None:
        """Rules 3 to 5."""
        later = self.history.is_later
        founded = [e for e in self.ends if any(later(e, r) and r.date <= reach(e) for r in self.revisions)]
        self.ignored += [(e, "unknown_decision") for e in self.ends if e not in founded]
        overtaken = [e for e in founded if any(later(f, e) and e.date > reach(f) for f in founded)]
        self.ignored += [(e, "closed") for e in overtaken]
        founded = [e for e in founded if e not in overtaken]
        self.contradict, taken = False, founded
        while True:
            first = [e for e in taken if not any(later(e, t) for t in taken)]
            if agree(first):
                break
            taken = [e for e in founded if all(later(e, f) for f in first)]
            if not taken:
                self.contradict = True
                break
        self.standing = in_order(first)
        self.ignored += [(e, "closed") for e in founded if e not in first]

    def stands(self, kind: str) -> bool:
        """Does an end of this kind stand?"""
        return not self.contradict and any(e.kind == kind for e in self.standing)

    def find_current(self) -> None:
        """Rules 6 and 7."""
        later = self.history.is_later
        count = [r for r in self.revisions
                 if not self.standing or any(later(e, r) and r.date <= reach(e) for e in self.standing)]
        self.ignored += [(r, "closed") for r in self.revisions if r not in count]
        self.last = self.history.last_words(count)
        self.shown = self.last[-1] if self.last else None
        self.clear = bool(self.last) and is_the_same(self.last, without_supersedes)

    # ---- §18.5

    def revision_of(self, p: Position) -> Optional[Statement]:
        """R: the revision that a position names."""
        named = [r for r in self.revisions if same(r.event, p.says["revision"])]
        return in_order(named)[-1] if named else None

    def why_ignored(self, p: Position, r: Optional[Statement]) -> str:
        """Lines 1 to 6."""
        if r is None:
            return "unknown_revision"
        text = r.says
        if not p.own and p.statement.origin != self.proposer:
            return "not_proposer"
        if p.organisation not in text["participants"]:
            return "not_participant"
        if text.get("body") and p.says.get("body") and text["body"] != p.says["body"]:
            return "other_body"
        if p.slot == "chair" and p.organisation != text.get("chair"):
            return "not_chair"
        if (p.says.get("round", 0) > 2
                or (p.slot != "first" and text.get("tie") != "revote_then_chair")):
            return "no_such_round"
        return ""

    def state_alone(self, p: Position) -> str:
        """Lines 1 to 10; "" for one that comes to line 11."""
        r = self.revision_of(p)
        deadline = r.says.get("deadline") if r else None
        taken = p.says["dateTaken"]
        p.backdated = bool(deadline) and taken <= str(deadline) < p.statement.day
        p.why = self.why_ignored(p, r)
        if p.why:
            return "ignored"
        if r is None or not any(same(r.event, last.event) for last in self.last):
            return "stale"
        if not self.clear:
            return "unclear"
        if deadline and taken > deadline:
            return "late"
        if self.stands("closing") and not any(self.in_cut(p.statement, c) for c in self.standing):
            return "late"
        return ""

    def in_cut(self, s: Statement, closing: Statement) -> bool:
        """Is a position in the cut of a closing?"""
        cut = closing.says.get("cut", [])
        if s.says["dateTaken"] > reach(closing):
            return False
        if s.origin == self.proposer and self.history.is_later(closing, s):
            return True
        if any(tip["origin"] == s.origin and s.place in self.history.tip(hexed(tip))[0]
               for tip in cut):
            return True
        day = amsterdam_day(parse_time(closing.time))
        return not cut and s.origin != self.proposer and s.day <= day

    def judge(self) -> None:
        """Lines 1 to 14."""
        for p in self.positions:
            p.state = self.state_alone(p)
        for group in self.groups():
            if any(p.own for p in group):
                settle([p for p in group if not p.own], "superseded")
                group = [p for p in group if p.own]
            last = [p for p in group if not any(
                self.history.is_later(q.statement, p.statement) for q in group)]
            settle([p for p in group if p not in last], "superseded")
            settle_last(last)

    def groups(self) -> Iterable[list[Position]]:
        """Those that came to line 11, by organisation and slot."""
        for key in {(p.organisation, p.slot) for p in self.positions}:
            yield [p for p in self.positions if (p.organisation, p.slot) == key and not p.state]

    def complete(self) -> bool:
        """Is no tip of a cut that stands missing here?"""
        return all(self.history.tip(hexed(tip))[1]
                   for e in self.standing if e.kind == "closing" for tip in e.says.get("cut", []))


def reach(end: Statement) -> str:
    """Up to where an end reaches: its date or its day, the later of the two."""
    return max(end.date, end.day)


def settle(some: list[Position], state: str) -> None:
    """All of them have this state."""
    for p in some:
        p.state = state


def settle_last(last: list[Position]) -> None:
    """Lines 13 and 14; what is left counts."""
    if is_the_same(last, lambda p: [p.says["value"], p.says.get("conditions", ""),
                                    p.says["dateTaken"]]):
        settle(last, "superseded")
        if last:
            max(last, key=lambda p: p.statement.order).state = "counted"
    else:
        settle(last, "unclear")


def without_supersedes(s: Statement) -> Json:
    """The content of a revision but for what it replaces."""
    return {key: value for key, value in plain(s.says).items() if key != "supersedes"}


def hexed(tip: Json) -> Json:
    """A tip of a cut with its hash in hexadecimal digits."""
    return {**tip, "hash": base64.b64decode(tip["hash"]).hex()}


def place_of(tip: Json) -> list[Any]:
    """The link that a tip of a cut names: `past` has no meaning there (PROTOCOL §15.6)."""
    return [tip["origin"], tip["counter"], int(tip.get("tag", "0"), 16), tip["seq"], hexed(tip)["hash"]]


def agree(ends: list[Statement]) -> bool:
    """Rule 4: do these ends say the same?"""
    def said(e: Statement) -> Any:
        cut = [place_of(tip) for tip in e.says.get("cut", [])]
        return [e.kind, [e.says["outcome"], cut] if e.kind == "closing" else None]
    return is_the_same(ends, said)
