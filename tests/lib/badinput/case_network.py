# SPDX-License-Identifier: Apache-2.0
"""Mirrors that are slow, broken or somebody else."""

import base64
import gzip
import os

from .cases import case, every
from .debs import Entry, base_files, hello
from .mirror import Mirror, broken, changed, cut, endless, hang, longer, missing, page, portal, stump
from .place import IMAGE, expect

# Seconds of silence after which a test gives up on a server; see docs of ASHLAR_TIMEOUT_SECONDS.
HASTE = {"ASHLAR_TIMEOUT_SECONDS": "1"}


def big(version):
    """A package whose .deb is some 200 kB, so that it comes in several pieces."""
    return hello(version, Entry("usr/share/hello/noise", os.urandom(200_000)))


@every(
    "InRelease from a mirror that",
    hangs=(hang, "transport.timed-out", "unavailable"),
    cuts_off=(cut(99), "transport.interrupted", "unavailable"),
    serves_a_page=(page, "transport.html-answer", "untrusted"),
    is_a_portal=(portal, "transport.redirect", "untrusted"),
    says_404=(missing, "pipeline.unavailable", "unavailable"),
    says_503=(broken, "pipeline.unavailable", "unavailable"),
    never_ends=(endless, "transport.too-large", "malformed"),
)
def bad_release(place, how):
    fault, code, kind = how
    place.archive.publish(base_files(), hello("1.1"))
    with Mirror(place.archive.root, ("InRelease", fault)) as mirror:
        outcome = place.refuses(
            "resolve", IMAGE, code=code, kind=kind, names=("127.0.0.1",), ASHLAR_MIRROR=mirror.address, timeout=60, **HASTE)
        expect(outcome.seconds < 45, f"it took too long\n{outcome}")
    place.goes_on("1.1")


@every(
    "Packages.xz from a mirror that",
    hangs=(hang, "transport.timed-out", "unavailable"),
    serves_a_page=(page, "transport.html-answer", "untrusted"),
    serves_more=(longer, "pipeline.index-mismatch", "untrusted"),
    serves_other_bytes=(changed, "pipeline.index-mismatch", "untrusted"),
)
def bad_packages(place, how):
    fault, code, kind = how
    place.archive.publish(base_files(), hello("1.1"))
    with Mirror(place.archive.root, ("by-hash", fault)) as mirror:
        place.refuses("resolve", IMAGE, code=code, kind=kind, ASHLAR_MIRROR=mirror.address, timeout=60, **HASTE)
    place.goes_on("1.1")


@every(
    "a .deb from a mirror that",
    hangs=(hang, "transport.timed-out", "unavailable"),
    never_begins=(stump, "transport.interrupted", "unavailable"),
    serves_a_page=(page, "transport.html-answer", "untrusted"),
    is_a_portal=(portal, "transport.redirect", "untrusted"),
    serves_more=(longer, "transport.too-large", "malformed"),
    never_ends=(endless, "transport.too-large", "malformed"),
    serves_other_bytes=(changed, "fetch.digest-mismatch", "untrusted"),
    says_404=(missing, "fetch.gone", "not-found"),
    says_503=(broken, "fetch.not-a-package", "unavailable"),
)
def bad_package(place, how):
    fault, code, kind = how
    place.archive.publish(base_files(), big("1.1"))
    place.passes("resolve", IMAGE)
    with Mirror(place.archive.root, (".deb", fault)) as mirror:
        place.refuses("build", IMAGE, code=code, kind=kind, names=("hello",), ASHLAR_MIRROR=mirror.address, timeout=60, **HASTE)
    place.goes_on("1.1")


@case("a mirror that cuts off twice: the download goes on where it stopped")
def resumed(place):
    place.archive.publish(base_files(), big("1.1"))
    place.passes("resolve", IMAGE)
    with Mirror(place.archive.root, ("hello_1.1_amd64.deb", cut(2))) as mirror:
        place.passes("build", IMAGE, ASHLAR_MIRROR=mirror.address, **HASTE)
        ranges = [asked for path, asked in mirror.asked if "hello_1.1_amd64" in path]
    expect(len(ranges) == 3 and ranges[0] is None and all(ranges[1:]), f"expected one whole request and two for the rest, found {ranges}")
    expect(place.version() == "1.1", "the image was not published")
    place.check_sound()


@case("a proxy that is not there")
def no_proxy(place):
    place.archive.publish(base_files(), hello("1.1"))
    place.refuses(
        "resolve", IMAGE, code="transport.unreachable", kind="unavailable", names=("the proxy 127.0.0.1:9", "HTTP_PROXY"),
        ASHLAR_MIRROR="http://mirror.invalid", http_proxy="http://user:correct-horse@127.0.0.1:9", **HASTE)
    place.goes_on("1.1")


