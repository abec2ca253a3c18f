"""Notifications (PROTOCOL §18.9)."""
from __future__ import annotations

from .days import parse_time
from .statements import (History, Json, Statement, absent, event_key, ignored_view, in_order,
                         is_the_same, plain)


def view(statements: list[Statement], history: History, notification: str, at: str) -> Json:
    """The view of one notification at an instant."""
    def subject(s: Statement) -> str:
        return (f"{s.origin}/{s.says['notificationId']}" if s.kind == "notification"
                else s.says["notification"])
    mine = [s for s in statements if s.kind in ("notification", "acknowledgement")
            and event_key(subject(s)) == event_key(notification)]
    notices = history.last_words(s for s in mine if s.kind == "notification" and s.valid)
    ignored = [(s, "invalid") for s in mine if not s.valid]
    shown = notices[-1] if notices else None
    says = shown.says if shown else {}
    contradict = not is_the_same(notices, lambda s: plain(s.says))
    addressees = says.get("addressees", [])
    acknowledged: dict[str, Statement] = {}
    for s in in_order(s for s in mine if s.kind == "acknowledgement" and s.valid):
        if not shown:
            ignored.append((s, "unknown_notification"))
        elif s.origin not in addressees and (addressees or s.origin == shown.origin):
            ignored.append((s, "not_addressee"))
        else:
            acknowledged.setdefault(s.origin, s)
    needed = addressees if says.get("requiresAcknowledgement") else []
    expires = absent(says.get("expires"))
    return {
        "notification": notification,
        "event": shown.event if shown else None,
        "severity": says.get("severity"),
        "subject": says.get("subject", ""),
        "addressees": addressees,
        "expires": expires,
        "expired": bool(expires) and parse_time(at) >= parse_time(expires or at),
        "requiresAcknowledgement": bool(says.get("requiresAcknowledgement")),
        "acknowledged": [{"organisation": org, "event": acknowledged[org].event,
                          "time": acknowledged[org].time,
                          "text": acknowledged[org].says.get("text", "")}
                         for org in sorted(acknowledged, key=str.encode)],
        "waiting": sorted((org for org in needed if org not in acknowledged), key=str.encode),
        "conflict": sorted((s.event for s in notices[:-1] if contradict), key=event_key),
        "ignored": ignored_view(ignored),
    }
