# SPDX-License-Identifier: Apache-2.0
"""Signed indexes that must not be believed, and the stale one that may be."""

import os
import shutil

from .cases import case, every
from .debs import base_files, hello
from .place import IMAGE, expect

IN_RELEASE = "debian/dists/trixie/InRelease"
PACKAGES = "debian/dists/trixie/main/binary-amd64/Packages.xz"


def new_version():
    return (base_files(), hello("1.1"))


def refused_index(place, code, kind, *names):
    """Neither resolving nor building goes on with such an index; with a good one both do."""
    lock = place.read(place.LOCK)
    place.refuses("resolve", IMAGE, code=code, kind=kind, names=names)
    expect(place.read(place.LOCK) == lock, "the lock changed after a failure")
    place.refuses("build", IMAGE, "--rebuild", code=code, kind=kind, names=names)
    place.archive.publish(*new_version())
    place.goes_on("1.1")


def cut_in_signature(text):
    """Another character in the middle of the signature's base64."""
    start = text.index(b"-----BEGIN PGP SIGNATURE-----")
    spot = start + text[start:].index(b"\n\n") + 40
    return text[:spot] + (b"A" if text[spot:spot + 1] != b"A" else b"B") + text[spot + 1:]


def two_messages(text):
    return text + text


@every(
    "InRelease refused",
    not_signed=lambda place: place.archive.write(IN_RELEASE, place.archive.release),
    signed_by_another_key=lambda place: place.archive.publish(*new_version(), key=place.archive.keys.stranger),
    one_byte_of_the_signature_changed=lambda place: place.archive.change(IN_RELEASE, cut_in_signature),
    one_byte_of_the_text_changed=lambda place: place.archive.change(IN_RELEASE, lambda text: text.replace(b"main", b"mail", 1)),
    text_before_the_signed_part=lambda place: place.archive.change(IN_RELEASE, lambda text: b"Suite: trixie\n" + text),
    two_signed_parts=lambda place: place.archive.change(IN_RELEASE, two_messages),
    empty=lambda place: place.archive.write(IN_RELEASE, b""),
)
def untrusted(place, spoil):
    place.archive.publish(*new_version())
    spoil(place)
    refused_index(place, "pipeline.untrusted-index", "untrusted", "trixie")


@case("InRelease of another suite")
def other_suite(place):
    place.archive.publish(*new_version(), suite="bookworm")
    refused_index(place, "pipeline.untrusted-index", "untrusted", "trixie", "bookworm")


@case("InRelease past its Valid-Until")
def expired(place):
    place.archive.publish(*new_version(), age=20, valid=7)
    refused_index(place, "pipeline.stale-index", "untrusted", "trixie", "20 days old", "--allow-stale")


@case("InRelease without its Valid-Until")
def endless(place):
    place.archive.publish(*new_version(), valid=None)
    refused_index(place, "pipeline.stale-index", "untrusted", "trixie", "Valid-Until")


@case("InRelease from the future")
def future(place):
    place.archive.publish(*new_version(), age=-30)
    place.refuses("resolve", IMAGE, code="pipeline.stale-index", kind="untrusted", names=("trixie", "in the future"))
    place.archive.publish(*new_version())
    place.goes_on("1.1")


@case("InRelease older than one seen before")
def rollback(place):
    place.archive.publish(base_files(), hello("0.9"), age=2)
    refused_index(place, "pipeline.stale-index", "untrusted", "trixie", "seen here before")


@case("a pinned snapshot, older than what was seen: refused, accepted for the archive by name, recorded, the mark stays")
def snapshot(place):
    place.archive.publish(base_files(), hello("0.9"), age=2)
    place.refuses(
        "resolve", IMAGE, code="pipeline.stale-index", kind="untrusted", names=("seen here before", "--allow-stale trixie=REASON"))
    place.refuses("resolve", IMAGE, "--allow-stale", "all=any", code="pipeline.stale-index", kind="untrusted", names=("trixie",))
    place.passes("resolve", IMAGE, "--allow-stale", "trixie=pinned for the audit")
    settings = place.read("ashlar.yaml")
    place.write("ashlar.yaml", settings + "allow-stale: other=of another archive\nallow-stale: trixie=pinned for the audit\n")
    place.passes("build", IMAGE)
    expect(place.version() == "0.9", "the build from the snapshot was not published")
    recorded = [
        statement for statement in place.statements()
        if "provenance" in statement["predicateType"]
        and "pinned for the audit" in str(statement["predicate"]["buildDefinition"]["internalParameters"])
    ]
    expect(recorded, "the provenance does not say that an older index was accepted")
    place.write("ashlar.yaml", settings)
    place.refuses("build", IMAGE, "--rebuild", code="pipeline.stale-index", kind="untrusted", names=("seen here before",))
    place.archive.publish(*new_version())
    place.goes_on("1.1")


