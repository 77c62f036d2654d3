# SPDX-License-Identifier: Apache-2.0
"""The good case, before everything else: without it no failure below would mean anything."""

import json
import os
import shutil
import subprocess

from .cases import Skip, case
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


@case("a lock that comes back brings its image back, with build, build --all and --rebuild")
def reverted(place):
    old, first = place.read(place.LOCK), place.published()["list"][0]
    place.archive.publish(base_files(), hello("1.1"))
    place.goes_on("1.1")
    new = place.read(place.LOCK)
    place.passes("build", "--all")
    # The archive holds 1.0 no more, and nothing of it needs to be fetched.
    place.write(place.LOCK, old)
    expect("published again" in place.passes("build", IMAGE).err, "the build did not say that it published again")
    expect(place.published()["list"][0] == first, "the old image is not what is listed")
    expect("1.0" in place.passes("show", IMAGE).out, "show names another version")
    place.check_sound()
    expect("unchanged" in place.passes("build", IMAGE).err, "the second build did something")
    # What the last build of all was made from is here again, but something was published since.
    place.write(place.LOCK, new)
    place.passes("build", "--all")
    expect(place.version() == "1.1", "build --all left the old image in its place")
    expect("nothing changed" in place.passes("build", "--all").err, "the second build did something")
    place.write(place.LOCK, old)
    place.passes("build", IMAGE, "--rebuild", "--offline")
    expect(place.version() == "1.0", "building again did not bring the old image back")
    place.check_sound()


# Another version of libdeflate, as far as anybody can see: it gives other bytes for the same input.
OTHER_COMPRESSOR = """
#define _GNU_SOURCE
#include <dlfcn.h>
void *libdeflate_alloc_compressor(int level) {
    void *(*real)(int) = (void *(*)(int)) dlsym(RTLD_NEXT, "libdeflate_alloc_compressor");
    return real(level == 6 ? 1 : level);
}
"""


@case("another version of the compressor: what is published stays, and the lock builds")
def other_compressor(place):
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        raise Skip("there is no C compiler")
    place.write("other.c", OTHER_COMPRESSOR)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", place.path("other.so"), place.path("other.c")], check=True)
    before = place.published()
    blobs = set(os.listdir(place.path(".ashlar/blobs/sha256")))
    shutil.rmtree(place.path(".ashlar/cache"))
    place.passes("build", IMAGE, "--rebuild", LD_PRELOAD=place.path("other.so"))
    expect(set(os.listdir(place.path(".ashlar/blobs/sha256"))) != blobs, "the compressor gave the same bytes: the case shows nothing")
    place.check_untouched(before)
    expect("unchanged" in place.passes("build", IMAGE).err, "the build was not recorded")


@case("an image is found by stream, tag, build tag and digest, an earlier one too")
def names(place):
    first = place.published()["list"][0]
    place.archive.publish(base_files(), hello("1.1"))
    place.goes_on("1.1")
    second = place.published()["list"][0]
    for release in (first, second):
        digests = [release["digest"], *(platform["digest"] for platform in release["platforms"])]
        for name in [f"hello:{release['version']}-r1", *(f"hello@{digest}" for digest in digests)]:
            shown = json.loads(place.passes("show", name, "--format", "json").out)
            expect(shown["digest"] == release["digest"], f"{name} is {shown['digest']}, not {release['digest']}")
    for name in ("hello", "hello:1", "hello:1.1"):
        expect(second["digest"] in place.passes("show", name).out, f"{name} is another image")
    tags = place.passes("show", "hello:1.0-r1").out
    expect("1.0-r1" in tags and "tags       1.0, 1.0-r1" in tags, f"an earlier release has tags that moved on\n{tags}")
    place.refuses("show", "hello@sha256:" + "0" * 64, code="command.unknown-image", kind="not-found", names=("hello@sha256:",))
    place.passes("verify", f"hello@{first['digest']}")


@case("resolve --explain with an image and without one, on every platform")
def explained(place):
    for arguments in ((IMAGE,), ()):
        told = place.passes("resolve", *arguments, "--explain", "base-files").out
        expect("base-files 13.1 (trixie) is in hello:1 on linux/amd64, linux/arm64" in told, f"no reason on every platform\n{told}")
    told = place.passes("resolve", "--explain", "base-filez").out
    expect("in no image of the catalog" in told and "did you mean base-files?" in told, f"no word on where it is not\n{told}")
