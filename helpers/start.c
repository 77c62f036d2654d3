// SPDX-License-Identifier: Apache-2.0
//
// start PLAN [ARGUMENT...]: makes a server's data once, then becomes the server.
//
// An image without a shell still has to prepare a data directory before its first start. `start` reads a plan of typed
// lines, does them one after the other, and replaces itself by the last one (execve), so that the server is process 1
// and gets the stop signal. README.md beside this file describes the language. It is not a shell: no search path, no
// patterns, no loops, no substitution of commands, and no word is ever split again after a variable was put in.
//
// All memory is static and bounded. The plan is checked as a whole before the first line is done.

#include "start/files.h"

enum {
    largest_plan = 64 * 1024,
    most_lines = 512,
    deepest_block = 8,
};

static char plan[largest_plan + 1];
static char *lines[most_lines];
static int line_count;

static void read_plan(const char *path) {
    long file = open_file(path, O_RDONLY, 0);
    if (file < 0) fail(wrong_plan, "cannot read the plan", path, file);
    size_t size = 0, count;
    while (size <= largest_plan && (count = read_some(file, path, plan + size, largest_plan + 1 - size))) size += count;
    close_file(file);
    if (size > largest_plan) refuse(wrong_plan, "the plan is longer than 64 KiB: ", path);
    plan[size] = 0;
    size_t start = 0;
    for (size_t at = 0; at <= size; at++) {
        if (at == size ? start == size : plan[at] != '\n') {
            if (at == size) break;
            unsigned char byte = (unsigned char)plan[at];
            line_number = line_count + 1;
            if (byte < 0x20 && byte != '\t') refuse(wrong_plan, "a control character in the plan", "");
            continue;
        }
        if (line_count == most_lines) refuse(wrong_plan, "more lines than 512", "");
        plan[at] = 0;
        lines[line_count++] = plan + start;
        start = at + 1;
    }
    line_number = 0;
}

enum verb {
    verb_unless, verb_with, verb_end, verb_require_file, verb_lock, verb_clear, verb_mkdir, verb_env, verb_unset, verb_text,
    verb_file, verb_hex, verb_write, verb_run, verb_sync, verb_fsync, verb_rename, verb_exec,
};

static const struct {
    char name[13];
    signed char least, most;  // words after the verb; -1: any number
    const char form[64];
} verbs[] = {
    [verb_unless] = {"unless", 1, 1, "unless PATH"},
    [verb_with] = {"with", 1, 1, "with VARIABLE"},
    [verb_end] = {"end", 0, 0, "end"},
    [verb_require_file] = {"require-file", 1, -1, "require-file VARIABLE [or VARIABLE]..."},
    [verb_lock] = {"lock", 1, 1, "lock DIRECTORY"},
    [verb_clear] = {"clear", 1, 1, "clear PATH.new"},
    [verb_mkdir] = {"mkdir", 2, 2, "mkdir MODE PATH"},
    [verb_env] = {"env", 1, 1, "env NAME=VALUE"},
    [verb_unset] = {"unset", 1, 1, "unset NAME"},
    [verb_text] = {"text", 0, -1, "text LINE"},
    [verb_file] = {"file", 1, 1, "file PATH"},
    [verb_hex] = {"hex", 1, 1, "hex PATH"},
    [verb_write] = {"write", 2, 2, "write MODE PATH"},
    [verb_run] = {"run", 1, -1, "run PROGRAM [ARGUMENT...] [< FILE...] [> FILE]"},
    [verb_sync] = {"sync", 1, 1, "sync PATH"},
    [verb_fsync] = {"fsync", 1, 1, "fsync PATH"},
    [verb_rename] = {"rename", 2, 2, "rename FROM TO"},
    [verb_exec] = {"exec", 1, -1, "exec PROGRAM [ARGUMENT...]"},
};

// The verb of a line; -1 for an empty line or a comment. `rest` is what follows it.
static int verb_of(const char *line, const char **rest) {
    while (*line == ' ' || *line == '\t') line++;
    if (!*line || *line == '#') return -1;
    size_t count = 0;
    while (line[count] && line[count] != ' ' && line[count] != '\t') count++;
    for (size_t v = 0; v < sizeof verbs / sizeof verbs[0]; v++) {
        if (length(verbs[v].name) != count || !begins(line, verbs[v].name)) continue;
        *rest = line + count + (line[count] != 0);
        return (int)v;
    }
    refuse(wrong_plan, "unknown line, expected unless, with, end, mkdir, run, exec, ...: ", line);
}

static void check_words(enum verb verb) {
    if (word_count < verbs[verb].least || (verbs[verb].most >= 0 && word_count > verbs[verb].most))
        refuse(wrong_plan, "expected: ", verbs[verb].form);
    if (verb == verb_mkdir || verb == verb_write) octal(words[0]);
    if ((verb == verb_with || verb == verb_unset) && !is_name(words[0], length(words[0])))
        refuse(wrong_plan, "not the name of a variable: ", words[0]);
    if (verb == verb_env && (!is_name(words[0], name_length(words[0])) || words[0][name_length(words[0])] != '='))
        refuse(wrong_plan, "expected: ", verbs[verb].form);
    if (verb != verb_require_file) return;
    for (int i = 0; i < word_count; i++) {
        if (i % 2 ? !same(words[i], "or") : !is_name(words[i], length(words[i]))) refuse(wrong_plan, "expected: ", verbs[verb].form);
    }
    if (word_count % 2 == 0) refuse(wrong_plan, "expected: ", verbs[verb].form);
}

