# SPDX-License-Identifier: Apache-2.0
"""kill -9 while clients push, again and again, in some rounds beside a collection that is killed too."""

import random
import signal
import threading
import time

from .promises import Promises, push_images
from .server import Server, fail


def kills(program, folder, options):
    server = Server(program, folder + "/kills")
    promises, chance = Promises(), random.Random(options.seed)
    slowest, deaths = 0.0, 0
    try:
        for number in range(options.rounds):
            slowest = max(slowest, server.start())
            known = promises.known()
            promises.check(server.client(), known if number % 20 == 0 else chance.sample(known, min(len(known), 15)))
            deaths += one_round(server, promises, chance, options.seed, number)
        slowest = max(slowest, server.start())
        promises.check(server.client(), promises.known())
        server.must("the store is not sound", "check")
        server.must("the collection failed", "gc", "--older-than", "0s", "--untagged")
        server.must("the store is not sound after a collection", "check")
        server.stop()
    finally:
        server.end()
    if promises.count() < options.rounds:
        fail(f"only {promises.count()} promises were made in {options.rounds} rounds; this proves nothing")
    return (
        f"{deaths} kills in {options.rounds} rounds: {promises.count()} acknowledged writes are there with their bytes, "
        f"the store is sound, restarts took at most {slowest:.2f} s")


def one_round(server, promises, chance, seed, number):
    stop, errors, deaths = threading.Event(), [], 1

    def work(thread_seed):
        try:
            push_images(server, promises, thread_seed, stop)
        except BaseException as error:  # noqa: BLE001 - told below
            errors.append(error)

    # One after the other, so no two have the same remainder of 7, which is in the names of their tags.
    threads = [threading.Thread(target=work, args=(seed * 1000003 + number * 7 + n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    collection = None
    if number % 4 == 3:
        # The images pushed before must survive; what is under way may have to be sent again.
        collection = server.command("gc", "--older-than", "0s")
        time.sleep(chance.uniform(0.0, 0.15))
        if chance.random() < 0.5:
            collection.send_signal(signal.SIGKILL)
            deaths += 1
    time.sleep(chance.uniform(0.03, 0.35))
    server.kill()
    stop.set()
    for thread in threads:
        thread.join()
    if collection:
        collection.communicate(timeout=60)
    if errors:
        fail(f"round {number}: {errors[0]!r}")
    return deaths
