"""Agenda items (PROTOCOL §18.3)."""
from __future__ import annotations

from typing import Any, Optional

from .statements import Json, Statement, event_key, ignored_view


class Group:
    """All that was said under one item_id; every question is answered from the whole."""

    def __init__(self, item_id: str, statements: list[Statement]) -> None:
        mine = [s for s in statements
                if s.kind == "agendaItem" and s.says["itemId"].lower() == item_id.lower()]
        self.all = [s for s in mine if s.valid]
        self.ignored = [(s, "invalid") for s in mine if not s.valid]
        self.verdicts: dict[int, tuple[Optional[str], str]] = {}

    def leads_to(self, s: Statement) -> list[Statement]:
        """Rule 1."""
        return [other for other in self.all if names(s, other) and (is_secret(s) or not is_secret(other))]

    def is_replaced(self, s: Statement, versions: list[Statement]) -> bool:
        """Rule 4: is there a version of the same item that takes the place of s?"""
        return any(names(v, s) and (is_secret(s) or not is_secret(v)) for v in versions)

    def reach(self, s: Statement) -> list[Statement]:
        """All to which one comes from s, in one step or more."""
        found: list[Statement] = []
        edge = self.leads_to(s)
        while edge:
            at = edge.pop()
            if not any(at is one for one in found):
                found.append(at)
                edge += self.leads_to(at)
        return found

    def circles(self, s: Statement) -> bool:
        """Does s lead to a statement that leads back to itself?"""
        return any(any(t is back for back in self.reach(t)) for t in [s, *self.reach(s)])

    def verdict(self, s: Statement) -> tuple[Optional[str], str]:
        """(the organisation of its item, "") or (None, why it has no effect); rules 1 to 3."""
        if id(s) not in self.verdicts:
            self.verdicts[id(s)] = self.find_verdict(s)
        return self.verdicts[id(s)]

    def find_verdict(self, s: Statement) -> tuple[Optional[str], str]:
        """The same, found out."""
        if self.circles(s):
            return None, "cycle"
        if not s.says.get("supersedes"):
            return s.origin, ""
        items = {self.verdict(t)[0] for t in self.leads_to(s)} - {None}
        if not items:
            return None, "unknown_item"
        if len(items) > 1:
            return None, "other_item"
        owner = items.pop()
        editors = set().union(*(self.editors(t) for t in self.versions_below(s)))
        return (owner, "") if s.origin == owner or s.origin in editors else (None, "not_editor")

    def versions_below(self, s: Statement) -> list[Statement]:
        """The versions to which s leads."""
        return [t for t in self.leads_to(s) if self.verdict(t)[0] is not None]

    def editors(self, s: Statement) -> set[str]:
        """Who may edit a version."""
        if s.origin == self.verdict(s)[0]:
            return set(s.says.get("coEditors", []))
        return set().union(*(self.editors(t) for t in self.versions_below(s)))

    def edits(self, s: Statement) -> int:
        """Edits on the longest path."""
        return 1 + max([self.edits(t) for t in self.versions_below(s)], default=0)

    def item(self, owner: str, item_id: str, ignored: list[Json]) -> Json:
        """One item's view."""
        versions = [s for s in self.all if self.verdict(s)[0] == owner]
        standing = [s for s in versions if not self.is_replaced(s, versions)]
        winner = max(standing, key=lambda s: (not is_secret(s), self.edits(s), *event_key(s.event),
                                              s.order[-1]))
        others = sorted((s.event for s in standing if s is not winner), key=event_key)
        return {"item": f"{owner}/{item_id}", "event": winner.event, "edits": self.edits(winner),
                "content": winner.says, "conflict": others, "ignored": ignored}

    def view(self, item_id: str) -> list[Json]:
        """All items of this item_id."""
        verdicts = [(s, self.verdict(s)) for s in self.all]
        ignored = ignored_view(self.ignored + [(s, v[1]) for s, v in verdicts if v[0] is None])
        owners = sorted({v[0] for _, v in verdicts if v[0] is not None}, key=str.encode)
        return [self.item(owner, item_id, ignored) for owner in owners]


def is_secret(s: Statement) -> bool:
    """Is it for its own organisation alone?"""
    return bool(s.says.get("disclosure") == "secret")


def names(s: Statement, other: Statement) -> bool:
    """Does s say that it supersedes the other?"""
    return event_key(other.event) in {event_key(event) for event in s.says.get("supersedes", [])}


def view(statements: list[Statement], item_id: str) -> Any:
    """The items of one item_id."""
    return Group(item_id, statements).view(item_id)
