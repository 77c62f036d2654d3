// SPDX-License-Identifier: Apache-2.0
// The floor of appending to a log: SHA-256 of every leaf and every inner node, one write and one fdatasync for each batch.
// usage: limit-log FILE ENTRIES BATCH SIZE        prints JSON
#define _GNU_SOURCE
#include <fcntl.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static int compare(const void *a, const void *b) { return (*(double *)a > *(double *)b) - (*(double *)a < *(double *)b); }

int main(int argc, char **argv) {
    if (argc != 5) return 64;
    long entries = atol(argv[2]), batch = atol(argv[3]), size = atol(argv[4]), done = 0, batches = 0;
    int file = open(argv[1], O_WRONLY | O_CREAT | O_EXCL, 0644);
    if (file < 0 || entries < 1 || batch < 1 || size < 8) return 1;
    unsigned char *leaf = malloc(size + 1), node[65], hash[32];
    unsigned char *buffer = malloc(batch * (size + 2 + 32));
    double *times = malloc(sizeof(double) * (entries / batch + 1));
    memset(leaf, 7, size + 1);
    memset(node, 1, sizeof node);
    double start = now();
    while (done < entries) {
        double begin = now();
        long count = entries - done < batch ? entries - done : batch, used = 0;
        for (long i = 0; i < count; i++) {
            leaf[0] = 0;
            memcpy(leaf + 1, &done, 8);
            SHA256(leaf, size + 1, hash);
            memcpy(node + 1, hash, 32);
            SHA256(node, 65, hash);
            memcpy(buffer + used, leaf, size);
            used += size + 2;
            memcpy(buffer + used, hash, 32);
            used += 32;
            done++;
        }
        if (write(file, buffer, used) != used || fdatasync(file) != 0) return 1;
        times[batches++] = (now() - begin) * 1e3;
    }
    double seconds = now() - start;
    qsort(times, batches, sizeof(double), compare);
    printf("{\"entries\":%ld,\"batch\":%ld,\"seconds\":%.6f,\"medianMilliseconds\":%.3f,\"longestMilliseconds\":%.3f}\n", entries, batch,
           seconds, times[batches / 2], times[batches - 1]);
    return 0;
}
