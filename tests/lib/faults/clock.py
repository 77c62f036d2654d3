# SPDX-License-Identifier: Apache-2.0
"""A clock that jumps by ten years, forward and back, between two lives of a server: it starts, serves, takes pushes and collects nothing
that is needed."""

import glob
import random

from .disk import Skip
from .promises import Promises
from .server import Server

JUMPS = ("+0d", "+3650d", "-3650d", "+1d", "+0d")


def clock(program, folder, options):
    found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    if not found:
        raise Skip("a clock that jumps (libfaketime is not installed)")
    server, promises, chance = Server(program, folder + "/clock"), Promises(), random.Random(options.seed)
    try:
        for jump in JUMPS:
            # The second env is the first program that the library is in: it sets up what the library shares, and becomes the server.
            variables = [f"LD_PRELOAD={found[0]}", f"FAKETIME={jump}", "FAKETIME_DONT_FAKE_MONOTONIC=1"]
            server.wrapping = ["env", *variables, "env"]
            server.start()
            promises.check(server.client(), promises.known())
            for number in range(5):
                promises.push(server.client(), "app", f"t{number}", [chance.randbytes(1000), chance.randbytes(50_000)], chance)
            # Under the same clock: what was pushed a moment ago may look ten years old, or not made yet.
            server.must("the collection failed", "gc", "--older-than", "7d")
            promises.check(server.client(), promises.known())
            server.must("the store is not sound", "check")
            server.stop()
    finally:
        server.end()
    return f"the clock jumps by {', '.join(JUMPS[1:])}: {promises.count()} acknowledged writes stay, collections take nothing that is needed"
