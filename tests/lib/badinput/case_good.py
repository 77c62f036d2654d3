# SPDX-License-Identifier: Apache-2.0
"""The good case, before everything else: without it no failure below would mean anything."""

import json

from .cases import case
from .debs import base_files, hello
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
