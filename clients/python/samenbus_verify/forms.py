"""Forms of texts and values: dates, times, topics, addresses, keys as text (PROTOCOL §4.3, §9.1, §12.1)."""
from __future__ import annotations

import datetime
import re
from typing import Optional

CLASSES = ("agenda", "decision", "notification", "custom")
TOPIC_MAX, SEGMENTS_MIN, SEGMENTS_MAX = 200, 2, 8
SEGMENT = re.compile(r"[a-z0-9-]+\Z")
DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})\Z")
LOCAL = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?\Z")
TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
                  r"(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))\Z")
ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z][A-Za-z0-9_+-]*)*\Z")
MEDIA_NAME = r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}"
MEDIA_TYPE = re.compile(rf"{MEDIA_NAME}/{MEDIA_NAME}(?:[ \t]*;.*)?\Z")
URL = re.compile(r"https://[A-Za-z0-9\[][A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*\Z")
CONTROL = re.compile("[\u0000-\u001f\u007f-\u009f]")
CONTROL_BUT_LINES = re.compile("[\u0000-\u0008\u000b-\u001f\u007f-\u009f]")
SHA256 = re.compile(r"[0-9a-f]{64}\Z")
Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
EPOCH_DAY = datetime.date(1970, 1, 1).toordinal()
TIME_MIN, TIME_MAX = -62135596800000, 253402297199999  # PROTOCOL §18.2


def parse_date(text: str) -> Optional[datetime.date]:
    """A day that exists, None where it is none."""
    found = DATE.match(text)
    try:
        return datetime.date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def parse_local(text: str) -> Optional[tuple[datetime.date, int]]:
    """Day and second of the day of a local time (PROTOCOL §4.3)."""
    found = LOCAL.match(text)
    day = parse_date(found[1]) if found else None
    if found is None or day is None:
        return None
    hour, minute, second = int(found[2]), int(found[3]), int(found[4] or 0)
    return (day, hour * 3600 + minute * 60 + second) if is_clock(hour, minute, second) else None


def is_clock(hour: int, minute: int, second: int = 0) -> bool:
    """Hours to 23, minutes and seconds to 59."""
    return hour <= 23 and minute <= 59 and second <= 59


def parse_time(text: str) -> Optional[int]:
    """Milliseconds since 1970 of an RFC 3339 time; what is finer is cut off (PROTOCOL §4.3)."""
    found = TIME.match(text)
    day = parse_date(found[1]) if found else None
    if found is None or day is None:
        return None
    hour, minute, second = (int(found[i]) for i in (2, 3, 4))
    away = (int(found[7] or 0), int(found[8] or 0))
    if not is_clock(hour, minute, second) or not is_clock(*away):
        return None
    offset = (away[0] * 60 + away[1]) * (-60 if found[6] == "-" else 60)
    seconds = (day.toordinal() - EPOCH_DAY) * 86400 + hour * 3600 + minute * 60 + second - offset
    return seconds * 1000 + int(((found[5] or "") + "000")[:3])


def tells_day(ms: int) -> bool:
    """Whether the days of a time in UTC and in Europe/Amsterdam lie in the years 1 to 9999 (PROTOCOL §18.2)."""
    return TIME_MIN <= ms <= TIME_MAX


def print_time(ms: int) -> str:
    """RFC 3339 in UTC with milliseconds (PROTOCOL §16.2)."""
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=ms)
    return moment.isoformat(timespec="milliseconds") + "Z"


def topic_class(topic: str) -> Optional[str]:
    """First segment of a topic, None where it is no topic (PROTOCOL §12.1)."""
    segments = topic.split("/")
    if len(topic) > TOPIC_MAX or not SEGMENTS_MIN <= len(segments) <= SEGMENTS_MAX:
        return None
    if not all(map(SEGMENT.match, segments)) or segments[0] not in CLASSES:
        return None
    return segments[0]


def prefix_matches(prefix: str, topic: str) -> bool:
    """Whether a prefix of a right or a subscription matches (PROTOCOL §12.1)."""
    return topic.startswith(prefix) if prefix.endswith("/") else topic == prefix


def z85(raw: bytes) -> str:
    """Z85 of ZeroMQ RFC 32: 5 characters for 4 bytes (PROTOCOL §9.1)."""
    text = ""
    for at in range(0, len(raw), 4):
        number = int.from_bytes(raw[at : at + 4], "big")
        text += "".join(Z85[number // 85**power % 85] for power in (4, 3, 2, 1, 0))
    return text


def uuid7(time_ms: int, random: bytes) -> bytes:
    """UUIDv7 of a time and ten random bytes (PROTOCOL §1.2, RFC 9562 §5.7)."""
    raw = bytearray(time_ms.to_bytes(6, "big") + random)
    raw[6] = raw[6] & 0x0F | 0x70
    raw[8] = raw[8] & 0x3F | 0x80
    return bytes(raw)


def print_uuid(raw: bytes) -> str:
    """8-4-4-4-12 lower-case hexadecimal digits (PROTOCOL §1.2)."""
    text = raw.hex()
    return "-".join([text[:8], text[8:12], text[12:16], text[16:20], text[20:]])
