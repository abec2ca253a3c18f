"""client.yaml: which daemon, and who we are there. Reads files; connects to nothing.

The file is that of the `samenbus` command. Two optional things are for clients that do not want to
take their own daemon's word for who the partners are: a section `partners:` (id and sign_key, as in
a partner's .pub.yaml) and the name of the `partnership:`. As the command refuses unknown keys, both
may stand in `partners.yaml` beside the file as well.
"""
from __future__ import annotations

import base64
import binascii
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Mapping, Optional, Union

import yaml
import zmq
import zmq.utils.z85

from samenbus_verify.words import is_org_text

from .errors import ConfigError

NAMES = ("organisation", "publish", "service", "server_key", "curve_key")
NEXT = "next_server_key"
OPTIONAL = ("partners", "partnership")
SECRET = re.compile(r"^samenbus-curve-key-1 (\S{40})$", re.M)
PathLike = Union[str, "os.PathLike[str]"]


@dataclass(frozen=True)
class Config:
    """What a client needs to know of its daemon."""

    organisation: str
    service: str
    server_key: bytes  # Z85
    secret_key: bytes = field(repr=False)  # Z85
    publish: str = ""
    next_server_key: Optional[bytes] = None  # which the daemon may have as well
    partnership: Optional[str] = None  # None: the daemon's word is taken
    partners: Optional[Mapping[str, bytes]] = None  # signing keys; None: the daemon's word is taken


def find_config() -> Path:
    """The file that counts where none is named: $SAMENBUS_CONFIG, then ~/.config, then /etc."""
    named = os.environ.get("SAMENBUS_CONFIG")
    if named:
        return Path(named)
    places = [Path.home() / ".config/samenbus/client.yaml", Path("/etc/samenbus/client.yaml")]
    for place in places:
        if place.exists():
            return place
    raise ConfigError("no client.yaml: name one, or set SAMENBUS_CONFIG; looked for "
                      + " and ".join(map(str, places)))


def read_config(path: Optional[PathLike] = None) -> Config:
    """The configuration in that file, or in the one that find_config finds."""
    file = Path(path) if path is not None else find_config()
    found = read_yaml(file)
    beside = file.parent / "partners.yaml"
    if beside.exists():
        found = {**found, **only_known(beside, read_yaml(beside), OPTIONAL)}
    only_known(file, found, NAMES + (NEXT,) + OPTIONAL)
    for name in NAMES:
        if not isinstance(found.get(name), str) or not found[name]:
            raise ConfigError(f"{file}: {name}: a text is needed here")
    if not is_org_text(found["organisation"]):
        raise ConfigError(f"{file}: organisation: {found['organisation']} is no organisation id")
    return Config(
        organisation=found["organisation"], service=endpoint(file, found["service"]),
        publish=endpoint(file, found["publish"]), server_key=z85(file, found["server_key"], "server_key"),
        next_server_key=z85(file, found[NEXT], NEXT) if NEXT in found else None,
        secret_key=read_secret(file.parent / found["curve_key"]),
        partnership=found.get("partnership"), partners=read_partners(file, found.get("partners")))


def read_yaml(file: Path) -> dict[str, Any]:
    """A mapping of YAML, with nothing in it that makes objects."""
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{file}: {error}") from error
    if not isinstance(found, dict):
        raise ConfigError(f"{file}: not a list of `name: value`")
    return found


def only_known(file: Path, found: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The same mapping, refused where it has other keys."""
    for name in found:
        if name not in names:
            raise ConfigError(f"{file}: unknown key `{name}`; allowed here: {', '.join(names)}")
    return found


def endpoint(file: Path, text: str) -> str:
    """tcp://HOST:PORT or ipc://PATH; a relative path is relative to the file."""
    if text.startswith("ipc://") and not text.startswith("ipc:///"):
        return f"ipc://{file.parent / text[len('ipc://'):]}"
    if not text.startswith(("tcp://", "ipc://")):
        raise ConfigError(f"{file}: {text} is neither tcp://HOST:PORT nor ipc://PATH")
    return text


def z85(file: Path, text: str, name: str) -> bytes:
    """A CURVE key as ZeroMQ wants it."""
    try:
        if len(zmq.utils.z85.decode(text.encode())) == 32:  # type: ignore[no-untyped-call]
            return text.encode()
    except (ValueError, KeyError, IndexError):
        pass
    raise ConfigError(f"{file}: {name}: not 40 characters of Z85")


def read_secret(path: Path) -> bytes:
    """The secret key in a file of `samenbus key gen --client`."""
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: the key cannot be read: {error}") from error
    found = SECRET.search(text)
    if not found:
        raise ConfigError(f"{path}: no line `samenbus-curve-key-1 KEY` in it")
    return found[1].encode()


def read_partners(file: Path, given: Any) -> Optional[dict[str, bytes]]:
    """Signing keys by organisation: a list of {id, sign_key} or a mapping {id: sign_key}."""
    if given is None:
        return None
    if isinstance(given, list):
        entries = [(one.get("id"), one.get("sign_key")) if isinstance(one, dict) else (one, None)
                   for one in given]
    else:
        entries = list(given.items()) if isinstance(given, dict) else [(given, None)]
    return {org_of(file, org): key_of(file, org, key) for org, key in entries}


def org_of(file: Path, org: Any) -> str:
    """An organisation id."""
    if not isinstance(org, str) or not is_org_text(org):
        raise ConfigError(f"{file}: partners: {org} is no organisation id")
    return org


def key_of(file: Path, org: Any, text: Any) -> bytes:
    """The 32 bytes of a signing key in base64."""
    try:
        key = base64.b64decode(text, validate=True)
        if len(key) == 32:
            return key
    except (TypeError, ValueError, binascii.Error):
        pass
    raise ConfigError(f"{file}: partners: {org}: sign_key is not 32 bytes in base64")
