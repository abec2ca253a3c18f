"""A client that asks for all that it may of a stream, and reads when the test says so."""
import os
import sys

from region import ROOT

sys.path.insert(0, os.path.join(ROOT, "clients", "python"))
import zmq  # noqa: E402
from samenbus import wire  # noqa: E402
from samenbus._proto import pb  # noqa: E402

CREDIT = 8192  # SB_SUBSCRIPTION_CREDIT_MAX


def open_stream(context, config):
    """Its socket, which takes one message from the line before anybody reads; the stream's request is 1."""
    socket = context.socket(zmq.DEALER)
    socket.linger, socket.rcvhwm, socket.maxmsgsize = 0, 1, wire.MESSAGE_MAX
    socket.curve_serverkey = config.server_key
    socket.curve_secretkey = config.secret_key
    socket.curve_publickey = zmq.curve_public(config.secret_key)
    socket.connect(config.service)
    socket.send(wire.write_frame(wire.SUBSCRIBE, 1, pb.Subscribe(subscription=1, credit=CREDIT)))
    return socket
