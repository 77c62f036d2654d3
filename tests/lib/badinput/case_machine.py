# SPDX-License-Identifier: Apache-2.0
"""Full disks, killed processes, two at once, keys."""

import ctypes
import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time

from .cases import Skip, case, every
from .debs import Entry, base_files, hello
from .mirror import Mirror, drip
from .place import IMAGE, expect


def mount(*arguments):
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Skip(f"mount {' '.join(arguments)}: {done.stderr.strip()}")


def resize(disk, size):
    """Gives a tmpfs another size. mount(8) would repeat the owner's number of the outer namespace, which means nothing in this one."""
    library = ctypes.CDLL(None, use_errno=True)
    remount = 32
    if library.mount(b"tmpfs", os.fsencode(disk), b"tmpfs", remount, f"size={size}".encode()) != 0:
        raise Skip(f"a tmpfs of another size: {os.strerror(ctypes.get_errno())}")


def unmount(path):
    subprocess.run(["umount", "-l", path], capture_output=True, check=False)


@case("a disk that fills up, at one size after another")
def full_disk(place):
    # Everything new is noise of 300 kB for each platform: packages, then layers, cache and records.
    place.archive.publish(base_files(), hello("1.1", lambda platform: Entry("usr/share/hello/noise", os.urandom(300_000))))
    place.passes("resolve", IMAGE)
    store, disk = place.path(".ashlar"), place.path("disk")
    used = sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(store) for name in names)
    os.mkdir(disk)
    mount("-t", "tmpfs", "-o", f"size={used + 600_000}", "tmpfs", disk)
    try:
        for name in os.listdir(store):
            (shutil.copytree if os.path.isdir(f"{store}/{name}") else shutil.copy2)(f"{store}/{name}", f"{disk}/{name}")
        os.rename(store, place.path("saved"))
        os.symlink("disk", store)
        before = place.published()
        refusals = 0
        for room in range(0, 6_000_000, 400_000):
            resize(disk, used + 600_000 + room)
            outcome = place.run("build", IMAGE)
            if outcome.code == 0:
                break
            refusals += 1
            expect(outcome.code == 69 and "error[" in outcome.err and "internal" not in outcome.err, f"expected exit code 69\n{outcome}")
            expect("room" in outcome.err or "space" in outcome.err or "full" in outcome.err, f"expected to be told of the space\n{outcome}")
            place.check_untouched(before)
        expect(refusals >= 2, f"expected several refusals before there was enough room, found {refusals}")
        resize(disk, used + 16_000_000)
        place.goes_on("1.1")
    finally:
        unmount(disk)


@case("a store that cannot be written: refused; it can still be listed and verified")
def read_only(place):
    place.archive.publish(base_files(), hello("1.1"))
    place.passes("resolve", IMAGE)
    store = place.path(".ashlar")
    mount("--bind", store, store)
    try:
        mount("-o", "remount,ro,bind", store)
        outcome = place.run("build", IMAGE)
        expect(outcome.code == 69 and "error[" in outcome.err and ".ashlar" in outcome.err, f"expected exit code 69\n{outcome}")
        outcome = place.run("resolve", IMAGE)
        expect(outcome.code == 69 and "error[" in outcome.err and ".ashlar" in outcome.err, f"expected exit code 69\n{outcome}")
        expect(place.version() == "1.0", "the published version changed")
        place.passes("verify", IMAGE)
    finally:
        unmount(store)
    place.goes_on("1.1")


@case("killed while it fetches: the next run goes on where it stopped")
def killed_fetching(place):
    place.archive.publish(base_files(), hello("1.1", Entry("usr/share/hello/noise", os.urandom(200_000))))
    place.passes("resolve", IMAGE)
    before = place.published()
    with Mirror(place.archive.root, ("hello_1.1_amd64.deb", drip)) as mirror:
        process = place.start("build", IMAGE, ASHLAR_MIRROR=mirror.address)
        expect(mirror.reached.wait(60), "the package was never asked for")
        time.sleep(0.5)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    place.check_untouched(before)
    with Mirror(place.archive.root) as mirror:
        place.passes("build", IMAGE, ASHLAR_MIRROR=mirror.address)
        ranges = [asked for path, asked in mirror.asked if "hello_1.1_amd64" in path]
    expect(len(ranges) == 1 and ranges[0], f"expected one request for the rest of the package, found {ranges}")
    expect(place.version() == "1.1", "the next run did not publish")
    place.check_sound()


