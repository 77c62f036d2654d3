# SPDX-License-Identifier: Apache-2.0
"""Packages: not the file that was signed for, or signed for and hostile all the same."""

import os
import re
import sys
import tarfile

from .cases import case, every
from .debs import Entry, Package, base_files, bomb, hello, library, link, other
from .place import IMAGE, expect

MEASURED = (
    sys.executable, "-c",
    "import resource, subprocess, sys\n"
    "code = subprocess.call(sys.argv[1:])\n"
    "print('peak', resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)\n"
    "sys.exit(code)\n")


def locked(place, *packages):
    """Publishes the packages in the archive and locks them."""
    place.archive.publish(base_files(), *packages)
    place.passes("resolve", IMAGE)


def good_again(place):
    place.archive.publish(base_files(), hello("1.2"))
    place.goes_on("1.2")


@every(
    "a .deb refused",
    other_bytes=(lambda deb: bytes([deb[0]]) + bytes(byte ^ 1 for byte in deb[1:]), "fetch.digest-mismatch", "untrusted"),
    cut_off=(lambda deb: deb[:-100], "fetch.digest-mismatch", "untrusted"),
    empty=(lambda deb: b"", "fetch.digest-mismatch", "untrusted"),
    oversized=(lambda deb: deb + bytes(100), "transport.too-large", "malformed"),
)
def spoilt(place, how):
    change, code, kind = how
    package = hello("1.1")
    locked(place, package)
    path = "debian/" + place.archive.pool(package)
    good = place.archive.read(path)
    place.archive.write(path, change(good))
    place.refuses("build", IMAGE, code=code, kind=kind, names=("hello 1.1", path))
    place.archive.write(path, good)
    place.goes_on("1.1")


@case("a .deb that has left the archive")
def gone(place):
    package = hello("1.1")
    locked(place, package)
    os.unlink(place.archive.path("debian/" + place.archive.pool(package)))
    place.refuses("build", IMAGE, code="fetch.gone", kind="not-found", names=("hello", "1.1"))
    good_again(place)


@case("a lock that was vouched for, and its .deb has left since: resolved again with --resolve-gone")
def gone_later(place):
    package = hello("1.1")
    locked(place, package)
    os.unlink(place.archive.path("debian/" + place.archive.pool(package)))
    place.refuses("build", IMAGE, code="fetch.gone", kind="not-found", names=("hello", "1.1"))
    place.archive.publish(base_files(), hello("1.2"))
    place.refuses("build", IMAGE, code="fetch.gone", kind="not-found", names=("hello", "1.1"))
    outcome = place.passes("build", IMAGE, "--resolve-gone")
    expect("hello 1.1 -> 1.2" in outcome.err, f"expected the difference to be shown\n{outcome}")
    expect(place.version() == "1.2", "the image was not published")
    place.passes("resolve", IMAGE, "--check")
    place.check_sound()


@every(
    "a signed .deb with",
    a_path_with_dots=(Entry("./usr/share/../../../etc/evil", b"x"), "evil"),
    a_path_that_is_only_dots=(Entry("../evil", b"x"), "evil"),
    an_absolute_path=(Entry("/etc/evil", b"x"), "/etc/evil"),
    a_file_through_its_own_link=((link("usr/share/hello/out", "/etc"), Entry("usr/share/hello/out/evil", b"x")), "usr/share/hello/out/evil"),
    a_file_through_a_climbing_link=((link("usr/share/hello/up", "../../../.."), Entry("usr/share/hello/up/evil", b"x")), "evil"),
    a_hard_link_out=(Entry("usr/share/hello/shadow", "../../../etc/shadow", tarfile.LNKTYPE), "shadow"),
    a_hard_link_to_nothing=(Entry("usr/share/hello/shadow", "./etc/shadow", tarfile.LNKTYPE), "shadow"),
    a_whiteout=(Entry("usr/share/hello/.wh.greeting", b""), ".wh.greeting"),
    an_owner_that_nobody_is=(Entry("usr/share/hello/owned", b"x", uid=0xFFFFFFFF), "usr/share/hello/owned"),
    an_owner_beyond_the_header=(Entry("usr/share/hello/owned", b"x", uid=1 << 40), "usr/share/hello/owned"),
    a_forged_package_record=(Entry("var/lib/dpkg/status.d/openssl", b"Package: openssl\n"), "status.d/openssl"),
)
def unsafe_path(place, how):
    entries, name = how
    locked(place, hello("1.1", *(entries if isinstance(entries, tuple) else (entries,))))
    place.refuses("build", IMAGE, code="assemble.unsafe-path", kind="untrusted", names=("hello", name))
    good_again(place)


@case("a file through a link of another package")
def foreign_link(place):
    place.edit(place.RECIPE, "packages: [hello]", "packages: [hello, other]")
    locked(place, hello("1.1", link("usr/share/data", "/etc")), other(Entry("usr/share/data/passwd", b"x")))
    place.refuses("build", IMAGE, code="assemble.unsafe-path", kind="untrusted", names=("other", "usr/share/data/passwd"))
    place.archive.publish(base_files(), hello("1.2"), other())
    place.goes_on("1.2")


