/* SPDX-License-Identifier: Apache-2.0 */
/* Only records without quotes and line ends are copied: so each broken record is one line, and what
 * landing rejects can be counted line by line. */
#include "pipeline/generate_damage.h"

#include <string.h>

enum { RECORDS_BETWEEN = 400, KINDS = 8, EXTRA = 32 };

/* A line being made from `row`; `last` is its last field. */
struct line {
	char bytes[GENERATE_ROW_SIZE + EXTRA];
	size_t len;
};

static void add(struct line *line, const char *bytes, size_t len)
{
	memcpy(line->bytes + line->len, bytes, len);
	line->len += len;
}

static void break_row(struct line *line, const char *row, size_t len, int kind, bool last_is_money)
{
	size_t first = (size_t)((const char *)memchr(row, ',', len) - row);
	size_t last = (size_t)((const char *)memrchr(row, ',', len) - row) + 1;
	static const char odd_bytes[] = "\xff\xc3(";
	const char *wrong = last_is_money ? "12.345" : "2018-02-30 10:00:00";
	switch (kind) {
	case 0: /* a field too few */
		add(line, row, last - 1);
		break;
	case 1: /* a field too many */
		add(line, row, len);
		add(line, ",surplus", 8);
		break;
	case 2: /* a quote within a field */
		add(line, row, first / 2);
		add(line, "\"", 1);
		add(line, row + first / 2, len - first / 2);
		break;
	case 3: /* a quote that never closes */
		add(line, "\"", 1);
		add(line, row, len);
		break;
	case 4: /* not of the type */
		add(line, row, last);
		add(line, "n/a", 3);
		break;
	case 5: /* too exact, or no day */
		add(line, row, last);
		add(line, wrong, strlen(wrong));
		break;
	case 6: /* not UTF-8 */
		add(line, odd_bytes, sizeof odd_bytes - 1);
		add(line, row, len);
		break;
	default: /* no key */
		add(line, row + first, len - first);
	}
	add(line, "\n", 1);
}

void generate_damage_after(struct generate_csv *csv, bool last_is_money)
{
	struct line line;
	if (csv->broken_due-- > 0)
		return;
	bool is_plain = !memchr(csv->row, '"', csv->last_len) &&
			!memchr(csv->row, '\n', csv->last_len) && csv->last_len > 0;
	if (!is_plain) {
		csv->broken_due = 0; /* the next one, then */
		return;
	}
	line.len = 0;
	break_row(&line, csv->row, csv->last_len, (int)(csv->broken % KINDS), last_is_money);
	generate_csv_broken(csv, line.bytes, line.len);
	csv->broken_due = RECORDS_BETWEEN;
}
