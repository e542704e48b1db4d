/* SPDX-License-Identifier: Apache-2.0 */
/* The bench of reading CSV: the same file, the same engine, the same aggregate and the same Parquet
 * file, by our reader and by DuckDB's read_csv with rejects kept, in turns. Before anything is
 * timed both must give the same sums. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "csv/load.h"
#include "csv/records.h"
#include "csv/split.h"
#include "engine/csv_table.h"
#include "engine/engine.h"

enum { ROUNDS_MAX = 100 };

static const struct csv_column columns[] = {
	{.name = "order_id", .type = {CSV_TEXT}, .required = true, .field = 0},
	{.name = "item", .type = {CSV_BIGINT}, .field = 1},
	{.name = "seller", .type = {CSV_INTEGER}, .field = 2},
	{.name = "bought", .type = {CSV_TIMESTAMP}, .field = 3},
	{.name = "shipped", .type = {CSV_DATE}, .field = 4},
	{.name = "price", .type = {CSV_DECIMAL, 18, 2}, .field = 5},
	{.name = "freight", .type = {CSV_DECIMAL, 18, 2}, .field = 6},
	{.name = "state", .type = {CSV_TEXT}, .field = 7},
	{.name = "comment", .type = {CSV_TEXT}, .field = 8},
};

static const char read_csv[] =
	"read_csv(%s, header = true, auto_detect = false, delim = ',', quote = '\"', escape = "
	"'\"', "
	"store_rejects = true, columns = {'order_id': 'VARCHAR', 'item': 'BIGINT', "
	"'seller': 'INTEGER', 'bought': 'TIMESTAMP', 'shipped': 'DATE', 'price': 'DECIMAL(18,2)', "
	"'freight': 'DECIMAL(18,2)', 'state': 'VARCHAR', 'comment': 'VARCHAR'})";

static const char aggregate[] =
	"select count(*), sum(item), sum(seller), max(bought), max(shipped), sum(price), "
	"sum(freight), sum(length(order_id)), sum(length(state)), sum(length(comment)) from ";

static void check(int result, const struct error *err)
{
	if (result >= 0)
		return;
	fprintf(stderr, "bench: %s\n", err->message);
	exit(1);
}

/* ---- the file ---- */

static unsigned draw(unsigned below)
{
	static uint64_t seed = 42;
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % below;
}

static void write_comment(FILE *file)
{
	static const char *const words[] = {"recebi",  "bem",  "antes", "do",    "prazo",
					    "produto", "veio", "certo", "muito", "bom"};
	if (draw(10) >= 3)
		return;
	fputc('"', file);
	for (unsigned i = 3 + draw(14); i > 0; i--) {
		fputs(words[draw(10)], file);
		fputs(draw(30) ? " " : draw(2) ? "\n" : "\"\"", file);
	}
	fputc('"', file);
}

static void write_csv(const char *path, int64_t bytes)
{
	FILE *file = fopen(path, "w");
	if (!file) {
		perror(path);
		exit(1);
	}
	fputs("order_id,item,seller,bought,shipped,price,freight,state,comment\n", file);
	for (unsigned i = 0; ftell(file) < bytes; i++) {
		fprintf(file, "%08x%08x%08x%08x,%u,%u,", draw(1u << 30), i, draw(1u << 30),
			draw(1u << 30), i, draw(100000));
		fprintf(file, "2018-%02u-%02u %02u:%02u:%02u,2018-%02u-%02u,", 1 + draw(12),
			1 + draw(28), draw(24), draw(60), draw(60), 1 + draw(12), 1 + draw(28));
		fprintf(file, "%u.%02u,%u.%02u,%c%c,", draw(2000), draw(100), draw(80), draw(100),
			'A' + draw(26), 'A' + draw(26));
		write_comment(file);
		fputc('\n', file);
	}
	fclose(file);
}

/* ---- the ways ---- */

struct bench {
	struct engine_session *session;
	const char *path, *folder, *from[2];
	struct csv_load *load;
	char answer[512];
};

static void run_aggregate(struct bench *bench, int way)
{
	struct error err;
	OWNED(engine_result) *result = NULL;
	OWNED_MEMORY char *sql = text_format(&err, "%s%s", aggregate, bench->from[way]);
	check(sql ? 0 : -1, &err);
	check(engine_session_query(bench->session, sql, &result, &err), &err);
	check(engine_result_next(result, &err), &err);
	bench->answer[0] = '\0';
	for (size_t i = 0; i < engine_result_column_count(result); i++) {
		strcat(bench->answer, i ? " " : "");
		strcat(bench->answer, engine_result_text(result, i, NULL));
	}
}

static void run_build(struct bench *bench, int way)
{
	struct error err;
	HELD(engine_output) output = {0};
	OWNED_MEMORY char *sql = text_format(&err,
					     "select order_id, item, seller, bought, shipped, "
					     "price, freight, state, comment from %s",
					     bench->from[way]);
	struct engine_build build = {.sql = sql, .out_folder = bench->folder};
	check(sql ? 0 : -1, &err);
	check(engine_session_build(bench->session, &build, &output, &err), &err);
	for (size_t i = 0; i < output.count; i++)
		remove(output.files[i].path);
}

/* The finder alone, and with it the splitter: what one thread could hand out. */
static void run_finder(struct bench *bench, int way)
{
	struct error err;
	OWNED(csv_records) *records = NULL;
	HELD(csv_span) span = {0};
	struct csv_split split;
	struct csv_record record;
	size_t ends[9];
	const struct csv_scan_marks marks = {',', '"'};
	struct csv_records_settings settings = {.path = bench->path,
						.dialect = {.delimiter = ',', .quote = '"'}};
	check(csv_records_open(&settings, &records, &err), &err);
	for (;;) {
		int got = csv_records_next(records, &span, NULL, &err);
		check(got, &err);
		if (got == 0)
			return;
		csv_split_init(&split, csv_scan_chosen(), marks, span.bytes, span.len, span.line,
			       ends, 9);
		while (way && csv_split_next(&split, &record))
			;
	}
}

