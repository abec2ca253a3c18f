#!/usr/bin/python3
"""Bits of a page's own structure rot, where LMDB trusts it blindly, goes astray or gives up: the
daemon ends as one whose disk failed, names the store and what to do; and a store that is new gets
the history back."""
import os
import shutil
import struct

from region import Region, check, custom, main, program, run

ORGS = ["GM0384", "GM0437"]
PAGE, LEAF, DUPLICATES, OFFSET_KEY = 4096, 2, 4, 8


def leaves(data):
    """Where the leaves of trees begin, and the number of bytes of their pointers."""
    for page in range(2 * PAGE, len(data), PAGE):
        flags, lower, upper = struct.unpack_from("<HHH", data, page + 10)
        if flags == LEAF and 16 < lower <= upper <= PAGE:
            yield page, lower


def is_log(data, page):
    (at,) = struct.unpack_from("<H", data, page + 16)
    return struct.unpack_from("<H", data, page + at + 6)[0] == OFFSET_KEY


def marks(data):
    """Every node of the log says that it has duplicates, which no tree here knows."""
    for page, lower in leaves(data):
        for (at,) in struct.iter_unpack("<H", data[page + 16:page + lower]):
            if is_log(data, page):
                data[page + at + 4] |= DUPLICATES


def sizes(data):
    """The pages of the log have less than no room; what comes next is put there."""
    for page, lower in leaves(data):
        if is_log(data, page):
            struct.pack_into("<H", data, page + 14, lower - 2)


def names(data):
    """A tree is called otherwise: the one that is asked for is not there."""
    for page, _ in leaves(data):
        at = data.find(b"said", page, page + PAGE)
        if at >= 0 and b"consumers" in data[page:page + PAGE]:
            data[at:at + 4] = b"sand"


def ends_as_defined(r, rot):
    node = r.nodes["GM0437"]
    check(r.kill("GM0437", 15) == 0, "stop")
    r.publish("GM0384", custom(f"before {rot.__name__} are looked at"))
    with open(node.path("store", "data.mdb"), "r+b") as f:
        sound = f.read()
        data = bytearray(sound)
        rot(data)
        check(data != sound, f"found no {rot.__name__} to rot")
        f.seek(0)
        f.write(data)
    os.unlink(node.path("events.ndjson"))
    code, _, err = run(program("samenbusd"), "-c", node.path("samenbusd.yaml"))
    expected = 78 if rot == names else 74  # it does not even begin
    check(code == expected, f"{rot.__name__} end the daemon with {code}: {err[-800:]}")
    for word in (os.path.basename(node.path("store")), "damaged", "--store`"):
        check(word in err, f"{rot.__name__}: {word} is not in {err[-800:]}")
    shutil.move(node.path("store"), node.path("aside-" + rot.__name__))
    r.start("GM0437")
    r.wait_same()


def test():
    with Region(ORGS) as r:
        r.start()
        r.publish("GM0384", *[custom(f"event {i}") for i in range(20)])
        r.wait_same()
        for rot in (marks, sizes, names):
            ends_as_defined(r, rot)


main(test)
