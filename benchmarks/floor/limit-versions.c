/* SPDX-License-Identifier: Apache-2.0 */
/* The floor of matching: comparisons of Debian versions a second, by dpkg's own code on versions that are parsed already.
   cc -O3 -march=native limit-versions.c -ldpkg -o limit-versions; usage: limit-versions FILE (a version a line) */
#define LIBDPKG_VOLATILE_API 1
#include <dpkg/dpkg-db.h>
#include <dpkg/dpkg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int count, char **arguments)
{
	static char line[1 << 12];
	struct dpkg_version *versions = malloc(sizeof *versions * 200000);
	int n = 0;
	FILE *file = count > 1 ? fopen(arguments[1], "r") : NULL;
	push_error_context();
	while (file && n < 200000 && fgets(line, sizeof line, file)) {
		line[strcspn(line, "\n")] = 0;
		if (!parseversion(&versions[n], strdup(line), NULL))
			n++;
	}
	long compared = 0, older = 0;
	double start = now();
	for (int step = 1; step <= 100; step++)
		for (int i = 0; i + step < n; i++, compared++)
			older += dpkg_version_compare(&versions[i], &versions[i + step]) < 0;
	printf("{\"versions\":%d,\"compared\":%ld,\"rate\":%.0f,\"older\":%ld}\n", n, compared, compared / (now() - start), older);
	return n == 0;
}