/* The load alone, on one thread: everything but DuckDB. */
static void set_nothing(void *context, size_t row, const char *bytes, size_t len)
{
	(void)context, (void)row, (void)bytes, (void)len;
}

static void run_load(struct bench *bench, int way)
{
	static int64_t values[9][2048], lines[2048];
	static uint64_t validity[9][32];
	struct error err;
	OWNED(csv_worker) *worker = NULL;
	struct csv_vector vectors[9];
	(void)way;
	for (int i = 0; i < 9; i++)
		vectors[i] = (struct csv_vector){values[i], validity[i], set_nothing, NULL};
	check(csv_load_begin(bench->load, &err), &err);
	check(csv_worker_new(bench->load, &worker, &err), &err);
	for (;;) {
		int64_t got = csv_worker_next(worker, 2048, vectors, lines, NULL, NULL, &err);
		check((int)got, &err);
		if (got == 0)
			return;
	}
}

/* ---- timing ---- */

static int compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

/* Processor time of all threads: what other programs do to the clock, they do less to this. */
static int64_t processor_us(void)
{
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * (int64_t)1000000 +
	       usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

static void time_ways(struct bench *bench, const char *name, const char *const ways[2],
		      void (*run)(struct bench *bench, int way), int rounds, int64_t bytes)
{
	int64_t wall[2][ROUNDS_MAX], cpu[2][ROUNDS_MAX];
	for (int round = 0; round < rounds; round++)
		for (int way = 0; way < 2; way++) {
			int64_t begin = clock_monotonic_us(), begin_cpu = processor_us();
			run(bench, way);
			wall[way][round] = clock_monotonic_us() - begin;
			cpu[way][round] = processor_us() - begin_cpu;
		}
	for (int way = 0; way < 2; way++) {
		qsort(wall[way], (size_t)rounds, sizeof **wall, compare);
		qsort(cpu[way], (size_t)rounds, sizeof **cpu, compare);
		printf("%-22s %-10s best %5.0f MB/s, median %5.0f; processor %.2f s\n", name,
		       ways[way], (double)bytes / (double)wall[way][0],
		       (double)bytes / (double)wall[way][rounds / 2], (double)cpu[way][0] / 1e6);
	}
	printf("%-22s ratio %.2f by the clock, %.2f by processor time\n", name,
	       (double)wall[1][0] / (double)wall[0][0], (double)cpu[1][0] / (double)cpu[0][0]);
}

static void time_all(struct bench *bench, int rounds, int64_t bytes)
{
	static const char *const readers[] = {"ours", "read_csv"};
	static const char *const parts[] = {"records", "and fields"};
	static const char *const load[] = {"load", "load again"};
	time_ways(bench, "finding, 1 thread", parts, run_finder, rounds, bytes);
	time_ways(bench, "typing, 1 thread", load, run_load, rounds, bytes);
	time_ways(bench, "all columns aggregated", readers, run_aggregate, rounds, bytes);
	time_ways(bench, "to Parquet", readers, run_build, rounds, bytes);
}

static void open_bench(struct bench *bench, struct engine *engine)
{
	struct error err;
	HELD(text) literal = {0};
	const struct csv_load_settings settings = {
		.path = bench->path,
		.dialect = {.delimiter = ',', .quote = '"', .decimal = '.', .header = true},
		.columns = columns,
		.column_count = sizeof columns / sizeof *columns,
		.field_count = sizeof columns / sizeof *columns};
	check(engine_session_open(engine, &bench->session, &err), &err);
	check(csv_load_new(&settings, &bench->load, &err), &err);
	check(engine_session_add_csv(bench->session, "landing", "t", bench->load, &err), &err);
	text_add_literal(&literal, bench->path);
	bench->from[0] = "landing.t";
	bench->from[1] = text_format(&err, read_csv, literal.data);
	check(bench->from[1] ? 0 : -1, &err);
}

static void check_equal(struct bench *bench)
{
	run_aggregate(bench, 0);
	OWNED_MEMORY char *ours = strdup(bench->answer);
	run_aggregate(bench, 1);
	printf("%s\n", ours);
	if (strcmp(ours, bench->answer) == 0)
		return;
	fprintf(stderr, "bench: the readers differ: %s\n", bench->answer);
	exit(1);
}

int main(int argc, char **argv)
{
	struct error err;
	OWNED(engine) *engine = NULL;
	if (argc != 4) {
		fprintf(stderr, "usage: csv FOLDER MEGABYTES ROUNDS\n");
		return 2;
	}
	OWNED_MEMORY char *path = text_format(&err, "%s/bench.csv", argv[1]);
	int64_t bytes = atoll(argv[2]) * 1000000;
	int rounds = atoi(argv[3]);
	rounds = rounds < 1 ? 1 : rounds > ROUNDS_MAX ? ROUNDS_MAX : rounds;
	check(path ? 0 : -1, &err);
	write_csv(path, bytes);
	struct bench bench = {.path = path, .folder = argv[1]};
	check(engine_open(&(struct engine_settings){.temporary = argv[1]}, &engine, &err), &err);
	open_bench(&bench, engine);
	check_equal(&bench);
	time_all(&bench, rounds, bytes);
	engine_session_close(bench.session);
	csv_load_free(bench.load);
	free((void *)(uintptr_t)bench.from[1]);
	return 0;
}
