#!/usr/bin/python3
"""The manual pages and completions leave nothing out: every command with its flags, every key of
the example configurations, every code."""
import glob
import json
import re
import subprocess

from region import ROOT, check, main, program, run


def page(name):
    code, out, err = run(program("samenbus"), "manual", name)
    check(code == 0 and not err, f"manual {name}: exit {code} {err}")
    return out.replace("\\-", "-").replace("\\e", "\\")


def commands():
    _, out, _ = run(program("samenbus"), "--help")
    found = [w.strip() for w in re.findall(r"^  ((?:[a-z]+ ?){1,2}?)  +\S", out, flags=re.M)]
    listed = out.split("\n\n")[1].splitlines()
    check(len(found) > 50 and all(re.match(r"  \S.{15,}  \S", line) for line in listed), f"one column: {out}")
    for words in ("agenda conflicts", "decision withdraw", "check consumers", "evidence export"):
        check(words in found, f"{words} is not listed: {found}")
    return [words for words in found if words not in ("version", "help")]


def check_command_page():
    text = page("samenbus")
    for words in commands():
        check(f'.SS "samenbus {words}' in text, f"samenbus {words} has no part of its own")
        _, out, _ = run(program("samenbus"), *words.split(), "--help")
        for flag in re.findall(r"--([a-z-]+)", out.split("Examples:")[0]):
            check(f"--{flag}" in text or flag == "help", f"{words} --{flag} is not in the page")


def check_events_page():
    """Every code that the daemon's source has: of happenings, and of alarms wherever one is raised."""
    text = page("samenbus-events")
    with open(f"{ROOT}/proto/happening.h", encoding="utf-8") as f:
        codes = [c.lower() for c in re.findall(r"SB_HAPPENING_([A-Z_]+),", f.read())]
    alarms = set()
    for path in glob.glob(f"{ROOT}/daemon/**/*.c", recursive=True):
        with open(path, encoding="utf-8") as f:
            source = f.read()
        alarms |= set(re.findall(r'sb_(?:node|news)_alarm\([^;"]*?,\s*"([a-z_]+)"', source))
        alarms |= set(re.findall(r'sb_people_alarm_of\([^;"]*?,\s*"([a-z_]+)"', source))
        alarms |= set(re.findall(r'case SB_ALARM_[A-Z_]+: return "([a-z_]+)"', source))
    check(len(codes) > 10 and {"fork", "stuck_consumer", "eventlog"} <= alarms, (codes, alarms))
    for code in [*codes, *alarms]:
        check(f"\\fB{code}\\fR" in text, f"{code} is not in samenbus-events(7)")
        exit_code, out, _ = run(program("samenbus"), "explain", code)
        check(exit_code == 0 and len(out) > 40, f"explain {code}: {out}")
    exit_code, out, _ = run(program("samenbus"), "explain", "quota", "-o", "json")
    told = json.loads(out)
    check(exit_code == 0 and told["code"] == "quota", out)
    check([m["what"] for m in told["meanings"]] == ["an alarm", "a refusal"], f"both of its meanings: {out}")
    check(all(len(m["text"]) > 20 for m in told["meanings"]), out)
    exit_code, out, err = run(program("samenbus"), "explain", "quotum", "-o", "json")
    check(exit_code == 64 and out == "" and "did you mean quota?" in err, f"{exit_code} {out} {err}")
    exit_code, _, err = run(program("samenbus"), "explain", "partner_stat")
    check(exit_code == 64 and "did you mean partner_state?" in err, err)


def check_config_page():
    text = page("samenbusd.yaml")
    for name in ("samenbusd.yaml", "client.yaml"):
        with open(f"{ROOT}/config/{name}", encoding="utf-8") as f:
            keys = re.findall(r"^\s*#?\s*-?\s*([a-z_]+):(?: |$)", f.read(), flags=re.M)
        check(len(keys) > 3, keys)
        for key in keys:
            check(re.search(rf"\\fB(?:[a-z_.\[\]]*\.)?{key}\\fR", text), f"{key} of {name}")


def check_completion():
    """bash offers what can be typed next."""
    _, script, _ = run(program("samenbus"), "completion", "bash")
    ask = script + """
offer() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _samenbus; echo " ${COMPREPLY[*]} "; }
"""
    def offered(*words):
        typed = " ".join(f"'{word}'" for word in ("samenbus", *words))
        return subprocess.run(["bash", "-c", ask + "offer " + typed], text=True, check=True,
                              capture_output=True).stdout
    for words in commands():
        first, *second = words.split()
        check(f" {first} " in offered(first[:2]), f"{first} is not offered")
        check(not second or f" {second[0]} " in offered(first, ""), f"{words} is not offered")
        check(" --help " in offered(*words.split(), "--h"), f"{words} --help is not offered")
    check(" --topic " in offered("tail", "--to"), offered("tail", "--to"))


def test():
    check_command_page()
    check_config_page()
    check_events_page()
    check_completion()
    code, _, err = run(program("samenbus"), "manual", "nothing")
    check(code == 64 and "samenbusd.yaml" in err, err)


main(test)
