"""A TCP relay between two daemons that can swallow what goes one way, with all connections open: a
firewall that drops without a word, or a line that is broken in one direction only."""
import select
import socket
import threading

TO_SERVER, TO_CLIENT = "to server", "to client"
CHUNK = 65536


class Valve:
    """Listens on `port`; what comes goes on to `target`, but for the ways that are shut."""

    def __init__(self, target):
        self.target = target
        self.shut = set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.pairs = {}  # each socket: where what it says goes, and which way that is
        self.ending = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def close(self):
        self.ending = True
        self.thread.join(10)

    def _accept(self):
        client, _ = self.listener.accept()
        try:
            server = socket.create_connection(("127.0.0.1", self.target), timeout=5)
        except OSError:
            client.close()
            return
        self.pairs[client] = (server, TO_SERVER)
        self.pairs[server] = (client, TO_CLIENT)

    def _drop(self, one):
        other, _ = self.pairs.pop(one)
        self.pairs.pop(other, None)
        one.close()
        other.close()

    def _pass_on(self, one):
        other, way = self.pairs[one]
        try:
            data = one.recv(CHUNK)
            if not data:
                self._drop(one)
            elif way not in self.shut:
                other.sendall(data)
        except OSError:
            self._drop(one)

    def _run(self):
        while not self.ending:
            for ready in select.select([self.listener, *self.pairs], [], [], 0.1)[0]:
                if ready is self.listener:
                    self._accept()
                elif ready in self.pairs:
                    self._pass_on(ready)
        for one in list(self.pairs):
            one.close()
        self.listener.close()
