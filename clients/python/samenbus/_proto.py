"""The generated messages of samenbus.proto: those that were built in, else made on the spot by protoc.

An installed package has them beside this file (setup.py makes them); a source tree needs Debian's
protobuf-compiler.
"""
from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType

NAME = "samenbus_pb2"
SOURCE = Path(__file__).resolve().parents[3] / "proto" / "samenbus.proto"


def generate(folder: Path) -> Path:
    """Run protoc on samenbus.proto; the module that it wrote into the folder."""
    command = ["protoc", f"-I{SOURCE.parent}", f"--python_out={folder}", SOURCE.name]
    subprocess.run(command, check=True)
    return folder / f"{NAME}.py"


def load(path: Path) -> ModuleType:
    """The module in that file."""
    spec = importlib.util.spec_from_file_location(NAME, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[NAME] = module
    spec.loader.exec_module(module)
    return module


def find() -> ModuleType:
    """The messages, from wherever they can be had."""
    built = Path(__file__).resolve().with_name(f"{NAME}.py")
    if built.exists():
        return load(built)
    try:
        with tempfile.TemporaryDirectory() as folder:
            return load(generate(Path(folder)))
    except (OSError, subprocess.CalledProcessError) as error:
        raise ImportError(
            f"samenbus: the messages of {SOURCE} could not be generated ({error}); "
            "install protobuf-compiler, or install the package") from error


pb = find()