@case("a mirror that is not there")
def no_mirror(place):
    place.archive.publish(base_files(), hello("1.1"))
    place.refuses(
        "resolve", IMAGE, code="transport.unreachable", kind="unavailable", names=("127.0.0.1",), ASHLAR_MIRROR="http://127.0.0.1:9", **HASTE)
    place.refuses("resolve", IMAGE, code="transport.mirror", kind="usage", names=("ASHLAR_MIRROR",), ASHLAR_MIRROR="ftp://example.org")
    place.refuses("resolve", IMAGE, code="transport.setting", kind="usage", names=("ASHLAR_TIMEOUT_SECONDS", "soon"), ASHLAR_TIMEOUT_SECONDS="soon")
    place.goes_on("1.1")


@case("no network, and --offline")
def offline(place):
    place.archive.publish(base_files(), hello("1.1"))
    place.passes("resolve", IMAGE)
    place.refuses("build", IMAGE, "--offline", code="fetch.not-in-store", kind="unavailable", names=("hello", "1.1", "--offline"))
    place.passes("build", IMAGE)
    place.passes("build", IMAGE, "--offline", "--rebuild", ASHLAR_MIRROR="http://127.0.0.1:9")
    expect(place.version() == "1.1", "the image was not published")
    place.check_sound()


@every(
    "the password of a mirror is not shown when",
    InRelease_is_missing=("InRelease", missing, "pipeline.unavailable", "unavailable"),
    InRelease_is_a_page=("InRelease", page, "transport.html-answer", "untrusted"),
    a_package_is_missing=(".deb", missing, "fetch.gone", "not-found"),
    a_package_is_another=(".deb", changed, "fetch.digest-mismatch", "untrusted"),
    a_package_fails=(".deb", broken, "fetch.not-a-package", "unavailable"),
)
def no_password(place, how):
    part, fault, code, kind = how
    place.archive.publish(base_files(), hello("1.1"))
    place.passes("resolve", IMAGE)
    with Mirror(place.archive.root, (part, fault)) as mirror:
        address = mirror.address.replace("//", "//somebody:correct-horse@")
        # What is refused here is looked through for this password.
        place.refuses("build", IMAGE, code=code, kind=kind, names=("127.0.0.1",), ASHLAR_MIRROR=address, **HASTE)
    place.goes_on("1.1")


@every(
    "the password of a mirror stays out of lock, records, blobs and statements when it comes from",
    the_address=lambda place, mirror: {"ASHLAR_MIRROR": mirror.address.replace("//", "//somebody:correct-horse@")},
    auth_conf=lambda place, mirror: with_auth_conf(place, mirror),
)
def no_password_left(place, how):
    place.archive.publish(base_files(), hello("1.1"))
    with Mirror(place.archive.root, user="somebody:correct-horse") as mirror:
        place.refuses("resolve", IMAGE, code="pipeline.unavailable", kind="unavailable", names=("401",), ASHLAR_MIRROR=mirror.address)
        environment = how(place, mirror)
        said = [place.passes(*command, **environment) for command in (("resolve", IMAGE), ("build", IMAGE, "--timings"), ("show", IMAGE))]
    expect(place.version() == "1.1", "the image was not published")
    for outcome in said:
        expect("correct-horse" not in outcome.out + outcome.err, f"the password was said\n{outcome}")
    # Every way in which it might have been written: as it is, and encoded as in a header or inside a statement's envelope.
    header = base64.b64encode(b"somebody:correct-horse")
    searched = 0
    for root in ("catalog", ".ashlar"):
        for path, content in contents(place.path(root)):
            searched += 1
            for secret in (b"correct-horse", header):
                expect(secret not in content, f"the password of the mirror is in {path}")
    expect(searched > 30, f"expected to look through the whole store, found {searched} files")
    for statement in place.statements():
        expect("correct-horse" not in str(statement), f"the password of the mirror is in a statement of type {statement['predicateType']}")
    place.check_sound()


def with_auth_conf(place, mirror):
    """The same by a file in apt's form, which apt_auth.conf(5) describes."""
    place.write("auth.conf", f"machine {mirror.address} login somebody password correct-horse\n")
    os.chmod(place.path("auth.conf"), 0o600)
    return {"ASHLAR_MIRROR": mirror.address, "ASHLAR_AUTH_FILE": place.path("auth.conf")}


def contents(folder):
    """Every file below a folder with its bytes; of a compressed blob also what is in it."""
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            with open(path, "rb") as file:
                content = file.read()
            yield path, content
            if content.startswith(b"\x1f\x8b") and "/blobs/" in path:
                yield path, gzip.decompress(content)
