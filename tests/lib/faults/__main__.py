# SPDX-License-Identifier: Apache-2.0
"""Runs the parts and prints a line for each."""

import argparse
import os
import shutil
import sys
import tempfile
import traceback

from .clock import clock
from .crowd import crowd
from .disk import Skip, disk
from .kills import kills
from .soak import soak

PARTS = {"kills": kills, "disk": disk, "clock": clock, "crowd": crowd}


def main():
    parser = argparse.ArgumentParser(prog="tests/faults")
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--soak", type=int, metavar="SECONDS")
    options = parser.parse_args()
    parts = {"soak": soak} if options.soak else {options.only: PARTS[options.only]} if options.only else PARTS
    folder, failed = tempfile.mkdtemp(prefix="ashlar-faults-"), 0
    try:
        for name, part in parts.items():
            try:
                print("ok  " + part(os.path.realpath(options.program), folder, options), flush=True)
            except Skip as reason:
                print(f"SKIPPED: {reason}", flush=True)
            except Exception as error:  # noqa: BLE001 - a fault of one part must not end the others
                failed += 1
                print(f"FAILED {name}: " + (str(error) if isinstance(error, AssertionError) else traceback.format_exc()), flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if failed else 0


sys.exit(main())
