# SPDX-License-Identifier: Apache-2.0
"""Runs the cases, several at a time, and prints their lines in order."""

import importlib
import os
import shutil
import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

from .archive import Keys
from .cases import CASES, Skip
from .place import make_good

# Importing a module registers its cases, in this order.
for module in ("good", "index", "packages", "catalog", "network", "machine", "log", "newcomer"):
    importlib.import_module(f"{__package__}.case_{module}")


def attempt(good, folder, function):
    started = time.monotonic()
    try:
        place = good.copy(folder)
        function(place)
        return "ok", "", time.monotonic() - started
    except Skip as reason:
        return "skip", str(reason), 0
    except Exception as error:  # a fault of a case must not end the others
        return "FAILED", str(error) if isinstance(error, AssertionError) else traceback.format_exc(), 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main():
    program, wanted = os.path.abspath(sys.argv[1]), sys.argv[2:]
    chosen = [(name, function) for name, function in CASES if not wanted or any(word in name for word in wanted)]
    started = time.monotonic()
    counts, durations = {"ok": 0, "skip": 0, "FAILED": 0}, []
    with tempfile.TemporaryDirectory(prefix="ashlar-bad-input-", ignore_cleanup_errors=True) as folder:
        keys = Keys(os.path.join(folder, "gnupg"))
        try:
            good = make_good(os.path.join(folder, "good"), program, keys)
            workers = int(os.environ.get("WORKERS", "4"))
            with ThreadPoolExecutor(workers) as pool:
                runs = [pool.submit(attempt, good, os.path.join(folder, str(n)), function) for n, (_, function) in enumerate(chosen)]
                for number, ((name, _), run) in enumerate(zip(chosen, runs), 1):
                    result, detail, seconds = run.result()
                    durations.append((seconds, name))
                    counts[result] += 1
                    print(f"{result} {number} {name}" + (f" # {detail}" if result == "skip" else ""), flush=True)
                    if result == "FAILED":
                        print("".join(f"    {line}\n" for line in detail.splitlines()), flush=True)
        finally:
            keys.close()
    slowest = ", ".join(f"{name} {seconds:.0f} s" for seconds, name in sorted(durations, reverse=True)[:8])
    print(f"took {time.monotonic() - started:.0f} s; slowest: {slowest}" + (f"; {counts['skip']} SKIPPED, see above" if counts["skip"] else ""))
    print(f"{counts['ok']} passed, {counts['FAILED']} failed")
    # Where nobody looks at the lines above, a case that was not run must not pass for one that was.
    if counts["skip"] and os.environ.get("CI"):
        print(f"FAILED: {counts['skip']} cases were skipped; give this machine root or user namespaces", flush=True)
        return 1
    return 1 if counts["FAILED"] else 0


sys.exit(main())
