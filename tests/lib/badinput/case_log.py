# SPDX-License-Identifier: Apache-2.0
"""The transparency log: changed, set back, split in two, killed."""

import json
import os
import random
import shutil
import signal
import subprocess
import time

from .cases import case
from .debs import base_files, hello
from .place import IMAGE, expect

LOG = ".ashlar/log"


def files(place, folder=LOG):
    root = place.path(folder)
    return sorted(
        os.path.relpath(os.path.join(at, name), root) for at, _, names in os.walk(root) for name in names if name not in ("lock", "pending"))


def covering(place):
    """The files that the log consists of now: a partial tile that a wider one took the place of is read by nobody any more."""
    widest = {}
    for name in files(place):
        stem, _, width = name.rpartition(".p/")
        if stem and int(width) > widest.get(stem, 0):
            widest[stem] = int(width)
    return [name for name in files(place) if ".p/" not in name or int(name.rpartition("/")[2]) == widest[name.rpartition(".p/")[0]]]


@case("the log holds every signature, and says so")
def whole(place):
    place.passes("log", "verify")
    audit = place.passes("log", "audit")
    expect("1 releases" in audit.out, f"expected one release\n{audit}")
    place.archive.publish(base_files(), hello("1.1"))
    place.goes_on("1.1")
    audit = place.passes("log", "audit", "--format", "json")
    expect('"good": true' in audit.out and '"releases": 2' in audit.out, f"expected two good releases\n{audit}")
    shown = place.passes("log", "show", "0", "--proof", "0.tlog-proof")
    expect("it holds" in shown.out and place.read("0.tlog-proof").startswith("c2sp.org/tlog-proof@v1\nindex 0\n"), f"no proof\n{shown}")


@case("one changed byte in any file that the log consists of: found, and nothing is published after it")
def changed(place):
    place.archive.publish(base_files(), hello("1.1"))
    place.passes("resolve", IMAGE)
    generator = random.Random(3)
    for name in covering(place):
        path = place.path(f"{LOG}/{name}")
        with open(path, "rb") as file:
            good = file.read()
        at = generator.randrange(len(good))
        with open(path, "wb") as file:
            file.write(good[:at] + bytes([good[at] ^ 1 << generator.randrange(8)]) + good[at + 1:])
        verified = place.run("log", "verify")
        expect(verified.code in (65, 76) and "\n  fix  " in verified.err, f"{name}, byte {at}: expected a refusal\n{verified}")
        before = place.published()
        built = place.run("build", IMAGE)
        expect(built.code in (65, 76), f"{name}, byte {at}: expected the build to be refused\n{built}")
        place.check_untouched(before)
        with open(path, "wb") as file:
            file.write(good)
    place.passes("log", "verify")
    place.goes_on("1.1")
    place.passes("log", "audit")


@case("a log that was set back to an older checkpoint is not continued")
def set_back(place):
    old = place.read(f"{LOG}/checkpoint")
    place.archive.publish(base_files(), hello("1.1"))
    place.goes_on("1.1")
    new = place.read(f"{LOG}/checkpoint")
    place.write(f"{LOG}/checkpoint", old)
    place.archive.publish(base_files(), hello("1.2"))
    place.passes("resolve", IMAGE)
    before = place.published()
    outcome = place.run("build", IMAGE)
    expect(outcome.code == 76 and ("error[ledger.beyond-checkpoint]" in outcome.err or "error[ledger.rolled-back]" in outcome.err), f"expected a refusal\n{outcome}")
    place.check_untouched(before)
    place.write(f"{LOG}/checkpoint", new)
    place.goes_on("1.2")
    place.passes("log", "audit")


@case("a release whose signatures are not in the log is told by the audit")
def unlogged(place):
    shutil.rmtree(place.path(LOG))
    place.passes("log", "measure", LOG, "--with-keys", "--entries", "3", "--batch", "3")
    audit = place.run("log", "audit")
    expect(audit.code == 76 and "is not in the log" in audit.err and "not a signature's entry" in audit.err, f"expected faults\n{audit}")


@case("a second history is told by the monitor, and both checkpoints are kept")
def fork(place):
    place.passes("log", "monitor", "--once", "--state", "seen")
    place.archive.publish(base_files(), hello("1.1"))
    place.goes_on("1.1")
    seen = place.passes("log", "monitor", "--once", "--state", "seen")
    expect("signature good" in seen.out, f"expected the new entries\n{seen}")
    kept = place.read("seen")
    place.passes("log", "measure", "fork", "--with-keys", "--entries", "500", "--batch", "500")
    told = place.run("log", "monitor", "--once", "--state", "seen", "--log", "fork")
    expect(told.code == 76 and "error[ledger." in told.err and not told.out, f"expected the fork to be told\n{told}")
    expect(place.read("seen") == kept and place.read("seen.conflict") == place.read("fork/checkpoint"), "the checkpoints were not kept")


@case("a log is verified at its address as in its folder, and nothing beside it is served")
def served(place):
    process = place.start("serve", "--port", "0")
    try:
        line = process.stderr.readline().decode()
        address = json.loads(line)["address"].rstrip("/")
        expect(address.startswith("http://127.0.0.1:"), f"expected an address, found {line!r}")
        verified = place.passes("log", "verify", "--log", address + "/log", "--format", "json")
        expect('"good": true' in verified.out, f"expected it to verify\n{verified}")
        for name in ("lock", "pending", "../records.sqlite", "tile/..%2f..%2flock", "tile/0/001"):
            code = subprocess.run(
                ["curl", "--noproxy", "*", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--path-as-is", f"{address}/log/{name}"], capture_output=True,
                text=True, check=False).stdout
            expect(code in ("404", "400"), f"{name} was answered with {code}")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


@case("a process killed while it appends, again and again: the log verifies and goes on")
def killed(place):
    generator = random.Random(7)
    size = 0
    for _ in range(25):
        batch = generator.choice((1, 7, 100, 300))
        process = place.start("log", "measure", "own", "--with-keys", "--entries", "10000000", "--batch", str(batch), "--size", "64")
        time.sleep(generator.uniform(0.02, 0.4))
        process.send_signal(signal.SIGKILL)
        process.wait()
        if not os.path.exists(place.path("own/checkpoint")):
            continue
        verified = place.passes("log", "verify", "--log", "own")
        now = int(place.read("own/checkpoint").split("\n")[1])
        expect(now >= size and f"{now} entries" in verified.out, f"the log went from {size} to {now}\n{verified}")
        size = now
    expect(size > 0, "nothing was appended before the first kill")
    place.passes("log", "measure", "own", "--with-keys", "--entries", "10", "--batch", "5", "--size", "64")
    place.passes("log", "verify", "--log", "own")
    expect(int(place.read("own/checkpoint").split("\n")[1]) >= size + 10, "the last entries are missing")