@case("killed at random instants of assembling and publishing")
def killed_anywhere(place):
    seed = int.from_bytes(os.urandom(4), "big")
    chance = random.Random(seed)
    duration = 3.0
    for round_ in range(4):
        version = f"1.{round_ + 1}"
        place.archive.publish(base_files(), hello(version, Entry("usr/share/hello/noise", os.urandom(50_000))))
        place.passes("resolve", IMAGE)
        before = place.published()
        for attempt in range(2):
            process = place.start("build", IMAGE, "--rebuild")
            delay = chance.uniform(0.05, 1.1) * duration
            time.sleep(delay)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            try:
                # A release is there as a whole or not at all.
                if place.version() != version:
                    place.check_untouched(before)
                else:
                    place.check_sound()
                    before = place.published()
            except AssertionError as wrong:
                raise AssertionError(f"seed {seed}, round {round_}.{attempt}, killed after {delay:.2f} s: {wrong}") from None
        duration = place.passes("build", IMAGE, "--rebuild").seconds
        expect(place.version() == version, f"seed {seed}: the next run did not publish {version}")
    place.check_sound()


@case("two builds of one store at once")
def two_builds(place):
    place.archive.publish(base_files(), hello("1.1", Entry("usr/share/hello/noise", os.urandom(200_000))))
    place.passes("resolve", IMAGE)
    started = time.monotonic()
    both = [place.start("build", IMAGE, "--rebuild") for _ in range(2)]
    outcomes = [place.finish(process, ("build", IMAGE), started) for process in both]
    for outcome in outcomes:
        expect(outcome.code == 0, f"expected both builds to end well\n{outcomes[0]}\n{outcomes[1]}")
    expect(place.version() == "1.1", "the image was not published")
    place.check_sound()


@case("two resolves and a build of one store at once")
def several_at_once(place):
    place.archive.publish(base_files(), hello("1.1", Entry("usr/share/hello/noise", os.urandom(200_000))))
    started = time.monotonic()
    commands = [("resolve", IMAGE), ("resolve", IMAGE), ("build", IMAGE, "--rebuild")]
    with Mirror(place.archive.root) as mirror:
        running = [place.start(*command, ASHLAR_MIRROR=mirror.address) for command in commands]
        outcomes = [place.finish(process, command, started) for process, command in zip(running, commands)]
    for outcome in outcomes:
        expect(outcome.code == 0, f"expected all to end well\n{outcome}")
    place.goes_on("1.1")


@every(
    "records that are",
    of_a_newer_version=("PRAGMA user_version = 99", "records.newer-schema", "conflict"),
    of_another_program=("PRAGMA application_id = 7", "records.foreign", "malformed"),
    no_database=(None, "records.foreign", "malformed"),
)
def foreign_records(place, how):
    statement, code, kind = how
    records = place.path(".ashlar/records.sqlite")
    before = place.published()
    saved = {name: open(place.path(".ashlar/" + name), "rb").read() for name in os.listdir(place.path(".ashlar")) if name.startswith("records.")}
    if statement:
        database = sqlite3.connect(records, isolation_level=None)
        database.execute(statement)
        database.close()
    else:
        for name in saved:
            os.unlink(place.path(".ashlar/" + name))
        with open(records, "wb") as file:
            file.write(b"not a database, but long enough to be looked at " * 100)
    for command in (("build", IMAGE), ("list",), ("verify", IMAGE)):
        place.check_refusal(place.run(*command), code, kind, ("records.sqlite",))
    for name in os.listdir(place.path(".ashlar")):
        if name.startswith("records."):
            os.unlink(place.path(".ashlar/" + name))
    for name, content in saved.items():
        with open(place.path(".ashlar/" + name), "wb") as file:
            file.write(content)
    place.check_untouched(before)
    place.archive.publish(base_files(), hello("1.1"))
    place.goes_on("1.1")


