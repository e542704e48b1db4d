/* SPDX-License-Identifier: Apache-2.0 */
/* A contract is written for the person who will own it: what differs from the default as settings,
 * the rest as comments that can be uncommented, each column on a line. Texts are plain where YAML
 * cannot misread them, else in double quotes. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "pipeline/source.h"
#include "pipeline/source_keys.h"
#include "pipeline/source_write.h"

/* ---- settings ---- */

/* A setting, or the same as a comment when it is the default. */
static void begin_key(struct text *out, bool is_default, const char *name)
{
	text_addf(out, "%s%s: ", is_default ? "# " : "", name);
}

/* Behind a setting, what it means. */
static void end_key(struct text *out, size_t line_begin, const char *meaning)
{
	enum { MEANING_COLUMN = 30 };
	size_t width = out->len - line_begin;
	do
		text_add_char(out, ' ');
	while (++width < MEANING_COLUMN);
	text_addf(out, "# %s\n", meaning);
}

static bool is_foldable(const char *s)
{
	size_t len = strlen(s);
	return len > 80 && s[0] != ' ' && s[len - 1] != ' ' && !strstr(s, "  ") &&
	       !strpbrk(s, "\t\r\n\"\\") && !strstr(s, "${");
}

/* Long text as a folded block: a blank of the text is where a line ends. */
static void add_folded(struct text *out, const char *s)
{
	enum { WIDTH = 96 };
	text_add(out, ">-\n");
	while (*s) {
		size_t len = strlen(s);
		if (len > WIDTH) {
			len = WIDTH;
			while (len > 0 && s[len] != ' ')
				len--;
			if (len == 0)
				len = strcspn(s, " ");
		}
		text_addf(out, "  %.*s\n", (int)len, s);
		s += len + (s[len] == ' ');
	}
}

static void add_description(struct text *out, const char *description)
{
	unsigned unused;
	bool printable = true;
	if (!*description)
		return;
	for (const char *s = description; *s; s++)
		printable = printable && (unsigned char)*s >= ' ' && *s != 0x7F &&
			    !source_write_must_escape((const unsigned char *)s, &unused);
	text_add(out, "description: ");
	if (printable && is_foldable(description)) {
		add_folded(out, description);
	} else {
		source_write_scalar(out, description);
		text_add_char(out, '\n');
	}
}

static void add_mark(struct text *out, const char *name, char mark)
{
	if (mark == '\0')
		text_addf(out, "%s: none, ", name);
	else if (mark == '\t')
		text_addf(out, "%s: tab, ", name);
	else
		text_addf(out, "%s: \"%s%c\", ", name, mark == '"' || mark == '\\' ? "\\" : "",
			  mark);
}

static void add_format(struct text *out, const struct source_format *f,
		       const struct source_format *standard)
{
	HELD(text) t = {0};
	if (f->delimiter != standard->delimiter)
		add_mark(&t, "delimiter", f->delimiter);
	if (f->quote != standard->quote)
		add_mark(&t, "quote", f->quote);
	if (strcmp(f->encoding, standard->encoding) != 0)
		text_addf(&t, "encoding: %s, ", f->encoding);
	if (f->decimal != standard->decimal)
		add_mark(&t, "decimal", f->decimal);
	if (f->thousands != standard->thousands)
		add_mark(&t, "thousands", f->thousands);
	if (strcmp(f->date, standard->date) != 0)
		text_addf(&t, "date: %s, ", f->date);
	if (!f->header)
		text_add(&t, "header: no, ");
	if (f->null.count) {
		text_add(&t, "null: ");
		source_write_words(&t, &f->null);
		text_add(&t, ", ");
	}
	out->out_of_memory |= t.out_of_memory;
	if (t.len >= 2)
		text_addf(out, "format: {%.*s}\n", (int)t.len - 2, t.data);
	else
		text_add(out, "# format: {delimiter: \",\", quote: \"\\\"\", encoding: utf-8, "
			      "decimal: \".\", date: iso, header: yes}\n");
}

static void add_drift(struct text *out, const struct source_drift_grid *drift,
		      const struct source_drift_grid *standard)
{
	static const char *const names[] = {"new_column", "missing_column", "type", "new_shape"};
	const int is[] = {drift->new_column, drift->missing_column, drift->type, drift->new_shape};
	const int was[] = {standard->new_column, standard->missing_column, standard->type,
			   standard->new_shape};
	bool same = memcmp(is, was, sizeof is) == 0;
	text_add(out, "# What happens when a file differs from this contract: evolve, freeze (the "
		      "file is refused),\n# discard_row or discard_value.\n");
	begin_key(out, same, "drift");
	const char *before = "{";
	for (size_t i = 0; i < 4; i++) {
		if (!same && is[i] == was[i])
			continue;
		text_addf(out, "%s%s: %s", before, names[i], source_drift_words[is[i]]);
		before = ", ";
	}
	text_add(out, "}\n");
}

static void add_loading(struct text *out, const struct source *s, const struct source *standard)
{
	size_t line = out->len;
	begin_key(out, s->load == standard->load, "load");
	text_add(out, source_load_words[s->load]);
	end_key(out, line, "replace: the newest files are the whole table; append; merge (by key)");
	if (s->resend != standard->resend)
		text_addf(out, "resend: %s\n", source_resend_words[s->resend]);
	if (s->newest_by)
		text_addf(out, "newest_by: %s\n", s->newest_by);
	if (s->subject)
		text_addf(out, "subject: %s\n", s->subject);
}

