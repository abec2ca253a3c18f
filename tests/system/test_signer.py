#!/usr/bin/python3
"""The signing key is in a process of its own: not in the daemon's memory, without rights, gone with
the daemon; and the daemon goes with it, with a defined exit and without losing anything."""
import base64
import os
import signal
import time

from region import Region, check, custom, main, program, run

A = "GM0384"
EXIT_SIGNER_GONE = 1


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        return [int(p) for p in f.read().split()]


def proc_status(pid):
    with open(f"/proc/{pid}/status") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def seed_of(r):
    with open(r.nodes[A].path("keys", A + ".sign.key")) as f:
        line = next(line for line in f if line.startswith("samenbus-sign-key-1"))
    return base64.b64decode(line.split()[1])


def memory_holds(pid, secret):
    """Is `secret` anywhere in what the process has of its own and can write? None: may not look."""
    found = False
    try:
        with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
            for line in maps:
                where, rights = line.split()[:2]
                if not rights.startswith("rw") or "store" in line:
                    continue
                begin, end = (int(x, 16) for x in where.split("-"))
                if end - begin > 1 << 30:
                    continue  # a sanitizer's shadow
                try:
                    mem.seek(begin)
                    found = found or secret in mem.read(end - begin)
                except OSError:
                    pass
    except PermissionError:
        return None
    return found


def check_confined(signer):
    s = proc_status(signer)
    check(s["Name"] == "samenbus-signer", f"the child is {s['Name']}")
    check(s["Seccomp"] == "2" and s["NoNewPrivs"] == "1", f"rights of the child: {s}")
    try:
        check(os.listdir(f"/proc/{signer}/fd") == ["0"], "the child keeps a descriptor")
    except PermissionError:
        pass  # not dumpable: its /proc is root's


def check_leaves_no_traces(daemon, signer):
    """No core file of either; and the page with the key is not swapped out. A sanitizer locks nothing."""
    for pid in (daemon, signer):
        with open(f"/proc/{pid}/limits") as f:
            line = next(line for line in f if line.startswith("Max core file size"))
        check(line.split()[4:6] == ["0", "0"], f"a core file of {pid}: {line}")
    if "preset: asan" not in run(program("samenbusd"), "--version")[1]:
        locked = int(proc_status(signer)["VmLck"].split()[0])
        check(locked >= 4, f"{locked} kB of the signer's memory are locked")


def check_goes_with_the_daemon(r):
    signer, = children(r.nodes[A].process.pid)
    r.kill(A)
    r.wait_for(lambda: not os.path.exists(f"/proc/{signer}"), "the child has ended")


def check_daemon_goes_with_it(r):
    r.start()
    daemon = r.nodes[A].process
    signer, = children(daemon.pid)
    os.kill(signer, signal.SIGTERM)  # as a service manager tells all processes: the daemon's to heed
    r.publish(A, custom("after SIGTERM to the child"))
    begin = time.monotonic()
    os.kill(signer, signal.SIGKILL)
    code = daemon.wait(timeout=30)
    check(time.monotonic() - begin < 5, "the daemon noticed late")
    check(code == EXIT_SIGNER_GONE, f"exit {code}")
    r.nodes[A].process = None
    check("the process that holds the signing key was ended by signal 9" in r.said(A), "it was not said")


def test():
    with Region([A]) as r:
        r.start()
        r.publish(A, custom("one"))
        signer, = children(r.nodes[A].process.pid)
        check_confined(signer)
        check_leaves_no_traces(r.nodes[A].process.pid, signer)
        secret = seed_of(r)
        here, there = memory_holds(r.nodes[A].process.pid, secret), memory_holds(signer, secret)
        check(here is not True, "the signing key is in the daemon's memory")
        check(there is not False, "the signing key is not where it should be: the search finds nothing")
        check_goes_with_the_daemon(r)
        check_daemon_goes_with_it(r)
        r.start()
        check(r.texts(A) == ["after SIGTERM to the child", "one"], f"{r.texts(A)}")
        r.publish(A, custom("again"))
        r.verify_store(A)


if __name__ == "__main__":
    main(test)
