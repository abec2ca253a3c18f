#!/usr/bin/python3
"""Every refusal of a damaged export, store or backup names the file, the place where it has one, and
what to do next; whatever refuses it leaves it as it is."""
# test: slow
import os
import re
import shutil

from region import Region, check, custom, is_test_build, main, program, run

US = "GM0384"
SIGNALS_ARE_OURS = os.environ.get("ASAN_OPTIONS", "") + ":handle_sigbus=0:handle_segv=0"
PLACE = re.compile(r"\b" + US + r" \d+-[0-9a-f]{8,}:\d+\b")


def files_of(folder):
    """Their bytes, without those of locks."""
    found = {}
    for where, _, names in os.walk(folder):
        for name in set(names) - {"lock.mdb", "lock-samenbus", "stderr"}:
            with open(os.path.join(where, name), "rb") as f:
                found[os.path.join(where, name)] = f.read()
    return found


def refused(folder, path, advice, *argv, place=True, codes=(1, 65, 74, 78)):
    before = files_of(folder)
    code, out, err = run(program(argv[0]), *argv[1:], env={"ASAN_OPTIONS": SIGNALS_ARE_OURS})
    words = f"{' '.join(argv)}: exit {code}: {out}{err}"
    check(code in codes, words)
    check(path in out + err, f"the file is not named: {words}")
    check(not place or PLACE.search(out + err), f"the place is not named: {words}")
    check(advice in err, f"not what to do next: {words}")
    check(all(line.count("`") % 2 == 0 for line in (out + err).splitlines()), f"a sentence cut short: {words}")
    check(files_of(folder) == before, f"something was changed: {words}")


def exports(r):
    node, good = r.nodes[US], os.path.join(r.dir, "good.sbx")
    code, _, err = r.command(US, "export", "--origin", US, "-O", good)
    check(code == 0, err)
    with open(good, "rb") as f:
        raw = f.read()
    middle = len(raw) // 2
    flipped = raw[:middle] + bytes([raw[middle] ^ 4]) + raw[middle + 1:]
    for name, data, place in (("flipped", flipped, True), ("cut", raw[:middle], True), ("junk", b"no export", False),
                              ("empty", b"", False)):
        path = os.path.join(r.dir, name + ".sbx")
        with open(path, "wb") as f:
            f.write(data)
        refused(r.dir, path, "exported anew", "samenbus", "verify", "--file", path, place=place)
        refused(r.dir, path, "exported anew", "samenbus", "key", "announce", "-c", node.path("samenbusd.yaml"),
                "--from", path, "--out", os.path.join(r.dir, "announced"), place=place)


def with_data(path, data):
    os.mkdir(path, 0o700)
    with open(os.path.join(path, "data.mdb"), "wb") as f:
        f.write(data)


def stores(r):
    """A backup is a store: the same refusals."""
    folder, backup = os.path.join(r.dir, "backups"), os.path.join(r.dir, "backups", "good")
    os.mkdir(folder)
    code, out, err = run(program("samenbus"), "backup", "-c", r.nodes[US].path("samenbusd.yaml"), backup)
    check(code == 0, out + err)
    with open(os.path.join(backup, "data.mdb"), "rb") as f:
        raw = f.read()
    rotten = raw.replace(b"precious number 17", b"preciouS number 17")
    check(rotten != raw, "no body to damage")
    for name, data in (("rotten", rotten), ("cut", raw[:len(raw) // 2]), ("junk", b"x" * len(raw)), ("empty", b"")):
        path, place = os.path.join(folder, name), name == "rotten"
        with_data(path, data)
        verify = "samenbus repair --store" if place else "the partners have its history"
        refused(folder, path, verify, "samenbus", "verify", "--store", path, place=place)
        refused(folder, path, "", "samenbus", "backup", "--store", path, path + "-copy", place=place)
        if not place:
            refused(folder, path, "the partners have its history", "samenbus", "repair", "--store", path, place=False)


def repairs(r):
    """One that breaks off deletes neither store, and says which is which."""
    folder = os.path.join(r.dir, "repairs")
    os.mkdir(folder)
    with open(os.path.join(r.dir, "backups", "rotten", "data.mdb"), "rb") as f:
        rotten = f.read()
    longest = "s" * 230  # of 255: the name of the copy still fits, that of the damaged store does not
    places = ["before_repair_renames", "between_repair_renames", "after_repair_rename"]
    for name, place in [(longest, "")] + [(p, p) for p in places if is_test_build()]:
        path = os.path.join(folder, name)
        with_data(path, rotten)
        code, out, err = run(program("samenbus"), "repair", "--store", path, env={"SAMENBUS_FAILPOINT": place})
        words = f"{name} {place}: exit {code}: {out}{err}"
        kept = {p: files_of(p)[os.path.join(p, "data.mdb")] == rotten
                for p in (os.path.join(folder, x) for x in os.listdir(folder)) if p.startswith(path)}
        check(code not in (0, 200) and list(kept.values()).count(True) == 1, f"the damaged store is gone: {words}")
        damaged = next(p for p in kept if kept[p])
        replaced = place == "after_repair_rename"
        check((damaged != path) == replaced == ("was replaced all the same" in err), words)
        check((f"kept as {damaged};" in err) if replaced else (f"{path} was left as it is" in err), words)
        copies = [p for p in kept if p not in (path, damaged)]
        check(len(copies) == (place == "between_repair_renames"), f"{copies}: {words}")
        check(all(f"{p} is not the damaged store" in err for p in copies), words)


def starts(r):
    """A daemon that does not start on it."""
    node = r.nodes[US]
    check(r.kill(US, 15) == 0, "stop")
    for name in ("cut", "junk"):
        shutil.rmtree(node.path("store"))
        shutil.copytree(os.path.join(r.dir, "backups", name), node.path("store"))
        refused(node.path("store"), node.path("store"), "samenbus verify --store", "samenbusd", "-c",
                node.path("samenbusd.yaml"), place=False)


def test():
    with Region([US]) as r:
        r.start()
        for i in range(4):
            r.publish(US, *[custom(f"precious number {10 * i + j} of forty") for j in range(10)])
        exports(r)
        stores(r)
        repairs(r)
        starts(r)


main(test)
