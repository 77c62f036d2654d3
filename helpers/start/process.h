// SPDX-License-Identifier: Apache-2.0
//
// Runs one program to its end: fed from files and text, stopped when `start` is stopped, its orphans reaped.

#ifndef ASHLAR_PROCESS_H
#define ASHLAR_PROCESS_H

#include "words.h"

enum {
    most_inputs = 32,
    longest_password_file = 4096,
    patience_seconds = 10,
};

// Input of the next `run` or `write`.
enum kind { input_text, input_file, input_hex };
static struct {
    enum kind kind;
    const char *text;
    long file;
} inputs[most_inputs];
static int input_count;

static void add_input(enum kind kind, const char *text) {
    if (input_count == most_inputs) refuse(wrong_plan, "more inputs than 32 for one program", "");
    inputs[input_count].kind = kind;
    inputs[input_count].text = text;
    inputs[input_count].file = -1;
    input_count++;
}

static void write_all(long file, const char *path, const char *bytes, size_t count) {
    while (count) {
        long done = write_bytes(file, bytes, count);
        if (done == -E_INTR) continue;
        if (done < 0) fail(failed_step, "cannot write", path, done);
        bytes += done;
        count -= (size_t)done;
    }
}

static size_t read_some(long file, const char *path, char *into, size_t room) {
    for (;;) {
        long count = read_bytes(file, into, room);
        if (count == -E_INTR) continue;
        if (count < 0) fail(failed_step, "cannot read", path, count);
        return (size_t)count;
    }
}

// Opened before anything runs: a missing file is an error of this line, not a truncated input.
static void open_inputs(void) {
    for (int i = 0; i < input_count; i++) {
        if (inputs[i].kind == input_text) continue;
        inputs[i].file = open_file(absolute(inputs[i].text), O_RDONLY, 0);
        if (inputs[i].file < 0) fail(failed_step, "cannot read", inputs[i].text, inputs[i].file);
    }
}

static void drop_inputs(void) {
    for (int i = 0; i < input_count; i++)
        if (inputs[i].file >= 0) close_file(inputs[i].file);
    input_count = 0;
    words_length = 0;
}

// A secret as hexadecimal digits, without the newline it may end in: no byte of it can be mistaken for syntax.
static void write_hex(long to, const char *path, long file, const char *name) {
    static char secret[longest_password_file + 1];
    static char digits[2 * longest_password_file];
    size_t count = 0, part;
    while (count < sizeof secret && (part = read_some(file, name, secret + count, sizeof secret - count))) count += part;
    if (count == sizeof secret) refuse(wrong_setting, "longer than 4096 bytes: ", name);
    if (count && secret[count - 1] == '\n') count--;
    if (count && secret[count - 1] == '\r') count--;
    if (!count) refuse(missing_secret, "empty: ", name);
    for (size_t i = 0; i < count; i++) {
        digits[2 * i] = "0123456789abcdef"[(unsigned char)secret[i] >> 4];
        digits[2 * i + 1] = "0123456789abcdef"[(unsigned char)secret[i] & 15];
    }
    write_all(to, path, digits, 2 * count);
}

static void write_inputs(long to, const char *path) {
    static char buffer[64 * 1024];
    for (int i = 0; i < input_count; i++) {
        if (inputs[i].kind == input_text) {
            // A text that ends in a backslash goes on with the next input on the same line.
            size_t count = length(inputs[i].text);
            if (count >= 2 && inputs[i].text[count - 2] == '\\') count -= 2;
            write_all(to, path, inputs[i].text, count);
        } else if (inputs[i].kind == input_hex) {
            write_hex(to, path, inputs[i].file, inputs[i].text);
        } else {
            size_t count;
            while ((count = read_some(inputs[i].file, inputs[i].text, buffer, sizeof buffer))) write_all(to, path, buffer, count);
        }
    }
}

static unsigned long mask_before;
static const unsigned long stopping =
    SIGNAL(SIGNAL_HANGUP) | SIGNAL(SIGNAL_INTERRUPT) | SIGNAL(SIGNAL_QUIT) | SIGNAL(SIGNAL_TERMINATE);

struct child {
    long process;
    int status;
    int ended;
};

static void reap(struct child *program, struct child *feeder) {
    int status = 0;
    long process;
    while ((process = wait_child(&status)) > 0) {
        if (process == program->process) program->status = status, program->ended = 1;
        if (process == feeder->process) feeder->status = status, feeder->ended = 1;
    }
}

