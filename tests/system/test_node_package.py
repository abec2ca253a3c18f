#!/usr/bin/python3
"""The types of the Node client, by tsc: a program that uses all of them, and mistakes that must be seen."""
# test: slow
import os
import subprocess
import sys

from client_kinds import BUILT, why_no_node
from region import ROOT

TYPESCRIPT = "typescript@5.6.3"
FOLDER = os.path.join(ROOT, "build", "typescript")
FLAGS = ["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--types", "node"]


def install():
    """tsc in a folder of its own, fetched once; why it cannot be, or None."""
    if os.path.exists(os.path.join(FOLDER, "node_modules", ".bin", "tsc")):
        return None
    os.makedirs(FOLDER, exist_ok=True)
    with open(os.path.join(FOLDER, "package.json"), "w") as file:
        file.write('{"private": true}\n')
    done = subprocess.run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", TYPESCRIPT], cwd=FOLDER,
                          capture_output=True, text=True, timeout=900)
    return done.stderr.strip()[-300:] if done.returncode else None


def main():
    why_not = why_no_node() or install()
    if why_not:
        print(f"skipped: {why_not}")
        return 77
    tsc = os.path.join(FOLDER, "node_modules", ".bin", "tsc")
    done = subprocess.run([tsc, *FLAGS, os.path.join("tests", "types.ts")], cwd=BUILT, capture_output=True, text=True)
    print(done.stdout or "ok")
    return 1 if done.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
