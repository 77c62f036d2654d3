// SPDX-License-Identifier: Apache-2.0
/* Reads pairs of versions, one a line with a tab between, and prints what dpkg's own code says of each: <, =, > or ? for what it refuses.
   cc dpkg-order.c -ldpkg */
#define LIBDPKG_VOLATILE_API 1
#include <dpkg/dpkg-db.h>
#include <dpkg/program.h>
#include <dpkg/dpkg.h>
#include <dpkg/version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As `dpkg --compare-versions` does: what it only warns of, it compares. */
static int refused(struct dpkg_version *version, const char *text)
{
	struct dpkg_error error = DPKG_ERROR_INIT;
	return parseversion(version, text, &error) < 0 && error.type != DPKG_MSG_WARN;
}

int main(void)
{
	static char line[1 << 16];
	push_error_context();
	while (fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = 0;
		char *tab = strchr(line, '\t');
		struct dpkg_version a, b;
		if (!tab)
			return 1;
		*tab = 0;
		if (refused(&a, line) || refused(&b, tab + 1)) {
			puts("?");
			continue;
		}
		int order = dpkg_version_compare(&a, &b);
		puts(order < 0 ? "<" : order > 0 ? ">" : "=");
	}
	return 0;
}
