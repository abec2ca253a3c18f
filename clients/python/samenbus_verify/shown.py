"""Text from elsewhere as it may be shown: nothing that takes over a terminal or hides in a line
(PROTOCOL §16.3)."""
import re

HOSTILE = re.compile(
    r"[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]")


def _unit(char: str) -> str:
    code = ord(char)
    if code > 0xFFFF:
        code -= 0x10000
        return f"\\u{0xd800 + (code >> 10):04x}\\u{0xdc00 + (code & 0x3ff):04x}"
    return f"\\u{code:04x}"


def escape_json(text: str) -> str:
    """JSON that json.dumps made without ensure_ascii, with the escapes of PROTOCOL §16.3."""
    return HOSTILE.sub(lambda found: _unit(found[0]), text)


def _for_people(char: str) -> str:
    return f"\\x{ord(char):02x}" if ord(char) < 0x80 else f"\\u{{{ord(char):04x}}}"


def shown(text: str) -> str:
    """For people, on one line: what is hostile as \\x1b or \\u{200b}."""
    return HOSTILE.sub(lambda found: _for_people(found[0]), text)
