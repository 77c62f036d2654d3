// SPDX-License-Identifier: Apache-2.0
// The floor under loading package indexes: SHA-256 of each Packages.xz, xz decoding, and one scan that finds every stanza,
// cuts out twelve fields and hashes the names. Nothing is kept, so nothing could be asked afterwards.
//
// usage: limit-index Packages.xz...
// Prints one line of JSON: seconds of wall time in all and by step, stanzas, fields.
#include <fcntl.h>
#include <lzma.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *const names[] = {
    "Package: ", "Version: ", "Architecture: ", "Depends: ", "Pre-Depends: ", "Provides: ",
    "Filename: ", "SHA256: ", "Size: ", "Source: ", "Multi-Arch: ", "Priority: ",
};
enum { name_count = sizeof names / sizeof *names };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
    double hashing = 0, decoding = 0, scanning = 0;
    size_t stanzas = 0, fields = 0, field_bytes = 0;
    uint64_t hash = 0;
    size_t lengths[name_count];
    for (int i = 0; i < name_count; i++) lengths[i] = strlen(names[i]);
    for (int argument = 1; argument < argc; argument++) {
        int file = open(argv[argument], O_RDONLY);
        struct stat status;
        if (file < 0 || fstat(file, &status)) return 1;
        double start = now();
        char *packed = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
        close(file);
        unsigned char digest[32];
        EVP_Digest(packed, (size_t)status.st_size, digest, NULL, EVP_sha256(), NULL);
        double hashed = now();

        size_t capacity = 128 << 20;
        char *text = malloc(capacity);
        lzma_stream stream = LZMA_STREAM_INIT;
        if (lzma_stream_decoder(&stream, UINT64_MAX, 0) != LZMA_OK) return 1;
        stream.next_in = (uint8_t *)packed;
        stream.avail_in = (size_t)status.st_size;
        stream.next_out = (uint8_t *)text;
        stream.avail_out = capacity;
        if (lzma_code(&stream, LZMA_FINISH) != LZMA_STREAM_END) return 1;
        size_t size = capacity - stream.avail_out;
        lzma_end(&stream);
        double decoded = now();

        for (char *line = text, *end = text + size; line < end;) {
            char *stop = memchr(line, '\n', (size_t)(end - line));
            if (!stop) stop = end;
            if (stop == line) stanzas++;
            for (int i = 0; i < name_count && stop != line; i++) {
                if (line[0] != names[i][0] || (size_t)(stop - line) <= lengths[i] || memcmp(line, names[i], lengths[i])) continue;
                fields++;
                field_bytes += (size_t)(stop - line) - lengths[i];
                uint64_t own = 1469598103934665603u;
                if (i == 0) for (char *c = line + lengths[i]; c < stop; c++) own = (own ^ (uint8_t)*c) * 1099511628211u;
                hash ^= own;
                break;
            }
            line = stop + 1;
        }
        double scanned = now();
        hashing += hashed - start;
        decoding += decoded - hashed;
        scanning += scanned - decoded;
        free(text);
        munmap(packed, (size_t)status.st_size);
    }
    printf(
        "{\"wall\": %.6f, \"hash\": %.6f, \"decode\": %.6f, \"scan\": %.6f, \"stanzas\": %zu, \"fields\": %zu, \"bytes\": %zu, \"check\": \"%lx\"}\n",
        hashing + decoding + scanning, hashing, decoding, scanning, stanzas, fields, field_bytes, (unsigned long)hash);
}