// Waits for the program and what feeds it, passing a stop signal on; every other child that ends is reaped as well.
static void supervise(struct child *program, struct child *feeder, const char *name) {
    int stopped = 0, patience = patience_seconds;
    const struct interval second = {1, 0};
    for (;;) {
        reap(program, feeder);
        if (program->ended && feeder->process && !feeder->ended) send_signal(feeder->process, SIGNAL_KILL);
        if (program->ended && (!feeder->process || feeder->ended)) break;
        long signal = await_signal(stopping | SIGNAL(SIGNAL_CHILD), stopped ? &second : 0);
        if (signal == -E_AGAIN) {
            if (patience-- == 0) send_signal(-program->process, SIGNAL_KILL);
        } else if (signal > 0 && signal != SIGNAL_CHILD && !stopped) {
            stopped = (int)signal;
            send_signal(-program->process, SIGNAL_TERMINATE);
        }
    }
    if (!stopped) return;
    say_place();
    say("stopped by signal ");
    say_number(stopped);
    say(" while running ");
    say(name);
    speak();
    leave(128 + stopped);
}

static _Noreturn void become(char **arguments) {
    set_mask(mask_before, 0);
    long error = execute(arguments[0], arguments, environment);
    fail(error == -E_NOENT ? cannot_execute + 1 : cannot_execute, "cannot execute", arguments[0], error);
}

static _Noreturn void feed(long to) {
    set_mask(mask_before & ~SIGNAL(13), 0);  // SIGPIPE ends a feeder that nobody listens to.
    write_inputs(to, "the input of the program");
    leave(0);
}

static void check_ended(const struct child *program, const struct child *feeder, const char *name) {
    int signal = program->status & 127, status = program->status >> 8 & 255;
    if (signal || status) {
        say_place();
        say(name);
        say(signal ? " was ended by signal " : " failed with status ");
        say_number(signal ? signal : status);
        speak();
        leave(failed_program);
    }
    if (feeder->process && feeder->status) refuse(failed_program, name, " did not take all of its input");
}

// run PROGRAM [ARGUMENT...] [< FILE...] [> FILE]
static void run(char **arguments) {
    const char *output = 0;
    for (int i = 1; arguments[i]; i++) {
        int reading = same(arguments[i], "<"), writing = same(arguments[i], ">");
        if (!reading && !writing) continue;
        char **from = arguments + i;
        while (*from && !same(*from, ">")) {
            if (!same(*from, "<")) add_input(input_file, *from);
            from++;
        }
        if (*from) {
            if (!from[1] || from[2]) refuse(wrong_plan, "run: expected one file after >", "");
            output = absolute(from[1]);
        }
        arguments[i] = 0;
        break;
    }
    absolute(arguments[0]);
    open_inputs();
    int ends_of_pipe[2] = {-1, -1};
    long error = make_pipe(ends_of_pipe);
    if (error < 0) fail(failed_step, "cannot make a pipe for", arguments[0], error);
    long out = -1;
    if (output && (out = open_file(output, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600)) < 0)
        fail(failed_step, "cannot write", output, out);

    struct child program = {0, 0, 0}, feeder = {0, 0, 0};
    program.process = fork_process();
    if (program.process < 0) fail(failed_step, "cannot start", arguments[0], program.process);
    if (program.process == 0) {
        set_group(0);
        duplicate(ends_of_pipe[0], 0);
        if (out >= 0) duplicate(out, 1);
        become(arguments);
    }
    set_group(program.process);
    if (input_count) {
        feeder.process = fork_process();
        if (feeder.process < 0) {
            send_signal(program.process, SIGNAL_KILL);
            fail(failed_step, "cannot feed", arguments[0], feeder.process);
        }
        if (feeder.process == 0) {
            close_file(ends_of_pipe[0]);
            feed(ends_of_pipe[1]);
        }
    }
    close_file(ends_of_pipe[0]);
    close_file(ends_of_pipe[1]);
    supervise(&program, &feeder, arguments[0]);
    check_ended(&program, &feeder, arguments[0]);
    if (out >= 0) {
        // A device such as /dev/null has nothing to flush.
        if ((error = sync_file(out)) < 0 && error != -E_INVAL) fail(failed_step, "cannot flush", output, error);
        close_file(out);
    }
    drop_inputs();
}

#endif
