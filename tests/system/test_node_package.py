#!/usr/bin/python3
"""The Node package as a partner's developer gets it: installed in a project of one's own by the lines of
the README, found by its name, and with types in which tsc sees every mistake."""
# test: slow
import os
import re
import shutil
import subprocess
import sys
import tempfile

from client_kinds import version_of
from region import ROOT, check, main

TYPESCRIPT = "typescript@5.6.3"
FOLDER = os.path.join(ROOT, "build", "typescript")
FLAGS = ["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--types", "node", "--pretty", "false"]
PROGRAM = """
import { Client, errors, newId } from 'samenbus';
import { existsSync } from 'node:fs';
if (existsSync('samenbus/clients/node/lib/samenbus.proto')) throw new Error('packing left something behind');
try {
  new Client('no.yaml');
} catch (error) {
  console.log(error instanceof errors.ConfigError, newId().length);
}
"""


def install_lines():
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        section = file.read().split("### Reading along from Node", 1)[1]
    return re.search(r"```\n(npm pack.*?)```", section, re.S).group(1)


def checkout(project):
    """As much of one as the lines need, in `samenbus`."""
    shutil.copytree(os.path.join(ROOT, "clients", "node"), os.path.join(project, "samenbus", "clients", "node"),
                    ignore=shutil.ignore_patterns("node_modules"))
    os.makedirs(os.path.join(project, "samenbus", "proto"))
    shutil.copy(os.path.join(ROOT, "proto", "samenbus.proto"), os.path.join(project, "samenbus", "proto"))


def run(argv, folder, timeout=900):
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=timeout)


def install_tsc():
    """tsc in a folder of its own, fetched once; whether it could be."""
    os.makedirs(FOLDER, exist_ok=True)
    if not os.path.exists(os.path.join(FOLDER, "package.json")):
        with open(os.path.join(FOLDER, "package.json"), "w") as file:
            file.write('{"private": true}\n')
    if not os.path.exists(os.path.join(FOLDER, "node_modules", ".bin", "tsc")):
        run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", TYPESCRIPT], FOLDER)
    return os.path.exists(os.path.join(FOLDER, "node_modules", ".bin", "tsc"))


def check_types(project):
    if not install_tsc():
        print("without tsc: npm cannot fetch it")
        return
    tsc = [os.path.join(FOLDER, "node_modules", ".bin", "tsc"), *FLAGS, "types.ts"]
    with open(os.path.join(ROOT, "clients", "node", "tests", "types.ts"), encoding="utf-8") as file:
        text = file.read()
    for wrong, source in ((False, text), (True, text.replace("client.close()", "client.shut()"))):
        with open(os.path.join(project, "types.ts"), "w", encoding="utf-8") as file:
            file.write(source)
        done = run(tsc, project)
        check(bool(done.returncode) == wrong, done.stdout)


def test():
    if not version_of("node") or not version_of("npm"):
        print("skipped: node or npm is not installed")
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="samenbus-npm-") as project:
        checkout(project)
        with open(os.path.join(project, "package.json"), "w") as file:
            file.write('{"private": true, "type": "module"}\n')
        done = run(["sh", "-ec", install_lines()], project)
        if done.returncode and "network" in done.stderr:
            print(f"skipped: npm cannot fetch what the client needs: {done.stderr[-300:]}")
            sys.exit(77)
        check(done.returncode == 0, done.stdout + done.stderr)
        done = run(["node", "--input-type=module", "-e", PROGRAM], project)
        check(done.stdout == "true 36\n", done.stdout + done.stderr)
        check_types(project)


if __name__ == "__main__":
    main(test)
