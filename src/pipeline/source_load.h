/* SPDX-License-Identifier: Apache-2.0 */
/* source_load: a file's header held against its contract: which field is which column, and what
 * differs. Pure: no disk.
 *
 * A header matches a column exactly, else without regard to case, accents and blanks around (said
 * in a note). Order does not matter. Without a header fields are taken by place. What the file
 * lacks or has besides goes by the contract's drift grid. */
#ifndef VITRINE_PIPELINE_SOURCE_LOAD_H
#define VITRINE_PIPELINE_SOURCE_LOAD_H

#include <stddef.h>

#include "csv/load.h"
#include "pipeline/source.h"

struct arena;
struct error;

struct source_extra { /* a column that the contract lacks and `new_column: evolve` takes in */
	const char *name, *header;
	int field;
};

struct source_load_plan {
	struct csv_dialect dialect;
	const char *const *nulls;   /* NULL-terminated or NULL */
	struct csv_column *columns; /* the contract's in its order, then the extra ones (text) */
	size_t column_count;
	int field_count;
	bool shape_discard_value, type_discard_value;
	struct source_extra *extras;
	size_t extra_count;
	const char **notes; /* what differs, in words for people: "column \"cor\" is new" */
	size_t note_count;
	bool refuse_shape, refuse_type; /* `freeze`: the first such record refuses the file */
	/* `discard_row` for a whole column that is missing or new: every record of the file is a
	 * reject, and this says why; else NULL. */
	const char *discard_all;
};

/* The dialect of a contract, as csv/ wants it. Fails: PROJECT (an encoding not known). */
int source_to_dialect(const struct source *source, struct csv_dialect *out, struct error *err);

/* Plan how to load a file with this header (NULL = none; then fields are taken by place). `file` is
 * its name in messages. All of `out` hangs on the arena or is borrowed from the source. Columns of
 * the key are required for load: merge.
 * Fails: REFUSED (two fields of one name; a missing or new column that is frozen: the message names
 * column and file, the hint the nearest header), MEMORY. */
int source_load_plan(const struct source *source, char *const *header, size_t header_count,
		     const char *file, struct arena *arena, struct source_load_plan *out,
		     struct error *err);

/* A name as tables have it from a header: "Valor Total (R$)" gives "valor_total_r". Accents are
 * folded; what cannot begin a name gets "c_" before it. Owner: caller; NULL with MEMORY in err. */
char *source_name_from_header(const char *header, struct error *err);

#endif