@every(
    "a signed .deb with",
    a_device=(tarfile.CHRTYPE, "character device"),
    a_disk=(tarfile.BLKTYPE, "block device"),
    a_fifo=(tarfile.FIFOTYPE, "named pipe"),
)
def special(place, how):
    kind, name = how
    locked(place, hello("1.1", Entry("dev/thing", kind=kind)))
    place.refuses("build", IMAGE, code="assemble.special-file", kind="untrusted", names=("hello", "dev/thing", name))
    good_again(place)


@case("a device below a path that the recipe drops")
def dropped_device(place):
    locked(place, hello("1.1", Entry("usr/share/man/thing", kind=tarfile.CHRTYPE)))
    place.passes("build", IMAGE)
    expect(place.version() == "1.1", "the package was not published")
    place.check_sound()


@every(
    "a decompression bomb",
    that_states_its_size=lambda packed: packed,
    that_is_cut_off=lambda packed: packed[:-64],
)
def exploding(place, change):
    locked(place, Package("hello", "1.1", [], depends="base-files", data=change(bomb(400))))
    before = place.published()
    outcome = place.run("build", IMAGE, prefix=MEASURED)
    place.check_refusal(outcome, "assemble.malformed-package", "malformed", ("hello 1.1",))
    place.check_untouched(before)
    peak = int(re.search(r"^peak (\d+)$", outcome.err, re.MULTILINE).group(1)) >> 10
    expect(peak < 300, f"it took {peak} MiB of memory\n{outcome}")
    good_again(place)


@every(
    "signed, but the .deb is",
    no_archive=b"this is no .deb",
    cut_data=None,
)
def nonsense(place, content):
    package = hello("1.1")
    whole = package.deb

    def deb(platform):
        return content or whole(platform)[:-200]

    package.deb = deb
    locked(place, package)
    place.refuses("build", IMAGE, code="assemble.malformed-package", kind="malformed", names=("hello 1.1",))
    good_again(place)


@case("one path in two packages: refused, allowed with Replaces")
def duplicate(place):
    place.edit(place.RECIPE, "packages: [hello]", "packages: [hello, other]")
    rival = Entry("usr/share/hello/greeting", b"other\n")
    locked(place, hello("1.1"), other(rival))
    place.refuses("build", IMAGE, code="assemble.duplicate-path", kind="conflict", names=("hello", "other", "usr/share/hello/greeting"))
    place.archive.publish(base_files(), hello("1.2"), other(rival, replaces="hello (<< 2)"))
    place.goes_on("1.2")


@case("one path twice in one package")
def twice(place):
    locked(place, hello("1.1", Entry("usr/share/hello/greeting", b"again\n")))
    outcome = place.run("build", IMAGE)
    expect(outcome.code in (65, 73) and "greeting" in outcome.err and "hello" in outcome.err, f"expected a refusal\n{outcome}")
    place.check_sound()
    good_again(place)


@case("a maintainer script nobody has read: shown, accepted once it is classified")
def unread_script(place):
    script = "#!/bin/sh\nset -e\nuseradd --system hello-daemon\n"
    package = hello("1.1", scripts={"postinst": script, "prerm": "#!/bin/sh\nexit 0\n"})
    locked(place, package)
    outcome = place.refuses(
        "build", IMAGE, code="assemble.unclassified-script", kind="policy",
        names=("postinst", "hello", "useradd --system hello-daemon", "scripts.yaml"))
    digest = re.search(r"sha256: ([0-9a-f]{64})", outcome.err).group(1)
    table = place.read("catalog/scripts.yaml")
    entry = f"scripts:\n  - {{sha256: {digest}, script: postinst, packages: [hello], ignore: \"the account is not needed\"}}\n"
    place.write("catalog/scripts.yaml", table + entry)
    place.goes_on("1.1")


@case("a trigger nobody has read")
def unread_trigger(place):
    locked(place, hello("1.1", scripts={"triggers": "interest-noawait /usr/share/thing\n"}))
    place.refuses("build", IMAGE, code="assemble.unclassified-trigger", kind="policy", names=("hello", "/usr/share/thing"))
    good_again(place)


@case("a library that needs one which is not in the image")
def open_closure(place):
    triplet = {"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}

    def needy(platform):
        return Entry(f"usr/lib/{triplet[platform]}/libhello.so.1", library(platform, "libmissing.so.7"))

    locked(place, hello("1.1", needy))
    place.refuses(
        "build", IMAGE, code="pipeline.gate-refused", kind="policy",
        names=("elf-closure", "libhello.so.1", "libmissing.so.7", "linux/arm64"))

    def provider(platform):
        return Entry(f"usr/lib/{triplet[platform]}/libmissing.so.7", library(platform, "libhello.so.1"))

    place.archive.publish(base_files(), hello("1.2", needy, provider))
    place.goes_on("1.2")


@case("a setuid program, and a package without its licence")
def unhardened(place):
    locked(place, hello("1.1", Entry("usr/bin/hello", b"data", mode=0o4755)))
    place.refuses("build", IMAGE, code="pipeline.gate-refused", kind="policy", names=("no-setuid", "usr/bin/hello"))
    bare = Package("hello", "1.2", [Entry("usr/share/hello/greeting", b"x")], depends="base-files")
    locked(place, bare)
    place.refuses("build", IMAGE, code="pipeline.gate-refused", kind="policy", names=("licences-kept", "usr/share/doc/hello/copyright"))
    place.archive.publish(base_files(), hello("1.3"))
    place.goes_on("1.3")