// Everything that can be wrong with a plan is found before its first line is done.
static void check_plan(void) {
    int depth = 0, executes = 0, waiting = 0;
    for (int i = 0; i < line_count; i++) {
        line_number = i + 1;
        const char *rest = "";
        int verb = verb_of(lines[i], &rest);
        if (verb < 0) continue;
        if (executes) refuse(wrong_plan, "nothing can follow exec: it never comes back", "");
        words_length = 0;
        if (verb == verb_text) {
            literal(rest, 1);
        } else {
            split(rest, 1);
            check_words((enum verb)verb);
        }
        int feeds = verb == verb_text || verb == verb_file || verb == verb_hex;
        int guards = verb == verb_with || verb == verb_end;
        if (waiting && !feeds && !guards && verb != verb_run && verb != verb_write)
            refuse(wrong_plan, "text, file and hex belong before run or write; found ", verbs[verb].name);
        if (feeds) waiting = 1;
        if (verb == verb_run || verb == verb_write) waiting = 0;
        if ((verb == verb_unless || verb == verb_with) && ++depth > deepest_block) refuse(wrong_plan, "blocks nested deeper than 8", "");
        if (verb == verb_end && depth-- == 0) refuse(wrong_plan, "end without unless or with", "");
        if (verb == verb_exec) {
            if (depth) refuse(wrong_plan, "exec inside a block: the server must start each time", "");
            executes = 1;
        }
    }
    line_number = line_count;
    if (depth) refuse(wrong_plan, "unless or with has no end", "");
    if (waiting) refuse(wrong_plan, "text, file and hex belong before run or write; found the end", "");
    if (!executes) refuse(wrong_plan, "the plan has no exec", "");
    words_length = 0;
}

// Nothing is left behind and nothing was asked meanwhile: the server takes over.
static _Noreturn void take_over(char **arguments) {
    absolute(arguments[0]);
    int status;
    while (wait_child(&status) > 0) continue;
    const struct interval none = {0, 0};
    long signal = await_signal(stopping, &none);
    if (signal > 0) leave(128 + (int)signal);
    become(arguments);
}

static void perform(int verb, const char *rest, char **appended) {
    // Inputs stay valid until the line that takes them; every other line starts with an empty buffer.
    if (!input_count) words_length = 0;
    if (verb == verb_text) {
        add_input(input_text, literal(rest, 0));
        return;
    }
    split(rest, 0);
    check_words((enum verb)verb);
    switch ((enum verb)verb) {
    case verb_require_file: require_file(words); break;
    case verb_lock: lock(words[0]); break;
    case verb_clear: clear(words[0]); break;
    case verb_mkdir: make(words[0], words[1]); break;
    case verb_env: set_variable(words[0]); break;
    case verb_unset: unset_variable(words[0]); break;
    case verb_file: add_input(input_file, words[0]); break;
    case verb_hex: add_input(input_hex, words[0]); break;
    case verb_write: write_file(words[0], words[1]); break;
    case verb_run: run(words); break;
    case verb_sync: sync_all(words[0]); break;
    case verb_fsync: sync_path(words[0]); break;
    case verb_rename: move(words[0], words[1]); break;
    case verb_exec:
        for (; *appended; appended++) {
            if (word_count == most_words) refuse(wrong_call, "too many arguments", "");
            words[word_count++] = *appended;
        }
        words[word_count] = 0;
        take_over(words);
    case verb_unless: case verb_with: case verb_end: case verb_text: break;
    }
}

static void perform_plan(char **appended) {
    int skipped = 0;  // blocks entered since one was skipped, that one included
    for (int i = 0; i < line_count; i++) {
        line_number = i + 1;
        const char *rest = "";
        int verb = verb_of(lines[i], &rest);
        if (verb < 0) continue;
        int opens = verb == verb_unless || verb == verb_with;
        if (skipped) {
            skipped += opens - (verb == verb_end);
        } else if (opens) {
            if (!input_count) words_length = 0;
            split(rest, 0);
            const char *value = verb == verb_with ? value_of(words[0], length(words[0])) : 0;
            skipped = verb == verb_unless ? exists(words[0]) : !value || !*value;
        } else {
            perform(verb, rest, appended);
        }
    }
}

// Descriptors 0, 1 and 2 are open, so that no file of ours can take their place, and children can be waited for.
static void settle(void) {
    long file;
    do file = kernel(__NR_openat, AT_FDCWD, (long)"/dev/null", O_RDWR, 0, 0);
    while (file >= 0 && file <= 2);
    if (file > 2) close_file(file);
    set_default_action(SIGNAL_CHILD);
}

static _Noreturn void prepare(int count, char **arguments, char **given) {
    settle();
    if (count < 2) refuse(wrong_call, "usage: start PLAN [ARGUMENT...]", "");
    plan_name = arguments[1];
    adopt_environment(given);
    read_plan(plan_name);
    check_plan();
    // Blocked signals wait in line, for process 1 too; supervise() and take_over() pick them up.
    set_mask(stopping | SIGNAL(SIGNAL_CHILD), &mask_before);
    perform_plan(arguments + 2);
    refuse(wrong_plan, "the plan has no exec", "");
}

#ifdef HOSTED
int main(int count, char **arguments, char **given) { prepare(count, arguments, given); }
#else
// The kernel's first stack: count, arguments, null, environment, null, auxiliary vector.
__attribute__((used)) _Noreturn void begin(long *stack) {
    char **arguments = (char **)(stack + 1);
    prepare((int)stack[0], arguments, arguments + stack[0] + 1);
}
#endif
