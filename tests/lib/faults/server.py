# SPDX-License-Identifier: Apache-2.0
"""A server that may be killed, and clients of it."""

import hashlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import time

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
BROKEN = (OSError, http.client.HTTPException)


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def fail(text):
    raise AssertionError(text)


class Refused(Exception):
    """The server answered something else than was expected; it is alive."""


class Client:
    """One connection; any failure of the network is one of BROKEN."""

    def __init__(self, port, timeout=20):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    def ask(self, method, path, body=None, headers=None, expect=None):
        self.connection.request(method, path, body, headers or {})
        response = self.connection.getresponse()
        data = response.read()
        if expect and response.status not in expect:
            raise Refused(f"{method} {path}: {response.status} {data[:300]!r}")
        return response, data

    def push_blob(self, repository, data, way):
        """way 0: one request; 1: two; 2: in chunks."""
        name = digest(data)
        if way == 0:
            self.ask("POST", f"/v2/{repository}/blobs/uploads/?digest={name}", data, expect=[201])
            return
        response, _ = self.ask("POST", f"/v2/{repository}/blobs/uploads/", b"", expect=[202])
        location = response.getheader("Location")
        if way == 1:
            self.ask("PUT", f"{location}?digest={name}", data, expect=[201])
            return
        step = max(1, len(data) // 3)
        for start in range(0, len(data), step):
            chunk = data[start : start + step]
            headers = {"Content-Range": f"{start}-{start + len(chunk) - 1}"}
            self.ask("PATCH", location, chunk, headers, expect=[202])
        self.ask("PUT", f"{location}?digest={name}", b"", expect=[201])


def image_of(config, layer):
    """The manifest of an image of two blobs."""
    return json.dumps({
        "schemaVersion": 2, "mediaType": MANIFEST,
        "config": {"mediaType": "application/x", "digest": digest(config), "size": len(config)},
        "layers": [{"mediaType": "application/x", "digest": digest(layer), "size": len(layer)}]}).encode()


class Server:
    def __init__(self, program, store):
        self.program, self.store, self.process = program, store, None
        # What is put before the program: `env NAME=VALUE`, for example.
        self.wrapping = []
        os.makedirs(store, exist_ok=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def client(self, timeout=20):
        return Client(self.port, timeout)

    def start(self):
        """Seconds until it answers."""
        began = time.monotonic()
        with open(self.store + ".log", "ab") as log:
            self.process = subprocess.Popen(
                [*self.wrapping, self.program, "serve", "--store", self.store, "--host", "127.0.0.1", "--port", str(self.port), "--open-push"],
                stdout=subprocess.DEVNULL, stderr=log, cwd=os.path.dirname(self.store))
        while True:
            try:
                self.client().ask("GET", "/readyz", expect=[200])
                return time.monotonic() - began
            except (*BROKEN, Refused):
                if self.process.poll() is not None or time.monotonic() - began > 30:
                    fail("the server did not come up:\n" + self.log())
                time.sleep(0.01)

    def log(self):
        with open(self.store + ".log", errors="replace") as log:
            return log.read()[-3000:]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.terminate()
        if self.process.wait(90) != 0:
            fail(f"the server ended with {self.process.returncode}:\n{self.log()}")

    def end(self):
        if self.process and self.process.poll() is None:
            self.kill()

    def memory(self):
        """(now, peak) in MiB; (0, 0) when it is gone."""
        try:
            with open(f"/proc/{self.process.pid}/status") as file:
                text = file.read()
            return tuple(int(re.search(name + r":\s+(\d+)", text).group(1)) / 1024 for name in ("VmRSS", "VmHWM"))
        except (OSError, AttributeError):
            return 0, 0

    def metric(self, name):
        _, data = self.client().ask("GET", "/metrics", expect=[200])
        return float(re.search(rf"^{name} (\S+)$", data.decode(), re.M).group(1))

    def command(self, *arguments):
        return subprocess.Popen(
            [*self.wrapping, self.program, "store", *arguments, "--store", self.store], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            cwd=os.path.dirname(self.store))

    def must(self, what, *arguments):
        process = self.command(*arguments)
        output, _ = process.communicate(timeout=600)
        if process.returncode != 0:
            fail(f"{what}:\n{output}")
        return output.strip()
