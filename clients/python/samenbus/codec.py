"""Contents as dataclasses, as messages of protobuf and as JSON, each from the other (PROTOCOL §16).

Tables are made once from the generated messages; what they do not name is refused in what is to be
published and passed over in what was read.
"""
from __future__ import annotations

import base64
import dataclasses
from typing import Any, Callable, Mapping, Optional

from samenbus_verify.schema import camel

from . import contents
from ._proto import pb
from .contents import Content, Named

FieldDescriptor = Any
# A content is named by its class, so two fields that are called `kind` have longer names.
RENAMED = {("AgendaItem", "kind"): "agenda_kind", ("Position", "kind"): "position_kind"}
CLASSES: dict[str, type[Content]] = {
    kind.__name__: kind for kind in vars(contents).values()
    if isinstance(kind, type) and issubclass(kind, Content) and dataclasses.is_dataclass(kind)
}
KINDS = {kind.kind: kind for kind in CLASSES.values() if kind.kind}
ENUMS: dict[str, type[Named]] = {
    kind.__name__: kind for kind in Named.__subclasses__()
}
SYSTEM_KINDS = ("epoch_start", "key_certificate", "erasure", "receipt")


def attribute(message: str, field: str) -> str:
    """Name of a field in our class."""
    return RENAMED.get((message, field), field)


class Row:
    """How one field goes from one form to the other."""

    def __init__(self, field: FieldDescriptor, message: str) -> None:
        self.name, self.attribute = field.name, attribute(message, field.name)
        self.repeated = field.label == field.LABEL_REPEATED
        self.enum = ENUMS.get(field.enum_type.name) if field.enum_type else None
        self.message = field.message_type.name if field.message_type else ""
        self.is_weights = self.message == "Weight"
        self.is_bytes = field.type == field.TYPE_BYTES
        self.is_tag = field.type == field.TYPE_FIXED64
        self.type: type = {field.CPPTYPE_STRING: bytes if self.is_bytes else str,
                           field.CPPTYPE_BOOL: bool}.get(field.cpp_type, int)


ROWS: dict[str, dict[str, Row]] = {
    name: {field.name: Row(field, name) for field in message.fields}
    for name, message in pb.DESCRIPTOR.message_types_by_name.items() if name in CLASSES
}


# ---------------------------------------------------------------- from protobuf


def read_content(message: Any) -> Content:
    """The dataclass of a content; fields that are absent have their defaults."""
    name = message.DESCRIPTOR.name
    rows, given = ROWS[name], {}
    for field, value in message.ListFields():
        row = rows[field.name]
        given[row.attribute] = read_field(row, value)
    return make(CLASSES[name], given)


def read_field(row: Row, value: Any) -> Any:
    """One field that is there."""
    if row.is_weights:
        return {weight.organisation: weight.weight for weight in value}
    if row.message:
        return tuple(map(read_content, value)) if row.repeated else read_content(value)
    if row.enum:
        return member(row.enum, value)
    return tuple(value) if row.repeated else value


def member(enum: type[Named], value: int) -> int:
    """The member of that number; what is newer stays a number."""
    try:
        return enum(value)
    except ValueError:
        return value


EMPTY: dict[type, dict[str, Any]] = {
    kind: {field.name: ROWS[name][next(n for n in ROWS[name] if attribute(name, n) == field.name)].type()
           for field in dataclasses.fields(kind)
           if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING}
    for name, kind in CLASSES.items()
}
EMPTY[contents.Proposal]["participants"] = ()
ABSENT_CHOICES = {kind: {row.attribute: 0 for row in ROWS[name].values() if row.enum}
                  for name, kind in CLASSES.items()}


def make(kind: type[Content], given: dict[str, Any]) -> Content:
    """A content of what was given; what somebody else left out is empty, never made up."""
    return kind(**{**EMPTY[kind], **ABSENT_CHOICES[kind], **given})


# ---------------------------------------------------------------- to protobuf


def write_content(content: Content, into: Any) -> None:
    """Fill a message; TypeError or ValueError name the field whose value cannot stand there."""
    into.SetInParent()
    for row in ROWS[type(content).__name__].values():
        value = getattr(content, row.attribute)
        try:
            if value:
                write_field(row, value, into)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{row.attribute}: {error}") from None


