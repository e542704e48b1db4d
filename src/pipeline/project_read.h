/* SPDX-License-Identifier: Apache-2.0 */
/* project_read: from YAML to the structs of a project, by tables of keys.
 *
 * A mapping is described by an array of `struct project_key` and read by project_read_mapping():
 * an unknown key, a key given twice, a wrong type or a bad value is an error of kind PROJECT at
 * its file, line and column, and an unknown key names the one that was probably meant. Fields that
 * are not mentioned keep what they held, so defaults are set before. Texts are copied into the
 * reader's arena.
 *
 * "${NAME}" as a whole value is taken from the environment; messages show only the name, so a
 * secret is never echoed. As a part of a value it is an error; "$${NAME}" is the text "${NAME}". */
#ifndef VITRINE_PIPELINE_PROJECT_READ_H
#define VITRINE_PIPELINE_PROJECT_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;
struct text;
struct yaml_node;

/* Several texts; owned by an arena. `items` ends with NULL and is NULL when there are none. */
struct words {
	const char **items;
	size_t count;
};

/* "3" is a count, "0.5 %" a share of some whole, kept as it is written (0.5). */
struct amount {
	double value;
	bool is_percent;
};

enum column_kind {
	COLUMN_TEXT,
	COLUMN_BIGINT,
	COLUMN_INTEGER,
	COLUMN_DECIMAL,
	COLUMN_DOUBLE,
	COLUMN_BOOLEAN,
	COLUMN_DATE,
	COLUMN_TIMESTAMP
};

struct column_type {
	enum column_kind kind;
	int precision, scale; /* of COLUMN_DECIMAL: 1..38, 0..precision */
};

struct project_reader {
	struct arena *arena;
	bool expand; /* "${NAME}" is taken from the environment; else it is plain text */
};

struct project_key {
	const char *name; /* NULL ends a table */
	int (*read)(const struct project_reader *reader, const struct project_key *key,
		    const struct yaml_node *value, void *field, struct error *err);
	size_t offset;      /* of the field in the struct that is filled */
	const void *detail; /* what `read` needs: the words of an enumeration, a table of keys */
	bool required;
};

/* Read `node`, which must be a mapping, into the struct at `out`; `what` names it in messages
 * ("a source contract"). A key whose value is empty counts as not given. */
int project_read_mapping(const struct project_reader *reader, const struct yaml_node *node,
			 const char *what, const struct project_key *keys, void *out,
			 struct error *err);

/* A scalar's text, "${NAME}" expanded. Borrowed from the tree, the environment or the arena. */
int project_read_scalar(const struct project_reader *reader, const struct yaml_node *node,
			const char **out, struct error *err);

/* The other way round: `s` so that reading with `expand` gives `s`. */
void project_escape(const char *s, struct text *out);

/* For tables of keys: one for each type of field. */
int project_read_text(const struct project_reader *, const struct project_key *,
		      const struct yaml_node *, void *field, struct error *); /* const char * */
int project_read_name(const struct project_reader *, const struct project_key *,
		      const struct yaml_node *, void *field, struct error *); /* const char * */
int project_read_char(const struct project_reader *, const struct project_key *,
		      const struct yaml_node *, void *field, struct error *); /* char; "tab" too */
int project_read_bool(const struct project_reader *, const struct project_key *,
		      const struct yaml_node *, void *field, struct error *); /* bool */
int project_read_count(const struct project_reader *, const struct project_key *,
		       const struct yaml_node *, void *field, struct error *); /* int64_t >= 0 */
int project_read_bytes(const struct project_reader *, const struct project_key *,
		       const struct yaml_node *, void *field, struct error *); /* int64_t */
int project_read_duration(const struct project_reader *, const struct project_key *,
			  const struct yaml_node *, void *field, struct error *); /* int64_t us */
int project_read_amount(const struct project_reader *, const struct project_key *,
			const struct yaml_node *, void *field, struct error *); /* amount */
int project_read_type(const struct project_reader *, const struct project_key *,
		      const struct yaml_node *, void *field, struct error *); /* column_type */
/* A list of texts, or one text alone: struct words. */
int project_read_words(const struct project_reader *, const struct project_key *,
		       const struct yaml_node *, void *field, struct error *);
/* One of the NULL-terminated words in `detail`, by its place: int. */
int project_read_choice(const struct project_reader *, const struct project_key *,
			const struct yaml_node *, void *field, struct error *);

/* A key that a later release will know: says "not yet". */
int project_read_reserved(const struct project_reader *, const struct project_key *,
			  const struct yaml_node *, void *field, struct error *);

/* Whether the node is a scalar, else PROJECT: `what` says what was expected ("a number"). */
int project_want_scalar(const struct yaml_node *node, const char *what, struct error *err);

/* "decimal(18,2)", "bigint", ...; false when it is no type of ours. */
bool column_type_parse(const char *s, struct column_type *out);
/* The same, printed: COLUMN_TYPE_SIZE bytes at `out`, which is returned. */
enum { COLUMN_TYPE_SIZE = 24 };
const char *column_type_format(struct column_type type, char out[COLUMN_TYPE_SIZE]);
/* Delta's name of the type: "string", "long", "decimal(18,2)", ... */
const char *column_type_delta(struct column_type type, char out[COLUMN_TYPE_SIZE]);
/* Delta's name of a type in a contract's words ("long" is "bigint"), or as it is. */
const char *column_type_words(const char *delta);
/* The type in SQL: "varchar", "bigint", "decimal(18,2)", ... */
const char *column_type_sql(struct column_type type, char out[COLUMN_TYPE_SIZE]);

/* Whether `words` holds `word`. */
bool words_have(const struct words *words, const char *word);

#endif
