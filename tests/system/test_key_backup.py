#!/usr/bin/python3
"""Keys in one sealed file: they come back as they were and never over others; a wrong passphrase, a
damaged file and a terminal without anybody are told apart."""
import os
import pty
import signal
import stat

from region import Region, check, main, program, run

ORG = "GM0384"


def typed(argv, lines):
    """Runs a command with a terminal of its own, on which these lines are typed."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(argv[0], argv)
    shown = b""
    for line in lines:
        while not shown.rstrip(b" ").endswith(b":"):
            shown += os.read(terminal, 1024)
        os.write(terminal, line.encode() + b"\n")
        shown += b"\n"
    try:
        while True:
            more = os.read(terminal, 1024)
            if not more:
                break
            shown += more
    except OSError:
        pass  # its end
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()


def write(path, text):
    with open(path, "w") as f:
        f.write(text)
    return path


def test():
    signal.alarm(120)  # a question that nobody understands must not wait for ever
    with Region([ORG]) as r:
        node, samenbus = r.nodes[ORG], program("samenbus")
        sealed, words = node.path("sealed"), write(node.path("words"), "a very long walk\n")
        backup = [samenbus, "key", "backup", "-c", node.path("samenbusd.yaml"), "--out", sealed]
        code, _, err = run(*backup, "--passphrase-file", write(node.path("short"), "abc\n"))
        check(code == 65 and "guessed" in err and not os.path.exists(sealed), f"{code} {err}")
        code, out = typed(backup, ["a very long walk", "a very long talk"])
        check(code == 65 and "different" in out and not os.path.exists(sealed), f"{code} {out}")
        code, out = typed(backup, ["a very long walk", "a very long walk"])
        check(code == 0 and "long walk" not in out and ORG in out, f"{code} {out}")
        shown = run(samenbus, "key", "show", node.path("keys", ORG + ".pub.yaml"))[1]
        fingerprint = next(line for line in shown.splitlines() if "fingerprint" in line)[2:]
        check(fingerprint in out, f"{fingerprint} is not in {out}")
        check(stat.S_IMODE(os.stat(sealed).st_mode) == 0o600, "others may read it")
        code, _, err = run(*backup, "--passphrase-file", words)
        check(code == 65 and "never overwritten" in err, f"{code} {err}")

        new = node.path("new-keys")
        restore = [samenbus, "key", "restore", sealed, "--out", new]
        code, _, err = run(*restore, "--passphrase-file", write(node.path("other"), "another\n"))
        check(code == 65 and "passphrase" in err and not os.path.exists(new), f"{code} {err}")
        code, out = typed(restore, ["a very long walk"])
        check(code == 0 and fingerprint in out, f"{code} {out}")
        for suffix in (".sign.key", ".curve.key", ".pub.yaml"):
            with open(node.path("keys", ORG + suffix)) as a, open(os.path.join(new, ORG + suffix)) as b:
                same = [x for x in a if "name:" not in x] == [x for x in b if "name:" not in x]
                check(same, f"{suffix} came back as another")
            mode = stat.S_IMODE(os.stat(os.path.join(new, ORG + suffix)).st_mode)
            check(mode == (0o644 if suffix == ".pub.yaml" else 0o600), f"{suffix}: {mode:o}")
        code, _, err = run(*restore, "--passphrase-file", words)
        check(code == 65 and "never overwritten" in err, f"{code} {err}")

        with open(sealed) as f:
            text = f.read()
        at = len(text) - 100
        damaged = write(node.path("damaged"), text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1:])
        for path, what in ((damaged, "damaged"), (words, "not a file of sealed keys"),
                           (write(node.path("cut"), text[:at]), "cut short"), ("none", "No such file")):
            code, _, err = run(samenbus, "key", "restore", path, "--out", node.path("no"),
                               "--passphrase-file", words)
            check(code == 65 and what in err and path in err, f"{path}: {code} {err}")
        check(not os.path.exists(node.path("no")), "keys of a damaged file")


main(test)
