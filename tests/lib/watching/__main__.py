# SPDX-License-Identifier: Apache-2.0
"""Runs the parts and prints one line for each claim."""

import argparse
import os
import shutil
import sys
import tempfile
import time

from badinput.archive import Keys
from badinput.place import Place, expect

from . import demo, killing
from .bench import Bench


def small(program, folder, options):
    """The signed archive of the tests: kills, and two watchers at once."""
    keys = Keys(os.path.join(folder, "gnupg"))
    try:
        bench = Bench(os.path.join(folder, "quiet"), program, keys, 6, 4)
        with bench.mirror:
            bench.settle()
            before = bench.releases()
            bench.fix()
            killed = demo.place_copy(bench.place, os.path.join(folder, "killed"))
            started = time.monotonic()
            bench.place.passes("watch", "--once", timeout=600)
            seconds = time.monotonic() - started
            bench.check(before, bench.releases())
            busy = killing.kill_often(killed, [], options.kills, options.seed, max(0.5, seconds * 0.6))
            for _ in range(3):
                killed.run("watch", "--once", timeout=600)
            killing.compare(bench.place, killed)
            print(f"ok    killed {options.kills} times, {busy} of them with changes open: the same digests, each published once", flush=True)
            one_at_a_time(bench)
            print("ok    a second watcher on a store ends at once, with the first one's process", flush=True)
    finally:
        keys.close()
    return f"{bench.affected} of {bench.images} images fixed in {seconds:.1f} s, and the same after {options.kills} kills"


def one_at_a_time(bench):
    first = bench.place.start("watch")
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and bench.place.read(".ashlar/watch.lock").strip() != str(first.pid):
            time.sleep(0.05)
        second = bench.place.run("watch", "--once", timeout=60)
        expect(second.code == 73 and f"process {first.pid}" in second.err, f"expected a refusal that names {first.pid}\n{second}")
    finally:
        first.terminate()
        first.communicate(timeout=60)
    expect(first.returncode == 130, f"expected the watcher to end on SIGTERM with 130, found {first.returncode}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--only", choices=["small", "demo"])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--images", default="", help="of the demo: names with commas between; all when left out")
    parser.add_argument("--allow-missing-limits", action="store_true")
    options = parser.parse_args()
    program = os.path.abspath(options.program)
    for name, part in (("small", small), ("demo", demo.demo)):
        if options.only not in (None, name):
            continue
        folder = tempfile.mkdtemp(prefix="ashlar-watch-")
        try:
            print(f"ok    {name}: {part(program, folder, options)}", flush=True)
        except AssertionError as error:
            print(f"FAILED {name}: {error}", flush=True)
            sys.exit(1)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


main()
