#!/usr/bin/python3
"""What events mean, found twice: by the rules of proto/ and by the model in Python. The vectors,
and random sets of events, must give the same views to the byte; and a view that is changed must be
noticed."""
# test: slow
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("SAMENBUS_BIN", os.path.join(ROOT, "build", "asan", "bin"))
MODEL = ["/usr/bin/python3", os.path.join(ROOT, "clients", "python", "rules.py")]
FIRST, COUNT = 1, 1500


def model(arguments, text=None):
    """(exit code, what it printed)"""
    done = subprocess.run(MODEL + arguments, input=text, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def random_cases():
    """Cases with views, one per line."""
    program = os.path.join(BIN, "tests", "random-rules")
    return subprocess.run([program, str(FIRST), str(COUNT)], capture_output=True, text=True,
                          check=True).stdout.splitlines()


def outcomes(lines):
    """What the random decisions came to: too few sorts of it would prove little."""
    return {view["view"]["outcome"] for line in lines for view in json.loads(line)["views"]
            if isinstance(view["view"], dict) and "outcome" in view["view"]}


def with_change(lines):
    """The same, but the first view of a decision has a position in another state."""
    case = next(case for case in map(json.loads, lines)
                if "decision" in case and case["views"][-1]["view"]["positions"])
    case["views"][-1]["view"]["positions"][0]["state"] = "otherwise"
    return json.dumps(case) + "\n"


def main():
    code, said = model(["--vectors", os.path.join(ROOT, "proto", "vectors")])
    assert code == 0, said
    lines = random_cases()
    assert len(lines) == COUNT, len(lines)
    found = outcomes(lines)
    assert len(found) == 8, found
    code, said = model(["--cases"], "\n".join(lines) + "\n")
    assert code == 0, said[:4000]
    assert said.strip() == f"{COUNT} passed, 0 failed", said[:4000]
    code, said = model(["--cases"], with_change(lines))
    assert code == 1 and "0 passed, 1 failed" in said, said[:4000]
    print(f"ok: vectors and {COUNT} random sets, outcomes {', '.join(sorted(found))}")


if __name__ == "__main__":
    sys.exit(main())
