// SPDX-License-Identifier: Apache-2.0
//
// noshell.so: popen, pclose and system without /bin/sh, for one program that insists on them (LD_PRELOAD).
//
// PostgreSQL's initdb runs the server through popen() and system(), and the server asks `locale -a` the same way; an image
// without a shell has nothing to answer. This library takes those calls over while initdb runs, and only then.
//
// A command is accepted in this form alone, and everything else a shell knows is refused (ENOEXEC):
//
//     PROGRAM ARGUMENT... [< FILE] [> FILE] [2>&1]      with '…', "…" and \x quoting, PROGRAM an absolute path
//
// `locale -a` is answered here: glibc's C, C.utf8 and POSIX are the locales of the image. initdb also wants a name for its
// own user; a user without an entry in /etc/passwd is called $USER, or nonroot.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PUBLIC __attribute__((visibility("default")))

extern char **environ;

enum { longest_command = 16 * 1024, most_words = 128, most_streams = 16 };

// MARK: - The one form of a command

struct command {
    char text[longest_command];
    char *words[most_words + 1];
    int count;
    const char *input, *output;
    int errors_follow_output;
};

static int refuse(const char *why, const char *line) {
    fprintf(stderr, "noshell: refused, %s: %s\n", why, line);
    errno = ENOEXEC;
    return -1;
}

// Copies one word without its quotes; gives where it ended, or null.
static const char *read_word(const char *at, char **out, const char *line) {
    char quote = 0;
    char *to = *out;
    for (; *at && (quote || *at != ' '); at++) {
        if (!quote && (*at == '\'' || *at == '"')) {
            quote = *at;
        } else if (*at == quote) {
            quote = 0;
        } else if (*at == '\\' && quote != '\'') {
            if (!at[1] || at[1] == '\n') return refuse("a backslash at the end", line), NULL;
            if (quote && !strchr("\\\"$`", at[1])) *to++ = *at;
            *to++ = *++at;
        } else if (!quote && strchr(";|&$`()<>*?[]{}#~!\n\t", *at)) {
            return refuse("a character only a shell understands", line), NULL;
        } else if (quote == '"' && strchr("$`", *at)) {
            return refuse("an expansion", line), NULL;
        } else {
            *to++ = *at;
        }
    }
    if (quote) return refuse("a quotation mark is not closed", line), NULL;
    *to++ = 0;
    *out = to;
    return at;
}

static int parse(const char *line, struct command *command) {
    // Quotes only ever make a word shorter, and each word's end takes the place of a space.
    if (strlen(line) + 2 > sizeof command->text) return refuse("longer than 16 KiB", "");
    char *out = command->text;
    command->count = 0;
    command->input = command->output = NULL;
    command->errors_follow_output = 0;
    for (const char *at = line;;) {
        while (*at == ' ') at++;
        if (!*at) break;
        if (!strncmp(at, "2>&1", 4) && (at[4] == ' ' || !at[4])) {
            command->errors_follow_output = 1;
            at += 4;
            continue;
        }
        char redirection = *at == '<' || *at == '>' ? *at++ : 0;
        while (redirection && *at == ' ') at++;
        if (redirection && !*at) return refuse("a redirection without a file", line);
        char *word = out;
        if (!(at = read_word(at, &out, line))) return -1;
        if (redirection == '<') {
            command->input = word;
        } else if (redirection == '>') {
            command->output = word;
        } else if (command->count == most_words) {
            return refuse("more than 128 words", line);
        } else if (!command->count && strchr(word, '=')) {
            return refuse("an assignment", line);
        } else {
            command->words[command->count++] = word;
        }
    }
    command->words[command->count] = NULL;
    return command->count ? 0 : refuse("no program", line);
}

// MARK: - Running it

static int is_locale_list(const struct command *command) {
    return command->count == 2 && !strcmp(command->words[0], "locale") && !strcmp(command->words[1], "-a");
}

static const char locales[] = "C\nC.utf8\nPOSIX\n";

