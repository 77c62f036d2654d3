# SPDX-License-Identifier: Apache-2.0
"""The good case, before everything else: without it no failure below would mean anything."""

import json

from .cases import case
from .debs import Entry, base_files, hello
from .place import IMAGE, expect


@case("init, resolve, build, list, show, verify; again nothing changes; a new version is published")
def whole_chain(place):
    place.check_sound()
    expect(place.version() == "1.0", "hello 1.0 was not published")
    expect("hello:1" in place.passes("show", IMAGE).out, "show does not name the image")
    before = place.published()
    digest = before["list"][0]["digest"]
    place.passes("resolve", IMAGE, "--check")
    expect("unchanged" in place.passes("build", IMAGE).err, "the second build did something")
    expect("nothing changed" in (place.passes("build", "--all") and place.passes("build", "--all")).err, "build --all did something")
    expect(place.published() == before, "a build without changes changed the records")
    place.passes("build", IMAGE, "--rebuild", "--offline")
    expect(json.loads(place.passes("list", "--format", "json").out)[0]["digest"] == digest, "building again gave other bytes")
    place.archive.publish(base_files(), hello("1.1"))
    place.goes_on("1.1")


@case("an image for every platform that Debian 13 has: resolved, assembled, described and published by the same code")
def six_platforms(place):
    names = {
        "linux/amd64": "amd64", "linux/arm64": "arm64", "linux/arm/v7": "armhf", "linux/ppc64le": "ppc64el", "linux/riscv64": "riscv64",
        "linux/s390x": "s390x"}
    machine = hello("1.1", lambda platform: Entry("usr/share/hello/machine", f"{platform}\n".encode()))
    place.archive.publish(base_files(), machine, platforms=tuple(names.values()))
    place.edit("catalog/profiles/small.yaml", "[linux/amd64, linux/arm64]", f"[{', '.join(names)}]")
    place.goes_on("1.1")
    platforms = json.loads(place.passes("list", "--format", "json").out)[0]["platforms"]
    expect([entry["platform"] for entry in platforms] == list(names), f"expected six platforms, found {platforms}")
    expect(len({entry["digest"] for entry in platforms}) == 6, "two platforms have one manifest")
    found = set()
    for statement in place.statements():
        if "spdxVersion" in statement["predicate"]:
            text = json.dumps(statement["predicate"])
            found |= {name for name in names.values() if f"hello@1.1?arch={name}" in text}
    expect(found == set(names.values()), f"expected an SBOM for each architecture, found {found}")
