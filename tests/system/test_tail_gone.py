#!/usr/bin/python3
"""A daemon finds that what its store says of signatures has rotted, while a client reads: it ends as
one that is damaged and says what to do; the client says that it went away, and where to look."""
# test: slow
import struct

from region import Region, check, custom, main

ORGS = ["GM0384", "GM0437"]
PAGE, LEAF, CHECKPOINT = 4096, 2, 112


def shorten(data):
    """Every signature in the store is a byte shorter than signatures are."""
    n = 0
    for page in range(2 * PAGE, len(data), PAGE):
        flags, lower, upper = struct.unpack_from("<HHH", data, page + 10)
        if flags == LEAF and 16 < lower <= upper <= PAGE:
            for (at,) in struct.iter_unpack("<H", data[page + 16:page + lower]):
                if struct.unpack_from("<IHH", data, page + at)[::2] == (CHECKPOINT, 8):
                    struct.pack_into("<I", data, page + at, CHECKPOINT - 1)
                    n += 1
    return n


def test():
    with Region(ORGS) as r:
        r.start()
        r.publish("GM0384", *[custom(f"event {i}") for i in range(20)])
        r.wait_same()
        node = r.nodes["GM0437"]
        check(r.kill("GM0437", 15) == 0, "stop")
        with open(node.path("store", "data.mdb"), "r+b") as f:
            data = bytearray(f.read())
            check(shorten(data) > 0, "found no signature in the store")
            f.seek(0)
            f.write(data)
        r.start("GM0437", wait=False)
        code, _, err = r.command("GM0437", "tail", "-o", "json", timeout=60)
        check(code == 69, f"tail ends with {code}: {err}")
        for word in ("went away and did not come back", "its log", "samenbus check"):
            check(word in err, f"{word} is not in {err}")
        ended = node.process.wait(10)
        with open(node.stderr_path, errors="replace") as f:
            said = f.read()
        check(ended == 74, f"the daemon ends with {ended}: {said[-800:]}")
        for word in ("alarm damaged", "find a checkpoint", "samenbus repair --store"):
            check(word in said, f"{word} is not in {said[-800:]}")
        node.process = None


main(test)
