"""The package can be installed, and runs without protoc and without the rest of the repository."""
from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
WORKS = """
import samenbus, samenbus._proto
from samenbus import Client, Custom, Draft
assert not samenbus._proto.SOURCE.exists()
assert Draft("custom/x", Custom("text/plain", b"x")).submission().body
"""


def test_an_installed_package_brings_its_messages(tmp_path: Path) -> None:
    if subprocess.run([sys.executable, "-c", "import setuptools"], stderr=subprocess.DEVNULL).returncode:
        pytest.skip("python3-setuptools is not installed")
    here = tmp_path / "source" / "clients" / "python"
    shutil.copytree(ROOT / "clients" / "python", here,
                    ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__"))
    shutil.copytree(ROOT / "proto", tmp_path / "source" / "proto", ignore=shutil.ignore_patterns("vectors"))
    built = tmp_path / "x" / "y" / "lib"
    subprocess.run([sys.executable, "setup.py", "-q", "build", "--build-lib", str(built)], cwd=here, check=True)
    assert (built / "samenbus" / "samenbus_pb2.py").exists() and (built / "samenbus_verify").is_dir()
    assert not (built / "tests").exists()
    done = subprocess.run([sys.executable, "-c", WORKS], cwd=tmp_path, capture_output=True, text=True,
                          env={"PYTHONPATH": str(built), "PATH": "/nowhere"})
    assert done.returncode == 0, done.stderr


def test_the_types_are_right() -> None:
    """Strictly, as pyproject.toml says; the packages are typed (py.typed)."""
    if shutil.which("mypy") is None:
        pytest.skip("mypy is not installed")
    done = subprocess.run(["mypy", "--cache-dir", "/dev/null", "--no-error-summary"], cwd=ROOT / "clients" / "python",
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
