// SPDX-License-Identifier: Apache-2.0
//
// What every image of the catalog is for a program in it, whatever it is linked to. C and C++.
#ifndef IMAGE_H
#define IMAGE_H
#include "checks.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

// The whole file, with a NUL after it; NULL when it cannot be read or has over 16 MiB.
static inline char *whole(const char *path, size_t *size) {
    FILE *file = fopen(path, "r");
    if (!file) return NULL;
    size_t limit = 16u << 20, count = 0, read;
    char *text = (char *)malloc(limit + 1);
    while (text && count < limit && (read = fread(text + count, 1, limit - count, file)) > 0) count += read;
    fclose(file);
    if (!text) return NULL;
    text[count] = 0;
    *size = count;
    return text;
}

static inline void check_user(void) {
    check("the user is not root", getuid() != 0 && geteuid() != 0, "expected another user, found %d", (int)getuid());
    // By hand: a static program may not have the modules of the name service.
    int found = 0, named = 0;
    char home[64] = "";
    FILE *file = fopen("/etc/passwd", "r");
    for (struct passwd *user; file && (user = fgetpwent(file));) {
        if (!strcmp(user->pw_name, "root") && user->pw_uid == 0) found++;
        if (!strcmp(user->pw_name, "nobody") && user->pw_uid == 65534) found++;
        if (!strcmp(user->pw_name, "nonroot") && user->pw_uid == 65532) found++, snprintf(home, sizeof home, "%s", user->pw_dir);
    }
    if (file) fclose(file);
    check("root, nobody and nonroot have their numbers", found == 3, "expected 3 accounts in /etc/passwd, found %d", found);
    file = fopen("/etc/group", "r");
    for (struct group *group; file && (group = fgetgrent(file));) named += !strcmp(group->gr_name, "nonroot") && group->gr_gid == 65532;
    if (file) fclose(file);
    check("the group nonroot has its number", named == 1, "expected it once in /etc/group, found it %d times", named);
    struct stat facts;
    check("the home is there", *home && stat(home, &facts) == 0 && S_ISDIR(facts.st_mode), "expected the directory '%s', found: %s", home, strerror(errno));
}

static inline void check_files(void) {
    int file = open("/ashlar-was-here", O_CREAT | O_WRONLY, 0600);
    check("the root is read-only", file < 0 && errno == EROFS, "expected EROFS, found %s", file < 0 ? strerror(errno) : "a file that was written");
    char path[] = "/tmp/probe-XXXXXX", text[6] = "";
    file = mkstemp(path);
    check("/tmp holds what is written", file >= 0 && write(file, "stone", 5) == 5 && pread(file, text, 5, 0) == 5 && !strcmp(text, "stone"),
          "expected 'stone', found '%s': %s", text, strerror(errno));
    size_t size = 0;
    char *release = whole("/etc/os-release", &size);
    check("the system is Debian", release && strstr(release, "\nID=debian\n"), "expected ID=debian in /etc/os-release, found: %s", release ? release : "no file");
    free(release);
}

// Bytes of one certificate in PEM, decoded into `der`; -1 when it is not base64.
static inline long decoded(const char *text, const char *end, unsigned char *der, size_t limit) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned long bits = 0;
    int held = 0;
    size_t count = 0;
    for (; text < end; text++) {
        if (*text == '\n' || *text == '=') continue;
        const char *digit = *text ? strchr(digits, *text) : NULL;
        if (!digit) return -1;
        bits = bits << 6 | (unsigned long)(digit - digits);
        if ((held += 6) >= 8) {
            held -= 8;
            if (count >= limit) return -1;
            der[count++] = (unsigned char)(bits >> held);
        }
    }
    return (long)count;
}

static inline int holds(const unsigned char *bytes, long count, const char *text) {
    return memmem(bytes, (size_t)count, text, strlen(text)) != NULL;
}

static inline void check_certificates(void) {
    // Authorities that the servers of package archives and registries use; each has been in the list for over ten years.
    static const char *const known[] = {"ISRG Root X1", "DigiCert Global Root G2", "Amazon Root CA 1", "GTS Root R1"};
    int seen[4] = {0, 0, 0, 0}, count = 0, broken = 0;
    size_t size = 0;
    char *bundle = whole("/etc/ssl/certs/ca-certificates.crt", &size);
    static unsigned char der[65536];
    for (char *at = bundle; at && (at = strstr(at, "-----BEGIN CERTIFICATE-----\n"));) {
        at += strlen("-----BEGIN CERTIFICATE-----\n");
        char *end = strstr(at, "-----END CERTIFICATE-----\n");
        long length = end ? decoded(at, end, der, sizeof der) : -1;
        // A sequence whose length is exactly that of the certificate.
        if (length < 4 || der[0] != 0x30 || der[1] != 0x82 || (der[2] << 8 | der[3]) + 4 != length) {
            broken++;
            continue;
        }
        count++;
        for (int i = 0; i < 4; i++) seen[i] |= holds(der, length, known[i]);
        at = end;
    }
    free(bundle);
    check("the certificate bundle is whole", broken == 0 && count > 100, "expected over 100 certificates, found %d and %d broken ones", count, broken);
    for (int i = 0; i < 4; i++) check(known[i], seen[i], "expected it in /etc/ssl/certs/ca-certificates.crt, found it not");
}

static inline int offset(const char *zone, time_t moment, const char *abbreviation) {
    if (zone) setenv("TZ", zone, 1);
    else unsetenv("TZ");
    tzset();
    struct tm local;
    if (!localtime_r(&moment, &local) || strcmp(local.tm_zone, abbreviation)) return -1;
    return (int)local.tm_gmtoff;
}

static inline void check_zones(void) {
    const time_t winter = 1768478400, summer = 1784116800; // 2026-01-15 and 2026-07-15, noon
    int found = offset("Europe/Berlin", winter, "CET");
    check("winter in Berlin", found == 3600, "expected 3600 s, found %d", found);
    found = offset("Europe/Berlin", summer, "CEST");
    check("summer in Berlin", found == 7200, "expected 7200 s, found %d", found);
    found = offset("Asia/Kolkata", winter, "IST");
    check("half an hour in Kolkata", found == 19800, "expected 19800 s, found %d", found);
    found = offset(NULL, winter, "UTC");
    check("the time zone of the image is UTC", found == 0, "expected 0 s of UTC, found %d", found);
    struct stat facts;
    check("/etc/localtime leads somewhere", stat("/etc/localtime", &facts) == 0, "expected a zone, found: %s", strerror(errno));
}

static inline void check_names(void) {
    struct servent *service = getservbyname("https", "tcp");
    check("https is a service", service && service->s_port == htons(443), "expected port 443, found %d", service ? ntohs(service->s_port) : -1);
    struct protoent *protocol = getprotobyname("udp");
    check("udp is a protocol", protocol && protocol->p_proto == 17, "expected 17, found %d", protocol ? protocol->p_proto : -1);
    struct addrinfo *addresses = NULL, hints;
    memset(&hints, 0, sizeof hints);
    hints.ai_family = AF_INET;
    int status = getaddrinfo("localhost", "https", &hints, &addresses);
    check("localhost has an address", status == 0 && addresses, "expected one, found: %s", gai_strerror(status));
    if (addresses) freeaddrinfo(addresses);
}

static inline void check_image(void) {
    check_user();
    check_files();
    check_certificates();
    check_zones();
    check_names();
}
#endif
