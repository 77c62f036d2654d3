# SPDX-License-Identifier: Apache-2.0
"""A mirror on the loopback that misbehaves on request."""

import base64
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote


class Mirror:
    """Serves a folder over HTTP/1.1. `faults` are pairs of a part of a path and what to do there instead.

    With a `user`, NAME:PASSWORD, nobody else is served. Used as a context; its `address` is for ASHLAR_MIRROR. `asked` lists (path, Range header) of every request.
    """

    def __init__(self, root, *faults, user=None):
        self.root = root
        self.wanted = "Basic " + base64.b64encode(user.encode()).decode() if user else None
        self.faults = faults
        self.asked = []
        self.reached = threading.Event()
        self.ended = threading.Event()
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                mirror.answer(self)

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                """A client that goes away in the middle is what these tests are about."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request):
        path = unquote(request.path).lstrip("/")
        self.asked.append((path, request.headers.get("Range")))
        if self.wanted and request.headers.get("Authorization") != self.wanted:
            return reply(request, 401, b"who is it?", WWW_Authenticate='Basic realm="mirror"')
        place = os.path.join(self.root, path)
        content = None
        if os.path.isfile(place):
            with open(place, "rb") as file:
                content = file.read()
        try:
            for part, fault in self.faults:
                if part in path:
                    return fault(self, request, content)
            return whole(self, request, content)
        except (BrokenPipeError, ConnectionResetError):
            return None


def reply(request, status, content, **headers):
    request.send_response(status)
    own = {name.replace("_", "-"): value for name, value in headers.items()}
    for name, value in {"Content-Length": str(len(content)), "Content-Type": "application/octet-stream", **own}.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(content)


def whole(_, request, content):
    if content is None:
        return reply(request, 404, b"not found")
    start = (request.headers.get("Range") or "").removeprefix("bytes=").split("-")[0]
    if start.isdigit() and int(start) < len(content):
        last = len(content) - 1
        return reply(
            request, 206, content[int(start):], ETag=f'"{len(content)}"', Content_Range=f"bytes {start}-{last}/{len(content)}")
    return reply(request, 200, content, ETag=f'"{len(content)}"')


def missing(_, request, __):
    reply(request, 404, b"not found")


def broken(_, request, __):
    reply(request, 503, b"try later")


def page(_, request, __):
    reply(request, 200, b"<html><title>Please log in</title></html>", Content_Type="text/html; charset=utf-8")


def portal(_, request, __):
    reply(request, 302, b"", Location="file:///etc/passwd")


def hang(mirror, request, _):
    """Takes the request and says nothing until the test is over."""
    mirror.reached.set()
    mirror.ended.wait(60)
    request.close_connection = True


def changed(_, request, content):
    """Other bytes of the same size."""
    reply(request, 200, bytes(byte ^ 1 for byte in content))


def longer(_, request, content):
    reply(request, 200, content + b"more than the index says")


def endless(mirror, request, content):
    """States no length and goes on for ever."""
    request.send_response(200)
    request.send_header("Connection", "close")
    request.end_headers()
    request.close_connection = True
    while not mirror.ended.is_set():
        request.wfile.write(content + bytes(1 << 16))


def stump(_, request, content):
    """States a length and brings nothing."""
    request.send_response(200)
    request.send_header("Content-Length", str(len(content)))
    request.end_headers()
    request.close_connection = True


def cut(times):
    """Ends the connection after half of what is left, for the first `times` requests."""
    left = [times]

    def fault(mirror, request, content):
        if left[0] == 0:
            return whole(mirror, request, content)
        left[0] -= 1
        start = int((request.headers.get("Range") or "bytes=0-").removeprefix("bytes=").split("-")[0])
        rest = content[start:]
        request.send_response(206 if start else 200)
        request.send_header("Content-Length", str(len(rest)))
        request.send_header("ETag", f'"{len(content)}"')
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        request.end_headers()
        request.wfile.write(rest[: max(1, len(rest) // 2)])
        request.wfile.flush()
        request.close_connection = True
        return None

    return fault


def drip(mirror, request, content):
    """Half of the file at once, then a byte now and then."""
    request.send_response(200)
    request.send_header("Content-Length", str(len(content)))
    request.send_header("ETag", f'"{len(content)}"')
    request.end_headers()
    request.close_connection = True
    request.wfile.write(content[: len(content) // 2])
    request.wfile.flush()
    mirror.reached.set()
    for byte in content[len(content) // 2:]:
        if mirror.ended.wait(0.2):
            return
        request.wfile.write(bytes([byte]))
        request.wfile.flush()
