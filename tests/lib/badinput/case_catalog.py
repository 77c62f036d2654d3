# SPDX-License-Identifier: Apache-2.0
"""Recipes and locks with mistakes."""

import json
import os
import sqlite3
import time

from .cases import case, every
from .debs import base_files, hello, other
from .place import IMAGE, expect


@case("several mistakes in a recipe are told at once, with place and spelling")
def mistakes(place):
    good = place.read(place.RECIPE)
    place.write(place.RECIPE, good.replace("extends:", "extend:") + "entry-point: [/bin/x]\nplatforms: [linux/amd65]\n")
    outcome = place.refuses(
        "build", IMAGE, code="catalog.unknown-key", kind="malformed",
        names=("catalog/images/hello/1.yaml:2:1", "extends", "catalog/images/hello/1.yaml:7:1", "entrypoint", "1.yaml:8:13", "linux/amd64"))
    expect(outcome.err.count("error[") >= 3, f"expected three mistakes at once\n{outcome}")
    place.write(place.RECIPE, good)
    place.archive.publish(base_files(), hello("1.1"))
    place.goes_on("1.1")


@every(
    "a recipe that is",
    no_yaml=("stream: [\n", "catalog.not-yaml"),
    text_of_the_wrong_type=("stream: 1\n", "catalog.wrong-type"),
    bytes_that_are_no_text=("stream: \"\\x00\udcff\n", "catalog."),
)
def unreadable(place, how):
    text, code = how
    good = place.read(place.RECIPE)
    with open(place.path(place.RECIPE), "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)
    before = place.published()
    outcome = place.run("build", IMAGE)
    expect(outcome.code == 65 and f"error[{code}" in outcome.err and "1.yaml" in outcome.err, f"expected {code}\n{outcome}")
    place.check_untouched(before)
    place.write(place.RECIPE, good)
    place.archive.publish(base_files(), hello("1.1"))
    place.goes_on("1.1")


@case("the producer and the addresses of ashlar.yaml are in annotations and SBOMs; another producer gives another image")
def imprint(place):
    before = place.published()["list"][0]["digest"]
    settings = "producer: Example Bank\nurl: https://images.example/{image}\n"
    place.write("ashlar.yaml", settings)
    # Build tags never move: an image that says something else of its producer is another build.
    place.refuses("build", IMAGE, code="publish.build-tag-taken", kind="conflict", names=("hello:1.0-r1", "--bump"))
    place.passes("resolve", IMAGE, "--bump")
    place.passes("build", IMAGE)
    after = place.published()["list"][0]["digest"]
    expect(after != before, "the producer changed nothing")
    with open(place.path(".ashlar/blobs/sha256/" + after.removeprefix("sha256:")), encoding="utf-8") as file:
        annotations = json.load(file)["annotations"]
    expect(annotations["org.opencontainers.image.vendor"] == "Example Bank", f"the image names no vendor: {annotations}")
    expect(annotations["org.opencontainers.image.url"] == "https://images.example/hello", f"the image has no address: {annotations}")
    documents = [
        statement["predicate"] for statement in place.statements()
        if statement["subject"][0]["digest"]["sha256"] == after.removeprefix("sha256:")]
    spdx = next(document for document in documents if "spdxVersion" in document)
    expect("Organization: Example Bank" in spdx["creationInfo"]["creators"], f"the SBOM names no author: {spdx['creationInfo']}")
    suppliers = {package["name"]: package["supplier"] for package in spdx["packages"]}
    expect("NOASSERTION" not in suppliers.values(), f"something in the SBOM has no supplier: {suppliers}")
    cyclonedx = next(document for document in documents if document.get("bomFormat") == "CycloneDX")
    expect(cyclonedx["metadata"]["supplier"]["name"] == "Example Bank", f"the SBOM names no supplier: {cyclonedx['metadata']}")
    expect("unchanged" in place.passes("build", IMAGE).err, "the second build did something")
    place.write("ashlar.yaml", settings.replace("producer", "produser"))
    place.check_refusal(place.run("build", IMAGE), "command.bad-settings", "malformed", ("ashlar.yaml:1", "producer"))
    place.write("ashlar.yaml", settings)
    place.check_sound()


@case("profiles that extend each other")
def cycle(place):
    place.write("catalog/profiles/one.yaml", "extends: two\n")
    place.write("catalog/profiles/two.yaml", "extends: one\n")
    place.edit(place.RECIPE, "extends: small", "extends: one")
    place.refuses("build", IMAGE, code="catalog.cycle", kind="malformed", names=("one", "two", "profiles/"))
    place.edit(place.RECIPE, "extends: one", "extends: small")
    place.archive.publish(base_files(), hello("1.1"))
    place.goes_on("1.1")


@case("an image the catalog does not have")
def unknown_image(place):
    place.refuses("build", "helo:1", code="catalog.unknown-image", kind="not-found", names=("helo:1", "hello:1"))
    place.refuses("build", code="command.nothing-asked", kind="usage")


@case("a package the archive does not have")
def unknown_package(place):
    place.edit(place.RECIPE, "packages: [hello]", "packages: [hallo]")
    place.refuses("resolve", IMAGE, code="resolve.unknown-package", kind="not-found", names=("hallo", "hello"))
    place.edit(place.RECIPE, "packages: [hallo]", "packages: [hello]")
    place.archive.publish(base_files(), hello("1.1"))
    place.goes_on("1.1")


@case("several packages the archive does not have, and exclusions of nothing: each with its place, at once")
def unknown_packages(place):
    good = place.read(place.RECIPE)
    place.write(place.RECIPE, good.replace("packages: [hello]", "packages: [hello, hallo, basefiles]"))
    outcome = place.refuses(
        "resolve", IMAGE, code="resolve.unknown-package", kind="not-found",
        names=("1.yaml:6:21: expected", "hallo", "1.yaml:6:28: expected", "basefiles"))
    expect(outcome.err.count("error[") == 2, f"expected each mistake once\n{outcome}")
    place.write(place.RECIPE, good + "  exclude:\n    - {package: one, reason: \"no\"}\n    - {package: two, reason: \"no\"}\n")
    outcome = place.refuses(
        "resolve", IMAGE, code="resolve.unused-exclusion", kind="conflict", names=("1.yaml:8:7: expected", "1.yaml:9:7: expected"))
    place.write(place.RECIPE, good)
    place.archive.publish(base_files(), hello("1.1"))
    place.goes_on("1.1")


@case("a moving tag that is the build tag: refused before anything is fetched")
def tag_taken(place):
    place.archive.publish(base_files(), hello("1.1"))
    place.passes("resolve", IMAGE)
    place.edit(place.RECIPE, '"{version}"]', '"{version}-r1"]')
    blobs = sorted(os.listdir(place.path(".ashlar/blobs/sha256")))
    place.refuses("build", IMAGE, code="publish.immutable-tag", kind="conflict", names=("hello:1.1-r1",))
    expect(sorted(os.listdir(place.path(".ashlar/blobs/sha256"))) == blobs, "something was fetched or made")
    place.edit(place.RECIPE, '"{version}-r1"]', '"{version}"]')
    place.goes_on("1.1")


@case("no lock")
def no_lock(place):
    os.unlink(place.path(place.LOCK))
    place.refuses("build", IMAGE, code="pipeline.lock-missing", kind="usage", names=(IMAGE, "ashlar resolve"))
    place.goes_on("1.0")


@case("a stale lock: the recipe asks for more than was locked")
def stale_lock(place):
    place.archive.publish(base_files(), hello("1.1"), other())
    place.edit(place.RECIPE, "packages: [hello]", "packages: [hello, other]")
    place.refuses("build", IMAGE, code="pipeline.lock-stale", kind="policy", names=(IMAGE, "ashlar resolve"))
    place.refuses("resolve", IMAGE, "--check", code="command.locks-stale", kind="policy", names=(IMAGE,))
    place.goes_on("1.1")


@every(
    "an edited lock",
    another_digest=lambda package: package.update(sha256="ab" * 32),
    another_version=lambda package: package.update(version="6.6"),
    another_package=lambda package: package.update(name="ghost"),
    another_size=lambda package: package.update(size=package["size"] + 1),
    another_archive=lambda package: package.update(archive="trixie-security"),
    another_source=lambda package: package.update(source="hallo"),
)
def edited(place, change):
    place.edit_lock(change)
    place.refuses("build", IMAGE, code="pipeline.not-vouched", kind="untrusted", names=(IMAGE, "linux/arm64", "ashlar resolve"))
    place.goes_on("1.0")


@every(
    "resolve --check tells what is wrong with a lock that was edited:",
    size=(lambda place: place.edit_lock(lambda package: package.update(size=1)), "hello 1.0: the same file with another size"),
    source=(lambda place: place.edit_lock(lambda package: package.update(source="hallo")), "hello 1.0: the same file with another source"),
    dependencies=(lambda place: place.edit_lock(lambda package: package.update(dependsOn=[])), "hello 1.0: the same file with another dependsOn"),
    other_bytes=(lambda place: place.write(place.LOCK, place.read(place.LOCK).rstrip()), "in another way"),
    another_recipe=(lambda place: place.edit(place.RECIPE, "packages: [hello]", "packages: [hello, base-files]"), "its recipe changed"),
)
def told(place, how):
    change, words = how
    change(place)
    outcome = place.refuses("resolve", IMAGE, "--check", code="command.locks-stale", kind="policy", names=(IMAGE, words))
    expect("its recipe changed" not in outcome.out or "recipe" in words, f"something false is told\n{outcome}")
    place.passes("resolve", IMAGE)
    place.passes("resolve", IMAGE, "--check")


@every(
    "a lock that does not follow from its packages:",
    no_dependencies=lambda package: package.update(dependsOn=[]),
    another_reason=lambda package: package.update(neededBy=["base-files"]),
    another_layer=lambda package: package.update(layer="profile:small"),
)
def contradictory(place, change):
    place.edit_lock(change)
    place.refuses("build", IMAGE, code="pipeline.lock-stale", kind="policy", names=(IMAGE, "linux/arm64: hello 1.0", "ashlar resolve"))
    place.goes_on("1.0")


@case("a lock whose packages left the archive long ago: refused with its age, accepted with --allow-stale lock=")
def old_lock(place):
    place.archive.publish(base_files(), hello("1.1"))
    database = sqlite3.connect(place.path(".ashlar/records.sqlite"))
    with database:
        for key, value in list(database.execute("SELECT key, value FROM metadata WHERE key LIKE 'vouched/%'")):
            vouching = json.loads(value)
            vouching["at"] = {"seconds": int(time.time()) - 40 * 86400} if isinstance(vouching["at"], dict) else time.strftime(
                "%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 40 * 86400))
            database.execute("UPDATE metadata SET value = ? WHERE key = ?", (json.dumps(vouching, separators=(",", ":")), key))
    database.close()
    place.refuses(
        "build", IMAGE, "--rebuild", code="pipeline.lock-too-old", kind="untrusted",
        names=("hello 1.0", "40 days ago", "at most 30", "--allow-stale lock=REASON"))
    place.passes("build", IMAGE, "--rebuild", "--allow-stale", "lock=frozen for the audit")
    place.goes_on("1.1")


@every(
    "a lock with",
    a_path_that_climbs=lambda package: package.update(path="../../../../etc/passwd"),
    an_absolute_path=lambda package: package.update(path="/etc/passwd"),
)
def climbing(place, change):
    place.edit_lock(change)
    place.refuses("build", IMAGE, code="resolve.bad-lock", kind="malformed", names=("hello", "path"))
    place.goes_on("1.0")


@every(
    "a lock that is",
    no_JSON=lambda text: text[:100],
    of_another_image=lambda text: json.dumps({**json.loads(text), "image": "python"}),
    of_another_format=lambda text: json.dumps({**json.loads(text), "format": "ashlar/lock/v9"}),
)
def foreign(place, change):
    place.write(place.LOCK, change(place.read(place.LOCK)))
    place.refuses("build", IMAGE, code="catalog.contradiction", kind="malformed", names=("1.lock.json",))
    os.unlink(place.path(place.LOCK))
    place.goes_on("1.0")
