#!/usr/bin/python3
"""Two administrators who have no partner yet do what README says under "Taking a partner in", word
for word, and their daemons talk. And what `samenbus peer` refuses leaves everything as it was."""
# test: slow
import os
import re
import shutil
import subprocess

from region import BIN, ROOT, Region, check, custom, main, program, run

A, B = "GM0384", "GM0451"


def blocks():
    """{name: script} of the blocks of README that are marked as onboarding."""
    with open(f"{ROOT}/README.md", encoding="utf-8") as f:
        found = dict(re.findall(r"^```sh onboarding:([a-z-]+)\n(.*?)^```$", f.read(), flags=re.M | re.S))
    check(set(found) == {"invite", "add", "look", "leave"}, found.keys())
    return found


def do(r, org, script, **more):
    """Runs a block as the administrator of `org`, in a shell that stops at the first failure."""
    node = r.nodes[org]
    env = dict(os.environ, PATH=f"{BIN}:{os.environ['PATH']}", CONF=node.dir, NO_COLOR="1",
               SAMENBUS_CONFIG=node.path("client.yaml"), **more)
    done = subprocess.run(["sh", "-euc", script], cwd=node.dir, env=env, text=True, timeout=60,
                          capture_output=True)
    check(done.returncode == 0, f"{org}: {script}: exit {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def fingerprint_in(text):
    return re.search(r"fingerprint[^:]*: ((?:\d{5} ?){6})", text)[1].strip()


def peer(r, org, *argv):
    return r.command(org, "peer", *argv, "-c", r.nodes[org].path("samenbusd.yaml"))


def alone(r):
    """Nobody has a partner: the configuration of the region without its peers."""
    for org in (A, B):
        path = r.nodes[org].path("samenbusd.yaml")
        with open(path) as f:
            text = f.read()
        with open(path, "w") as f:
            f.write(re.sub(r"^peers:\n(?:  .*\n)+", "", text, flags=re.M))


def exchange(r, script):
    """Each makes a file, sends it to the other, and reads its fingerprint over the telephone."""
    heard = {}
    for org, other in ((A, B), (B, A)):
        node = r.nodes[org]
        do(r, org, script["invite"], ORG=org, PUBLISH=f"tcp://127.0.0.1:{node.publish_port}",
           SERVICE=f"tcp://127.0.0.1:{node.service_port}")
        shutil.copy(node.path(f"{org}.yaml"), r.nodes[other].dir)
        with open(node.path(f"{org}.yaml")) as f:
            heard[org] = fingerprint_in(f.read())
    for org, other in ((A, B), (B, A)):
        out = do(r, org, script["add"], PARTNER=other, FINGERPRINT=heard[other])
        check(fingerprint_in(out) == heard[other] and "samenbus reload" in out, out)
        check(r.command(org, "reload")[1] == f"+ partner {other}\n", "the reload says so")


def talk(r, script):
    r.wait_for(lambda: r.peer(A, B)["outgoing"]["state"] == "live" and
               r.peer(A, B)["incoming"]["state"] == "live", "both directions live")
    r.wait_for(lambda: r.peer(B, A)["theirView"]["state"] == "live", "they said so")
    r.publish(A, custom("welcome"), ack="remote:1")
    check(r.texts(B) == ["welcome"], r.texts(B))

    def looks():  # how they see us comes with their heartbeat
        out = do(r, A, script["look"], PARTNER=B)
        check(B in out and "conf.d/" in out and "1 of 1 partners" in out, out)
        return True
    r.wait_for(looks, "all is seen to flow")


def files(r):
    folder = r.nodes[A].path("conf.d")
    found = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name)) as f:
            found[name] = f.read()
    return found


def refuses(r):
    """Ourselves, who is known, whose key is known, broken files, another fingerprint."""
    before, node = files(r), r.nodes[A]
    with open(node.path(f"{B}.yaml")) as f:
        theirs = f.read()
    run(program("samenbus"), "key", "gen", "--org", "GM0736", "--out", node.path("new"))
    with open(node.path("new", "GM0736.pub.yaml")) as f:
        other = f.read()
    cases = {
        "known": (theirs, [], "already"),
        "ourselves": (open(node.path(f"{A}.yaml")).read(), [], "ourselves"),
        "key": (theirs.replace(B, "GM0736"), [], "sign_key of GM0736 is that of GM0451"),
        "broken": (other.replace("curve_key", "curvekey"), [], "curve_key"),
        "half": (other + "publish: tcp://10.0.0.1:1\n", [], "one endpoint"),
        "unheard": (other, ["--fingerprint", "11111 " * 6], "another fingerprint"),
        "hostile": (other + 'name: "a\\e[31m\\nb"\n', [], "name"),
        "taken": (other + f"publish: tcp://127.0.0.1:{r.nodes[B].publish_port}\n"
                  "service: tcp://10.0.0.1:2\n", [], "nothing is changed"),
    }
    for name, (text, argv, sentence) in cases.items():
        with open(node.path(name + ".yaml"), "w") as f:
            f.write(text)
        code, out, err = peer(r, A, "add", node.path(name + ".yaml"), *argv)
        check(code in (65, 78) and sentence in err and "\x1b" not in err + out, f"{name}: {code} {out}{err}")
        check(files(r) == before, f"{name}: {files(r).keys()}")
    check(peer(r, A, "add", node.path("absent.yaml"))[0] == 65, "a file that is not there")
    code, out, err = peer(r, A, "show", "GM0541")
    check(code == 65 and "did you mean GM0451?" in err and not out, f"{code} {err}")
    check(peer(r, A, "remove", "GM0736")[0] == 65 and files(r) == before, "removed nobody")
    code, out, err = r.command(A, "peer", "invite", "-c", node.path("samenbusd.yaml"), "--publish", "tcp://*:1")
    check(code == 64 and not out and "--publish" in err, f"{code} {out}{err}")


def leaves(r, script):
    before = files(r)[f"{B}.yaml"]
    out = do(r, A, script["leave"], PARTNER=B)
    left = files(r)
    check(len(left) == 1 and next(iter(left)).startswith(f"{B}.yaml.removed-"), left.keys())
    check(list(left.values()) == [before] and f"- partner {B}" in out, out)
    check(peer(r, A, "list") == (0, "", ""), "a partner that was removed is listed")
    check(r.status(A)["peers"] == [] and r.texts(A) == ["welcome"], "its events stay")


def test():
    script = blocks()
    with Region([A, B]) as r:
        alone(r)
        r.start()
        exchange(r, script)
        talk(r, script)
        refuses(r)
        leaves(r, script)


main(test)
