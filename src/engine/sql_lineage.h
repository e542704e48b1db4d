/* SPDX-License-Identifier: Apache-2.0 */
/* sql_lineage: what the three parts of lineage share: sql_lineage.c (FROM),
 * sql_lineage_select.c (queries) and sql_lineage_names.c (expressions and what their names mean).
 * Private to sql. */
#ifndef VITRINE_ENGINE_SQL_LINEAGE_H
#define VITRINE_ENGINE_SQL_LINEAGE_H

#include "engine/sql.h"
#include "engine/sql_columns.h"

struct json;

struct sql_id {
	size_t reference;
	const char *column;
};

struct sql_lineage {
	const struct sql_statement *statement;
	const struct sql_catalog *catalog;
	struct arena *arena;
	struct sql_id *ids; /* what each number of a mark stands for; on the heap */
	size_t id_count, id_capacity;
	bool is_unsure; /* something was met whose columns cannot be told */
};

/* What stands behind FROM, by the name it goes by. */
struct sql_relation {
	const char *schema, *name;
	struct sql_columns_list columns;
	struct sql_relation *next;
};

/* A common table expression in scope, innermost first. */
struct sql_cte {
	const struct sql_cte *outer;
	const char *name;
	struct sql_columns_list columns;
	struct sql_marks conditions;
};

/* Names that a lambda's parameters take. */
struct sql_lambda {
	const struct sql_lambda *outer;
	const struct json *parameters;
};

/* What names mean in one SELECT. */
struct sql_names {
	const struct sql_names *outer; /* of the query around it */
	const struct sql_cte *ctes;
	struct sql_relation *relations;  /* in the order of FROM */
	struct sql_columns_list row;     /* what * gives */
	struct sql_columns_list aliases; /* of the select list so far */
	const struct sql_lambda *lambdas;
	struct sql_marks *conditions; /* of this query and those below it */
};

/* The number of a column of a reference. */
int sql_lineage_number(struct sql_lineage *lineage, size_t reference, const char *column,
		       size_t *out, struct error *err);
/* Add to `marks` what an expression, or anything that holds some, mentions. */
int sql_lineage_expression(struct sql_lineage *lineage, const struct json *node,
			   struct sql_names *names, struct sql_marks *marks, bool counted,
			   struct error *err);
/* Bring what stands behind FROM into `names`, and its columns into `row`. */
int sql_lineage_from(struct sql_lineage *lineage, const struct json *node, struct sql_names *names,
		     struct sql_columns_list *row, struct error *err);
int sql_lineage_append(struct sql_lineage *lineage, struct sql_columns_list *into,
		       const struct sql_columns_list *from, struct error *err);
/* `as t(a, b)`: the first columns get these names. */
int sql_lineage_rename(struct sql_lineage *lineage, const struct json *names,
		       struct sql_columns_list *list, struct error *err);
/* Of what nothing is known: it may be any column of any table. */
int sql_lineage_open_wide(struct sql_lineage *lineage, struct sql_columns_list *list,
			  struct error *err);
/* The columns of a query; its conditions are added to `conditions`. */
int sql_lineage_query(struct sql_lineage *lineage, const struct json *node,
		      const struct sql_names *outer, const struct sql_cte *ctes,
		      struct sql_columns_list *out, struct sql_marks *conditions,
		      struct error *err);

#endif
