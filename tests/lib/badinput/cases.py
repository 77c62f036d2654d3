# SPDX-License-Identifier: Apache-2.0
"""The list of cases. Each is a function of a place of its own, in which hello 1.0 is published."""

CASES = []


class Skip(Exception):
    """This machine cannot do what the case needs."""


def case(name):
    """Registers a function under the name its line is printed with."""

    def register(function):
        CASES.append((name, function))
        return function

    return register


def every(name, **table):
    """Registers one case for each keyword, which is passed on: `name` with the keyword's underscores as spaces."""

    def register(function):
        for key, value in table.items():
            CASES.append((f"{name}: {key.replace('_', ' ')}", lambda place, value=value: function(place, value)))
        return function

    return register
