// SPDX-License-Identifier: Apache-2.0
//
// The environment, and the words of a line after variables were put in.

#ifndef ASHLAR_WORDS_H
#define ASHLAR_WORDS_H

#include "message.h"

enum {
    most_variables = 1024,
    most_words = 128,
};

static char *environment[most_variables + 1];
static char kept[64 * 1024];
static size_t kept_length;

static void adopt_environment(char **given) {
    size_t count = 0;
    for (; given[count]; count++) {
        if (count == most_variables) refuse(wrong_setting, "more environment variables than 1024", "");
        environment[count] = given[count];
    }
    environment[count] = 0;
}

// The variable whose name is the first `count` bytes of `name`: its place in the environment, or -1.
static long place_of(const char *name, size_t count) {
    for (long i = 0; environment[i]; i++) {
        size_t k = 0;
        while (k < count && environment[i][k] == name[k]) k++;
        if (k == count && environment[i][k] == '=') return i;
    }
    return -1;
}

static const char *value_of(const char *name, size_t count) {
    long place = place_of(name, count);
    return place < 0 ? 0 : environment[place] + count + 1;
}

static int is_name(const char *text, size_t count) {
    if (!count) return 0;
    for (size_t i = 0; i < count; i++) {
        char c = text[i];
        int letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
        if (!letter && !(i && c >= '0' && c <= '9')) return 0;
    }
    return 1;
}

static size_t name_length(const char *setting) {
    size_t count = 0;
    while (setting[count] && setting[count] != '=') count++;
    return count;
}

static void set_variable(const char *setting) {
    size_t size = length(setting) + 1, name = name_length(setting);
    if (size > sizeof kept - kept_length) refuse(wrong_plan, "env: too many or too long variables", "");
    char *copy = memcpy(kept + kept_length, setting, size);
    kept_length += size;
    long place = place_of(setting, name);
    if (place < 0) {
        for (place = 0; environment[place]; place++) continue;
        if (place == most_variables) refuse(wrong_setting, "more environment variables than 1024", "");
        environment[place + 1] = 0;
    }
    environment[place] = copy;
}

static void unset_variable(const char *name) {
    long place = place_of(name, length(name));
    if (place < 0) return;
    for (; environment[place]; place++) environment[place] = environment[place + 1];
}

// The words of one line after variables were put in. Input lines keep theirs until the next `run` or `write`.
static char words_text[64 * 1024];
static size_t words_length;
static char *words[most_words + 1];
static int word_count;

static void put(char byte) {
    if (words_length == sizeof words_text) refuse(wrong_plan, "the line is too long after its variables were put in", "");
    words_text[words_length++] = byte;
}

// Puts in the value of `${NAME}` or `${NAME:-default}` and gives the byte after it. In the first pass only the form is checked.
static const char *put_variable(const char *at, int checking) {
    const char *name = at + 2, *close = name;
    while (*close && *close != '}') close++;
    if (!*close) refuse(wrong_plan, "a variable has no closing brace: ", at);
    size_t count = 0;
    while (name + count < close && name[count] != ':') count++;
    const char *otherwise = 0;
    if (name + count < close) {
        if (name[count + 1] != '-') refuse(wrong_plan, "expected ${NAME} or ${NAME:-default}: ", at);
        otherwise = name + count + 2;
    }
    if (!is_name(name, count)) refuse(wrong_plan, "not the name of a variable: ", at);
    for (const char *c = otherwise; c && c < close; c++)
        if (*c == '$' || *c == '{') refuse(wrong_plan, "a default holds no further variable: ", at);
    if (checking) return close + 1;
    const char *value = value_of(name, count);
    if (value && (*value || !otherwise)) {
        for (; *value; value++) {
            if ((unsigned char)*value < 0x20) refuse(wrong_setting, "a control character in the value of variable ", at);
            put(*value);
        }
    } else if (otherwise) {
        while (otherwise < close) put(*otherwise++);
    } else {
        refuse(wrong_setting, "variable is not set: ", at);
    }
    return close + 1;
}

// A line's words: separated by spaces; "…" holds spaces, with \" and \\ inside.
static void split(const char *at, int checking) {
    word_count = 0;
    for (;;) {
        while (*at == ' ' || *at == '\t') at++;
        if (!*at) break;
        if (word_count == most_words) refuse(wrong_plan, "more words than 128", "");
        words[word_count++] = words_text + words_length;
        int quoted = 0;
        for (; *at && (quoted || (*at != ' ' && *at != '\t')); ) {
            if (*at == '"') {
                quoted = !quoted;
                at++;
            } else if (quoted && *at == '\\') {
                if (at[1] != '"' && at[1] != '\\') refuse(wrong_plan, "after a backslash expected \" or \\", "");
                put(at[1]);
                at += 2;
            } else if (at[0] == '$' && at[1] == '{') {
                at = put_variable(at, checking);
            } else {
                put(*at++);
            }
        }
        if (quoted) refuse(wrong_plan, "a quotation mark is not closed", "");
        put(0);
    }
    words[word_count] = 0;
}

// The rest of a `text` line, byte for byte but for variables.
static char *literal(const char *at, int checking) {
    char *start = words_text + words_length;
    while (*at) {
        if (at[0] == '$' && at[1] == '{') at = put_variable(at, checking);
        else put(*at++);
    }
    put('\n');
    put(0);
    return start;
}

static const char *absolute(const char *path) {
    if (path[0] != '/') refuse(wrong_setting, "expected an absolute path, found: ", path);
    for (const char *c = path; *c; c++)
        if (c[0] == '/' && c[1] == '.' && c[2] == '.' && (c[3] == '/' || !c[3])) refuse(wrong_setting, "'..' in a path: ", path);
    if (length(path) > 4000) refuse(wrong_setting, "path too long", "");
    return path;
}

static int octal(const char *text) {
    int mode = 0;
    size_t count = 0;
    for (; text[count] >= '0' && text[count] <= '7'; count++) mode = mode * 8 + text[count] - '0';
    if (text[count] || count < 3 || count > 4 || mode > 0777) refuse(wrong_plan, "expected a mode such as 0700, found: ", text);
    return mode;
}

#endif
