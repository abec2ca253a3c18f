#!/usr/bin/python3
"""Runs the tests of a build/asan that is up to date; started by tests/run.sh.

One test is one program: what ctest knows (unit, store, sim, fuzz), a lint (tests/lint/lint_*.py), a
system test (tests/system/test_*), and in the full run the optimised builds. Exit status 77 is
"skipped". A system test with a line `# test: slow` among its first ten, and a ctest entry with the
label `slow`, are left out of the quick run; `# test: alone` is for what minds company. What is right the programs decide, not this one."""
import concurrent.futures
import glob
import json
import os
import signal
import subprocess
import sys
import time
from collections import namedtuple

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LOGS = os.path.join(ROOT, "build", "test-logs")
BUILD = os.path.join(ROOT, "build", "asan")
PARALLEL = 2
SKIPPED = 77
DEFAULT_TIMEOUT_S = 300
TAIL_LINES = 40
LINE_MAX = 400  # of a log that is shown; the file has all of it

Test = namedtuple("Test", "name command timeout_s slow alone")


def ctest_tests():
    listing = subprocess.run(["ctest", "--test-dir", BUILD, "--show-only=json-v1"], check=True,
                             capture_output=True, text=True).stdout
    for test in json.loads(listing)["tests"]:
        properties = {p["name"]: p["value"] for p in test.get("properties", [])}
        yield Test(test["name"], test.get("command"),
                   properties.get("TIMEOUT", DEFAULT_TIMEOUT_S),
                   "slow" in properties.get("LABELS", []), False)


def lint_tests():
    for path in sorted(glob.glob("tests/lint/lint_*.py")):
        name = "lint/" + os.path.basename(path)[len("lint_"):-len(".py")]
        yield Test(name, ["/usr/bin/python3", path], DEFAULT_TIMEOUT_S, False, False)


def system_tests():
    interpreters = {".sh": "bash", ".py": "/usr/bin/python3"}
    for path in sorted(glob.glob("tests/system/test_*")):
        stem, suffix = os.path.splitext(os.path.basename(path))
        if suffix not in interpreters:
            continue
        with open(path, encoding="utf-8") as file:
            marks = [line for line in file.readlines()[:10] if line.startswith("# test:")]
        slow, alone = (any(word in line for line in marks) for word in ("slow", "alone"))
        yield Test("system/" + stem[len("test_"):], [interpreters[suffix], path],
                   DEFAULT_TIMEOUT_S * (4 if slow else 1), slow, alone)


def other_builds():
    """Both compilers, optimised: they warn of more than the build with sanitizers does."""
    for preset in ("release", "clang"):
        script = (f"{{ [ -f build/{preset}/build.ninja ] || cmake --preset {preset}; }} &&"
                  f" ninja -C build/{preset} -j2")
        yield Test("build-" + preset, ["sh", "-c", script], 1800, True, True)


def fuzzing():
    """With a build of its own, by clang."""
    yield Test("torture/fuzz", ["sh", "tests/torture/fuzz.sh", "4s"], 1800, True, True)


def environment():
    """Where the programs are, and sanitizers that stop at the first thing they find."""
    return dict(os.environ, SAMENBUS_BIN=os.path.join(BUILD, "bin"),
                ASAN_OPTIONS="detect_leaks=1:strict_string_checks=1"
                             ":detect_stack_use_after_return=1",
                UBSAN_OPTIONS="print_stacktrace=1", PYTHONDONTWRITEBYTECODE="1")


def stop_group(process):
    """Whatever the test left running goes with it: it is the leader of its own group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def run_test(test):
    """(test, "pass" | "FAIL" | "skip", seconds, path of the log)"""
    log = os.path.join(LOGS, test.name.replace("/", "-") + ".log")
    start = time.monotonic()
    with open(log, "w", encoding="utf-8") as out:
        try:
            process = subprocess.Popen(test.command, cwd=ROOT, env=environment(), stdout=out,
                                       stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT,
                                       start_new_session=True)
        except (OSError, TypeError) as error:
            out.write(f"not started: {error}\n")
            return test, "FAIL", 0.0, log
        try:
            status = process.wait(test.timeout_s)
        except subprocess.TimeoutExpired:
            out.write(f"\nstopped: not done after {test.timeout_s} s\n")
            status = None
        stop_group(process)
        if status not in (0, SKIPPED):
            out.write(f"\nexit status {status}\n")
    verdict = {0: "pass", SKIPPED: "skip"}.get(status, "FAIL")
    return test, verdict, time.monotonic() - start, log


def report(result):
    test, verdict, seconds, log = result
    print(f"{verdict} {test.name:<40} {seconds:8.2f} s", flush=True)
    if verdict == "pass":
        return
    with open(log, encoding="utf-8", errors="replace") as file:
        lines = file.read().splitlines()
    why = [line for line in lines if line.startswith("FAILED")][-1:] if verdict == "FAIL" else []
    for line in why + lines[-TAIL_LINES if verdict == "FAIL" else -1:]:
        print("    | " + line[:LINE_MAX], flush=True)
    if verdict == "FAIL" and len(lines) > TAIL_LINES:
        print(f"    all of it: {os.path.relpath(log, ROOT)}", flush=True)


def run_all(tests):
    """Those that mind company run alone, after the others. Returns the verdicts."""
    verdicts = []
    with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
        together = [pool.submit(run_test, t) for t in tests if not t.alone]
        for done in concurrent.futures.as_completed(together):
            report(done.result())
            verdicts.append(done.result()[1])
    for test in tests:
        if test.alone:
            result = run_test(test)
            report(result)
            verdicts.append(result[1])
    return verdicts


def main():
    quick = sys.argv[1:] == ["quick"]
    os.chdir(ROOT)
    tests = [*lint_tests(), *ctest_tests(), *system_tests(), *other_builds(), *fuzzing()]
    chosen = [test for test in tests if not (quick and test.slow)]
    started = time.monotonic()
    verdicts = run_all(chosen)
    if len(chosen) < len(tests):
        print(f"left out of the quick run: {', '.join(t.name for t in tests if t not in chosen)}")
    print(f"{time.monotonic() - started:.0f} s; logs in build/test-logs/")
    skipped = f", {verdicts.count('skip')} skipped" if "skip" in verdicts else ""
    print(f"{verdicts.count('pass')} passed, {verdicts.count('FAIL')} failed{skipped}")
    return 1 if "FAIL" in verdicts else 0


if __name__ == "__main__":
    sys.exit(main())
