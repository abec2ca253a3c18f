#!/usr/bin/python3
"""The Python client: its own tests, the vectors of the protocol, and real and lying daemons."""
# test: slow
import os
import subprocess
import sys

from region import BIN, ROOT

SLOW = ("test_trouble.py", "test_examples.py", "test_speed.py")  # test_python_trouble.py
FOLDER = os.path.join(ROOT, "clients", "python")


def run(*names):
    """Runs these files of clients/python/tests; the exit code."""
    probe = subprocess.run([sys.executable, "-c", "import pytest, zmq, google.protobuf, nacl, yaml"],
                           stderr=subprocess.DEVNULL)
    if probe.returncode:
        print("python3-pytest, -zmq, -protobuf, -nacl or -yaml is not installed")
        return 77
    os.environ["SAMENBUS_BIN"] = os.path.abspath(BIN)  # for it runs in another folder
    return subprocess.run([sys.executable, "-m", "pytest", "-q", *(f"tests/{name}" for name in names)],
                          cwd=FOLDER).returncode


if __name__ == "__main__":
    others = SLOW + ("test_verify.py",)
    sys.exit(run(*(name for name in sorted(os.listdir(os.path.join(FOLDER, "tests")))
                   if name.startswith("test_") and name not in others)))
