#!/usr/bin/python3
"""5 % of the broadcasts are dropped: everything arrives all the same, by catch-up. That some were
dropped is seen by a plain subscriber, who has nothing else."""
# test: slow
import zmq

from region import Background, Region, check, custom, main, only_test_build

BATCHES, SIZE = 10, 100


def count_broadcasts(stop, r, org, heard):
    context = zmq.Context()
    socket = context.socket(zmq.SUB)
    socket.curve_serverkey = r.server_key(org)
    socket.curve_publickey, socket.curve_secretkey = r.curve_pair(org, "operator")
    for prefix in (b"custom/", b"frontier/"):
        socket.subscribe(prefix)
    socket.connect(f"tcp://127.0.0.1:{r.nodes[org].publish_port}")
    while not stop.is_set():
        if socket.poll(50):
            heard.append(socket.recv_multipart()[0])
    socket.close(0)
    context.term()


def test():
    only_test_build()
    with Region(["GM0384", "GM0437", "GM0451"]) as r:
        r.start(env={"SAMENBUS_TEST_DROP_BROADCAST": "5"})
        heard = []
        listener = Background(count_broadcasts, r, "GM0384", heard)
        try:
            r.wait_for(lambda: heard, "the subscriber hears a frontier")
            for batch in range(BATCHES):
                r.publish("GM0384", *[custom(f"{batch}-{i}") for i in range(SIZE)])
                r.publish("GM0451", custom(f"z{batch}"))
            r.wait_same()
        finally:
            listener.stop()
        events = [t for t in heard if t.startswith(b"custom/")]
        check(SIZE < len(events) < BATCHES * SIZE, f"{len(events)} broadcasts were heard")
        for org in r.orgs:
            texts = r.texts(org)
            check(len(set(texts)) == len(texts) == BATCHES * (SIZE + 1), f"{org} has {len(texts)}")


main(test)
