// SPDX-License-Identifier: Apache-2.0
//
// Directories and files: each step either happened and reached the disk where it says so, or `start` ended.

#ifndef ASHLAR_FILES_H
#define ASHLAR_FILES_H

#include "process.h"

enum { deepest_directory = 48 };

static void sync_path(const char *path) {
    long file = open_file(absolute(path), O_RDONLY, 0);
    if (file < 0) fail(failed_step, "cannot open", path, file);
    long error = sync_file(file);
    if (error < 0 && error != -E_INVAL) fail(failed_step, "cannot flush", path, error);
    close_file(file);
}

static void sync_parent(const char *path) {
    static char parent[4096];
    size_t at = length(path);
    while (at && path[at - 1] == '/') at--;
    while (at && path[at - 1] != '/') at--;
    while (at > 1 && path[at - 1] == '/') at--;
    memcpy(parent, path, at);
    parent[at] = 0;
    sync_path(parent);
}

static int exists(const char *path) {
    struct statx facts;
    long error = examine(absolute(path), AT_SYMLINK_NOFOLLOW, &facts);
    if (error == -E_NOENT || error == -E_NOTDIR) return 0;
    if (error < 0) fail(failed_step, "cannot look at", path, error);
    return 1;
}

// mkdir MODE PATH: there is a directory at PATH with this mode, made now or before.
static void make(const char *mode_text, const char *path) {
    int mode = octal(mode_text);
    long error = make_directory(absolute(path), mode);
    if (error < 0 && error != -E_EXIST) fail(failed_step, "cannot make directory", path, error);
    struct statx facts;
    long found = examine(path, AT_SYMLINK_NOFOLLOW, &facts);
    if (found < 0) fail(failed_step, "cannot look at", path, found);
    if ((facts.stx_mode & 0170000) != 0040000) refuse(failed_step, "not a directory: ", path);
    if ((facts.stx_mode & 0777) == mode) return;
    // Someone else's directory, such as a mounted volume, keeps its mode.
    error = change_mode(path, mode);
    if (error < 0 && error != -E_PERM) fail(failed_step, "cannot set the mode of", path, error);
}

static void remove_tree(long parent, const char *name, const char *path, int depth) {
    if (depth == deepest_directory) refuse(failed_step, "clear: directories are nested too deeply in ", path);
    long directory = kernel(__NR_openat, parent, (long)name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0, 0);
    if (directory < 0) fail(failed_step, "cannot clear", path, directory);
    for (;;) {
        _Alignas(8) char entries[2048];
        // From the beginning each time: what was read is gone.
        kernel(__NR_lseek, directory, 0, 0, 0, 0);
        long count = read_entries(directory, entries, sizeof entries), removed = 0;
        if (count < 0) fail(failed_step, "cannot list", path, count);
        for (long at = 0; at < count;) {
            // struct linux_dirent64: inode 8, offset 8, record length 2, type 1, name.
            unsigned short size;
            memcpy(&size, entries + at + 16, sizeof size);
            const char *entry = entries + at + 19;
            at += size;
            if (same(entry, ".") || same(entry, "..")) continue;
            long error = remove_entry(directory, entry, 0);
            if (error == -E_ISDIR || error == -E_PERM) {
                remove_tree(directory, entry, path, depth + 1);
                error = remove_entry(directory, entry, AT_REMOVEDIR);
            }
            if (error < 0) fail(failed_step, "cannot clear", path, error);
            removed++;
        }
        if (!removed) break;
    }
    close_file(directory);
}

// clear PATH: the directory PATH, left over by a first start that did not finish, and all that is in it, are gone.
// Only names that end in `.new` are taken, so that no setting can point this at data.
static void clear(const char *path) {
    absolute(path);
    if (!ends(path, ".new")) refuse(wrong_plan, "clear: expected a path that ends in .new, found ", path);
    if (!exists(path)) return;
    remove_tree(AT_FDCWD, path, path, 0);
    long error = remove_entry(AT_FDCWD, path, AT_REMOVEDIR);
    if (error < 0) fail(failed_step, "cannot clear", path, error);
}

// sync PATH: everything of the file system that PATH is on has reached the disk.
static void sync_all(const char *path) {
    long file = open_file(absolute(path), O_RDONLY, 0);
    if (file < 0) fail(failed_step, "cannot open", path, file);
    long error = sync_file_system(file);
    if (error < 0) fail(failed_step, "cannot flush", path, error);
    close_file(file);
}

// rename FROM TO, and the name has reached the disk. TO must not exist or be an empty directory.
static void move(const char *from, const char *to) {
    long error = rename_path(absolute(from), absolute(to));
    if (error < 0) fail(failed_step, "cannot rename to", to, error);
    sync_parent(to);
}

// lock DIRECTORY: until the server runs nobody else prepares the same data.
static void lock(const char *path) {
    long file = open_file(absolute(path), O_RDONLY | O_DIRECTORY, 0);
    if (file < 0) fail(failed_step, "cannot open", path, file);
    long error = lock_file(file);
    if (error == -E_AGAIN) refuse(failed_step, "another container is preparing the same data in ", path);
    if (error < 0) fail(failed_step, "cannot lock", path, error);
}

// write MODE PATH: a file with the inputs that were given before.
static void write_file(const char *mode_text, const char *path) {
    int mode = octal(mode_text);
    open_inputs();
    long file = open_file(absolute(path), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode);
    if (file < 0) fail(failed_step, "cannot write", path, file);
    write_inputs(file, path);
    long error = sync_file(file);
    if (error < 0) fail(failed_step, "cannot flush", path, error);
    close_file(file);
    if ((error = change_mode(path, mode)) < 0) fail(failed_step, "cannot set the mode of", path, error);
    drop_inputs();
}

// A file that says something: regular, readable, and not only a line end.
static const char *why_unusable(const char *path) {
    if (path[0] != '/') return "is not an absolute path";
    struct statx facts;
    long error = examine(path, 0, &facts);
    if (error < 0) return reason(error);
    if ((facts.stx_mode & 0170000) != 0100000) return "is not a regular file";
    long file = open_file(path, O_RDONLY, 0);
    if (file < 0) return reason(file);
    char first[3];
    size_t count = read_some(file, path, first, sizeof first);
    close_file(file);
    for (size_t i = 0; i < count; i++)
        if (first[i] != '\n' && first[i] != '\r') return 0;
    return "is empty";
}

// require-file VARIABLE [or VARIABLE]...: one of them is set, and each that is set names a usable file.
static void require_file(char **arguments) {
    int found = 0;
    for (int i = 0; arguments[i]; i += 2) {
        const char *path = value_of(arguments[i], length(arguments[i]));
        if (!path || !*path) continue;
        const char *why = why_unusable(path);
        if (why) {
            say_place();
            say(arguments[i]);
            say("=");
            say(path);
            say(": ");
            say(why);
            speak();
            leave(missing_secret);
        }
        found = 1;
    }
    if (found) return;
    say_place();
    say("refusing to start without a secret: set ");
    for (int i = 0; arguments[i]; i++) {
        say(arguments[i]);
        say(" ");
    }
    say("to the path of a mounted file");
    speak();
    leave(missing_secret);
}

#endif
