"""Checks of the vectors of frames, frontiers and cursors (PROTOCOL §2, §6, §7, §8)."""
from __future__ import annotations

import base64
from typing import Any, Callable

from .frames import TYPES, Message, TooLarge, read_frame
from .frontier import Chain, Shown, Tip, cover, listed, rest_digest
from .protobuf import Field, Schema
from .schema import camel, read_enums, read_proto
from .words import Epoch, Malformed

Case = dict[str, Any]
Check = Callable[[Case], bool]


class Printer:
    """Messages as JSON (PROTOCOL §16.1, §16.2), with all `bytes` in base64."""

    def __init__(self, source: str) -> None:
        self.schema: Schema = read_proto(source)
        self.enums = read_enums(source)

    def message(self, name: str, message: Message) -> Case:
        """One message and all below it; fields in the order of their numbers."""
        fields = sorted(self.schema[name].items())
        return {camel(field.name): self.field(field, message[field.name])
                for _, field in fields if field.name in message}

    def field(self, field: Field, value: Any) -> Any:
        """A field: a list where it is repeated."""
        return [self.value(field, one) for one in value] if field.repeated else self.value(field, value)

    def value(self, field: Field, value: Any) -> Any:
        """One value."""
        if field.kind == "message":
            return self.message(field.message, value)
        if field.kind == "bytes":
            return base64.b64encode(value).decode()
        if field.kind == "fixed64":
            return f"{value:016x}"
        if field.kind == "enum":
            return self.enums[field.message].get(value, value)
        return bool(value) if field.kind == "bool" else value


def tip_of(case: Case) -> Tip:
    """A tip of a case."""
    return Tip(Epoch(case["counter"], int(case["tag"], 16)), case["seq"], bytes.fromhex(case["hash"]))


def check_rest(case: Case) -> bool:
    """A rest digest, whatever the order in which the chains come."""
    tips = [tip_of(chain) for chain in case["chains"]]
    return (len(tips) == case["restCount"]
            and rest_digest(tips[::-1]).hex() == rest_digest(tips).hex() == case["restDigest"])


def check_list(case: Case) -> bool:
    """What is listed of an origin, and the rest of it."""
    heads, rest = listed([(tip_of(chain), chain["covered"]) for chain in case["chains"]], case["most"])
    return (len(heads) == case["heads"] and len(rest) == case["restCount"]
            and rest_digest(rest).hex() == case["restDigest"])


def steps_check() -> Check:
    """Checks the steps of one partner, one behind the other."""
    shown = Shown()

    def check(case: Case) -> bool:
        boot = bytes.fromhex(case["bootNonce"])
        if case["name"] == "hello":
            shown.hello(boot)
            return True
        return shown.frontier(boot, case["full"], case["counter"]) == case["verdict"]

    return check


def cursor_check(chains: list[Case], origin: str) -> Check:
    """Checks what tips cover of these chains of one origin."""
    held = [Chain(c["branch"], c["base"], c["baseBranch"], tip_of(c), [tip_of(p) for p in c["parents"]],
                  [bytes.fromhex(link["hash"]) for link in c["links"]]) for c in chains]

    def check(case: Case) -> bool:
        tips: tuple[list[Tip], list[Tip]] = ([], [])
        for tip in case["tips"]:
            if tip["origin"] == origin:
                tips[0 if tip.get("past") else 1].append(tip_of(tip))
        return cover(held, *tips) == (case["covered"], case["held"])

    return check


def is_chain(case: Case) -> bool:
    """A chain is input of the cursors; its own numbers must make sense."""
    return 1 <= case["base"] <= case["seq"] and (case["base"] > 1 or case["baseBranch"] == 0)


def frame_checks(source: str) -> dict[str, Check]:
    """Checks of frames that are taken and of frames that are refused."""
    printer = Printer(source)

    def check_frame(case: Case) -> bool:
        frame = read_frame(printer.schema, bytes.fromhex(case["frame"]))
        name = TYPES[frame.type]
        return ((frame.type, frame.request) == (case["type"], case["request"])
                and name.upper() == case["message"].replace("_", "")
                and printer.message(name, frame.message) == case["fields"])

    def check_refused(case: Case) -> bool:
        try:
            read_frame(printer.schema, bytes.fromhex(case["frame"]))
        except Malformed:
            return case["code"] == "malformed"
        except TooLarge:
            return case["code"] == "too_large"
        return False

    return {"frames": check_frame, "refused": check_refused}


def checks(source: str, cursors: Case) -> dict[str, dict[str, Check]]:
    """Checks by file and list; `source` is samenbus.proto, `cursors` the content of cursors.json."""
    return {
        "frames.json": frame_checks(source),
        "frontier.json": {"rests": check_rest, "lists": check_list, "steps": steps_check()},
        "cursors.json": {"chains": is_chain, "cursors": cursor_check(cursors.get("chains", []), "GM0384")},
    }
