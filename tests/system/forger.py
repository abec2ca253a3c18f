"""A dishonest origin, or a copy of a running machine that was resumed: with an organisation's own keys it
goes on with the epoch that is open, and tells one partner what it never told the other.

    copy = Forger(region, "GM0384")
    copy.say("something")
    copy.tell("GM0437")     # until the partner has it

It speaks the partner protocol itself, and shares nothing with the daemon but the key files.
"""
import base64
import os
import sys
import time

import zmq
from nacl.signing import SigningKey

from region import ROOT, check

sys.path[:0] = [os.path.join(ROOT, "clients", "python"), os.path.join(ROOT, "clients", "python", "tests")]

import making  # noqa: E402
from samenbus_verify.export import CHECKPOINT, EVENT, MAGIC, read_records  # noqa: E402
from samenbus_verify.link import OPEN, Link, decode_link  # noqa: E402
from samenbus_verify.protobuf import decode  # noqa: E402
from samenbus_verify.schema import read_proto  # noqa: E402
from samenbus_verify.signing import Checkpoint, decode_checkpoint  # noqa: E402
from samenbus_verify.words import commitment, partnership_hash, u64  # noqa: E402

HELLO, FRONTIER, WANT, EVENTS = 1, 2, 3, 4
WITH_BODY = b"p"


def sign_key(r, org, folder=None):
    """The organisation's private signing key, as it is now or as it stands in another folder."""
    with open(os.path.join(folder or r.nodes[org].path("keys"), org + ".sign.key")) as f:
        word = next(line.split()[1] for line in f if line.startswith("samenbus-sign-key-1"))
    return SigningKey(base64.b64decode(word))


