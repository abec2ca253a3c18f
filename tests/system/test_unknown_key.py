#!/usr/bin/python3
"""Nobody without a listed key gets an answer, at either endpoint; who may not, is told and logged."""
import zmq

from region import Background, Region, check, custom, main

SILENCE_MS = 3500  # a frontier goes out every two seconds
ANSWER_MS = 30000  # for who is answered


def knock(port, kind, server_key, keys, wait_ms):
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
    got = socket.poll(wait_ms) != 0
    socket.close()
    context.term()
    return got


def knock_all(r, org, pairs, silent):
    """What comes back at the service and at the publish endpoint; everybody knocks at once. `silent`: who is
    not to be answered, and where."""
    node, server, got = r.nodes[org], r.server_key(org), {}

    def one(_, who, kind, port):
        wait_ms = SILENCE_MS if (who, kind) in silent else ANSWER_MS
        got.setdefault(who, {})[kind] = knock(port, kind, server, pairs[who], wait_ms)

    for knocking in [Background(one, who, kind, port) for who in pairs for kind, port in
                     ((zmq.DEALER, node.service_port), (zmq.SUB, node.publish_port))]:
        knocking.stop()
    return {who: (got[who][zmq.DEALER], got[who][zmq.SUB]) for who in pairs}


def test():
    with Region(["GM0384", "GM0437"]) as r:
        r.start()
        got = knock_all(r, "GM0384", {"stranger": zmq.curve_keypair(),
                                      "operator": r.curve_pair("GM0384", "operator"),
                                      "reader": r.curve_pair("GM0384", "reader")},
                        {("stranger", zmq.DEALER), ("stranger", zmq.SUB), ("reader", zmq.SUB)})
        check(got["stranger"] == (False, False), "a stranger was answered")
        check(got["operator"] == (True, True), "a client is not answered")
        check(got["reader"] == (True, False), "who may not subscribe follows, or gets no answer")

        refused = r.publish("GM0384", custom("no right"), config="reader.yaml", expect=77)
        check(refused[0]["error"]["code"] == "not_allowed", refused)
        code, out, err = r.command("GM0384", "tail", config="reader.yaml")
        check(code == 77, f"a reader without the right to subscribe: exit {code} {err}")
        log = r.said("GM0384")
        check("reader: publish custom/test: denied: clients.publish" in log, log)
        check("reader: subscribe: denied: clients.subscribe" in log, log)
        check(log.count("the key of no peer and no client") == 2, log)
        check(r.texts("GM0384") == [], "a refused publish changed something")


main(test)
