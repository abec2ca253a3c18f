#!/usr/bin/python3
"""A key that is taken out of the configuration loses its connections within a second of the reload
and is refused from then on; others that came in by the same endpoints come back by themselves and
miss nothing. With live sockets: a client's DEALER, a subscriber's SUB and a partner's daemon."""
# test: slow
import json
import time

import zmq

from region import Region, check, custom, main
from reload_tools import edit, entry_of, put_back, reload, take_out

A, B, C = "GM0384", "GM0437", "GM0451"
BITES_MS = 1000
PATIENCE_MS = 20000  # for what has no stated time


class Stranger:
    """A socket of our own with a client's key, and what its monitor says."""

    def __init__(self, r, org, key, kind, port):
        self.context = zmq.Context()
        self.socket = self.context.socket(kind)
        public, secret = r.curve_pair(org, key)
        self.socket.curve_publickey, self.socket.curve_secretkey = public, secret
        self.socket.curve_serverkey = r.server_key(org)
        self.socket.linger = 0
        self.monitor = self.socket.get_monitor_socket()
        self.socket.connect(f"tcp://127.0.0.1:{port}")
        self.await_event(zmq.EVENT_HANDSHAKE_SUCCEEDED, PATIENCE_MS)

    def await_event(self, event, timeout_ms):
        """Milliseconds until it came."""
        began = time.monotonic()
        while (left := timeout_ms - 1000 * (time.monotonic() - began)) > 0:
            if self.monitor.poll(left):
                head = self.monitor.recv_multipart()[0]
                if int.from_bytes(head[:2], "little") == event:
                    return 1000 * (time.monotonic() - began)
        check(False, f"no event {event} within {timeout_ms} ms")

    def close(self):
        self.context.destroy(linger=0)


def status_frame(request):
    return b"SB\x01" + bytes([40]) + request.to_bytes(4, "big")


def cuts_a_client(r):
    """Its answer comes; after the reload nothing does, whatever it sends."""
    node = r.nodes[A]
    asking = Stranger(r, A, "reader", zmq.DEALER, node.service_port)
    following = Stranger(r, A, "operator", zmq.SUB, node.publish_port)
    following.socket.subscribe(b"custom/")
    asking.socket.send(status_frame(1))
    check(asking.socket.poll(PATIENCE_MS) and asking.socket.recv()[3] == 41, "an answer before")
    reader = r.public(node.path("keys", "reader.pub.yaml"))["curve_key"]
    text = edit(r, A, f'  - {{name: reader, curve_key: "{reader}", publish: [custom/reader/], '
                'subscribe: false}\n', "")
    check("- client reader" in reload(r, A), "the reload")
    took = asking.await_event(zmq.EVENT_DISCONNECTED, BITES_MS)
    asking.socket.send(status_frame(2), zmq.DONTWAIT) if asking.socket.poll(0, zmq.POLLOUT) else None
    check(not asking.socket.poll(1500), "it is still answered")
    asking.await_event(zmq.EVENT_HANDSHAKE_FAILED_AUTH, PATIENCE_MS)
    # Who stays comes back by itself, and hears what is published once it is there.
    r.wait_for(lambda: r.publish(A, custom("after")) and following.socket.poll(200), "a follower that stays hears on")
    asking.close()
    following.close()
    put_back(r, A, text)
    reload(r, A)
    check(r.command(A, "status", config="reader.yaml")[0] == 0, "taken back")
    return took


def bars_a_follower(r):
    """Losing the right to read ends what it follows, and not its questions."""
    node = r.nodes[A]
    text = edit(r, A, "subscribe: false", "subscribe: true")
    reload(r, A)
    asking = Stranger(r, A, "reader", zmq.DEALER, node.service_port)
    following = Stranger(r, A, "reader", zmq.SUB, node.publish_port)
    put_back(r, A, text)
    reload(r, A)
    following.await_event(zmq.EVENT_DISCONNECTED, BITES_MS)
    following.await_event(zmq.EVENT_HANDSHAKE_FAILED_AUTH, PATIENCE_MS)
    asking.socket.send(status_frame(3))
    check(asking.socket.poll(PATIENCE_MS) and asking.socket.recv()[3] == 41, "its questions are answered")
    asking.close()
    following.close()


def published(r, org, n):
    return [json.loads(json.dumps(custom(f"{org} {i}"))) for i in range(n)]


def cuts_a_partner(r):
    """The others of that endpoint come back and miss nothing of what was said meanwhile."""
    entry = entry_of(r, A, C)
    r.wait_for(lambda: r.peer(A, C)["incoming"]["state"] == "live" and
               r.peer(B, A)["outgoing"]["state"] == "live", "all are live")
    text = take_out(r, A, C)
    began = time.monotonic()
    check(f"- partner {C}" in reload(r, A), "the reload")
    r.wait_for(lambda: r.peer(C, A)["outgoing"]["state"] != "live", "its connection is cut")
    took = 1000 * (time.monotonic() - began)
    r.publish(A, *published(r, "to who stays", 50), ack="remote:1")
    r.wait_for(lambda: r.peer(B, A)["outgoing"]["state"] == "live", "the other is back")
    r.publish(C, custom("of who went"))
    r.publish(B, custom("of who stays"))
    r.wait_for(lambda: "of who stays" in r.texts(A) and len(r.texts(B)) == len(r.texts(A)) + 1, "all there")
    check("of who went" not in r.texts(A), "it is still heard")
    r.wait_for(lambda: r.peer(C, A)["outgoing"]["state"] == "refused", "and refused from then on")
    put_back(r, A, text)
    reload(r, A)
    r.wait_same()
    check("of who went" in r.texts(A), "taken back, it is caught up with")
    return took, entry


def changes_a_key(r, entry):
    """Another key for the same partner: the old one's connections go as well."""
    stranger = r.public(r.nodes[B].path("keys", "reader.pub.yaml"))["curve_key"]
    key = r.public(r.nodes[C].path("keys", f"{C}.pub.yaml"))["curve_key"]
    text = edit(r, A, key, stranger)
    check(f"~ partner {C}: curve_key: {key} -> {stranger}" in reload(r, A), "the reload")
    r.wait_for(lambda: r.peer(C, A)["outgoing"]["state"] == "refused", "the old key is refused")
    r.wait_for(lambda: r.peer(A, C)["outgoing"]["state"] == "refused", "who answers has not that key")
    put_back(r, A, text)
    reload(r, A)
    r.wait_same()


def test():
    with Region([A, B, C]) as r:
        r.start()
        client = cuts_a_client(r)
        bars_a_follower(r)
        partner, entry = cuts_a_partner(r)
        changes_a_key(r, entry)
        for org in (A, B, C):
            r.verify_store(org)
        print(f"cut: a client after {client:.0f} ms, a partner seen cut after {partner:.0f} ms")


main(test)