@case("a cache that was tampered with")
def damaged_cache(place):
    for folder, _, names in os.walk(place.path(".ashlar/cache")):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                content = bytearray(file.read())
            content[len(content) // 3] ^= 1
            with open(path, "wb") as file:
                file.write(content)
    before = place.published()["list"]
    place.passes("build", IMAGE, "--rebuild")
    expect(place.published()["list"] == before, "the image changed with the cache")
    place.check_sound()


@case("a private key that others may read")
def open_key(place):
    place.archive.publish(base_files(), hello("1.1"))
    place.passes("resolve", IMAGE)
    key = place.path(".ashlar-keys/cosign.key")
    os.chmod(key, 0o644)
    place.refuses("build", IMAGE, code="command.key-exposed", kind="policy", names=("cosign.key", "chmod 600"))
    os.chmod(key, 0o600)
    place.goes_on("1.1")


@every(
    "an encrypted key with",
    a_wrong_passphrase=({"ASHLAR_KEY_PASSPHRASE": "wrong horse battery"}, "attest.wrong-passphrase"),
    no_passphrase=({}, "attest.passphrase-needed"),
)
def passphrase(place, how):
    environment, code = how
    secret = {"ASHLAR_KEYS": "locked-keys", "ASHLAR_KEY_PASSPHRASE": "correct horse battery staple"}
    place.passes("keys", "generate", **secret)
    place.archive.publish(base_files(), hello("1.1"))
    place.passes("resolve", IMAGE)
    place.refuses("build", IMAGE, code=code, kind="usage", names=("passphrase",), ASHLAR_KEYS="locked-keys", **environment)
    place.goes_on("1.1")


@case("no key, and a key that is none")
def no_key(place):
    place.archive.publish(base_files(), hello("1.1"))
    place.passes("resolve", IMAGE)
    place.refuses("build", IMAGE, "--keys", "elsewhere", code="command.key-missing", kind="not-found", names=("elsewhere/cosign.key", "keys generate"))
    place.write("broken/cosign.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    os.chmod(place.path("broken/cosign.key"), 0o600)
    outcome = place.run("build", IMAGE, "--keys", "broken")
    expect("error[attest.key]" in outcome.err and outcome.code == 65, f"expected attest.key\n{outcome}")
    place.goes_on("1.1")


def blob_of(place, content):
    digest = hashlib.sha256(content).hexdigest()
    return place.path(".ashlar/blobs/sha256/" + digest)


def spoil(path):
    """Changes one byte in the middle of a file, as a failing disk would."""
    os.chmod(path, 0o644)
    with open(path, "r+b") as file:
        file.seek(os.path.getsize(path) // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))


@case("blobs that the disk changed: fetched and made again, not believed")
def damaged_blobs(place):
    before = place.published()
    debs = [blob_of(place, package.deb("amd64")) for package in (base_files(), hello("1.0"))]
    for path in debs:
        spoil(path)
    shutil.rmtree(place.path(".ashlar/cache"))
    outcome = place.run("build", IMAGE, "--rebuild", "--offline")
    place.check_refusal(outcome, "fetch.not-in-store", "unavailable", ("--offline",))
    place.passes("build", IMAGE, "--rebuild")
    for path in debs:
        with open(path, "rb") as file:
            expect(hashlib.sha256(file.read()).hexdigest() == os.path.basename(path), f"{path} is still damaged")
    place.check_untouched(before)


@case("a layer that the disk changed is made again")
def damaged_layer(place):
    before = place.published()
    index = json.loads(place.passes("list", "--format", "json").out)[0]["digest"]
    read = lambda digest: json.load(open(place.path(".ashlar/blobs/sha256/" + digest.removeprefix("sha256:"))))
    manifest = read(read(index)["manifests"][0]["digest"])
    for layer in manifest["layers"]:
        spoil(place.path(".ashlar/blobs/sha256/" + layer["digest"].removeprefix("sha256:")))
    place.passes("build", IMAGE, "--rebuild", "--offline")
    place.check_untouched(before)


@case("an index of packages that the disk changed is fetched again")
def damaged_index(place):
    spoil(blob_of(place, place.archive.read("debian/dists/trixie/main/binary-amd64/Packages.xz")))
    shutil.rmtree(place.path(".ashlar/cache/index"))
    outcome = place.run("resolve", IMAGE, "--check", "--offline")
    place.check_refusal(outcome, "pipeline.unavailable", "unavailable", ("Packages.xz", "--offline"))
    place.passes("resolve", IMAGE, "--check")


@case("what killed runs left behind is swept by the next one, when it is old")
def leftovers(place):
    day = 86400
    kinds = {
        "tmp/ashlar-root-scratch-abcdef": 2 * 3600, "tmp/ashlar-gpgv-scratch-abcdef": 60, "tmp/ashlar-notes-abcdef": 2 * 3600,
        ".ashlar/partial/old.part": 8 * day, ".ashlar/partial/new.part": day, ".ashlar/cache/fragment/1-2-3.new": 2 * 3600,
        ".ashlar/blobs/incoming/1-2-3": 2 * 3600,
    }
    for name, age in kinds.items():
        path = place.path(name)
        if name.startswith("tmp/"):
            os.makedirs(path + "/root")
        else:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(b"x")
        moment = time.time() - age
        os.utime(path, (moment, moment))
    place.passes("build", IMAGE, "--rebuild", "--offline")
    left = [name for name in kinds if os.path.exists(place.path(name))]
    expect(left == ["tmp/ashlar-gpgv-scratch-abcdef", "tmp/ashlar-notes-abcdef", ".ashlar/partial/new.part"], f"left behind: {left}")
    place.check_sound()


# A machine on which no way of confinement works: both programs for it are nothing that can be run.
BARE = (
    "unshare", "--mount", "sh", "-c",
    "for name in crun bwrap; do [ ! -e /usr/bin/$name ] || mount --bind /dev/null /usr/bin/$name || exit 9; done; exec \"$@\"", "sh")


@case("no sandbox: refused; published with --allow-missing-limits, and every test is said not to have run")
def no_sandbox(place):
    if subprocess.run([*BARE, "true"], capture_output=True, check=False).returncode != 0:
        raise Skip("nothing can be mounted here")
    place.write(place.RECIPE, place.read(place.RECIPE) + "contract:\n  - {name: greets, run: [/bin/hello], expect: {exit: 0}}\n")
    place.archive.publish(base_files(), hello("1.1"))
    place.passes("resolve", IMAGE)
    place.refuses("build", IMAGE, code="sandbox.unavailable", kind="unavailable", names=("apt-get install crun",), prefix=BARE)
    outcome = place.passes("build", IMAGE, "--allow-missing-limits", prefix=BARE)
    expect("no contract test is run" in outcome.err, f"nothing was said of the missing sandbox\n{outcome}")
    listed = place.published()["list"][0]
    expect(listed["version"] == "1.1" and listed["platforms"][0]["contract"] == {"failed": 0, "notRun": 1, "passed": 0}, f"found {listed}")
    results = [str(s["predicate"]) for s in place.statements() if "test-result" in s["predicateType"]]
    expect(any("greets: not run, no sandbox works on this machine" in text for text in results), "the signed result does not say so")
    missing = place.run("doctor", prefix=BARE)
    expect(missing.code == 69 and "MISSING  sandbox: no contract test can be run" in missing.out, f"the doctor is silent\n{missing}")
    place.check_sound()
