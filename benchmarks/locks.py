#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads and changes locks for the measurements.

locks.py list LOCK...                 prints "BASE PATH" of each package
locks.py names LOCK...                prints the name of each package
locks.py older PACKAGE LOCK MIRROR    puts another version of PACKAGE from the mirror's indexes into the lock
"""
import json
import lzma
import sys

BASES = {"trixie": "debian", "trixie-updates": "debian", "trixie-security": "debian-security"}


def packages(lock):
    return [package for platform in lock["platforms"] for package in platform["packages"]]


def listed(paths):
    for path in paths:
        for package in packages(json.load(open(path))):
            print(BASES[package["archive"]], package["path"])


def stanzas(mirror, archive):
    path = f"{mirror}/{BASES[archive]}/dists/{archive}/main/binary-amd64/Packages.xz"
    for text in lzma.open(path, "rt").read().split("\n\n"):
        yield dict(line.split(": ", 1) for line in text.split("\n") if ": " in line and line[0] != " ")


def older(name, path, mirror):
    lock = json.load(open(path))
    for package in packages(lock):
        if package["name"] != name:
            continue
        others = [
            (archive, stanza) for archive in BASES for stanza in stanzas(mirror, archive)
            if stanza.get("Package") == name and stanza["Version"] != package["version"]
        ]
        if not others:
            sys.exit(f"expected a second version of {name} in the mirror's indexes, found only {package['version']}")
        archive, stanza = others[0]
        package.update(
            version=stanza["Version"], sourceVersion=stanza["Version"], sha256=stanza["SHA256"], size=int(stanza["Size"]),
            path=stanza["Filename"], archive=archive)
    json.dump(lock, open(path, "w"), indent=2, sort_keys=True)


if __name__ == "__main__":
    if sys.argv[1] == "list":
        listed(sys.argv[2:])
    elif sys.argv[1] == "names":
        print("\n".join(package["name"] for path in sys.argv[2:] for package in packages(json.load(open(path)))))
    else:
        older(*sys.argv[2:])
