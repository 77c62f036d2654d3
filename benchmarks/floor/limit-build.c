// SPDX-License-Identifier: Apache-2.0
// The floor under a build: verified .debs -> compressed layer blobs and nothing else; no index, no resolver, no policy, no
// merged tree. For each .deb: SHA-256 of the file; data.tar.xz found in the ar; decoded by liblzma; SHA-256 of the tar;
// compressed; SHA-256 of the member; written. The largest package goes first.
//
// usage: limit-build THREADS deflate1|deflate6|zstd1|zstd3|zstd9|none OUTDIR FILE.deb...
// Prints one line of JSON: seconds of wall and processor time, bytes in, unpacked and out.
#include <fcntl.h>
#include <libdeflate.h>
#include <lzma.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

static char **files;
static int file_count;
static atomic_int next_file;
static const char *codec, *folder;
static atomic_long bytes_in, bytes_unpacked, bytes_out;
static int order[65536];
static long sizes[65536];

static void fail(const char *what, const char *where) {
    fprintf(stderr, "limit-build: %s: %s\n", what, where);
    exit(1);
}

static int larger_first(const void *a, const void *b) {
    long difference = sizes[*(const int *)b] - sizes[*(const int *)a];
    return difference > 0 ? 1 : difference < 0 ? -1 : 0;
}

static void sha256(const void *bytes, size_t count, unsigned char *out) { EVP_Digest(bytes, count, out, NULL, EVP_sha256(), NULL); }

static double seconds(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t unpack(const unsigned char *packed, size_t count, unsigned char **tar, size_t *capacity, const char *name) {
    lzma_stream stream = LZMA_STREAM_INIT;
    if (lzma_stream_decoder(&stream, UINT64_MAX, 0) != LZMA_OK) fail("no decoder", name);
    stream.next_in = packed;
    stream.avail_in = count;
    size_t done = 0;
    for (;;) {
        if (done == *capacity) *tar = realloc(*tar, *capacity *= 2);
        stream.next_out = *tar + done;
        stream.avail_out = *capacity - done;
        lzma_ret result = lzma_code(&stream, LZMA_FINISH);
        done = *capacity - stream.avail_out;
        if (result == LZMA_STREAM_END) break;
        if (result != LZMA_OK) fail("damaged xz", name);
    }
    lzma_end(&stream);
    return done;
}

static void write_blob(const unsigned char *digest, const unsigned char *bytes, size_t count) {
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/", folder);
    for (int i = 0; i < 32; i++) length += snprintf(path + length, sizeof path - (size_t)length, "%02x", digest[i]);
    int file = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0644);
    if (file < 0) fail("cannot write", path);
    for (size_t done = 0; done < count;) {
        ssize_t wrote = write(file, bytes + done, count - done);
        if (wrote < 0) fail("cannot write", path);
        done += (size_t)wrote;
    }
    close(file);
}

static void *work(void *unused) {
    (void)unused;
    struct libdeflate_compressor *deflate = NULL;
    ZSTD_CCtx *zstd = NULL;
    if (!strncmp(codec, "deflate", 7)) deflate = libdeflate_alloc_compressor(atoi(codec + 7));
    if (!strncmp(codec, "zstd", 4)) zstd = ZSTD_createCCtx();
    size_t capacity = 1 << 20, member_capacity = 0;
    unsigned char *tar = malloc(capacity), *member = NULL;
    for (;;) {
        int turn = atomic_fetch_add(&next_file, 1);
        if (turn >= file_count) break;
        const char *name = files[order[turn]];
        int file = open(name, O_RDONLY);
        struct stat status;
        if (file < 0 || fstat(file, &status)) fail("cannot read", name);
        size_t size = (size_t)status.st_size;
        unsigned char *deb = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
        close(file);
        unsigned char digest[32];
        sha256(deb, size, digest);

        const unsigned char *data = NULL;
        size_t data_size = 0;
        for (size_t offset = 8; offset + 60 <= size;) {
            size_t length = strtoul((char *)deb + offset + 48, NULL, 10);
            if (!memcmp(deb + offset, "data.tar.xz", 11)) {
                data = deb + offset + 60;
                data_size = length;
                break;
            }
            offset += 60 + length + (length & 1);
        }
        if (!data) fail("no data.tar.xz", name);

        size_t unpacked = unpack(data, data_size, &tar, &capacity, name);
        sha256(tar, unpacked, digest);
        if (member_capacity < unpacked + unpacked / 8 + 65536) {
            member_capacity = unpacked + unpacked / 8 + 65536;
            member = realloc(member, member_capacity);
        }
        const unsigned char *result = member;
        size_t count;
        if (deflate) count = libdeflate_gzip_compress(deflate, tar, unpacked, member, member_capacity);
        else if (zstd) count = ZSTD_compressCCtx(zstd, member, member_capacity, tar, unpacked, atoi(codec + 4));
        else { result = tar; count = unpacked; }
        sha256(result, count, digest);
        write_blob(digest, result, count);
        bytes_in += (long)size;
        bytes_unpacked += (long)unpacked;
        bytes_out += (long)count;
        munmap(deb, size);
    }
    return NULL;
}

int main(int argc, char **argv) {
    if (argc < 5) fail("usage", "limit-build THREADS CODEC OUTDIR FILE.deb...");
    int threads = atoi(argv[1]);
    codec = argv[2];
    folder = argv[3];
    files = argv + 4;
    file_count = argc - 4;
    mkdir(folder, 0755);
    for (int i = 0; i < file_count; i++) {
        struct stat status;
        if (stat(files[i], &status)) fail("cannot read", files[i]);
        sizes[i] = status.st_size;
        order[i] = i;
    }
    qsort(order, (size_t)file_count, sizeof *order, larger_first);
    double start = seconds(CLOCK_MONOTONIC);
    pthread_t workers[64];
    for (int i = 0; i < threads && i < 64; i++) pthread_create(&workers[i], NULL, work, NULL);
    for (int i = 0; i < threads && i < 64; i++) pthread_join(workers[i], NULL);
    printf(
        "{\"wall\": %.6f, \"cpu\": %.6f, \"packages\": %d, \"in\": %ld, \"unpacked\": %ld, \"out\": %ld}\n",
        seconds(CLOCK_MONOTONIC) - start, seconds(CLOCK_PROCESS_CPUTIME_ID), file_count, bytes_in, bytes_unpacked, bytes_out);
}
