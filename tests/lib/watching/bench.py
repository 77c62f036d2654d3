# SPDX-License-Identifier: Apache-2.0
"""A catalog of many small images over two archives on a loopback mirror: `trixie`, and `trixie-security`, which fixes one library."""

import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from badinput.archive import Archive
from badinput.debs import Entry, Package, base_files
from badinput.place import Place, expect


class SecurityArchive(Archive):
    """The folder `<root>/debian-security` with the suite `trixie-security`."""

    def __init__(self, root, keys):
        super().__init__(root, keys)

    def write(self, relative, content):
        moved = relative.replace("debian/dists/trixie/", "debian-security/dists/trixie-security/")
        if moved == relative:
            moved = relative.replace("debian/pool/", "debian-security/pool/")
        super().write(moved, content)


class Mirror:
    """Serves a folder over HTTP/1.1 and answers conditional requests as mirrors do. `asked` lists (path, status)."""

    def __init__(self, root):
        self.root = root
        self.asked = []
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # A write for the head and one for the body would wait for an acknowledgement in between.
            wbufsize = -1
            disable_nagle_algorithm = True

            def do_GET(self):
                mirror.answer(self)

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *_):
                """A client that is killed in the middle is what these tests are about."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request):
        path = unquote(request.path).lstrip("/")
        place = os.path.join(self.root, path)
        content, etag = b"not found", None
        status = 404
        if os.path.isfile(place):
            facts = os.stat(place)
            etag = f'"{facts.st_size}-{facts.st_mtime_ns}"'
            with open(place, "rb") as handle:
                content = handle.read()
            status = 200
            if request.headers.get("If-None-Match") == etag:
                content, status = b"", 304
        self.asked.append((path, status))
        request.send_response(status)
        if etag:
            request.send_header("ETag", etag)
        if status != 304:
            request.send_header("Content-Length", str(len(content)))
            request.send_header("Content-Type", "application/octet-stream")
        request.end_headers()
        request.wfile.write(content)


def library(version):
    return Package("libssl3t64", version, [
        Entry("./usr/share/doc/libssl3t64/copyright", b"License: none\n"), Entry("./usr/lib/libssl.txt", f"ssl {version}\n".encode())])


def tool(number, affected):
    name = f"tool{number}"
    return Package(name, "1.0", depends="libssl3t64" if affected else "", entries=[
        Entry(f"./usr/share/doc/{name}/copyright", b"License: none\n"), Entry(f"./usr/lib/{name}.txt", f"{name}\n".encode())])


class Bench:
    """So many images, the first `affected` of which hold the library."""

    def __init__(self, folder, program, keys, images, affected):
        self.place = Place(folder, program, keys)
        os.makedirs(folder, exist_ok=True)
        self.images, self.affected = images, affected
        self.security = SecurityArchive(self.place.archive.root, keys)
        self.fixed = "3.5.1-1+deb13u1"
        tools = [tool(n, n < affected) for n in range(images)]
        self.place.archive.publish(base_files(), library("3.5.1-1"), *tools, age=2 / 24)
        self.security.publish(age=2 / 24, suite="trixie-security")
        self.catalog()
        self.mirror = Mirror(self.place.archive.root)
        self.place.environment = {"ASHLAR_MIRROR": self.mirror.address}

    def catalog(self):
        place, keys = self.place, self.place.archive.keys
        os.makedirs(place.path("catalog/suites"), exist_ok=True)
        with open(place.path("catalog/suites/archive.gpg"), "wb") as handle:
            handle.write(keys.keyring())
        archive = "{{suite: {0}, base: {1}, components: [main], keyring: archive.gpg, fingerprints: [{2}], valid-until: true}}"
        self.main = "  - " + archive.format("trixie", "debian", keys.pinned) + "\n"
        self.both = self.main + "  - " + archive.format("trixie-security", "debian-security", keys.pinned) + "\n"
        place.write("catalog/suites/trixie.yaml", "name: trixie\narchives:\n" + self.both)
        place.write(
            "catalog/profiles/small.yaml",
            "suite: trixie\nplatforms: [linux/amd64]\ncontents:\n  packages: [base-files]\n"
            "steps: [usr-merge, accounts, nsswitch, os-release]\n"
            "accounts:\n  users: [{name: nonroot, uid: 65532, gid: 65532, home: /nonexistent}]\n"
            "  groups: [{name: nonroot, gid: 65532}]\n")
        place.write("catalog/scripts.yaml", "kinds:\n  prerm: \"never runs when a fresh root is assembled\"\n")
        place.write("ashlar.yaml", "watch:\n  feeds: []\n")
        for number in range(self.images):
            place.write(f"catalog/images/image{number}/image.yaml", f"title: Image {number}\nsummary: An image of the tests\n")
            place.write(
                f"catalog/images/image{number}/1.yaml",
                f"stream: \"1\"\nextends: small\nversion: package:tool{number}\ntags: [\"{{stream}}\", \"{{version}}\"]\n"
                f"contents:\n  packages: [tool{number}]\n")

    def settle(self):
        """Everything is locked and published."""
        self.place.passes("init", timeout=600)
        self.place.passes("resolve", "--all", timeout=600)
        self.place.passes("build", "--all", timeout=1800)
        self.place.passes("watch", "--once", timeout=600)

    def fix(self, version=None):
        """The library's fix comes into the security archive; its time is the time of the archive's index."""
        self.security.publish(library(version or self.fixed), suite="trixie-security")
        return time.monotonic()

    def releases(self):
        listing = json.loads(self.place.passes("list", "--format", "json").out)
        return {image["reference"]: image["digest"] for image in listing}

    def status(self):
        return json.loads(self.place.passes("watch", "status", "--format", "json", "--last", "1000").out)

    def builds(self):
        """Build tags of everything that was ever published."""
        import sqlite3
        database = sqlite3.connect(f"file:{self.place.path('.ashlar/records.sqlite')}?mode=ro", uri=True)
        try:
            return sorted(database.execute("SELECT repository, build_tag FROM releases"))
        finally:
            database.close()

    def check(self, before, after):
        changed = sorted(name for name in after if after[name] != before[name])
        expect(len(changed) == self.affected, f"expected {self.affected} images to change, found {len(changed)}: {changed}")
        status = self.status()
        expect(not status["changes"], f"something is open still: {status['changes']}")
        tags = self.builds()
        expect(len(tags) == self.images + self.affected, f"expected each fixed image published once more, found {tags}")
