// SPDX-License-Identifier: Apache-2.0
// The floor of reading the tracker: simdjson parses the whole text and touches every record.
// c++ -O3 -march=native limit-tracker.cpp -lsimdjson -o limit-tracker; usage: limit-tracker FILE
#include <cstdio>
#include <ctime>
#include <simdjson.h>

static double now()
{
	timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int, char **arguments)
{
	simdjson::padded_string text;
	if (simdjson::padded_string::load(arguments[1]).get(text))
		return 1;
	double best = 1e9;
	size_t records = 0;
	for (int round = 0; round < 5; round++) {
		simdjson::dom::parser parser;
		double start = now();
		simdjson::dom::element root;
		if (parser.parse(text).get(root))
			return 1;
		double time = now() - start;
		if (time < best)
			best = time;
		records = 0;
		for (auto source : simdjson::dom::object(root))
			records += simdjson::dom::object(source.value).size();
	}
	printf("{\"bytes\":%zu,\"records\":%zu,\"parse\":%.6f}\n", text.size(), records, best);
}
