# SPDX-License-Identifier: Apache-2.0
"""Real images on the live archive: a catalog without the security archive, then with it."""

import json
import os
import re
import shutil
import time

from badinput.place import Place, expect

from .killing import compare, digests, kill_often, tags


def demo(program, folder, options):
    root = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
    place = Place(os.path.join(folder, "quiet"), program, None)
    # The way out of this machine, as it is set up.
    kept = ("ASHLAR_MIRROR", "ASHLAR_CA_FILE", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE")
    place.environment = {"ASHLAR_MIRROR": "", **{name: os.environ[name] for name in kept if name in os.environ}}
    allow = ["--allow-missing-limits"] if options.allow_missing_limits else []
    for part in ("catalog", "helpers", "feeds"):
        shutil.copytree(os.path.join(root, part), place.path(part))
    if options.images:
        for name in os.listdir(place.path("catalog/images")):
            if name not in options.images.split(","):
                shutil.rmtree(place.path("catalog/images/" + name))
        shutil.rmtree(place.path("catalog/vex"), ignore_errors=True)
    place.write("ashlar.yaml", "watch:\n  feeds: []\n")
    suite = place.read("catalog/suites/trixie.yaml")
    without = re.sub(r"  - suite: trixie-security\n(    .*\n)*", "", suite)
    expect(without != suite, "found no security archive in catalog/suites/trixie.yaml")
    place.write("catalog/suites/trixie.yaml", without)
    say("locking and building without the security archive")
    place.passes("init", timeout=600)
    place.passes("resolve", "--all", timeout=900)
    place.passes("build", "--all", *allow, timeout=7200)
    place.passes("watch", "--once", *allow, timeout=900)
    before, first = digests(place), tags(place)
    say(f"published {len(before)} images; the security archive is switched on")
    place.write("catalog/suites/trixie.yaml", suite)
    killed = place_copy(place, os.path.join(folder, "killed"))
    print(place.passes("watch", "plan", *allow, timeout=900).out)
    started = time.monotonic()
    ran = place.passes("watch", "--once", *allow, timeout=7200)
    seconds = time.monotonic() - started
    print(ran.err)
    after = digests(place)
    status = json.loads(place.passes("watch", "status", "--format", "json", "--last", "1000").out)
    done = [change for change in status["finished"] if change["plan"]["isSecurity"]]
    changed = sorted(name for name in after if after[name] != before[name])
    expect(sorted(change["plan"]["image"] for change in done) == changed, f"expected the queue to tell of {changed}, found {done}")
    expect(len(tags(place)) == len(first) + len(changed), "expected each image with a fix to be published once more")
    expect(all(change["release"] == after[change["plan"]["image"]] for change in done), "expected the queue to name the releases")
    fixes = {cve for change in done for cve in change["plan"]["fixes"]}
    again = place.passes("watch", "--once", *allow, timeout=900)
    expect("published 0" in again.err, f"expected nothing to be left\n{again}")
    say(f"{len(changed)} of {len(after)} images had a fix and were published once, in {seconds:.0f} s; {len(fixes)} CVEs named")
    expect(changed, "no image has a fix in the security archive: this proves nothing; name others with --images")
    busy = kill_often(killed, allow, options.kills, options.seed, max(1.0, min(20.0, seconds / 4)))
    while json.loads(killed.passes("watch", "status", "--format", "json").out)["changes"]:
        killed.passes("watch", "--once", *allow, timeout=7200)
    killed.passes("watch", "--once", *allow, timeout=7200)
    compare(place, killed)
    say(f"killed {options.kills} times, {busy} of them with changes open: the same digests, each published once")
    return f"{len(changed)} of {len(after)} images fixed in {seconds:.0f} s, and the same after {options.kills} kills"


def place_copy(place, folder):
    shutil.copytree(place.folder, folder, symlinks=True)
    copy = Place(folder, place.program, None)
    copy.environment = dict(place.environment)
    return copy


def say(text):
    print(f"-- {text}", flush=True)
