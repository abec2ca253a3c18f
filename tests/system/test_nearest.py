#!/usr/bin/python3
"""What is not known is named, with the nearest that is: consumers, partners, organisations, classes,
types, codes, formats, words of every flag that takes one, pages, shells, flags and commands. Each flag
and operand that takes one of several words is in the table."""
# test: slow
import re
import uuid

from region import Region, check, main, new_id, program, run

A, B = "GM0384", "GM0437"
NEAR_ORG = "GM0438 is no organisation of this partnership; did you mean GM0437?"
SOME = str(uuid.UUID(int=1))
AGENDA = "agenda add --title x --topic agenda/x --start 2026-12-12T10:00"
PROPOSE = "decision propose --title x --text y --topic decision/x --participants GM0384 --deadline 2027-01-31"
MISTYPED = [  # (exit code, what was typed, what it is told); CONF is the daemon's file, DECISION one that is
    (77, "consumer show archve", "archve here; did you mean archive?"),
    (77, "consumer reset archve", "archve here; did you mean archive?"),
    (77, "tail --consumer archve", "archve here; did you mean archive?"),
    (77, "bench catchup --consumer archve --count 10", "archve here; did you mean archive?"),
    (0, "consumer rm archve", "archve here; did you mean archive?"),
    (0, "consumer add a1 --origin GM0438", NEAR_ORG),
    (64, "consumer add a2 --class decison", "did you mean decision?"),
    (64, "consumer add a3 --topic decison/", "--topic decison: one of agenda, decision, notification, custom; did"),
    (77, "peer retry GM0473", "GM0473 is no partner of this daemon; did you mean GM0437?"),
    (65, "peer show GM0473 -c CONF", "did you mean GM0437?"),
    (65, "peer remove GM0473 -c CONF", "did you mean GM0437?"),
    (0, "tail --origin GM0438", NEAR_ORG),
    (0, "log view --origin GM0394", "GM0394 is no organisation of this partnership; did you mean GM0384?"),
    (1, "tail --from GM0438:1-00000000:1", NEAR_ORG),
    (1, "export --origin GM0438 -O /dev/null", NEAR_ORG),
    (0, "agenda list --org GM0438", NEAR_ORG),
    (1, f"agenda show GM0438/{SOME}", NEAR_ORG),
    (1, f"decision show GM0438/{SOME}", NEAR_ORG),
    (1, f"decision proof GM0438/{SOME}", NEAR_ORG),
    (1, f"explain GM0438/{SOME}", NEAR_ORG),
    (77, f"where GM0438/{SOME}", NEAR_ORG),
    (1, "evidence export GM0438 1-00000000:1", NEAR_ORG),
    (0, "notify send --subject x --topic notification/x --to GM0384,GM0438", NEAR_ORG),
    (64, "explain stallled", "did you mean stalled?"),
    (64, "events --code alarm_staled", "did you mean"),
    (64, "tail --class decison", "did you mean decision?"),
    (64, "tail --topic decison/x", "did you mean decision?"),
    (64, "tail --type positoin", "did you mean position"),
    (64, "publish --ack loca -", "write local, or remote:K"),
    (77, f"{AGENDA} --kind meetin", "did you mean meeting?"),
    (77, f"{AGENDA} --status planed", "did you mean planned?"),
    (77, f"{AGENDA} --disclosure publc", "did you mean public?"),
    (77, f"{AGENDA} --body concil", "did you mean council?"),
    (77, f"{PROPOSE} --rule consent_al", "did you mean consent_all?"),
    (77, f"{PROPOSE} --rule majority --tie rejectd", "did you mean rejected?"),
    (77, f"{PROPOSE} --rule consent_all --body colege", "did you mean college?"),
    (77, "decision close DECISION --outcome adoptd", "did you mean adopted?"),
    (77, "position take DECISION --body college --value in_favor", "did you mean in_favour?"),
    (77, "position take DECISION --body colege --value in_favour", "did you mean college?"),
    (77, "position take DECISION --body college --value in_favour --kind consnt", "did you mean consent?"),
    (77, "notify send --subject x --topic notification/x --severity atention", "did you mean attention?"),
    (64, "schema show evnt", "did you mean event?"),
    (64, "schema validate --as evnt /dev/null", "did you mean event?"),
    (64, "completion zhs", "did you mean zsh?"),
    (64, "manual samenbus-event", "did you mean samenbus-events?"),
    (64, "explain stalled -o jsn", "did you mean json?"),
    (64, "bench catchup -o jsn", "did you mean json?"),
    (64, "metrics --listem 127.0.0.1:1", "did you mean --listen?"),
    (64, "check peerz", "did you mean samenbus check peers?"),
    (64, "statsu", "did you mean `status`?"),
    (64, "help statsu", "did you mean `status`?"),
]


def formats(r):
    """Each command whose help has a --format or -o of several words, found by the help."""
    names = re.findall(r"^  ([a-z]+(?: [a-z]+)?)  ", run(program("samenbus"), "help")[1], re.M)
    check(len(names) > 50, f"{len(names)} commands")
    n = 0
    for name in names:
        text = run(program("samenbus"), *name.split(), "--help")[1]
        for flag, words in re.findall(r"--(output|format|as) ([a-z]+(?:\|[a-z]+)+)", text):
            word = words.split("|")[-1]
            first = text.splitlines()[0]
            operand = [f"{A}/{SOME}"] if "ORG/UUID" in first else ["archive"] if "NAME" in first else \
                ["--proof", "/dev/null"] if name == "verify" else ["/dev/null"] if " FILE" in first else []
            code, out, err = r.command(A, *name.split(), f"--{flag}", word[:-1] + "q", *operand)
            check(code in (3, 64) and f"did you mean {word}?" in out + err, f"{name} --{flag}: exit {code}: {out}{err}")
            n += 1
    check(n >= 20, f"only {n} formats")


def decision(r):
    r.publish(A, {"topic": "decision/x", "proposal": {
        "decisionId": (id := new_id()), "title": "x", "text": "y", "participants": [A, B], "rule": "consent_all",
        "body": "college", "deadline": "2027-01-31"}})
    return f"{A}/{id}"


def test():
    with Region([A, B]) as r:
        r.start(A)
        check(r.command(A, "consumer", "add", "archive")[0] == 0, "a consumer")
        words = {"CONF": r.nodes[A].path("samenbusd.yaml"), "DECISION": decision(r)}
        for wanted, typed, told in MISTYPED:
            argv = [words.get(word, word) for word in typed.split()]
            code, out, err = r.command(A, *argv, timeout=20)
            check(code == wanted and told in out + err, f"{typed}: exit {code}: {out}{err}")
        formats(r)
        code, out, err = r.command(A, "tail", "--origin", A, "--origin", B)
        check(code == 0 and not err, f"those that are known: {err}")
        check(r.command(A, "consumer", "show", "archive")[0] == 0, "the right one is still there")


main(test)
