# SPDX-License-Identifier: Apache-2.0
"""Debian packages made in memory, the good and the hostile ones."""

import hashlib
import io
import lzma
import struct
import tarfile
from dataclasses import dataclass, field

ARCHITECTURES = ("amd64", "arm64")
EPOCH = 1_750_000_000


@dataclass
class Entry:
    """One entry of a data.tar. `content` is bytes for a file, the target for a link."""

    path: str
    content: object = b""
    kind: bytes = tarfile.REGTYPE
    mode: int = 0o644
    uid: int = 0


def link(path, target):
    return Entry(path, target, tarfile.SYMTYPE, 0o777)


@dataclass
class Package:
    name: str
    version: str
    entries: list
    architecture: str = "any"
    depends: str = ""
    replaces: str = ""
    scripts: dict = field(default_factory=dict)
    # A whole data.tar.xz in place of the one made from `entries`.
    data: bytes = None
    # What the index says, when it should not be where the file lies.
    filename: str = None

    def on(self, platform):
        return "all" if self.architecture == "all" else platform

    def deb(self, platform):
        """The bytes of the .deb for a platform."""
        control = f"Package: {self.name}\nVersion: {self.version}\nArchitecture: {self.on(platform)}\n"
        control += "Maintainer: Nobody <nobody@example.org>\nInstalled-Size: 1\n"
        for key, value in (("Depends", self.depends), ("Replaces", self.replaces)):
            control += f"{key}: {value}\n" if value else ""
        control += "Description: a package of the tests\n"
        entries = [e(platform) if callable(e) else e for e in self.entries]
        sums = "".join(
            f"{hashlib.md5(e.content).hexdigest()}  {e.path}\n" for e in entries if e.kind == tarfile.REGTYPE and e.path[0] not in "/."
        )
        members = [Entry("./control", control.encode()), Entry("./md5sums", sums.encode())]
        members += [Entry("./" + kind, text.encode(), mode=0o755) for kind, text in self.scripts.items()]
        return ar(
            ("debian-binary", b"2.0\n"), ("control.tar.xz", xz(tar(members))), ("data.tar.xz", self.data or xz(tar(with_parents(entries))))
        )


def copyright_of(name):
    return Entry(f"usr/share/doc/{name}/copyright", b"License: Expat\n Do what you like.\n")


def base_files():
    """The one package every image of the test archive needs."""
    release = b'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nNAME="Debian GNU/Linux"\nVERSION_ID="13"\nVERSION="13 (trixie)"\n'
    release += b"VERSION_CODENAME=trixie\nID=debian\n"
    entries = [Entry("usr/lib/os-release", release), Entry("etc/debian_version", b"13.1\n"), copyright_of("base-files")]
    return Package("base-files", "13.1", entries)


def hello(version, *more, **fields):
    """The package the test image is about; `more` are further entries."""
    entries = [Entry("usr/share/hello/greeting", f"hello {version}\n".encode()), copyright_of("hello")]
    return Package("hello", version, entries + list(more), depends="base-files", **fields)


def other(*entries, **fields):
    """A second package beside `hello`."""
    return Package("other", "1.0", [copyright_of("other")] + list(entries), **fields)


def with_parents(entries):
    """Adds the directories dpkg would expect; hostile paths stay as they are."""
    seen, result = set(), [Entry("./", kind=tarfile.DIRTYPE, mode=0o755)]
    for entry in entries:
        parts = entry.path.split("/")
        if entry.path[0] not in "/.":
            for end in range(1, len(parts)):
                parent = "/".join(parts[:end])
                if parent not in seen and not any(e.path == parent for e in entries):
                    seen.add(parent)
                    result.append(Entry("./" + parent + "/", kind=tarfile.DIRTYPE, mode=0o755))
        result.append(entry)
    return result


def tar(entries):
    out = io.BytesIO()
    archive = tarfile.TarFile(fileobj=out, mode="w", format=tarfile.GNU_FORMAT)
    for entry in entries:
        info = tarfile.TarInfo(entry.path if entry.path[0] in "/." else "./" + entry.path)
        info.type, info.mode, info.mtime = entry.kind, entry.mode, EPOCH
        info.uid, info.uname, info.gname = entry.uid, "root", "root"
        if entry.kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
            info.linkname = entry.content
            archive.addfile(info)
        elif entry.kind == tarfile.REGTYPE:
            info.size = len(entry.content)
            archive.addfile(info, io.BytesIO(entry.content))
        else:
            archive.addfile(info)
    archive.close()
    return out.getvalue()


def xz(content):
    return lzma.compress(content, preset=1)


def ar(*members):
    out = b"!<arch>\n"
    for name, content in members:
        out += f"{name:<16}{EPOCH:<12}{0:<6}{0:<6}{0o100644:<8o}{len(content):<10}`\n".encode() + content
        out += b"\n" if len(content) % 2 else b""
    return out


def bomb(megabytes):
    """A data.tar.xz of some hundred kilobytes that holds one file of zeros."""
    packer = lzma.LZMACompressor(preset=0)
    info = tarfile.TarInfo("./usr/share/hello/zeros")
    info.size, info.mode = megabytes << 20, 0o644
    zeros = bytes(1 << 20)
    parts = [packer.compress(info.tobuf(tarfile.GNU_FORMAT))]
    parts += [packer.compress(zeros) for _ in range(megabytes)]
    parts += [packer.compress(bytes(10240)), packer.flush()]
    return b"".join(parts)


def library(platform, needed, padding=b""):
    """A shared library that needs another: just the headers and tables that ld.so reads (System V gABI, chapter 5)."""
    machine = {"amd64": 62, "arm64": 183}[platform]
    strings = b"\0" + needed.encode() + b"\0"
    table, dynamic = 64 + 2 * 56, 64 + 2 * 56 + (len(strings) + 15) // 16 * 16
    tags = [(1, 1), (5, table), (10, len(strings)), (0, 0)]
    total = dynamic + 16 * len(tags)
    header = b"\x7fELF" + bytes([2, 1, 1, 0]) + bytes(8)
    header += struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    load = struct.pack("<IIQQQQQQ", 1, 4, 0, 0, 0, total, total, 4096)
    dyn = struct.pack("<IIQQQQQQ", 2, 4, dynamic, dynamic, dynamic, 16 * len(tags), 16 * len(tags), 8)
    body = (header + load + dyn + strings).ljust(dynamic, b"\0")
    return body + b"".join(struct.pack("<QQ", *tag) for tag in tags) + padding
