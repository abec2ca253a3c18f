"""An `on_alarm` program that writes down how it was called."""
import json
import os
import stat

PROGRAM = """#!/bin/sh
{ printf '%s|%s|' "$1" "$2"; cat; } >>"$(dirname "$0")/alarms"
"""


def install(node):
    """Puts it into the folder of the node. The line of samenbusd.yaml that has it run."""
    with open(node.path("record"), "w") as f:
        f.write(PROGRAM)
    os.chmod(node.path("record"), stat.S_IRWXU)
    return f"on_alarm: {node.path('record')}"


def alarms(node):
    """Code, text, and what was on stdin, of each call so far."""
    if not os.path.exists(node.path("alarms")):
        return []
    with open(node.path("alarms")) as f:
        found = [line.rstrip("\n").split("|", 2) for line in f if line.endswith("\n")]
    return [(code, text, json.loads(told)) for code, text, told in found]


def has(node, code, about):
    """Did it run for this, with a text that says so?"""
    return any(c == code and about in text and told["code"] == code and told["text"] == text
               for c, text, told in alarms(node))
