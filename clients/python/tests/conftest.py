"""Where the packages are, and a daemon of our own for each test that wants one."""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Iterator

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[2] / "tests" / "system")]

from liar import Liar  # noqa: E402


@pytest.fixture
def liar(tmp_path: Path) -> Iterator[Liar]:
    """A daemon of GM9001 with one epoch of five events, honest until it is told otherwise."""
    with Liar(tmp_path) as daemon:
        yield daemon
