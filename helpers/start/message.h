// SPDX-License-Identifier: Apache-2.0
//
// Text, and what `start` says when it refuses: where, what was expected, what was found.

#ifndef ASHLAR_MESSAGE_H
#define ASHLAR_MESSAGE_H

#include "kernel.h"

// What `start` ends with when it does not become the server. 128 + n: stopped by signal n while preparing.
enum {
    wrong_call = 64,
    wrong_plan = 65,
    missing_secret = 66,
    failed_program = 70,
    failed_step = 71,
    wrong_setting = 78,
    cannot_execute = 126,
};


static size_t length(const char *text) {
    size_t count = 0;
    while (text[count]) count++;
    return count;
}

static int same(const char *a, const char *b) {
    while (*a && *a == *b) a++, b++;
    return *a == *b;
}

static int begins(const char *text, const char *prefix) {
    while (*prefix)
        if (*text++ != *prefix++) return 0;
    return 1;
}

static int ends(const char *text, const char *suffix) {
    size_t whole = length(text), part = length(suffix);
    return whole >= part && same(text + whole - part, suffix);
}

static const char *plan_name = "";
static int line_number;

// One write for one message, so that lines of the server's children do not come in between.
static char message[2048];
static size_t message_length;

static void say(const char *text) {
    while (*text && message_length < sizeof message - 1) {
        unsigned char byte = (unsigned char)*text++;
        message[message_length++] = byte < 0x20 || byte == 0x7f ? '?' : (char)byte;
    }
}

static void say_number(long number) {
    char digits[24];
    size_t at = sizeof digits;
    unsigned long rest = number < 0 ? 0UL - (unsigned long)number : (unsigned long)number;
    digits[--at] = 0;
    do digits[--at] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (number < 0) digits[--at] = '-';
    say(digits + at);
}

static void say_place(void) {
    message_length = 0;
    say("start: ");
    if (line_number) {
        say(plan_name);
        say(":");
        say_number(line_number);
        say(": ");
    }
}

static void speak(void) {
    message[message_length++] = '\n';
    size_t done = 0;
    while (done < message_length) {
        long count = write_bytes(2, message + done, message_length - done);
        if (count == -E_INTR) continue;
        if (count <= 0) break;
        done += (size_t)count;
    }
}

static _Noreturn void refuse(int status, const char *what, const char *detail) {
    say_place();
    say(what);
    say(detail);
    speak();
    leave(status);
}

static const char *reason(long error) {
    switch (-error) {
    case E_PERM: return "operation not permitted";
    case E_NOENT: return "no such file or directory";
    case 8: return "not a program of this machine";
    case E_AGAIN: return "in use by another process, or out of processes";
    case 12: return "out of memory";
    case E_ACCES: return "permission denied";
    case E_BUSY: return "busy: is it a mount point? mount the volume one directory higher";
    case E_EXIST: return "exists already";
    case E_XDEV: return "on another file system: is it a mount point? mount the volume one directory higher";
    case E_NOTDIR: return "not a directory";
    case E_ISDIR: return "is a directory";
    case E_INVAL: return "invalid argument";
    case E_NOSPC: return "no space left";
    case E_ROFS: return "read-only file system: mount a volume there";
    case 39: return "directory not empty";
    case 40: return "is a symbolic link";
    case 122: return "disk quota exceeded";
    default: return "failed";
    }
}

static _Noreturn void fail(int status, const char *what, const char *path, long error) {
    say_place();
    say(what);
    say(" ");
    say(path);
    say(": ");
    say(reason(error));
    say(" (error ");
    say_number(-error);
    say(")");
    if (-error == E_ACCES || -error == E_PERM) {
        say("; this process is user ");
        say_number(user_number());
    }
    speak();
    leave(status);
}

#endif
