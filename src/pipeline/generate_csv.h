/* SPDX-License-Identifier: Apache-2.0 */
/* generate_csv: one CSV file being written, as Olist's are: LF, no quotes where none are needed but
 * for ids that begin with a digit. Fields are added left to right and a row is ended; the first
 * failure is kept and told by generate_csv_close(), so that writing needs no checks between. */
#ifndef VITRINE_PIPELINE_GENERATE_CSV_H
#define VITRINE_PIPELINE_GENERATE_CSV_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/own.h"
#include "pipeline/generate_order.h"

struct error;

enum { GENERATE_ROW_SIZE = 4096 };

struct generate_csv {
	FILE *file;
	char *path;        /* the passing name, until generate_csv_keep() */
	int errnum;        /* of the first failure; 0 = none */
	bool ends_between; /* CRLF between the rows and none after the last, else LF after each */
	int64_t records, broken, bytes;
	int64_t broken_due; /* records until the next broken one; generate_damage's own */
	size_t len;         /* of the row so far */
	size_t last_len;    /* of the row ended last, which stands until a field is added */
	char row[GENERATE_ROW_SIZE];
};

/* Begin "<folder>/<name>.part" with its heading, which is written as it is. Owner: caller, until
 * generate_csv_done(). Fails: DENIED, IO, MEMORY. */
int generate_csv_open(struct generate_csv *csv, const char *folder, const char *name,
		      const char *heading, struct error *err);
/* Closes; removes the file unless it was kept. */
void generate_csv_done(struct generate_csv *csv);
OWN_DEFINE_EMBEDDED(generate_csv, generate_csv_done)

void generate_csv_text(struct generate_csv *csv, const char *text);   /* quoted where it must be */
void generate_csv_quoted(struct generate_csv *csv, const char *text); /* always */
void generate_csv_id(struct generate_csv *csv, const char *id); /* when it begins with a digit */
void generate_csv_int(struct generate_csv *csv, int64_t value);
void generate_csv_money(struct generate_csv *csv, int32_t centavos);
void generate_csv_time(struct generate_csv *csv, int64_t seconds); /* GENERATE_NO_TIME = empty */
void generate_csv_empty(struct generate_csv *csv);
void generate_csv_end_row(struct generate_csv *csv);
/* Bytes as they are, with what ends them; they count as a broken record. */
void generate_csv_broken(struct generate_csv *csv, const char *bytes, size_t len);

/* Write what is buffered. Fails: DISK_FULL, IO. */
int generate_csv_close(struct generate_csv *csv, struct error *err);
/* Give the closed file its name. Fails: DENIED, IO. */
int generate_csv_keep(struct generate_csv *csv, struct error *err);

#endif