class Forger:
    def __init__(self, r, org):
        """Knows what the organisation has said so far, as its daemon exports it."""
        self.region, self.org, self.key = r, org, sign_key(r, org)
        self.partnership = partnership_hash(r.partnership.encode())
        with open(os.path.join(ROOT, "proto", "samenbus.proto"), encoding="utf-8") as f:
            self.schema = read_proto(f.read())
        path = os.path.join(r.dir, "before.sbx")
        code, _, err = r.command(org, "export", "--origin", org, "-O", path)
        check(code == 0, f"export: {err}")
        self.items, self.checkpoint = self.read(path)
        self.before = len(self.items)
        self.request = 0
        self.certificate = b""

    def read(self, path):
        """Links, salts and bodies of the newest epoch in the file, and its last checkpoint."""
        items, last = [], None
        with open(path, "rb") as f:
            raw = f.read()
        check(raw[: len(MAGIC)] == MAGIC, "an export")
        for kind, payload in read_records(raw):
            if kind == EVENT:
                size = int.from_bytes(payload[:4], "big")
                link, form = decode_link(payload[4:4 + size]), payload[4 + size:]
                items = [] if items and items[0][0].epoch != link.epoch else items
                items.append((link, form[1:33], form[33:]) if form[:1] == WITH_BODY else (link, b"", b""))
            elif kind == CHECKPOINT:
                last = decode_checkpoint(payload[12:])
        return items, last

    def say(self, text, id=None):
        """One more open event on top of the newest epoch, and a checkpoint over it."""
        return self.add(making.custom(text.encode()), id)

    def say_body(self, body):
        """The same with a body of any bytes; the id of the event."""
        return self.add(body).id

    def add(self, body, id=None):
        last, salt = self.items[-1][0], os.urandom(32)
        link = Link(partnership=self.partnership, origin=self.org.encode(), epoch=last.epoch, seq=last.seq + 1,
                    prev=last.hash(), kind=OPEN, id=id or os.urandom(16), audience=(), body_length=len(body),
                    commitment=commitment(salt, body))
        self.items.append((link, salt, body))
        self.sign(link)
        return link

    def sign(self, link):
        unsigned = Checkpoint(link.seq, link.hash(), u64(int(time.time() * 1000)), bytes(64))
        signed = unsigned.signed_bytes(self.partnership, self.org.encode(), link.epoch)
        self.checkpoint = unsigned._replace(signature=self.key.sign(signed).signature)

    def begin_again(self):
        """The start of the newest epoch once more, with another salt, and the event that it promises: a
        second history from seq 1 on, under the same tag."""
        (start, _, body), second = self.items[0], self.items[1]
        salt = os.urandom(32)
        start = start._replace(id=os.urandom(16), commitment=commitment(salt, body))
        self.items, self.before = [(start, salt, body)], 0
        link = second[0]._replace(id=os.urandom(16), prev=start.hash())
        self.sign(link)
        self.items.append((link, *second[1:]))

    def begin_under(self, key, text):
        """An epoch of our own, with one event, under another key, for which the organisation's vouches."""
        org, first = self.org.encode(), text.encode()
        self.certificate = making.certificate(org, self.key, key, self.region.partnership.encode())
        start = making.StartMaker(self.items[0][0].epoch.counter + 1, nonce=os.urandom(32), key=key, first=first,
                                  certificate=self.certificate)
        names = {"partnership": self.partnership, "origin": org}
        epoch = making.EpochMaker(start, id=os.urandom(16), **names)
        epoch.add(making.custom(first), salt=making.salt_of(first), id=os.urandom(16), **names)
        self.items = [(link, *body) for link, body in zip(epoch.links, epoch.bodies)]
        self.key, self.before = key, 0
        self.sign(self.items[-1][0])

    # ---- speaking

    def frame(self, kind, message, request=None):
        self.request += request is None
        number = self.request if request is None else request
        return b"SB\x01" + bytes([kind]) + number.to_bytes(4, "big") + message

    def hello(self):
        return self.frame(HELLO, making.number(1, 1) + making.blob(2, self.partnership)
                          + making.blob(3, self.org.encode()) + making.blob(4, self.boot)
                          + making.blob(5, bytes(15) + b"\1") + making.blob(6, b"forger"))

    def frontier(self):
        epoch = self.items[0][0].epoch
        head = (making.number(1, epoch.counter) + making.fixed64(2, epoch.tag)
                + making.blob(3, self.checkpoint.encode()) + making.number(4, self.checkpoint.seq))
        heads = making.blob(1, self.org.encode()) + making.blob(2, head)
        heads += making.blob(7, self.certificate) if self.certificate else b""
        return self.frame(FRONTIER, making.blob(1, self.org.encode()) + making.blob(2, self.boot)
                          + making.number(3, 1) + making.number(4, 1) + making.blob(5, heads)
                          + making.blob(6, bytes(15) + b"\1"))

    def events(self, want, request):
        """What we said behind the place that is asked for, under one checkpoint."""
        first = max(want.get("from_seq", 1), self.before + 1)
        epoch = self.items[0][0].epoch
        message = (making.blob(1, self.org.encode()) + making.number(2, epoch.counter)
                   + making.fixed64(3, epoch.tag))
        for link, salt, body in self.items[first - 1:]:
            message += making.blob(4, making.blob(1, link.encode()) + making.blob(2, salt) + making.blob(3, body))
        message += making.blob(5, self.checkpoint.encode()) + making.number(6, 1)
        return self.frame(EVENTS, message, request)

    def tell(self, partner, seconds=40):
        """Greets a partner, shows it our head and serves what it asks for, until it shows that head itself."""
        context = zmq.Context()
        socket = context.socket(zmq.DEALER)
        socket.linger = 2000
        self.boot = os.urandom(16)
        socket.curve_serverkey = self.region.server_key(partner)
        socket.curve_publickey, socket.curve_secretkey = self.region.curve_pair(self.org, self.org)
        socket.connect(f"tcp://127.0.0.1:{self.region.nodes[partner].service_port}")
        socket.send(self.hello())
        end, taken = time.monotonic() + seconds, False
        while not taken and time.monotonic() < end:
            if not socket.poll(100):
                continue
            frame = socket.recv()
            if frame[3] == HELLO:
                socket.send(self.frontier())
            elif frame[3] == WANT:
                want = decode(self.schema, "Want", frame[8:])
                socket.send(self.events(want, int.from_bytes(frame[4:8], "big")))
            elif frame[3] == FRONTIER:
                taken = self.checkpoint.hash in frame
        socket.close()
        context.term()
        check(taken, f"{partner} did not take what it was told")
