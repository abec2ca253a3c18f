#!/usr/bin/python3
"""Nobody without a listed key gets an answer, at either endpoint; who may not, is told and logged."""
import json
import os
import sys

import zmq

from region import Region, check, custom, main


def knock(port, kind, server_key, keys):
    """True when anything comes back."""
    context = zmq.Context()
    socket = context.socket(kind)
    socket.linger = 0
    socket.curve_serverkey = server_key
    socket.curve_publickey, socket.curve_secretkey = keys
    if kind == zmq.SUB:
        socket.subscribe(b"")
    socket.connect(f"tcp://127.0.0.1:{port}")
    if kind == zmq.DEALER:
        socket.send(b"SB\x01\x28\x00\x00\x00\x01")
    got = socket.poll(3500) != 0
    socket.close()
    context.term()
    return got


def test():
    with Region(["GM0384", "GM0437"]) as r:
        r.start()
        node = r.nodes["GM0384"]
        server = r.public(node.path("keys", "GM0384.pub.yaml"))["curve_key"].encode()
        stranger = zmq.curve_keypair()
        check(not knock(node.service_port, zmq.DEALER, server, stranger), "a stranger was answered")
        check(not knock(node.publish_port, zmq.SUB, server, stranger), "a stranger hears frontiers")
        operator = (r.public(node.path("keys", "operator.pub.yaml"))["curve_key"].encode(),
                    secret(node.path("keys", "operator.curve.key")))
        check(knock(node.service_port, zmq.DEALER, server, operator), "a client is not answered")
        check(knock(node.publish_port, zmq.SUB, server, operator), "a client hears no frontier")

        refused = r.publish("GM0384", custom("no right"), config="reader.yaml", expect=77)
        check(refused[0]["error"]["code"] == "not_allowed", refused)
        code, out, err = r.command("GM0384", "tail", config="reader.yaml")
        check(code == 77, f"a reader without the right to subscribe: exit {code} {err}")
        with open(node.stderr_path) as f:
            log = f.read()
        check("denied" in log or "refused" in log, log)
        check("reader" in log and "custom/test" in log, f"the denial does not say who and what: {log}")
        check(r.texts("GM0384") == [], "a refused publish changed something")


def secret(path):
    with open(path) as f:
        return next(line.split()[1] for line in f if line.startswith("samenbus-curve-key-1")).encode()


main(test)
