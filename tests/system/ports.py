"""Ports on which the daemons of a test listen, today and after each restart.

A port that the system gives to connections by itself may be taken by any connection while its daemon
is away; so they come from outside that range, in blocks of which each belongs to one test at a time.
"""
import fcntl
import os
import socket
import tempfile

BLOCK = 256
LEAST = 16384
_locks, _ports = [], []  # the locks last as long as this process


def _outside():
    """The ports that the system gives to nobody by itself."""
    with open("/proc/sys/net/ipv4/ip_local_port_range") as f:
        low, high = map(int, f.read().split())
    return range(LEAST, low) if low - LEAST >= 65535 - high else range(high + 1, 65536)


def _take_block():
    """A block that no other process has, as far as it is free."""
    ours = os.path.join(tempfile.gettempdir(), f"samenbus-ports-{os.getuid()}")
    os.makedirs(ours, exist_ok=True)
    ports = _outside()
    for first in range(ports.start, ports.stop - BLOCK, BLOCK):
        lock = open(os.path.join(ours, str(first)), "w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        _locks.append(lock)
        return [port for port in range(first, first + BLOCK) if _is_free(port)]
    raise RuntimeError(f"no block of {BLOCK} ports is left in {ports}: other tests have them all")


def _is_free(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_ports(n):
    """n of them, each given once to this process."""
    while len(_ports) < n:
        _ports.extend(_take_block())
    given = _ports[:n]
    del _ports[:n]
    return given
