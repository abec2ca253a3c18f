#!/usr/bin/python3
"""Prints decisions as they are published: a plain ZeroMQ subscriber, what a partner's developer
writes on the first day. Nothing is made up for what is missed: see PROTOCOL or libsamenbus for that.

    first_day.py client.yaml       needs python3-zmq, python3-protobuf, protobuf-compiler
"""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import zmq
from google.protobuf.json_format import MessageToJson

PROTO = Path(__file__).resolve().parents[2] / "proto"
with tempfile.TemporaryDirectory() as made:
    subprocess.run(["protoc", f"-I{PROTO}", f"--python_out={made}", "samenbus.proto"], check=True)
    sys.path.insert(0, made)
    import samenbus_pb2

file = Path(sys.argv[1])
config = dict(re.findall(r'^(\w+): *"?([^"\n]+)"?$', file.read_text(), re.M))
key = (file.parent / config["curve_key"]).read_text()
secret = re.search(r"^samenbus-curve-key-1 (\S+)$", key, re.M).group(1).encode()

socket = zmq.Context().socket(zmq.SUB)
socket.curve_serverkey = config["server_key"].encode()
socket.curve_publickey, socket.curve_secretkey = zmq.curve_public(secret), secret
socket.connect(config["publish"])
socket.subscribe("decision/")
while True:
    topic, frame = socket.recv_multipart()
    broadcast = samenbus_pb2.Broadcast.FromString(frame[8:])  # behind the header of 8 bytes
    body = samenbus_pb2.Body.FromString(broadcast.body)
    origin = broadcast.link[34:34 + broadcast.link[33]].decode()
    content = getattr(body, body.WhichOneof("content"))
    print(topic.decode(), origin, MessageToJson(content, indent=None), flush=True)
