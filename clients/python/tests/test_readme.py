"""What stands in the package's README runs as it stands there."""
from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import samenbus
from liar import Liar
from samenbus import errors

TEXT = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """The first block in that language."""
    found = re.search(rf"```{language}\n(.*?)```", TEXT, re.S)
    assert found
    return found[1]


def test_the_example_of_publishing(liar: Liar, monkeypatch: Any) -> None:
    monkeypatch.setenv("SAMENBUS_CONFIG", str(liar.config))
    monkeypatch.setenv("PYTHONPATH", str(Path(samenbus.__file__).parents[1]))
    command = [sys.executable, "-c", block("python")]
    assert subprocess.check_output(command, text=True) == "published as GM9001 1-00000000 2\n"
    liar.results = lambda message: samenbus.client.pb.Refusal(code=9, text="full")
    assert subprocess.check_output(command, text=True) == "not published: quota full\n"
    assert liar.publishes[0].remote == 1 and liar.publishes[0].items[0].body.startswith(b"\n\x10notification/ict")


def test_the_example_of_pins(liar: Liar) -> None:
    beside = liar.folder / "partners.yaml"
    beside.write_text(block("yaml"))
    config = samenbus.read_config(liar.config)
    assert config.partnership == "duoplus"
    assert {org: len(key) for org, key in (config.partners or {}).items()} == {"GM0384": 32}


def test_every_exception_that_is_named_exists() -> None:
    table = TEXT[TEXT.index("| exception"):]
    for name in re.findall(r"`(?:errors\.)?([A-Z]\w+)`", table):
        assert issubclass(getattr(errors, name), errors.Error), name
