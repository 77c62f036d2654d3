# SPDX-License-Identifier: Apache-2.0
"""A signed Debian archive in a folder: https://wiki.debian.org/DebianRepository/Format"""

import hashlib
import os
import subprocess
import time

from .debs import ARCHITECTURES, xz


class Keys:
    """Throw-away OpenPGP keys in a GnuPG home of their own: one that is pinned, and a stranger's."""

    def __init__(self, home):
        self.home = home
        os.makedirs(home, mode=0o700)
        self.pinned = self._make("Archive of the tests <archive@example.org>")
        self.stranger = self._make("Somebody else <somebody@example.org>")

    def keyring(self):
        return self._gpg("--export", self.pinned)

    def clearsign(self, text, key):
        return self._gpg("--local-user", key, "--digest-algo", "SHA256", "--clearsign", give=text)

    def close(self):
        subprocess.run(["gpgconf", "--homedir", self.home, "--kill", "all"], stderr=subprocess.DEVNULL, check=False)

    def _make(self, user):
        self._gpg("--passphrase", "", "--quick-generate-key", user, "ed25519", "sign", "never")
        lines = self._gpg("--with-colons", "--list-keys", user).decode().splitlines()
        return next(line.split(":")[9] for line in lines if line.startswith("fpr"))

    def _gpg(self, *arguments, give=b""):
        command = ["gpg", "--homedir", self.home, "--batch", "--yes", "--quiet", "--no-tty", *arguments]
        done = subprocess.run(command, input=give, capture_output=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr.decode()}")
        return done.stdout


class Archive:
    """The folder `<root>/debian` with one suite, `trixie`, of one component."""

    def __init__(self, root, keys):
        self.root = root
        self.keys = keys
        self.latest = 0
        self.dist = os.path.join(root, "debian/dists/trixie")

    def publish(self, *packages, age=0.0, valid=7.0, suite="trixie", key=None, index=None, platforms=ARCHITECTURES):
        """Writes pool and indexes and signs them. `age` and `valid` in days; `valid` None leaves Valid-Until out.

        `index` turns the bytes of each Packages.xz into others before they are signed.
        """
        listed = []
        for platform in platforms:
            text = "\n".join(self._stanza(package, platform) for package in packages).encode()
            packed = xz(text)
            if index:
                packed = index(packed)
            path = f"main/binary-{platform}/Packages.xz"
            digest = hashlib.sha256(packed).hexdigest()
            self.write(f"debian/dists/trixie/{path}", packed)
            self.write(f"debian/dists/trixie/main/binary-{platform}/by-hash/SHA256/{digest}", packed)
            listed.append(f" {digest} {len(packed)} {path}")
        # Two indexes of one second would be two of one date, which is a mistake of its own.
        self.latest = max(time.time(), self.latest + 1)
        now = self.latest - age * 86400
        lines = ["Origin: Debian", f"Suite: {suite}", f"Codename: {suite}", f"Date: {moment(now)}"]
        if valid is not None:
            lines.append(f"Valid-Until: {moment(now + valid * 86400)}")
        lines += ["Acquire-By-Hash: yes", f"Architectures: {' '.join(platforms)}", "Components: main", "SHA256:", *listed]
        self.release = ("\n".join(lines) + "\n").encode()
        self.write("debian/dists/trixie/InRelease", self.keys.clearsign(self.release, key or self.keys.pinned))

    def pool(self, package, platform="amd64"):
        """Where a package lies below `<root>/debian`."""
        return f"pool/main/{package.name[0]}/{package.name}/{package.name}_{package.version}_{package.on(platform)}.deb"

    def path(self, relative):
        return os.path.join(self.root, relative)

    def read(self, relative):
        with open(self.path(relative), "rb") as file:
            return file.read()

    def write(self, relative, content):
        os.makedirs(os.path.dirname(self.path(relative)), exist_ok=True)
        with open(self.path(relative), "wb") as file:
            file.write(content)

    def change(self, relative, change):
        """Passes a file's bytes through `change`, also where the same index lies by its hash."""
        before = self.read(relative)
        self.write(relative, change(before))
        if relative.endswith("Packages.xz"):
            by_hash = f"{os.path.dirname(relative)}/by-hash/SHA256/{hashlib.sha256(before).hexdigest()}"
            self.write(by_hash, change(before))

    def _stanza(self, package, platform):
        deb = package.deb(platform)
        path = self.pool(package, platform)
        self.write("debian/" + path, deb)
        lines = [f"Package: {package.name}", f"Version: {package.version}", f"Architecture: {package.on(platform)}"]
        lines += ["Maintainer: Nobody <nobody@example.org>", "Installed-Size: 1"]
        for key, value in (("Depends", package.depends), ("Replaces", package.replaces)):
            lines += [f"{key}: {value}"] if value else []
        lines += [f"Filename: {package.filename or path}", f"Size: {len(deb)}", f"SHA256: {hashlib.sha256(deb).hexdigest()}"]
        return "\n".join(lines + ["Description: a package of the tests"]) + "\n"


def moment(seconds):
    return time.strftime("%a, %d %b %Y %H:%M:%S UTC", time.gmtime(seconds))
