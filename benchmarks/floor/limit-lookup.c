/* SPDX-License-Identifier: Apache-2.0 */
/* The floor of asking which images an advisory touches: a table that has every answer already, looked up by its primary key.
   cc -O3 -march=native limit-lookup.c -lsqlite3 -o limit-lookup; usage: limit-lookup PAIRS DATABASE (an advisory, a tab and the
   number of an image a line; each advisory is asked once) */
#include <sqlite3.h>
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
	char **names = malloc(sizeof *names * 100000);
	int n = 0;
	sqlite3 *database;
	sqlite3_stmt *statement;
	FILE *file = count > 2 ? fopen(arguments[1], "r") : NULL;
	if (!file || sqlite3_open(arguments[2], &database))
		return 1;
	sqlite3_exec(database,
		     "PRAGMA journal_mode = WAL; BEGIN;"
		     "CREATE TABLE touched (advisory TEXT NOT NULL, image INTEGER NOT NULL, PRIMARY KEY (advisory, image)) WITHOUT ROWID",
		     0, 0, 0);
	sqlite3_prepare_v2(database, "INSERT OR IGNORE INTO touched VALUES (?, ?)", -1, &statement, 0);
	while (fgets(line, sizeof line, file)) {
		char *tab = strchr(line, '\t');
		if (!tab)
			continue;
		*tab = 0;
		sqlite3_bind_text(statement, 1, line, -1, SQLITE_TRANSIENT);
		sqlite3_bind_int64(statement, 2, atol(tab + 1));
		sqlite3_step(statement);
		sqlite3_reset(statement);
		if (n < 100000 && (n == 0 || strcmp(names[n - 1], line)))
			names[n++] = strdup(line);
	}
	sqlite3_finalize(statement);
	sqlite3_exec(database, "COMMIT", 0, 0, 0);
	sqlite3_prepare_v2(database, "SELECT image FROM touched WHERE advisory = ?", -1, &statement, 0);
	double all = 0, slowest = 0;
	long touched = 0, widest = 0, sum = 0;
	/* The first round fills the cache. */
	for (int round = 0; round < 2; round++) {
		all = slowest = touched = widest = 0;
		for (int i = 0; i < n; i++) {
			long found = 0;
			double start = now();
			sqlite3_bind_text(statement, 1, names[i], -1, SQLITE_STATIC);
			for (; sqlite3_step(statement) == SQLITE_ROW; found++)
				sum += sqlite3_column_int64(statement, 0);
			sqlite3_reset(statement);
			double time = now() - start;
			all += time;
			slowest = time > slowest ? time : slowest;
			touched += found;
			widest = found > widest ? found : widest;
		}
	}
	printf("{\"asked\":%d,\"ask\":%.9f,\"slowest\":%.9f,\"touched\":%ld,\"widest\":%ld,\"sum\":%ld}\n", n, n ? all / n : 0, slowest,
	       touched, widest, sum);
	return n == 0;
}
