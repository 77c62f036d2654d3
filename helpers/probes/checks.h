// SPDX-License-Identifier: Apache-2.0
//
// One line for each thing that is broken, and how many were tried: what a test says is short. C and C++.
#ifndef CHECKS_H
#define CHECKS_H
#include <stdarg.h>
#include <stdio.h>

static int checks_passed, checks_broken;

// check(NAME, HOLDS, FORMAT...): the format says what was expected and found, when it does not hold.
__attribute__((format(printf, 3, 4))) static inline void check(const char *name, int holds, const char *format, ...) {
    if (holds) {
        checks_passed++;
        return;
    }
    checks_broken++;
    printf("BROKEN %s: ", name);
    va_list rest;
    va_start(rest, format);
    vprintf(format, rest);
    va_end(rest);
    putchar('\n');
}

static inline int checks_end(void) {
    printf("%d passed, %d broken\n", checks_passed, checks_broken);
    return checks_broken != 0;
}
#endif
