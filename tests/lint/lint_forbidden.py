#!/usr/bin/python3
"""Functions that nobody may call, words that nobody may write, and in tests below the system
tests no sleeping and no real clock."""
import re
import lint

# A call: not a member (`o.time(`), not the tail of a longer name.
CALL = r"(?<![\w.>])(%s)\s*\("
EVERYWHERE = {
    "unbounded": "strcpy strcat stpcpy sprintf vsprintf gets",
    "unchecked-number": "atoi atol atoll atof",
    "hidden-state": "strtok rand srand random srandom drand48 asctime ctime gmtime localtime",
    "stack-by-input": "alloca",
    "shell-command": "system popen wordexp",
    "temporary-name": "tmpnam tempnam mktemp",
    "unsafe-fork": "vfork",
}
BELOW_SYSTEM = {
    "sleep-in-test": "sleep usleep nanosleep clock_nanosleep",
    "clock-in-test": "time clock clock_gettime gettimeofday",
}
BELOW_SYSTEM_FOLDERS = ("tests/unit/", "tests/store/", "tests/sim/")
WORDS = {
    "struct-typedef": r"\btypedef\s+(?:struct|union)\b",
    "check-disabled": r"#\s*pragma\s+(?:GCC|clang)\s+diagnostic|\bno_sanitize\w*|\bNDEBUG\b",
}
FORMAT_OFF = re.compile(r"clang-format\s+off")


def patterns(path):
    tables = [EVERYWHERE] + ([BELOW_SYSTEM] if path.startswith(BELOW_SYSTEM_FOLDERS) else [])
    for table in tables:
        for rule, names in table.items():
            yield rule, re.compile(CALL % "|".join(names.split()))
    for rule, pattern in WORDS.items():
        yield rule, re.compile(pattern)


def check(root):
    for path in lint.files(root, (".c", ".h")):
        raw = lint.read(root, path)
        text = lint.code_of(raw)
        for rule, pattern in patterns(path):
            for match in pattern.finditer(text):
                name = match.group(match.lastindex or 0)
                yield lint.Finding(path, lint.line_of(text, match.start()), rule, name)
        for match in FORMAT_OFF.finditer(raw):
            yield lint.Finding(path, lint.line_of(raw, match.start()), "check-disabled",
                               match.group(0))


PLANTED = {
    "daemon/a.c": 'void f(char *p)\n{\n    strcpy(p, "a");\n    /* strcpy(p, p) */\n'
                  '    puts("strcpy(p, p)");\n    my_strcpy(p);\n    p->system(p);\n}\n',
    "config/b.c": "int n = atoi(x);\nint r = rand ();\nsystem(x);\nstrtok(x, y);\nalloca(3);\n"
                  "sprintf(x, y);\nstrcat(x, y);\ngets(x);\npopen(x, y);\ntmpnam(x);\nvfork();\n",
    "proto/c.h": "typedef struct sb_a sb_a;\n#pragma GCC diagnostic ignored \"-Wshadow\"\n"
                 "/* clang-" + "format off */\n__attribute__((no_sanitize_address))\n",
    "tests/sim/s.c": "usleep(1);\ntime(0);\nclock_gettime(a, b);\nw->time(1);\nevent_time(1);\n",
    "tests/system/s.c": "usleep(1);\n",
    "tests/unit/proto/u.c": "sleep(1);\n",
}
EXPECTED = {
    ("daemon/a.c", 3, "unbounded"), ("config/b.c", 1, "unchecked-number"),
    ("config/b.c", 2, "hidden-state"), ("config/b.c", 3, "shell-command"),
    ("config/b.c", 4, "hidden-state"), ("config/b.c", 5, "stack-by-input"),
    ("config/b.c", 6, "unbounded"), ("config/b.c", 7, "unbounded"), ("config/b.c", 8, "unbounded"),
    ("config/b.c", 9, "shell-command"), ("config/b.c", 10, "temporary-name"),
    ("config/b.c", 11, "unsafe-fork"), ("proto/c.h", 1, "struct-typedef"),
    ("proto/c.h", 2, "check-disabled"), ("proto/c.h", 3, "check-disabled"),
    ("proto/c.h", 4, "check-disabled"), ("tests/sim/s.c", 1, "sleep-in-test"),
    ("tests/sim/s.c", 2, "clock-in-test"), ("tests/sim/s.c", 3, "clock-in-test"),
    ("tests/unit/proto/u.c", 1, "sleep-in-test"),
}

if __name__ == "__main__":
    lint.run(check, PLANTED, EXPECTED)