// Starts the program with descriptor `to` (0 or 1; -1: none) taken from `from`. Gives 0 or an error number.
static int launch(const struct command *command, int from, int to, pid_t *process) {
    if (command->words[0][0] != '/') {
        refuse("not an absolute path", command->words[0]);
        return ENOEXEC;
    }
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error) return error;
    if (to >= 0) error = posix_spawn_file_actions_adddup2(&actions, from, to);
    if (!error && command->input) error = posix_spawn_file_actions_addopen(&actions, 0, command->input, O_RDONLY, 0);
    if (!error && command->output)
        error = posix_spawn_file_actions_addopen(&actions, 1, command->output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (!error && command->errors_follow_output) error = posix_spawn_file_actions_adddup2(&actions, 1, 2);
    if (!error) error = posix_spawn(process, command->words[0], &actions, NULL, command->words, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static int await(pid_t process) {
    int status;
    while (waitpid(process, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return status;
}

// initdb and the bootstrap server are single-threaded, so the table has no lock.
static struct {
    FILE *stream;
    pid_t process;  // 0: answered here, there is nothing to wait for
} streams[most_streams];

PUBLIC FILE *popen(const char *line, const char *mode) {
    int reading = mode[0] == 'r', slot = 0, ends[2];
    if (!reading && mode[0] != 'w') return errno = EINVAL, NULL;
    while (slot < most_streams && streams[slot].stream) slot++;
    if (slot == most_streams) return errno = EMFILE, NULL;
    struct command *command = malloc(sizeof *command);
    if (!command) return NULL;
    FILE *stream = NULL;
    pid_t process = 0;
    int error = 0;
    if (parse(line, command)) {
        error = errno;
    } else if (pipe2(ends, O_CLOEXEC)) {
        error = errno;
    } else {
        int theirs = ends[reading], ours = ends[!reading];
        if (reading && is_locale_list(command)) {
            if (write(theirs, locales, sizeof locales - 1) != sizeof locales - 1) error = EIO;
        } else {
            error = launch(command, theirs, reading, &process);
        }
        close(theirs);
        if (!error && !(stream = fdopen(ours, reading ? "r" : "w"))) {
            error = errno;
            if (process) await(process);
        }
        if (!stream) close(ours);
    }
    free(command);
    if (!stream) return errno = error, NULL;
    streams[slot].stream = stream;
    streams[slot].process = process;
    return stream;
}

PUBLIC int pclose(FILE *stream) {
    int slot = 0;
    while (slot < most_streams && streams[slot].stream != stream) slot++;
    if (slot == most_streams || !stream) return errno = EBADF, -1;
    pid_t process = streams[slot].process;
    streams[slot].stream = NULL;
    fclose(stream);
    return process ? await(process) : 0;
}

PUBLIC int system(const char *line) {
    if (!line) return 0;  // There is no shell.
    struct command *command = malloc(sizeof *command);
    if (!command) return -1;
    pid_t process = 0;
    int error = parse(line, command) ? errno : launch(command, -1, -1, &process);
    free(command);
    if (error) {
        fprintf(stderr, "noshell: cannot run %s: %s\n", line, strerror(error));
        return 127 << 8;
    }
    return await(process);
}

// MARK: - A name for a user that has none

static void describe_self(struct passwd *user) {
    const char *name = getenv("USER");
    static char copy[64];
    snprintf(copy, sizeof copy, "%s", name && *name ? name : "nonroot");
    *user = (struct passwd){
        .pw_name = copy, .pw_passwd = "x", .pw_uid = geteuid(), .pw_gid = getegid(), .pw_gecos = "", .pw_dir = "/",
        .pw_shell = "/usr/sbin/nologin",
    };
}

PUBLIC struct passwd *getpwuid(uid_t uid) {
    static struct passwd *(*real)(uid_t);
    static struct passwd self;
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "getpwuid");
    struct passwd *found = real ? real(uid) : NULL;
    if (found || uid != geteuid()) return found;
    describe_self(&self);
    errno = 0;
    return &self;
}

PUBLIC int getpwuid_r(uid_t uid, struct passwd *user, char *buffer, size_t size, struct passwd **result) {
    static int (*real)(uid_t, struct passwd *, char *, size_t, struct passwd **);
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "getpwuid_r");
    int error = real ? real(uid, user, buffer, size, result) : ENOSYS;
    if (error || *result || uid != geteuid()) return error;
    describe_self(user);
    *result = user;
    return 0;
}
