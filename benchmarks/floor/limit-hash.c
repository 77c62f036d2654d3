// SPDX-License-Identifier: Apache-2.0
// The floor under reading and verifying files: each is mapped and its SHA-256 computed.
//
// usage: limit-hash FILE...        Prints one line of JSON: seconds of wall time, bytes.
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
    double start = now();
    size_t bytes = 0;
    for (int argument = 1; argument < argc; argument++) {
        int file = open(argv[argument], O_RDONLY);
        struct stat status;
        if (file < 0 || fstat(file, &status)) return 1;
        size_t size = (size_t)status.st_size;
        void *content = size ? mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0) : NULL;
        close(file);
        unsigned char digest[32];
        EVP_Digest(content ? content : "", size, digest, NULL, EVP_sha256(), NULL);
        if (content) munmap(content, size);
        bytes += size;
    }
    printf("{\"wall\": %.6f, \"bytes\": %zu}\n", now() - start, bytes);
}
