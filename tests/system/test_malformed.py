#!/usr/bin/python3
"""Bytes that make no sense, from a partner's own key, on every road that they can take: counted,
told once with who and why, and the daemon goes on as before."""
import os
import random
from datetime import datetime, timedelta

import zmq

from region import Region, check, custom, main

US, THEM = "GM0384", "GM0437"
FRAME_MAX = 1024 * 1024
AGAIN = timedelta(seconds=9.9)  # SB_COMPLAINT_PERIOD_MS, after which the same is told again


def socket_of(r, kind, context):
    """A socket with the partner's keys, connected to our daemon."""
    socket = context.socket(kind)
    socket.linger = 2000
    socket.curve_serverkey = r.server_key(US)
    socket.curve_publickey, socket.curve_secretkey = r.curve_pair(THEM, THEM)
    return socket


def header(kind, request=1):
    return b"SB\x01" + bytes([kind]) + request.to_bytes(4, "big")


def nonsense():
    """Frames of every kind of wrongness."""
    yield from (b"", b"S", b"SB", b"SB\x01", b"XX\x01\x01\x00\x00\x00\x01", b"SB\x07\x01\x00\x00\x00\x01")
    for kind in range(256):
        yield header(kind) + b"\xff" * 20
        yield header(kind) + random.randbytes(200)
        yield header(kind) + b"\x0a\xff\xff\xff\xff\x0f"  # a length beyond the frame
        yield header(kind) + b"\x0a\x02" * 5000           # nested without end
    yield header(1) + b"\x08\x01" * (FRAME_MAX // 2 - 8)  # more fields than any frame may have
    yield random.randbytes(FRAME_MAX - 100)


def malformed(r):
    return r.status(US)["counters"]["malformedFrames"]


def ask_nonsense(r, context):
    socket = socket_of(r, zmq.DEALER, context)
    socket.connect(f"tcp://127.0.0.1:{r.nodes[US].service_port}")
    n = 0
    for frame in nonsense():
        socket.send(frame)
        n += 1
    socket.send_multipart([b"a", b"b", b"c", b"d", b"e", b"f"])
    r.wait_for(lambda: malformed(r) > n * 3 // 4, "the nonsense is counted", 30)
    socket.send(bytes(FRAME_MAX + 1))  # the connection ends here, and another one begins
    socket.send(header(1) + b"\xff")
    socket.close()


def publish_nonsense(r, context):
    """As the partner's publish endpoint: it stands where our daemon looks for it."""
    socket = context.socket(zmq.PUB)
    socket.linger = 0
    socket.curve_server = True
    socket.curve_publickey, socket.curve_secretkey = r.curve_pair(THEM, THEM)
    socket.bind(f"tcp://127.0.0.1:{r.nodes[THEM].publish_port}")
    before = malformed(r)

    def heard():
        for topic in (b"agenda/x", b"link/x", b"frontier/GM0437", b"custom/" + b"y" * 300, b"frontier/"):
            for frame in list(nonsense())[:40]:
                socket.send_multipart([topic, frame])
        return malformed(r) > before + 20

    r.wait_for(heard, "broadcast nonsense is counted", 40)
    socket.close()


def subscribe_nonsense(r, context):
    socket = socket_of(r, zmq.XSUB, context)
    socket.connect(f"tcp://127.0.0.1:{r.nodes[US].publish_port}")
    socket.send(b"\x01" + b"z" * 70000)
    for _ in range(100):
        socket.send(b"\x01" + random.randbytes(40))
        socket.send(random.randbytes(40))
    socket.close()


def test():
    random.seed(11)
    with Region([US, THEM]) as r:
        r.start(US)
        pid = r.nodes[US].process.pid
        context = zmq.Context()
        subscribe_nonsense(r, context)
        ask_nonsense(r, context)
        publish_nonsense(r, context)
        context.term()
        lines = [x for x in r.said(US).splitlines() if " frame: " in x and "more times" not in x]
        check(lines and all(f"{THEM}: frame: " in x for x in lines), lines)
        told = {}  # when each reason was told last
        for line in lines:
            reason, at = line.split(" frame: ")[1], datetime.fromisoformat(line[:23])
            check(reason and (reason not in told or at - told[reason] >= AGAIN), f"told more than once: {lines}")
            told[reason] = at
        check(len(told) < 30, f"{len(told)} sorts of lines in the log")

        r.publish(US, custom("as before"))
        r.start(THEM)
        r.wait_for(lambda: "as before" in r.texts(THEM), "the true partner gets it", 60)
        check(r.nodes[US].process.poll() is None and r.nodes[US].process.pid == pid, "it ended")
        check(len(os.listdir(f"/proc/{pid}/fd")) < 100, "descriptors are left open")
        check(r.kill(US, 15) == 0, "stop")


main(test)
