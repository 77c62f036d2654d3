# SPDX-License-Identifier: Apache-2.0
"""Everything mixed for minutes: a hundred images pulled and pushed, beside clients that break off, drip or send rubbish, collections that
are killed, and in the first half a server that is killed. Ends with a check of the whole store."""

import random
import signal
import socket
import statistics
import threading
import time

from .promises import Promises, push_images
from .server import BROKEN, Server, fail

IMAGES, LIMIT = 100, 200
# Memory may move that much between the second and the last quarter of the second half: threads and caches come and go.
SWING = 24


class Soak:
    def __init__(self, server, seed):
        self.server, self.seed = server, seed
        self.promises, self.errors = Promises(), []
        self.over, self.up = threading.Event(), threading.Event()
        self.counts = {"pulls": 0, "broken": 0, "rubbish": 0, "collections": 0, "kills": 0}
        self.lock = threading.Lock()

    def count(self, what):
        with self.lock:
            self.counts[what] += 1

    def guarded(self, work, *arguments):
        def run():
            try:
                work(*arguments)
            except BaseException as error:  # noqa: BLE001 - told at the end
                self.errors.append(error)
                self.over.set()

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def pull(self, number):
        """Pulls what was promised and compares every byte; a server that is down is waited for."""
        chance, client = random.Random(self.seed + number), self.server.client()
        while not self.over.is_set():
            self.up.wait(1)
            try:
                self.promises.check_image(client, *chance.choice(self.promises.known()))
                self.count("pulls")
            except BROKEN:
                client = self.server.client()
            time.sleep(0.02)

    def push(self, number):
        """Threads of different numbers have different tags; the images of one go on in the next life of the server."""
        life = 0
        while not self.over.is_set():
            if self.up.wait(1):
                # 7 is what the names of tags are told apart by.
                push_images(self.server, self.promises, self.seed * 7_000_000 + life * 7 + number, self.over, pause=0.25)
            life += 1

    def break_off(self):
        """Requests that end in the middle, on either side."""
        chance = random.Random(self.seed)
        while not self.over.is_set():
            self.up.wait(1)
            try:
                with socket.create_connection(("127.0.0.1", self.server.port), timeout=5) as peer:
                    way = chance.randrange(3)
                    if way == 0:
                        peer.sendall(b"POST /v2/r0/blobs/uploads/?digest=sha256:" + b"0" * 64 + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n")
                        peer.sendall(chance.randbytes(chance.randrange(400_000)))
                    elif way == 1:
                        repository, name = chance.choice(self.promises.known())
                        peer.sendall(f"GET /v2/{repository}/manifests/{name} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 50)
                        peer.recv(chance.randrange(1, 2000))
                    else:
                        peer.sendall(b"GET /v2/ HTTP/1.1\r\nHost: x\r\nX: " + b"a" * chance.randrange(100))
                        time.sleep(chance.uniform(0, 0.2))
                self.count("broken")
            except OSError:
                pass
            time.sleep(0.05)

    def rubbish(self):
        chance = random.Random(self.seed + 1)
        pieces = [b"GET ", b"PUT ", b"/v2/", b"..", b"%2e%2e/", b"\xff", b"a" * 300, b" HTTP/1.1\r\n", b"Host: x\r\n", b"Content-Length: -1\r\n",
                  b"Transfer-Encoding: chunked\r\n", b"\r\n", b"\x00", b"Range: bytes=9-1,,\r\n", b"[" * 5000, b"0\r\n\r\n"]
        while not self.over.is_set():
            self.up.wait(1)
            try:
                with socket.create_connection(("127.0.0.1", self.server.port), timeout=5) as peer:
                    peer.sendall(b"".join(chance.choice(pieces) for _ in range(chance.randrange(1, 12))))
                    peer.shutdown(socket.SHUT_WR)
                    peer.recv(4096)
                self.count("rubbish")
            except OSError:
                pass
            time.sleep(0.05)

    def collect(self):
        chance = random.Random(self.seed + 2)
        while not self.over.wait(chance.uniform(3, 12)):
            collection = self.server.command("gc", "--older-than", "0s")
            if chance.random() < 0.4:
                time.sleep(chance.uniform(0, 0.2))
                collection.send_signal(signal.SIGKILL)
            output, _ = collection.communicate(timeout=120)
            if collection.returncode not in (0, -signal.SIGKILL):
                fail(f"a collection ended with {collection.returncode}:\n{output}")
            self.count("collections")

    def hold(self):
        """Two hundred silent connections, left when the server closes them or is gone."""
        while not self.over.is_set():
            self.up.wait(1)
            peers = []
            try:
                peers = [socket.create_connection(("127.0.0.1", self.server.port), timeout=5) for _ in range(200)]
            except OSError:
                pass
            self.over.wait(30)
            for peer in peers:
                peer.close()

    def fill(self):
        client, chance = self.server.client(), random.Random(self.seed + 3)
        for number in range(IMAGES):
            parts = [f'{{"n":{number}}}'.encode(), chance.randbytes(chance.choice([20_000, 300_000, 2_000_000]))]
            self.promises.push(client, f"soak/i{number}", "v1", parts, chance)

    def live(self, seconds, killing):
        """Lets the clients work; samples of the server's memory."""
        chance, samples, deadline = random.Random(self.seed + 4), [], time.monotonic() + seconds
        next_kill = time.monotonic() + chance.uniform(5, 25)
        while time.monotonic() < deadline and not self.over.is_set():
            if killing and time.monotonic() > next_kill:
                self.up.clear()
                self.server.kill()
                self.count("kills")
                self.server.start()
                self.up.set()
                next_kill = time.monotonic() + chance.uniform(5, 25)
            elif self.server.process.poll() is not None:
                fail(f"the server ended by itself:\n{self.server.log()}")
            samples.append(self.server.memory()[0])
            time.sleep(0.5)
        return samples


def soak(program, folder, options):
    server = Server(program, folder + "/soak")
    run, threads = Soak(server, options.seed), []
    try:
        server.start()
        run.fill()
        run.up.set()
        works = [(run.pull, n) for n in range(3)] + [(run.push, n) for n in range(3)]
        works += [(run.break_off,), (run.rubbish,), (run.collect,), (run.hold,)]
        threads = [run.guarded(*work) for work in works]
        samples = run.live(options.soak / 2, killing=True)
        # A new server, so that its memory is followed from the beginning.
        run.up.clear()
        server.kill()
        server.start()
        run.up.set()
        steady = run.live(options.soak / 2, killing=False)
        peak = server.memory()[1]
        run.over.set()
        for thread in threads:
            thread.join()
        if run.errors:
            fail(f"{run.errors[0]!r}\n{server.log()}")
        promises = run.promises
        promises.check(server.client(), promises.known())
        server.must("the store is not sound", "check")
        server.stop()
        return report(run, samples, steady, peak)
    finally:
        run.over.set()
        for thread in threads:
            thread.join()
        server.end()


def report(run, samples, steady, peak):
    quarter = max(1, len(steady) // 4)
    quarters = [statistics.median(steady[start : start + quarter]) for start in range(0, quarter * 4, quarter)]
    told = ", ".join(f"{value:.0f}" for value in quarters)
    if max(peak, *samples, *steady) > LIMIT:
        fail(f"the server took {max(peak, *samples):.0f} MiB, expected at most {LIMIT}; quarters {told}")
    if quarters[3] > quarters[1] + SWING:
        fail(f"the server's memory grows: quarters {told} MiB")
    done = ", ".join(f"{count} {what}" for what, count in run.counts.items())
    return (
        f"{done}, {run.promises.count()} acknowledged writes: all there with their bytes, the store is sound; "
        f"memory by quarters of the second half {told} MiB, peak {peak:.0f}")