@case("InRelease missing")
def no_release(place):
    os.unlink(place.archive.path(IN_RELEASE))
    refused_index(place, "pipeline.unavailable", "unavailable", "trixie", "404")


@case("a lagging mirror: refused with its age, accepted with --allow-stale, recorded in the provenance")
def lagging(place):
    # Dated after what was seen, and expired since.
    place.archive.publish(*new_version(), age=1 / 48, valid=1 / 96)
    before = place.published()
    refusal = place.refuses("resolve", IMAGE, code="pipeline.stale-index", kind="untrusted", names=("trixie", "minutes old", "--allow-stale"))
    expect("0 days" not in refusal.err, f"an age of zero days helps nobody\n{refusal}")
    place.refuses("resolve", IMAGE, "--allow-stale", "other=not this one", code="pipeline.stale-index", kind="untrusted", names=("trixie",))
    reason = "mirror under repair"
    place.passes("resolve", IMAGE, "--allow-stale", f"trixie={reason}")
    place.refuses("build", IMAGE, code="pipeline.stale-index", kind="untrusted")
    expect(place.published() == before, "resolving published something")
    place.passes("build", IMAGE, "--allow-stale", f"trixie={reason}")
    expect(place.version() == "1.1", "the accepted build was not published")
    recorded = [
        statement for statement in place.statements()
        if "provenance" in statement["predicateType"] and reason in str(statement["predicate"]["buildDefinition"]["internalParameters"])
    ]
    expect(recorded, "the provenance does not say that a stale index was accepted")
    place.check_sound()


@every(
    "Packages.xz refused",
    other_bytes=lambda packed: packed[:-40] + bytes(byte ^ 1 for byte in packed[-40:]),
    cut_off=lambda packed: packed[:-30],
)
def bad_packages(place, change):
    place.archive.publish(*new_version())
    place.archive.change(PACKAGES, change)
    place.refuses("resolve", IMAGE, code="pipeline.index-mismatch", kind="untrusted", names=("trixie", "binary-amd64/Packages.xz"))
    place.archive.publish(*new_version())
    place.goes_on("1.1")


@case("Packages.xz larger than signed")
def large_packages(place):
    place.archive.publish(*new_version())
    place.archive.change(PACKAGES, lambda packed: packed + bytes(100))
    place.refuses("resolve", IMAGE, code="pipeline.index-mismatch", kind="untrusted", names=("Packages.xz", "trixie"))
    place.archive.publish(*new_version())
    place.goes_on("1.1")


@case("Packages.xz missing")
def no_packages(place):
    place.archive.publish(*new_version())
    shutil.rmtree(os.path.dirname(place.archive.path(PACKAGES)))
    place.refuses("resolve", IMAGE, code="pipeline.unavailable", kind="unavailable", names=("Packages.xz", "trixie", "404"))
    place.archive.publish(*new_version())
    place.goes_on("1.1")


@every(
    "signed, but Packages.xz is",
    no_xz=lambda packed: b"this is no xz file at all, whatever its name says",
    cut_xz=lambda packed: packed[:-30],
)
def signed_nonsense(place, index):
    place.archive.publish(*new_version(), index=index)
    outcome = place.run("resolve", IMAGE)
    expect(outcome.code == 65 and "Packages.xz" in outcome.err, f"expected a malformed Packages.xz\n{outcome}")
    place.archive.publish(*new_version())
    place.goes_on("1.1")


@case("a signed index whose package has a path with ..")
def climbing_filename(place):
    package = hello("1.1")
    package.filename = "pool/../../../../etc/passwd"
    place.archive.publish(base_files(), package)
    outcome = place.run("resolve", IMAGE)
    expect(outcome.code == 65 and "Filename" in outcome.err and "hello" in outcome.err, f"expected a malformed index\n{outcome}")
    place.archive.publish(*new_version())
    place.goes_on("1.1")
