"""Days and the one time zone of deadlines (PROTOCOL §18.2)."""
from __future__ import annotations

import hashlib
import uuid
from datetime import date, datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MONTHS = ("January February March April May June July August September October November "
          "December").split()


def parse_time(text: str) -> datetime:
    """An RFC 3339 time, cut to milliseconds."""
    text = text.upper().replace("Z", "+00:00")
    head, offset = text[:19], text[19:]
    fraction = ""
    if offset.startswith("."):
        cut = min(at for at in (offset.find("+"), offset.find("-")) if at > 0)
        fraction, offset = offset[1:cut], offset[cut:]
    moment = datetime.fromisoformat(head + offset)
    return moment + timedelta(milliseconds=int((fraction + "000")[:3]))


def last_sunday(year: int, month: int) -> datetime:
    """01:00 UTC on the last Sunday of a month of 31 days."""
    day = date(year, month, 31)
    while day.weekday() != 6:
        day -= timedelta(days=1)
    return datetime(day.year, day.month, day.day, 1, tzinfo=timezone.utc)


def amsterdam_day(moment: datetime) -> str:
    """The day of an instant, as text."""
    moment = moment.astimezone(timezone.utc)
    summer = last_sunday(moment.year, 3) <= moment < last_sunday(moment.year, 10)
    return (moment + timedelta(hours=2 if summer else 1)).date().isoformat()


def in_words(day: str) -> str:
    """2026-03-12 as 12 March 2026."""
    year, month, number = map(int, day.split("-"))
    return f"{number} {MONTHS[month - 1]} {year}"


def after_weeks(day: str, weeks: int) -> str:
    """A deadline that many weeks from a date."""
    return (date.fromisoformat(day) + timedelta(days=7 * weeks)).isoformat()


def reminder_id(decision: str, revision: str, organisation: str) -> str:
    """The id of the one reminder to an organisation (PROTOCOL §18.10)."""
    text = f"samenbus/reminder/1{decision}\n{revision}\n{organisation}"
    raw = bytearray(hashlib.sha256(text.encode()).digest()[:16])
    raw[6] = raw[6] & 0x0F | 0x80
    raw[8] = raw[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(raw)))
