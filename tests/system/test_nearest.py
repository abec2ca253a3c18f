#!/usr/bin/python3
"""What is not known is named, with the nearest that is: consumers, partners, organisations, codes,
formats, types, flags and commands."""
from region import Region, check, main

A, B = "GM0384", "GM0437"
MISTYPED = [  # (exit code, what was typed, what it is told)
    (77, "consumer show archve", "archve here; did you mean archive?"),
    (77, "consumer reset archve", "archve here; did you mean archive?"),
    (77, "tail --consumer archve", "archve here; did you mean archive?"),
    (0, "consumer rm archve", "archve here; did you mean archive?"),
    (77, "peer retry GM0473", "GM0473 is no partner of this daemon; did you mean GM0437?"),
    (0, "tail --origin GM0438", "GM0438 is no organisation of this partnership; did you mean GM0437?"),
    (0, "log view --origin GM0394", "GM0394 is no organisation of this partnership; did you mean GM0384?"),
    (64, "explain stallled", "did you mean stalled?"),
    (64, "events --code alarm_staled", "did you mean"),
    (64, "tail --class decison", "did you mean decision"),
    (64, "tail --type positoin", "did you mean position"),
    (64, "status -o jsn", "one of text, json; did you mean json?"),
    (3, "check peers --format nagio", "one of text, nagios, json; did you mean nagios?"),
    (64, "metrics --listem 127.0.0.1:1", "did you mean --listen?"),
    (64, "check peerz", "did you mean samenbus check peers?"),
    (64, "statsu", "did you mean `status`?"),
]


def test():
    with Region([A, B]) as r:
        r.start(A)
        check(r.command(A, "consumer", "add", "archive")[0] == 0, "a consumer")
        for wanted, typed, told in MISTYPED:
            code, out, err = r.command(A, *typed.split(), timeout=20)
            check(code == wanted and told in out + err, f"{typed}: exit {code}: {out}{err}")
        code, out, err = r.command(A, "tail", "--origin", A, "--origin", B)
        check(code == 0 and not err, f"those that are known: {err}")
        check(r.command(A, "consumer", "show", "archive")[0] == 0, "the right one is still there")


main(test)
