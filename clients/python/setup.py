"""Makes samenbus_pb2.py of samenbus.proto while the package is built; the rest is in pyproject.toml."""
import subprocess
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

SOURCE = Path(__file__).resolve().parents[2] / "proto" / "samenbus.proto"
NAME = "samenbus_pb2.py"


def generate(folder: Path) -> None:
    """From the .proto of the checkout; a source distribution has the file already."""
    if SOURCE.exists():
        command = ["protoc", f"-I{SOURCE.parent}", f"--python_out={folder}", SOURCE.name]
        subprocess.run(command, check=True)


class BuildWithMessages(build_py):
    """build_py, and the generated messages beside the package's modules."""

    def run(self) -> None:
        super().run()
        generate(Path(self.build_lib) / "samenbus")


class SourceWithMessages(sdist):
    """sdist, with the generated messages in it: protoc is not needed to install it."""

    def make_release_tree(self, base_dir: str, files: list) -> None:
        super().make_release_tree(base_dir, files)
        generate(Path(base_dir) / "samenbus")


setup(cmdclass={"build_py": BuildWithMessages, "sdist": SourceWithMessages})
