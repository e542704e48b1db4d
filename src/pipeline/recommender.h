/* SPDX-License-Identifier: Apache-2.0 */
/* recommender: one entry of `recommenders:` in vitrine.yaml: from which tables it learns, what it
 * may offer, and the tables it makes. Reference: docs/reference/vitrine-yaml.md.
 *
 * Its tables are models like those of models/: description, key, columns and checks come from a
 * text of ours (recommender_tables.c) in the form of a model's file, whose SELECT reads what the
 * step found from the schema `found`. So catalog, checks and publishing know no difference. */
#ifndef VITRINE_PIPELINE_RECOMMENDER_H
#define VITRINE_PIPELINE_RECOMMENDER_H

#include "pipeline/model_file.h"

struct dependencies;
struct dependencies_source;
struct yaml_node;

enum {
	RECOMMENDER_FILTERS_MAX = 16,
	RECOMMENDER_LENGTH_MAX = 200,
	RECOMMENDER_TRIALS_MAX = 1000,
	RECOMMENDER_BANDS_MAX = 1000,
	RECOMMENDER_VERSION_SIZE = 13, /* of the name of trained models: hexadecimal digits */
};

/* What it reads. Their SELECTs give, as texts but for the numbers:
 *	events   person, item, time_us, weight, price, basket, seller; by rising times
 *	items    item, category, price, seller, available, then a column a filter
 *	persons  person, segment
 *	consent  person: those who declined */
enum recommender_input {
	RECOMMENDER_EVENTS,
	RECOMMENDER_ITEMS,
	RECOMMENDER_PERSONS,
	RECOMMENDER_CONSENT,
	RECOMMENDER_INPUTS
};

/* A table or a SELECT, and what is in which column; NULL = not given. */
struct recommender_source {
	const char *table, *sql, *where;
	const char *person, *item, *time, *weight, *price; /* of events */
	const char *basket;                                /* of events: an order, a session */
	const char *seller;                                /* of events and items */
	const char *category, *available;                  /* of items */
	const char *segment;                               /* of persons */
	const char *allowed;                               /* of consent */
	bool is_given;
	int line, column;
};

/* What it makes. */
enum recommender_table {
	RECOMMENDER_LISTS,    /* the best items for each person */
	RECOMMENDER_SIMILAR,  /* items beside each item */
	RECOMMENDER_AFFINITY, /* price bands of each person */
	RECOMMENDER_REPORT,   /* who won, for whom, by how much */
	RECOMMENDER_TABLES
};

struct recommender_filter {
	const char *name, *sql; /* a condition over the items' columns */
	int line, column;
};

struct recommender {
	const char *name;
	struct recommender_source inputs[RECOMMENDER_INPUTS];
	int64_t length;           /* of a list */
	bool keep_seen;           /* what a person has may come again */
	bool one_list;            /* one list for everybody is no error */
	struct words models;      /* recipes (recs/recipe.h); none = those that suit */
	int64_t trials;           /* of the search for settings, each recipe */
	int64_t trials_within_us; /* none is begun after so long; 0 = no bound */
	int64_t seed;             /* of all that is drawn */
	/* A contest decides for so long, what was trained is kept for so long; neither is a reason
	 * to do anything while the inputs stand. */
	int64_t contest_after_us, train_after_us;
	int64_t band_width, band_count; /* of prices: (0, width], ... and all above */
	struct recommender_filter *filters;
	size_t filter_count;
	/* "delivery.recommendations"; NULL = not made. The first also names its step. */
	const char *names[RECOMMENDER_TABLES];
	struct model tables[RECOMMENDER_TABLES]; /* of those made */
	int line, column;
};

/* Read one entry; everything hangs on the reader's arena. Fails: PROJECT at its place, MEMORY. */
int recommender_read(const struct project_reader *reader, const char *name,
		     const struct yaml_node *settings, struct recommender *out, struct error *err);
/* Fill in `tables` by `names`. Fails: MEMORY, PROJECT. */
int recommender_define_tables(const struct project_reader *reader, struct recommender *recommender,
			      struct error *err);

/* The SELECT of an input that was given. Owner: caller. Fails: MEMORY. */
char *recommender_input_sql(const struct recommender *recommender, enum recommender_input input,
			    struct error *err);
/* The tables that all inputs read. Fails: as dependencies_find(), at the inputs' places. */
int recommender_dependencies(const struct dependencies_source *source,
			     const struct recommender *recommender, struct dependencies *out,
			     struct error *err);
/* Put an error of an input's SELECT where the input is written. Returns -1. */
int recommender_input_error(const struct recommender *recommender, enum recommender_input input,
			    struct error *err);

/* Every setting that changes what is made, but for the SELECTs. Owner: caller. Fails: MEMORY. */
char *recommender_settings_text(const struct recommender *recommender, struct error *err);

#endif
