#!/usr/bin/python3
"""A bit of a page's own structure rots, where LMDB trusts it blindly and goes astray: the daemon
ends as one whose disk failed, names the file and what to do; and a store that is new gets the
history back."""
import os
import shutil
import struct

from region import Region, check, custom, main, program, run

ORGS = ["GM0384", "GM0437"]
PAGE, LEAF, DUPLICATES, OFFSET_KEY = 4096, 2, 4, 8


def rot_nodes(path):
    """Every node of the log's leaves says that it has duplicates, which no tree here knows."""
    with open(path, "r+b") as f:
        data, n = bytearray(f.read()), 0
        for page in range(2 * PAGE, len(data), PAGE):
            flags, lower, upper = struct.unpack_from("<HHH", data, page + 10)
            if flags != LEAF or not 16 <= lower <= upper <= PAGE:
                continue
            for (at,) in struct.iter_unpack("<H", data[page + 16:page + lower]):
                if struct.unpack_from("<H", data, page + at + 6)[0] == OFFSET_KEY:
                    data[page + at + 4] |= DUPLICATES
                    n += 1
        f.seek(0)
        f.write(data)
    check(n >= 20, f"only {n} entries of the log were found")


def test():
    with Region(ORGS) as r:
        r.start()
        r.publish("GM0384", *[custom(f"event {i}") for i in range(20)])
        r.wait_same()
        node = r.nodes["GM0437"]
        check(r.kill("GM0437", 15) == 0, "stop")
        rot_nodes(node.path("store", "data.mdb"))
        os.unlink(node.path("events.ndjson"))
        code, out, err = run(program("samenbus"), "verify", "--store", node.path("store"))
        sanitized = "AddressSanitizer" in err  # it ends the reading process before we can tell
        check(code == 1 and ("bad_file" in out or sanitized), f"verify: {code} {out}{err}")

        code, _, err = run(program("samenbusd"), "-c", node.path("samenbusd.yaml"))
        check(code == 74, f"a damaged page ends the daemon with {code}: {err[-800:]}")
        for word in (node.path("store"), "data.mdb", "damaged", "samenbus repair --store"):
            check(word in err or os.path.basename(word) in err, f"{word} is not in {err[-800:]}")

        shutil.move(node.path("store"), node.path("set-aside"))
        r.start("GM0437")
        r.wait_same()


main(test)
