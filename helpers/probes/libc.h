// SPDX-License-Identifier: Apache-2.0
//
// What a program finds that is linked to the image's own C library. C and C++.
#ifndef LIBC_H
#define LIBC_H
#include "checks.h"
#include <dlfcn.h>
#include <iconv.h>
#include <locale.h>
#include <pthread.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

static inline void check_locale(void) {
    const char *set = setlocale(LC_ALL, "");
    check("the environment asks for C.UTF-8", set && !strcmp(set, "C.UTF-8"), "expected C.UTF-8 by LANG, found %s", set ? set : "none");
    set = setlocale(LC_ALL, "C.UTF-8");
    check("the locale C.UTF-8", set != NULL, "expected it, found none");
    wchar_t wide[8] = {0};
    size_t count = mbstowcs(wide, "gr\xc3\xbcn", 8);
    check("UTF-8 is read", count == 4 && wide[2] == 0xfc, "expected 4 characters, found %zd", (ssize_t)count);
    check("letters beyond ASCII have cases", towupper(0xfc) == 0xdc, "expected U+00DC, found U+%04X", (unsigned)towupper(0xfc));
}

static inline void check_encoding(const char *name, const char *expected, size_t length) {
    char input[] = "gr\xc3\xbcn", output[32] = "", *from = input, *to = output;
    size_t left = strlen(input), room = sizeof output;
    iconv_t converter = iconv_open(name, "UTF-8");
    int done = converter != (iconv_t)-1 && iconv(converter, &from, &left, &to, &room) != (size_t)-1;
    check(name, done && (size_t)(to - output) == length && !memcmp(output, expected, length), "expected %zu bytes from iconv, found %td", length, to - output);
    if (converter != (iconv_t)-1) iconv_close(converter);
}

static inline void *exits(void *nothing) {
    pthread_exit(nothing);
}
static inline void *waits(void *nothing) {
    for (;;) pause();
    return nothing;
}

// In a child, since a library that is missing here aborts the program.
static inline void check_threads(void) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        pthread_t one, two;
        void *end = NULL;
        if (pthread_create(&one, NULL, exits, NULL) || pthread_join(one, NULL)) _exit(1);
        if (pthread_create(&two, NULL, waits, NULL) || pthread_cancel(two) || pthread_join(two, &end)) _exit(2);
        _exit(end == PTHREAD_CANCELED ? 0 : 3);
    }
    int status = -1;
    waitpid(child, &status, 0);
    check("threads end by pthread_exit and pthread_cancel", status == 0, "expected status 0, found %x", (unsigned)status);
}

static inline void check_library(const char *name) {
    void *library = dlopen(name, RTLD_NOW);
    check(name, library != NULL, "expected it to be loaded, found: %s", library ? "" : dlerror());
}

static inline void check_libraries(void) {
    // Those that programs of older systems are linked to are there, although the C library has become one file.
    static const char *const libraries[] = {"libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libutil.so.1", "libresolv.so.2",
                                            "libanl.so.1", "libgcc_s.so.1", "libnss_files.so.2", "libnss_dns.so.2"};
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) check_library(libraries[i]);
}

static inline void check_accounts(void) {
    struct passwd *user = getpwuid(65532);
    check("the name service finds nonroot", user && !strcmp(user->pw_name, "nonroot"), "expected nonroot, found %s", user ? user->pw_name : "nobody");
}

static inline void check_libc(void) {
    check_locale();
    check_encoding("ISO-8859-1", "gr\xfcn", 4);
    check_encoding("UTF-16LE", "g\0r\0\xfc\0n", 8);
    check_encoding("CP1252", "gr\xfcn", 4);
    check_threads();
    check_libraries();
    check_accounts();
}
#endif
