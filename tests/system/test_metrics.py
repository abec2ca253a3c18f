#!/usr/bin/python3
"""Metrics over HTTP on loopback: what is served is the metrics of now, quickly, whatever others send."""
# test: slow
import http.client
import socket
import subprocess
import time

from ports import free_ports
from region import Region, check, custom, main, program

A = "GM0384"
USAGE, INPUT = 64, 65
HOSTILE = [b"", b"\x00" * 100, b"GET /metrics", b"POST /metrics HTTP/1.1\r\n\r\n", b"x" * 100000,
           b"GET /metrics HTTP/1.1\r\n" + b"a: b\r\n" * 2000]


def get(port, path="/metrics"):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    c.request("GET", path)
    answer = c.getresponse()
    body = answer.read().decode()
    c.close()
    return answer, body


def hostile(port):
    for request in HOSTILE:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as s:
            try:
                s.sendall(request)
                s.shutdown(socket.SHUT_WR)
                s.recv(1000)
            except OSError:
                pass  # it was cut off: that is an answer
    check(get(port)[0].status == 200, "it goes on")
    check(get(port, "/etc/passwd")[0].status == 404, "one page alone")


def test():
    with Region([A]) as r:
        r.start()
        r.publish(A, custom("something"))
        code, _, err = r.command(A, "metrics", "--listen", "0.0.0.0:9464")
        check(code == INPUT and "127.0.0.1:PORT" in err, f"{code} {err}")
        port = free_ports(1)[0]
        server = subprocess.Popen([program("samenbus"), "metrics", "-c", r.nodes[A].path("client.yaml"),
                                   "--listen", f"127.0.0.1:{port}"], stderr=subprocess.PIPE, text=True)
        try:
            check("/metrics" in server.stderr.readline(), "it says where")
            answer, body = get(port)
            check(answer.status == 200 and "version=0.0.4" in answer.headers["Content-Type"], answer.headers)
            check("samenbus_up 1\n" in body and "samenbus_store_events 2\n" in body, body)
            check(body.count("\n") < 200, "no line per event")
            hostile(port)
            times = []
            for _ in range(50):
                begin = time.monotonic()
                get(port)
                times.append(time.monotonic() - begin)
            print(f"a scrape takes {sorted(times)[25] * 1000:.1f} ms (median)")
            r.kill(A, 15)
            check("samenbus_up 0\n" in get(port)[1], "a daemon that is gone")
            r.start(A)
            r.wait_for(lambda: "samenbus_up 1\n" in get(port)[1], "it is back")
        finally:
            server.kill()
            server.wait()


main(test)
