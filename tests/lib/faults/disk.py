# SPDX-License-Identifier: Apache-2.0
"""A small file system, filled to the brim: writing fails clearly, reading goes on, and with room again so does writing."""

import json
import os
import random
import subprocess

from .server import BROKEN, INDEX, Refused, Server, digest, fail


class Skip(Exception):
    pass


def mount(folder):
    """The command that ends it."""
    for before in ([], ["sudo", "-n"]):
        try:
            made = subprocess.run(
                [*before, "mount", "-t", "tmpfs", "-o", f"size=24M,uid={os.getuid()}", "tmpfs", folder], stderr=subprocess.DEVNULL)
        except OSError:
            continue
        if made.returncode == 0:
            return [*before, "umount", "--lazy", folder]
    raise Skip("the full disk (needs root, sudo without a password, or user namespaces)")


def disk(program, folder, options):
    small = folder + "/small"
    os.mkdir(small)
    unmount = mount(small)
    server = Server(program, small + "/store")
    try:
        # Made while there is room; they take it away later.
        fillers = [small + "/filler", small + "/rest"]
        for path in fillers:
            open(path, "wb").close()
        server.start()
        fill(server, fillers, random.Random(options.seed))
        server.stop()
    finally:
        server.end()
        subprocess.run(unmount, check=False)
    return "a full disk is 507, reading goes on, and with room again so does writing"


def write_until_full(path, limit):
    with open(path, "r+b", buffering=0) as file:
        try:
            while file.tell() < limit:
                file.write(b"x" * 4096)
        except OSError:
            pass


def fill(server, fillers, chance):
    client = server.client()
    kept = chance.randbytes(100_000)
    client.push_blob("app", kept, 1)
    write_until_full(fillers[0], 12 << 20)
    statuses = set()
    for way in (0, 1, 2):
        for _ in range(4):
            try:
                client.push_blob("app", chance.randbytes(3 << 20), way)
            except Refused as refusal:
                if " 507 " not in str(refusal) or "STORAGE_FULL" not in str(refusal):
                    fail(f"a full disk is not told as one: {refusal}")
                statuses.add(507)
            except BROKEN:
                client = server.client()
    # Nothing is left at all: even the records cannot grow.
    write_until_full(fillers[1], 1 << 40)
    for _ in range(50):
        manifest = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [], "annotations": {"n": str(chance.random())}}
        response, data = client.ask("PUT", "/v2/app/manifests/t", json.dumps(manifest).encode(), {"Content-Type": INDEX})
        if response.status not in (201, 507, 503):
            fail(f"a full disk is answered {response.status} {data[:200]!r}")
        statuses.add(response.status)
    if 507 not in statuses:
        fail("the disk was never full; this proves nothing")
    _, data = client.ask("GET", f"/v2/app/blobs/{digest(kept)}", expect=[200])
    if data != kept:
        fail("reading does not go on while the disk is full")
    client.ask("GET", "/readyz", expect=[200])
    for path in fillers:
        os.unlink(path)
    fresh = chance.randbytes(2 << 20)
    client.push_blob("app", fresh, 2)
    _, data = client.ask("GET", f"/v2/app/blobs/{digest(fresh)}", expect=[200])
    if data != fresh:
        fail("what was pushed after the disk had room again differs")
    server.must("the store is not sound after a full disk", "check")