def write_field(row: Row, value: Any, into: Any) -> None:
    """One field that is not empty."""
    if row.is_weights:
        for organisation, weight in value.items():
            into.weights.add(organisation=organisation, weight=weight)
    elif row.message and row.repeated:
        for one in value:
            write_content(one, getattr(into, row.name).add())
    elif row.message:
        write_content(value, getattr(into, row.name))
    elif row.enum:
        setattr(into, row.name, number_of(row.enum, value))
    elif row.repeated:
        if isinstance(value, str):
            raise TypeError("a list is needed here")
        getattr(into, row.name).extend(value)
    else:
        setattr(into, row.name, value)


def number_of(enum: type[Named], value: Any) -> int:
    """Number of a member, a name or a number."""
    if isinstance(value, str):
        try:
            return enum[value.upper()]
        except KeyError:
            known = ", ".join(map(str, enum))
            raise ValueError(f"`{value}` is none of {known}") from None
    return int(value)


# ---------------------------------------------------------------- JSON


def content_json(content: Content) -> dict[str, Any]:
    """The fields as JSON, in the order of their numbers, without those that are empty."""
    return {camel(row.name): field_json(row, value)
            for row in ROWS[type(content).__name__].values()
            if (value := getattr(content, row.attribute))}


def field_json(row: Row, value: Any) -> Any:
    """One field that is not empty."""
    if row.is_weights:
        return dict(value)
    if row.message:
        return [content_json(one) for one in value] if row.repeated else content_json(value)
    if row.enum:
        number = member(row.enum, number_of(row.enum, value))
        return str(number) if isinstance(number, Named) else number
    if row.is_bytes:
        return base64.b64encode(value).decode()
    if row.is_tag:
        return f"{value:016x}"
    return list(value) if row.repeated else value


def content_from_json(kind: str, given: Mapping[str, Any]) -> Content:
    """A content of what `samenbus publish` reads (PROTOCOL §16.1); ValueError names the place."""
    known = KINDS.get(snake(kind))
    if known is None or known.kind in SYSTEM_KINDS:
        raise ValueError(f"unknown content `{kind}`")
    return message_from_json(known.__name__, given, kind)


def message_from_json(name: str, given: Any, place: str) -> Content:
    """A message of the names in lowerCamelCase or snake_case; unknown ones are refused."""
    if not isinstance(given, Mapping):
        raise ValueError(f"{place}: an object is needed here")
    rows, found = ROWS[name], {}
    for label, value in given.items():
        row: Optional[Row] = rows.get(snake(label))
        if row is None or row.attribute in found:
            raise ValueError(f"{place}.{label}: " + ("unknown" if row is None else "twice"))
        if value is not None:
            found[row.attribute] = value_from_json(row, value, f"{place}.{label}")
    return make(CLASSES[name], found)


def value_from_json(row: Row, value: Any, place: str) -> Any:
    """One field."""
    if row.is_weights:
        if not isinstance(value, Mapping):
            raise ValueError(f"{place}: an object {{organisation: number}} is needed here")
        return {org: scalar(int, weight, f"{place}.{org}") for org, weight in value.items()}
    read = reader(row)
    if not row.repeated:
        return read(value, place)
    if not isinstance(value, list):
        raise ValueError(f"{place}: a list is needed here")
    return tuple(read(one, f"{place}[{at}]") for at, one in enumerate(value))


def reader(row: Row) -> Callable[[Any, str], Any]:
    """What reads one value of that field."""
    if row.message:
        return lambda value, place: message_from_json(row.message, value, place)
    if row.enum:
        enum = row.enum
        return lambda value, place: member(enum, number_of(enum, scalar(str, value, place))) if value else 0
    if row.is_bytes:
        return lambda value, place: base64.b64decode(scalar(str, value, place), validate=True)
    if row.is_tag:
        return lambda value, place: int(scalar(str, value, place), 16)
    return lambda value, place: scalar(row.type, value, place)


def scalar(kind: type, value: Any, place: str) -> Any:
    """A value of exactly that type; true is no number."""
    if type(value) is not kind:
        raise ValueError(f"{place}: {kind.__name__} is needed here, not {value!r}")
    return value


def snake(name: str) -> str:
    """A name in snake_case."""
    return "".join("_" + c.lower() if c.isupper() else c for c in name)
