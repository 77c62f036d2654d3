# SPDX-License-Identifier: Apache-2.0
"""One catalog with its store, its archive and the real `ashlar` working on them."""

import base64
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import time
from dataclasses import dataclass

from .archive import Archive
from .debs import base_files, hello

IMAGE = "hello:1"

# What ashlar's --help documents.
EXIT = {"usage": 64, "malformed": 65, "not-found": 66, "unavailable": 69, "fault": 70, "conflict": 73, "untrusted": 76, "policy": 77}


class Wrong(AssertionError):
    """What was observed is not what should be."""


def expect(condition, text):
    if not condition:
        raise Wrong(text)


@dataclass
class Outcome:
    command: str
    code: int
    out: str
    err: str
    seconds: float

    def __str__(self):
        return f"$ {self.command}\nexit {self.code} after {self.seconds:.1f} s\n{self.out}{self.err}"


class Place:
    def __init__(self, folder, program, keys):
        self.folder = folder
        self.program = program
        self.archive = Archive(os.path.join(folder, "mirror"), keys)
        self.mirror = "file://" + self.archive.root
        self.environment = {}

    def copy(self, folder):
        """An independent copy of everything."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Place(folder, self.program, self.archive.keys)

    # MARK: files

    def path(self, relative):
        return os.path.join(self.folder, relative)

    def read(self, relative):
        with open(self.path(relative), encoding="utf-8") as file:
            return file.read()

    def write(self, relative, text):
        os.makedirs(os.path.dirname(self.path(relative)), exist_ok=True)
        with open(self.path(relative), "w", encoding="utf-8") as file:
            file.write(text)

    def edit(self, relative, old, new):
        text = self.read(relative)
        expect(old in text, f"{relative} does not hold {old!r}")
        self.write(relative, text.replace(old, new))

    LOCK = "catalog/images/hello/1.lock.json"
    RECIPE = "catalog/images/hello/1.yaml"

    def edit_lock(self, change):
        lock = json.loads(self.read(self.LOCK))
        for platform in lock["platforms"]:
            for package in platform["packages"]:
                if package["name"] == "hello":
                    change(package)
        self.write(self.LOCK, json.dumps(lock, indent=2, sort_keys=True) + "\n")

    # MARK: running

    def full_environment(self, more):
        environment = {"PATH": os.environ["PATH"], "HOME": self.folder, "TMPDIR": self.path("tmp"), "ASHLAR_MIRROR": self.mirror}
        return {**environment, **self.environment, **more}

    def start(self, *arguments, prefix=(), **more):
        os.makedirs(self.path("tmp"), exist_ok=True)
        return subprocess.Popen(
            [*prefix, self.program, *arguments], cwd=self.folder, env=self.full_environment(more), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)

    def finish(self, process, arguments, started, timeout=100):
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise Wrong(f"ashlar {' '.join(arguments)} did not end within {timeout} s\n{out.decode()}{err.decode()}") from None
        return Outcome(
            "ashlar " + " ".join(arguments), process.returncode, out.decode(errors="replace"), err.decode(errors="replace"),
            time.monotonic() - started)

    def run(self, *arguments, prefix=(), timeout=100, **more):
        started = time.monotonic()
        return self.finish(self.start(*arguments, prefix=prefix, **more), arguments, started, timeout)

    def passes(self, *arguments, **options):
        outcome = self.run(*arguments, **options)
        expect(outcome.code == 0, f"expected success\n{outcome}")
        return outcome

    def refuses(self, *arguments, code, kind, names=(), **options):
        """Runs a command that must fail with this error code, name these things, and leave what is published untouched."""
        before = self.published()
        outcome = self.run(*arguments, **options)
        self.check_refusal(outcome, code, kind, names)
        self.check_untouched(before)
        return outcome

    def check_refusal(self, outcome, code, kind, names=()):
        text = outcome.err + outcome.out
        expect(f"error[{code}]" in text, f"expected error[{code}]\n{outcome}")
        expect(outcome.code == EXIT[kind], f"expected exit code {EXIT[kind]} ({kind})\n{outcome}")
        for name in names:
            expect(name in text, f"expected {name!r} in the error\n{outcome}")
        expect("\n  fix  " in text, f"expected a line that says what to do\n{outcome}")
        for secret in ("PRIVATE KEY", "correct horse", "correct-horse"):
            expect(secret not in text, f"a secret is in the error\n{outcome}")

    # MARK: what is published

    def published(self):
        """Everything a registry would answer from: records, and the names of the blobs they need."""
        listing = json.loads(self.passes("list", "--format", "json").out)
        database = sqlite3.connect(f"file:{self.path('.ashlar/records.sqlite')}?mode=ro", uri=True)
        try:
            rows = {
                table: sorted(map(repr, database.execute(f"SELECT * FROM {table}")))
                for table in ("repositories", "manifests", "tags", "blobs", "releases")
            }
        finally:
            database.close()
        return {"list": listing, **rows}

    def check_untouched(self, before):
        after = self.published()
        for key, value in before.items():
            expect(after[key] == value, f"{key} changed after a failure\nbefore {value}\nafter  {after[key]}")
        self.check_sound()

    def check_sound(self):
        """Every blob and manifest the records name is there with its digest, and each release verifies."""
        database = sqlite3.connect(f"file:{self.path('.ashlar/records.sqlite')}?mode=ro", uri=True)
        try:
            digests = {row[0] for row in database.execute("SELECT digest FROM blobs UNION SELECT digest FROM manifests UNION SELECT digest FROM tags")}
        finally:
            database.close()
        for digest in sorted(digests):
            path = self.path(".ashlar/blobs/sha256/" + digest.removeprefix("sha256:"))
            expect(os.path.exists(path), f"the records name {digest}, which is not in the store")
            with open(path, "rb") as file:
                expect("sha256:" + hashlib.sha256(file.read()).hexdigest() == digest, f"the blob {digest} is damaged")
        verified = self.passes("verify", IMAGE)
        expect("verified " + IMAGE in verified.out, f"expected a verification\n{verified}")

    def version(self):
        listing = json.loads(self.passes("list", "--format", "json").out)
        return next((image["version"] for image in listing if image["reference"] == IMAGE), None)

    def goes_on(self, version):
        """The next good run publishes this version."""
        self.passes("resolve", IMAGE)
        self.passes("build", IMAGE)
        expect(self.version() == version, f"expected version {version} to be published, found {self.version()}")
        self.check_sound()

    def statements(self):
        """The in-toto statements of every bundle in the store."""
        folder = self.path(".ashlar/blobs/sha256")
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), "rb") as file:
                content = file.read()
            if content.startswith(b"{") and b"dsseEnvelope" in content:
                yield json.loads(base64.b64decode(json.loads(content)["dsseEnvelope"]["payload"]))


def make_catalog(place):
    """A catalog of one image over one profile, its suite pinned to the archive's key."""
    keys = place.archive.keys
    os.makedirs(place.path("catalog/suites"), exist_ok=True)
    with open(place.path("catalog/suites/archive.gpg"), "wb") as file:
        file.write(keys.keyring())
    place.write(
        "catalog/suites/trixie.yaml",
        "name: trixie\narchives:\n  - {suite: trixie, base: debian, components: [main], keyring: archive.gpg, "
        f"fingerprints: [{keys.pinned}], valid-until: true}}\n")
    place.write(
        "catalog/profiles/small.yaml",
        "suite: trixie\nplatforms: [linux/amd64, linux/arm64]\ncontents:\n  packages: [base-files]\n"
        "  drop:\n    - {paths: [usr/share/man], reason: \"documentation\"}\n"
        "steps: [usr-merge, accounts, nsswitch, os-release]\n"
        "accounts:\n  users: [{name: nonroot, uid: 65532, gid: 65532, home: /nonexistent}]\n"
        "  groups: [{name: nonroot, gid: 65532}]\n")
    place.write("catalog/scripts.yaml", "kinds:\n  prerm: \"never runs when a fresh root is assembled\"\n")
    place.write("catalog/images/hello/image.yaml", "title: Hello\nsummary: An image of the tests\n")
    place.write(
        place.RECIPE, "stream: \"1\"\nextends: small\nversion: package:hello\ntags: [\"{stream}\", \"{version}\"]\n"
        "contents:\n  packages: [hello]\n")


def make_good(folder, program, keys):
    """A place in which hello 1.0 was published an hour ago by the whole chain of commands."""
    os.makedirs(folder)
    place = Place(folder, program, keys)
    place.archive.publish(base_files(), hello("1.0"), age=1 / 24)
    make_catalog(place)
    place.passes("init")
    place.passes("resolve", IMAGE)
    place.passes("build", IMAGE)
    return place
