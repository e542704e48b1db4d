/* SPDX-License-Identifier: Apache-2.0 */
/* generate: a made-up shop as nine files in the shape of the Olist data set: the same headings,
 * quoting and oddities, any size. For trying, for tests, for benches where the real files are not.
 *
 * Everything about the n-th order, product or seller is computed from the seed and n alone, with
 * whole numbers: so the bytes are the same on any machine, and memory does not grow with the size.
 * See docs/olist.md for what the data are like. */
#ifndef VITRINE_PIPELINE_GENERATE_H
#define VITRINE_PIPELINE_GENERATE_H

#include <stdbool.h>
#include <stdint.h>

struct error;

enum generate_file {
	GENERATE_CUSTOMERS,
	GENERATE_GEOLOCATION,
	GENERATE_ITEMS,
	GENERATE_PAYMENTS,
	GENERATE_REVIEWS,
	GENERATE_ORDERS,
	GENERATE_PRODUCTS,
	GENERATE_SELLERS,
	GENERATE_TRANSLATION,
	GENERATE_FILES
};

struct generate_settings {
	const char *folder; /* made when it is missing */
	int64_t orders;     /* 1 to GENERATE_ORDERS_MAX */
	uint64_t seed;
	bool damage; /* broken records are put between the good ones, which stay the same */
};

struct generate_report {
	struct {
		int64_t records; /* good ones */
		int64_t broken;
		int64_t bytes;
	} files[GENERATE_FILES];
};

/* "olist_orders_dataset.csv" */
const char *generate_file_name(enum generate_file file);

/* How many of the nine files are in the folder already: they would be replaced.
 * Fails: DENIED, IO, MEMORY. */
int generate_count_present(const char *folder, int *out, struct error *err);

/* Write the nine files, each under a passing name (.part, which landing leaves alone) until all are
 * whole. On failure none of them is replaced and nothing passing is left.
 * Fails: DENIED, DISK_FULL, IO, CANCELED (Ctrl-C), MEMORY.
 * Cost: one processor; about 0.6 KB of files an order. */
int generate_write(const struct generate_settings *settings, struct generate_report *out,
		   struct error *err);

#endif
