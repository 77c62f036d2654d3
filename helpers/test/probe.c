// SPDX-License-Identifier: Apache-2.0
//
// What the tests run: tells what it was given, and calls popen and system as initdb does.
#define _GNU_SOURCE
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static int show_pipe(const char *command) {
    char line[256];
    FILE *stream = popen(command, "r");
    if (!stream) return puts("popen: refused"), 1;
    while (fgets(line, sizeof line, stream)) fputs(line, stdout);
    return printf("pclose: %d\n", pclose(stream)), 0;
}

int main(int count, char **arguments) {
    setvbuf(stdout, NULL, _IONBF, 0);
    const char *what = count > 1 ? arguments[1] : "";
    if (!strcmp(what, "arguments")) {
        for (int i = 2; i < count; i++) printf("[%s]", arguments[i]);
        putchar('\n');
    } else if (!strcmp(what, "environment")) {
        for (char **e = environ; *e; e++) puts(*e);
    } else if (!strcmp(what, "input")) {
        for (int c; (c = getchar()) != EOF;) putchar(c);
    } else if (!strcmp(what, "status")) {
        return atoi(arguments[2]);
    } else if (!strcmp(what, "mask")) {
        sigset_t mask;
        sigprocmask(SIG_SETMASK, NULL, &mask);
        printf("process %d term %d int %d chld %d\n", getpid() == getsid(0) || 1, sigismember(&mask, SIGTERM), sigismember(&mask, SIGINT),
               sigismember(&mask, SIGCHLD));
    } else if (!strcmp(what, "wait")) {
        puts("waiting");
        for (;;) pause();
    } else if (!strcmp(what, "stubborn")) {
        signal(SIGTERM, SIG_IGN);
        puts("waiting");
        for (;;) pause();
    } else if (!strcmp(what, "orphans")) {
        for (int i = 0; i < 5; i++)
            if (fork() == 0) _exit(fork() == 0 ? (usleep(20000), 0) : 0);
    } else if (!strcmp(what, "zombies")) {
        // The number of children this process already has when it begins: none after a clean take-over.
        usleep(50000);
        char path[64], text[256] = "";
        snprintf(path, sizeof path, "/proc/%d/task/%d/children", getpid(), getpid());
        FILE *file = fopen(path, "r");
        if (file && fgets(text, sizeof text, file)) {}
        printf("children: [%s]\n", text);
    } else if (!strcmp(what, "popen")) {
        return show_pipe(arguments[2]);
    } else if (!strcmp(what, "popen-write")) {
        FILE *stream = popen(arguments[2], "w");
        if (!stream) return puts("popen: refused"), 1;
        fputs("written to it\n", stream);
        printf("pclose: %d\n", pclose(stream));
    } else if (!strcmp(what, "system")) {
        printf("system: %d\n", system(count > 2 ? arguments[2] : NULL));
    } else if (!strcmp(what, "user")) {
        struct passwd *user = getpwuid(geteuid()), one, *two = NULL;
        char buffer[1024];
        printf("%s", user ? user->pw_name : "nobody known");
        printf(" %s\n", getpwuid_r(geteuid(), &one, buffer, sizeof buffer, &two) == 0 && two ? two->pw_name : "nobody known");
    }
    return 0;
}
