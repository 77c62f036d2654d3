# SPDX-License-Identifier: Apache-2.0
"""What a server acknowledged, and whether it is there."""

import random
import threading
import time

from .server import BROKEN, MANIFEST, Refused, digest, fail, image_of


class Promises:
    """What was acknowledged: images by digest with their parts, and what each tag may name."""

    def __init__(self):
        self.lock = threading.Lock()
        self.images = {}  # (repository, digest) -> (manifest, parts)
        self.tags = {}  # (repository, tag) -> set of digests it may name

    def known(self):
        with self.lock:
            return list(self.images)

    def count(self):
        with self.lock:
            return sum(1 + len(parts) for _, parts in self.images.values())

    def push(self, client, repository, tag, parts, chance):
        """Pushes an image; remembers it as soon as it was acknowledged."""
        manifest = image_of(*parts)
        for part in parts:
            client.push_blob(repository, part, chance.randrange(3))
        with self.lock:
            self.tags.setdefault((repository, tag), {None}).add(digest(manifest))
        client.ask("PUT", f"/v2/{repository}/manifests/{tag}", manifest, {"Content-Type": MANIFEST}, expect=[201])
        with self.lock:
            self.images[(repository, digest(manifest))] = (manifest, parts)
            self.tags[(repository, tag)] = {digest(manifest)}

    def check_image(self, client, repository, name):
        with self.lock:
            manifest, parts = self.images[(repository, name)]
        _, data = client.ask("GET", f"/v2/{repository}/manifests/{name}", expect=[200])
        if data != manifest:
            fail(f"{repository} has other bytes for the manifest {name}")
        for part in parts:
            _, data = client.ask("GET", f"/v2/{repository}/blobs/{digest(part)}", expect=[200])
            if data != part:
                fail(f"{repository} has other bytes for the blob {digest(part)}")

    def check(self, client, images):
        """While nobody pushes."""
        for repository, name in images:
            self.check_image(client, repository, name)
        for (repository, tag), possible in self.tags.items():
            response, data = client.ask("GET", f"/v2/{repository}/manifests/{tag}", expect=[200, 404])
            found = digest(data) if response.status == 200 else None
            if found not in possible:
                fail(f"{repository}:{tag} names {found}, expected one of {possible}")
            # What it names now is what it named when the server died.
            self.tags[(repository, tag)] = {found}


def push_images(server, promises, seed, stop, pause=0):
    """Pushes images until the server is gone, or until it is told to stop. Its tags are its own: no two threads have one seed."""
    chance = random.Random(seed)
    repository, client = f"r{chance.randrange(3)}", server.client()
    while not stop.is_set():
        parts = [chance.randbytes(chance.choice([10, 1000, 70_000, 400_000])) for _ in range(2)]
        try:
            promises.push(client, repository, f"t{seed % 7}-{chance.randrange(4)}", parts, chance)
        except Refused as refusal:
            # A collection may take a blob between its push and its manifest's; the client then sends the image again.
            if "MANIFEST_BLOB_UNKNOWN" not in str(refusal) and "503" not in str(refusal):
                raise
        except BROKEN:
            return
        time.sleep(pause)
