#!/usr/bin/python3
"""A client reads a long stream slowly and asks something on the same connection: however much of the
stream waits there, the question has its answer."""
# test: slow, alone
import os
import sys
import time

from region import ROOT, Region, check, main
from slow_reader import open_stream

sys.path.insert(0, os.path.join(ROOT, "clients", "python"))
import zmq  # noqa: E402
from samenbus import wire  # noqa: E402
from samenbus._proto import pb  # noqa: E402
from samenbus.config import read_config  # noqa: E402

ORG, EVENTS, SIZE = "GM0384", 3500, 16384  # more than is queued for one who does not read
STREAM, QUESTIONS = 1, range(2, 10)
SILENCE_MS, PATIENCE_MS = 3000, 20000  # so long nothing: nothing more comes; where an answer is lacking still


def read_all(socket):
    """The frames of the stream, and the questions that were answered."""
    streamed, answered = 0, set()
    while socket.poll(SILENCE_MS if answered == set(QUESTIONS) else PATIENCE_MS):
        frame = wire.read_frame(socket.recv())
        streamed += frame.request == STREAM
        if frame.request in QUESTIONS:
            answered.add(frame.request)
    return streamed, answered


def test():
    with Region([ORG]) as r:
        r.start()
        code, _, err = r.command(ORG, "bench", "publish", "--window", "64", "--count", str(EVENTS),
                                 "--size", str(SIZE), timeout=200)
        check(code == 0, f"bench publish: exit {code} {err}")
        context = zmq.Context()
        socket = open_stream(context, read_config(r.nodes[ORG].path("client.yaml")))
        time.sleep(3)  # the stream fills what there is
        for question in QUESTIONS:
            socket.send(wire.write_frame(wire.QUERY, question, pb.Query()))
        time.sleep(1)  # the daemon has read them, before anybody makes room
        streamed, answered = read_all(socket)
        socket.close()
        context.term()
        print(f"{streamed} frames of the stream, {len(answered)} of {len(QUESTIONS)} answers")
        check(streamed > 60, f"nothing was queued: {streamed} frames")
        check(answered == set(QUESTIONS), f"answered: {sorted(answered)}")


main(test)
