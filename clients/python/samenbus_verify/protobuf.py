"""A strict reader of protobuf (PROTOCOL §1.5); what the messages look like stands in schema.py."""
from __future__ import annotations

from typing import Any, Iterator, NamedTuple, Union

from .words import Malformed

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
DEPTH_MAX = 4
FIELDS_MAX = 32768
WIRE_TYPE = {"string": BYTES, "bytes": BYTES, "message": BYTES, "fixed64": FIXED64}


class Field(NamedTuple):
    """One field of a message as samenbus.proto declares it."""

    name: str
    kind: str  # int64, uint64, uint32, bool, enum, fixed64, string, bytes or message
    repeated: bool = False
    length: int = 0  # of bytes, where one is stated (PROTOCOL §2.4)
    message: str = ""  # name, where kind is message; of the enum, where it is known
    content: bool = False  # member of Body's oneof


Schema = dict[str, dict[int, Field]]
Raw = tuple[int, int, Union[int, bytes], int]  # number, wire type, value, offset of the tag


class Budget:
    """Counts the fields of one body, on all levels (PROTOCOL §1.5)."""

    def __init__(self, left: int) -> None:
        self.left = left

    def spend(self, count: int = 1) -> None:
        """One more field, or more elements of a packed one."""
        self.left -= count
        if self.left < 0:
            raise Malformed("too many fields")


def read_varint(raw: bytes, at: int, limit: int) -> tuple[int, int]:
    """A varint of at most `limit` bytes, and the place behind it."""
    value = 0
    for i in range(limit):
        if at + i >= len(raw):
            raise Malformed("varint beyond the end")
        value |= (raw[at + i] & 0x7F) << (7 * i)
        if raw[at + i] < 0x80:
            return value, at + i + 1
    raise Malformed("varint too long")


def read_u32(raw: bytes, at: int) -> tuple[int, int]:
    """A tag or a length: at most 5 bytes, at most 2³²−1 (PROTOCOL §1.5)."""
    value, at = read_varint(raw, at, 5)
    if value >= 2**32:
        raise Malformed("tag or length above 2^32-1")
    return value, at


def read_u64(raw: bytes, at: int) -> tuple[int, int]:
    """A number: at most 10 bytes, at most 2⁶⁴−1 (PROTOCOL §1.5)."""
    value, at = read_varint(raw, at, 10)
    if value >= 2**64:
        raise Malformed("varint above 2^64-1")
    return value, at


def take(raw: bytes, at: int, count: int) -> tuple[bytes, int]:
    """Bytes of that number, and the place behind them."""
    if count > len(raw) - at:
        raise Malformed("field beyond the end")
    return raw[at : at + count], at + count


def read_value(raw: bytes, at: int, wire: int) -> tuple[Union[int, bytes], int]:
    """The value behind a tag, and the place behind it."""
    if wire == VARINT:
        return read_u64(raw, at)
    if wire == BYTES:
        length, at = read_u32(raw, at)
        return take(raw, at, length)
    if wire in (FIXED64, FIXED32):
        fixed, at = take(raw, at, 8 if wire == FIXED64 else 4)
        return int.from_bytes(fixed, "little"), at
    raise Malformed("wire type that does not exist here")


def raw_fields(raw: bytes) -> Iterator[Raw]:
    """The fields of one message, undecoded."""
    at = 0
    while at < len(raw):
        start = at
        tag, at = read_u32(raw, at)
        if tag < 8:
            raise Malformed("field number 0")
        value, at = read_value(raw, at, tag & 7)
        yield tag >> 3, tag & 7, value, start


def decode(schema: Schema, name: str, raw: bytes, mark: str = "") -> dict[str, Any]:
    """Fields by name; those that are absent or default are left out (PROTOCOL §1.5).

    `mark` is set in every message that has an unknown field.
    """
    most = FIELDS_MAX if name == "Body" else len(raw)  # the lists of a frame have limits of their own
    return Decoder(schema, mark, Budget(most)).message(name, raw, 1)


class Decoder:
    """Decodes one frame or body, with one budget of fields."""

    def __init__(self, schema: Schema, mark: str, budget: Budget) -> None:
        self.schema, self.mark, self.budget = schema, mark, budget

    def message(self, name: str, raw: bytes, depth: int) -> dict[str, Any]:
        """One message and all below it."""
        if depth > DEPTH_MAX:
            raise Malformed("too many levels")
        found: dict[str, Any] = {}
        for number, wire, value, _ in raw_fields(raw):
            field = self.schema[name].get(number)
            if field is None:
                self.budget.spend()
                found.update({self.mark: True} if self.mark else {})
            else:
                self.add(found, field, wire, value, depth)
        return {key: value for key, value in found.items() if value not in ("", b"", 0, [])}

    def add(self, found: dict[str, Any], field: Field, wire: int, value: Any, depth: int) -> None:
        """Take a known field in: the last one counts, repeated ones are collected; no message twice."""
        own = WIRE_TYPE.get(field.kind, VARINT)
        if field.repeated and own != BYTES and wire == BYTES:
            found.setdefault(field.name, []).extend(self.packed(field, own, value))
            return
        self.budget.spend()
        if wire != own:
            raise Malformed(f"{field.name}: another wire type")
        if field.kind == "message" and not field.repeated and field.name in found:
            raise Malformed(f"{field.name}: a message twice")
        one = self.value(field, value, depth)
        if field.repeated:
            found.setdefault(field.name, []).append(one)
        else:
            found[field.name] = one

    def packed(self, field: Field, wire: int, raw: bytes) -> list[int]:
        """The elements of a packed field, each counted as a field (PROTOCOL §1.5)."""
        values, at = [], 0
        while at < len(raw):
            value, at = read_value(raw, at, wire)
            self.budget.spend()
            values.append(number_of(field.kind, int(value)))
        return values

    def value(self, field: Field, value: Any, depth: int) -> Any:
        """A value in the form of its kind."""
        if field.kind == "message":
            return self.message(field.message, value, depth + 1)
        if field.kind == "string":
            return text_of(value)
        if field.kind == "bytes":
            if value and field.length and len(value) != field.length:
                raise Malformed(f"{field.name}: not {field.length} bytes")
            return value
        return number_of(field.kind, value)


def text_of(raw: bytes) -> str:
    """UTF-8 without NUL (PROTOCOL §1.5); Python's decoder knows neither overlong forms nor surrogates."""
    try:
        text = raw.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        raise Malformed("not UTF-8") from error
    if "\0" in text:
        raise Malformed("NUL in a text")
    return text


def number_of(kind: str, value: int) -> int:
    """A varint as its type; malformed where that cannot hold it."""
    if kind == "bool":
        return int(value != 0)
    if kind in ("int64", "enum") and value >= 2**63:
        value -= 2**64
    if (kind == "uint32" and value >= 2**32) or (kind == "enum" and not -2**31 <= value < 2**31):
        raise Malformed("a number above its type")
    return value
