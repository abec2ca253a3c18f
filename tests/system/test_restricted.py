#!/usr/bin/python3
"""One event for two of three: the third knows that it exists, and neither a file of it nor a broadcast
that it can hear has a byte of it."""
import os

import zmq

from region import Background, Region, check, custom, main

CANARY = "vertrouwelijk-kanarie-7f3a91"


def listen(stop, r, org, listener, heard):
    """Every broadcast of `org`, with the key of its partner `listener`."""
    context = zmq.Context()
    socket = context.socket(zmq.SUB)
    socket.curve_serverkey = r.server_key(org)
    socket.curve_publickey, socket.curve_secretkey = r.curve_pair(listener, listener)
    socket.subscribe(b"")
    socket.connect(f"tcp://127.0.0.1:{r.nodes[org].publish_port}")
    while not stop.is_set():
        if socket.poll(50):
            heard.append(b"".join(socket.recv_multipart()))
    socket.close(0)
    context.term()


def test():
    with Region(["GM0384", "GM0437", "GM0451"]) as r:
        r.start()
        heard = []
        ears = [Background(listen, r, org, "GM0437", heard) for org in ("GM0384", "GM0451")]
        r.wait_for(lambda: len(heard) >= 4, "the third hears the frontiers of both")
        r.publish("GM0384", custom(CANARY, audience=["GM0384", "GM0451"]), custom("open"))
        r.wait_same()
        r.wait_for(lambda: CANARY in r.texts("GM0451"), "the body reaches its audience")
        r.publish("GM0384", custom("the end"))
        r.wait_for(lambda: any(b"the end" in frame for frame in heard), "the third hears what is open")
        for ear in ears:
            ear.stop()
        check(not any(CANARY.encode() in frame for frame in heard), "it was broadcast")
        stub = [e for e in r.log("GM0437") if e["audience"]]
        check(len(stub) == 1 and stub[0]["state"] == "withheld" and stub[0]["body"] is None, stub)
        check(stub[0]["topic"] is None and stub[0]["audience"] == ["GM0384", "GM0451"], stub)
        r.publish("GM0384", custom("x", audience=["GM9999"]), expect=77)
        for org in r.orgs:
            r.kill(org, 15)
        for folder, _, files in os.walk(r.nodes["GM0437"].dir):
            for name in files:
                with open(os.path.join(folder, name), "rb") as f:
                    check(CANARY.encode() not in f.read(), f"{name} of GM0437 has the body")
        with open(r.nodes["GM0451"].path("store", "data.mdb"), "rb") as f:
            check(CANARY.encode() in f.read(), "the canary is not found where it must be")


main(test)
