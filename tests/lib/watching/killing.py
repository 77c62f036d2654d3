# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the watcher at moments of chance, until so many died; then what it left is compared with a run that nobody disturbed."""

import json
import random
import signal
import time

from badinput.place import expect


def digests(place):
    return {image["reference"]: image["digest"] for image in json.loads(place.passes("list", "--format", "json").out)}


def tags(place):
    """Every release there ever was."""
    import sqlite3
    database = sqlite3.connect(f"file:{place.path('.ashlar/records.sqlite')}?mode=ro", uri=True)
    try:
        return sorted(database.execute("SELECT repository, build_tag FROM releases"))
    finally:
        database.close()


def locks(place):
    import glob
    return {path[len(place.folder):]: open(path, encoding="utf-8").read() for path in glob.glob(place.path("catalog/images/*/*.lock.json"))}


def kill_often(place, arguments, kills, seed, longest):
    """Lets the watcher run for a while, and kills it; so many times. Returns how many of them died with changes open."""
    chance = random.Random(seed)
    busy, died = 0, 0
    while died < kills:
        process = place.start("watch", "--once", *arguments)
        time.sleep(chance.uniform(0.02, longest))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            died += 1
        process.communicate(timeout=60)
        if died % 10 == 0:
            place.passes("list")
        status = place.run("watch", "status", "--format", "json")
        if status.code == 0 and json.loads(status.out)["changes"]:
            busy += 1
    return busy


def compare(quiet, killed):
    expect(digests(quiet) == digests(killed), f"expected the same digests\nquiet  {digests(quiet)}\nkilled {digests(killed)}")
    expect(tags(quiet) == tags(killed), f"expected each release once\nquiet  {tags(quiet)}\nkilled {tags(killed)}")
    expect(locks(quiet) == locks(killed), "expected the same locks")
    killed.passes("store", "check", timeout=900)
    left = json.loads(killed.passes("watch", "status", "--format", "json").out)["changes"]
    expect(not [change for change in left if change["state"] in ("running", "pending", "failed")], f"something is left: {left}")
