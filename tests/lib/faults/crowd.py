# SPDX-License-Identifier: Apache-2.0
"""Thousands of connections that give nothing: silent ones, heads and bodies that drip, too many of one address."""

import random
import resource
import select
import socket
import time

from .disk import Skip
from .server import BROKEN, Server, digest, fail

SILENT, RESTING, DRIPPING, HOARD = 2500, 300, 300, 700
# What docs/operations.md promises, and how much later it may be noticed on a busy machine.
HEAD, BODY, REST, LATE = 20, 30, 75, 40
PER_ADDRESS = 512


def connect(port, address):
    """From an address of this machine; every one of 127.0.0.0/8 is."""
    peer = socket.socket()
    peer.settimeout(20)
    peer.bind((address, 0))
    peer.connect(("127.0.0.1", port))
    return peer


def closed(peers):
    """Those the server has closed: silent connections have nothing to read but their end."""
    poll = select.poll()
    by_number = {peer.fileno(): peer for peer in peers}
    for number in by_number:
        poll.register(number, select.POLLIN | select.POLLHUP | select.POLLERR)
    gone = set()
    for number, _ in poll.poll(0):
        try:
            if by_number[number].recv(4096) == b"":
                gone.add(by_number[number])
        except OSError:
            gone.add(by_number[number])
    return gone


class Crowd:
    """Connections of one kind, with how long each may last."""

    def __init__(self, name, patience, drip=b""):
        self.name, self.patience, self.drip = name, patience, drip
        self.peers, self.since, self.last = set(), time.monotonic(), 0.0

    def add(self, peer):
        self.peers.add(peer)
        self.since = time.monotonic()

    def look(self):
        for peer in closed(self.peers):
            self.peers.discard(peer)
            peer.close()
        if self.drip:
            for peer in list(self.peers):
                try:
                    peer.send(self.drip)
                except OSError:
                    self.peers.discard(peer)
                    peer.close()
        self.last = time.monotonic() - self.since
        if self.peers and self.last > self.patience + LATE:
            fail(f"{len(self.peers)} {self.name} are still open after {self.last:.0f} s, expected none after {self.patience} s")

    def leave(self):
        for peer in self.peers:
            peer.close()


def answer(peer, path):
    peer.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    data = b""
    while b"\r\n\r\n" not in data:
        piece = peer.recv(4096)
        if not piece:
            return b""
        data += piece
    return data


def crowd(program, folder, options):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 6000:
        raise Skip(f"thousands of connections (needs root to allow more than {hard} open files; 6000 are used)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 6000), hard))
    server = Server(program, folder + "/crowd")
    try:
        server.start()
        return gather(server, random.Random(options.seed))
    finally:
        server.end()


def gather(server, chance):
    blob = chance.randbytes(200_000)
    client = server.client()
    client.push_blob("app", blob, 1)
    quiet, _ = server.memory()
    silent, heads = Crowd("silent connections", HEAD), Crowd("dripping heads", HEAD, b"a")
    bodies, resting = Crowd("dripping bodies", BODY, b"a"), []
    rest_began = time.monotonic()
    for _ in range(RESTING):
        peer = connect(server.port, "127.0.0.20")
        if b" 200 " not in answer(peer, "/healthz"):
            fail("a connection among hundreds is not answered")
        resting.append(peer)
    for _ in range(DRIPPING):
        peer = connect(server.port, "127.0.0.21")
        peer.sendall(b"GET /v2/ HTTP/1.1\r\nHost: x\r\nX: ")
        heads.add(peer)
        peer = connect(server.port, "127.0.0.22")
        peer.sendall(b"PUT /v2/app/manifests/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
        bodies.add(peer)
    for number in range(SILENT):
        silent.add(connect(server.port, f"127.0.0.{30 + number // 500}"))
    open_at_once = server.metric("ashlar_connections")
    if open_at_once < SILENT:
        fail(f"expected {SILENT} connections to be open at once, found {open_at_once:.0f}")
    full, _ = server.memory()

    # One address more than its share: what is above it is closed at once, the rest stays.
    hoard = [connect(server.port, "127.0.0.9") for _ in range(HOARD)]
    deadline = time.monotonic() + 10
    gone = set()
    while len(gone) < HOARD - PER_ADDRESS and time.monotonic() < deadline:
        gone |= closed([peer for peer in hoard if peer not in gone])
        time.sleep(0.1)
    if len(gone) < HOARD - PER_ADDRESS:
        fail(f"one address holds {HOARD - len(gone)} connections, expected at most {PER_ADDRESS}")
    for peer in hoard:
        peer.close()

    # Others are served meanwhile, and so are those that rest between requests.
    times, crowds = [], [silent, heads, bodies]
    while any(crowd.peers for crowd in crowds):
        for crowd in crowds:
            crowd.look()
        began = time.monotonic()
        fresh = server.client(timeout=10)
        try:
            _, data = fresh.ask("GET", f"/v2/app/blobs/{digest(blob)}", expect=[200])
            fresh.push_blob("app", chance.randbytes(1000), 1)
        except BROKEN as error:
            fail(f"a client is not served beside the crowd: {error!r}")
        if data != blob:
            fail("a client gets other bytes beside the crowd")
        times.append(time.monotonic() - began)
        time.sleep(1)
    rested = time.monotonic() - rest_began
    for peer in resting:
        if rested < REST and b" 200 " not in answer(peer, "/healthz"):
            fail("a connection that rests between requests was closed too early")
        peer.close()
    times.sort()
    if times[-1] > 5:
        fail(f"a pull and a push took {times[-1]:.1f} s beside the crowd")
    if full > 200:
        fail(f"{open_at_once:.0f} connections take {full:.0f} MiB, expected at most 200")
    server.stop()
    return (
        f"{open_at_once:.0f} idle and dripping connections at once: a pull and a push beside them take {times[len(times) // 2] * 1e3:.0f} ms "
        f"(at most {times[-1] * 1e3:.0f}), memory goes from {quiet:.0f} to {full:.0f} MiB; silent ones are closed after "
        f"{silent.last:.0f} s, dripping heads {heads.last:.0f} s, bodies {bodies.last:.0f} s, one address keeps {PER_ADDRESS}")
