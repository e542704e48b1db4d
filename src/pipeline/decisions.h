/* SPDX-License-Identifier: Apache-2.0 */
/* decisions: what people decided of rejects: `_vitrine/decisions`, to which rows are only added.
 *
 * A decision is about one record: of the file of this content (sha256), the one that begins on this
 * line. So it holds for as long as the file's rows count, also when the file is loaded again. A
 * record is `waived` at once; it is `fixed` when the file that holds its mended text, at
 * `fixed_key`, is in the source's table. A decision whose load never came about decides nothing. */
#ifndef VITRINE_PIPELINE_DECISIONS_H
#define VITRINE_PIPELINE_DECISIONS_H

#include <stddef.h>
#include <stdint.h>

struct context;
struct delta_schema;
struct engine_session;
struct error;
struct text;

#define DECISIONS_TABLE "_vitrine/decisions"

/* The table's columns. Owner of `out`'s content: caller. */
int decisions_schema(struct delta_schema *out, struct error *err);

/* The last three columns below, of a decision that mends nothing. */
#define DECISIONS_MEND_NOTHING                                                                     \
	"cast(null as varchar) as fixed_key, cast(null as bigint) as fixed_line, "                 \
	"cast(null as bigint) as fixed_lines"

/* Add the rows of `select`, which gives the columns source, file, sha256, line, kind, "column",
 * fixed_key, fixed_line, fixed_lines, as decisions of this moment by the person at the keyboard.
 * `decision` is "fix" or "waive", `why` the person's words or NULL. Returns how many there were.
 * Fails: as building and publishing do. */
int64_t decisions_add(struct context *context, struct engine_session *session, const char *decision,
		      const char *why, const char *select, struct error *err);

/* Show the table as "<schema>.<name>" in a session: 1, or 0 when nobody decided anything yet. */
int decisions_show(struct context *context, struct engine_session *session, const char *schema,
		   const char *name, struct error *err);

/* Where the records of a file of mended records come from: `fixed_lines` lines from `fixed_line` on
 * are those of the broken file from `line` on. */
struct decisions_line {
	int64_t fixed_line, fixed_lines, line;
};
/* Those of the file at `fixed_key`, by fixed_line. The session shows the table as `table`. Owner of
 * `out`: caller, by free(). Fails: CORRUPT (there are none), as the engine does. */
int decisions_lines(struct engine_session *session, const char *table, const char *fixed_key,
		    struct decisions_line **out, size_t *out_count, struct error *err);

#endif