static bool same_amount(struct amount a, struct amount b)
{
	return a.value == b.value && a.is_percent == b.is_percent;
}

static void add_bounds(struct text *out, const struct source *s, const struct source *standard)
{
	size_t line = out->len;
	begin_key(out, same_amount(s->max_rejects, standard->max_rejects), "max_rejects");
	source_write_amount(out, s->max_rejects);
	end_key(out, line, "records of a file that may be rejected before all of it is");
	line = out->len;
	begin_key(out, same_amount(s->min_rows, standard->min_rows), "min_rows");
	source_write_amount(out, s->min_rows);
	end_key(out, line, "rows that a replaced table must keep, of the version before");
	line = out->len;
	begin_key(out, s->settle_us == standard->settle_us, "settle");
	source_write_duration(out, s->settle_us);
	end_key(out, line, "how long a file must stand still before it is taken");
}

/* ---- columns ---- */

static void pad_to(struct text *out, size_t begin, size_t width)
{
	while (out->len - begin < width && !out->out_of_memory)
		text_add_char(out, ' ');
}

static void add_column(struct text *out, const struct source_column *column, size_t name_width,
		       size_t type_width)
{
	char type[COLUMN_TYPE_SIZE];
	bool quoted = column->type.kind == COLUMN_DECIMAL;
	size_t begin = out->len;
	text_addf(out, "  - {name: %s, ", column->name);
	pad_to(out, begin, name_width);
	begin = out->len;
	text_addf(out, "type: %s%s%s", quoted ? "\"" : "", column_type_format(column->type, type),
		  quoted ? "\"" : "");
	bool ends = strcmp(column->header, column->name) == 0 && !column->required &&
		    !column->personal && !column->round && !*column->description;
	if (!ends) {
		text_add_char(out, ',');
		pad_to(out, begin, type_width);
	}
	if (strcmp(column->header, column->name) != 0) {
		text_add(out, " header: ");
		source_write_scalar(out, column->header);
		text_add_char(out, ',');
	}
	text_add(out, column->required ? " null: no," : "");
	text_add(out, column->personal ? " personal: yes," : "");
	text_add(out, column->round ? " round: yes," : "");
	if (*column->description) {
		text_add(out, " description: ");
		source_write_scalar(out, column->description);
	} else if (!ends && !out->out_of_memory && out->data[out->len - 1] == ',') {
		out->data[--out->len] = '\0';
	}
	text_add(out, "}\n");
}

static void add_columns(struct text *out, const struct source *source)
{
	enum { NAME_WIDTH_MAX = 40 };
	size_t name_width = 0, type_width = 0;
	char type[COLUMN_TYPE_SIZE];
	for (size_t i = 0; i < source->column_count; i++) {
		const struct source_column *column = &source->columns[i];
		size_t width = strlen("  - {name: , ") + strlen(column->name);
		if (width > name_width && width <= NAME_WIDTH_MAX)
			name_width = width;
		width = strlen("type: ,") + strlen(column_type_format(column->type, type)) +
			(column->type.kind == COLUMN_DECIMAL ? 2 : 0);
		if (width > type_width)
			type_width = width;
	}
	text_add(out, "# Types are text, bigint, integer, decimal(18,2), double, boolean, date, "
		      "timestamp. `header` is the\n# name in the file; `null: no` rejects a record "
		      "without a value; `personal: yes` hides what is\n# private; `round: yes` "
		      "rounds a number that has more places than its column.\n"
		      "columns:\n");
	for (size_t i = 0; i < source->column_count; i++)
		add_column(out, &source->columns[i], name_width, type_width);
}

/* ---- the whole ---- */

static void add_head(struct text *out, const struct source *source)
{
	text_addf(out,
		  "# What the files of \"%s\" look like, and what becomes of them. They are "
		  "published as the table\n# processing.%s. This file is yours to change: "
		  "docs/reference/source-contract.md says what can\n# be set; lines that begin "
		  "with \"#\" show what holds unless it is.\n\n",
		  source->name, source->name);
	add_description(out, source->description);
	if (source->tags.count) {
		text_add(out, "tags: ");
		source_write_words(out, &source->tags);
		text_add_char(out, '\n');
	}
	if (source->files) {
		text_add(out, "files: ");
		source_write_scalar(out, source->files);
		text_add_char(out, '\n');
	}
}

int source_write(const struct source *source, struct text *out, struct error *err)
{
	struct source standard;
	source_init(&standard);
	add_head(out, source);
	add_format(out, &source->format, &standard.format);
	text_add_char(out, '\n');
	if (source->key.count) {
		text_add(out,
			 "# What tells one row from another: always there, never twice.\nkey: ");
		source_write_words(out, &source->key);
		text_add_char(out, '\n');
	}
	add_loading(out, source, &standard);
	add_bounds(out, source, &standard);
	add_drift(out, &source->drift, &standard.drift);
	text_add_char(out, '\n');
	add_columns(out, source);
	source_write_checks(source, out);
	return text_check(out, err);
}
