/* SPDX-License-Identifier: Apache-2.0 */
#include "app/table.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "app/app.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"

enum { TABLE_COLUMNS_MAX = 32 };

struct column {
	const char *name;
	enum table_type type;
	bool if_any; /* people see it only when some cell has a value */
};

struct cell {
	const char *text; /* TEXT and DECIMAL; NULL there = NULL */
	int64_t value;
	bool is_null;
};

struct table {
	struct arena *arena;
	struct column columns[TABLE_COLUMNS_MAX];
	size_t column_count;
	struct cell *cells; /* row by row */
	size_t cell_count, cell_capacity;
	bool out_of_memory;
};

struct table *table_new(void)
{
	OWNED(table) *table = mem_alloc(sizeof *table);
	if (table)
		table->arena = arena_new();
	return table && table->arena ? TAKE(table) : NULL;
}

void table_free(struct table *table)
{
	if (!table)
		return;
	arena_free(table->arena);
	free(table->cells);
	free(table);
}

void table_add_column(struct table *table, const char *name, enum table_type type)
{
	assert(table->cell_count == 0 && table->column_count < TABLE_COLUMNS_MAX);
	table->columns[table->column_count++] = (struct column){name, type, false};
}

void table_add_column_if_any(struct table *table, const char *name, enum table_type type)
{
	table_add_column(table, name, type);
	table->columns[table->column_count - 1].if_any = true;
}

static enum table_type next_type(const struct table *table)
{
	return table->columns[table->cell_count % table->column_count].type;
}

static void add_cell(struct table *table, struct cell cell)
{
	struct error ignored;
	if (table->out_of_memory || mem_grow(&table->cells, &table->cell_capacity,
					     table->cell_count + 1, sizeof cell, &ignored) < 0)
		table->out_of_memory = true;
	else
		table->cells[table->cell_count++] = cell;
}

void table_add_null(struct table *table)
{
	add_cell(table, (struct cell){.is_null = true});
}

void table_add_known(struct table *table, int64_t value)
{
	if (value >= 0)
		table_add_int(table, value);
	else
		table_add_null(table);
}

void table_add_int(struct table *table, int64_t value)
{
	assert(next_type(table) != TABLE_TEXT && next_type(table) != TABLE_DECIMAL);
	add_cell(table, (struct cell){.value = value});
}

void table_add_text(struct table *table, const char *text)
{
	assert(table->out_of_memory || next_type(table) == TABLE_TEXT ||
	       next_type(table) == TABLE_DECIMAL);
	const char *copy = text ? arena_copy_text(table->arena, text) : NULL;
	if (text && !copy)
		table->out_of_memory = true;
	add_cell(table, (struct cell){.text = copy, .is_null = !text});
}

size_t table_row_count(const struct table *table)
{
	return table->column_count ? table->cell_count / table->column_count : 0;
}

/* ---- one cell ---- */

const char *table_format_bytes(int64_t bytes, char out[TABLE_NUMBER_SIZE])
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
	double size = (double)bytes;
	size_t unit = 0;
	while (size >= 1024 && unit < 5) {
		size /= 1024;
		unit++;
	}
	snprintf(out, TABLE_NUMBER_SIZE, unit && size < 100 ? "%.1f %s" : "%.0f %s", size,
		 units[unit]);
	return out;
}

const char *table_format_count(int64_t count, char out[TABLE_NUMBER_SIZE])
{
	char digits[24];
	uint64_t size = count < 0 ? 0 - (uint64_t)count : (uint64_t)count;
	size_t len = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, size), at = 0;
	if (count < 0)
		out[at++] = '-';
	for (size_t i = 0; i < len; i++) {
		out[at++] = digits[i];
		if (i + 1 < len && (len - i - 1) % 3 == 0)
			out[at++] = ',';
	}
	out[at] = '\0';
	return out;
}

/* Text for a terminal: control characters become escapes. */
static void add_shown(struct text *t, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		if (c == '\n')
			text_add(t, "\\n");
		else if (c == '\t')
			text_add(t, "\\t");
		else if (c < 0x20 || c == 0x7f)
			text_addf(t, "\\x%02x", c);
		else
			text_add_char(t, *s);
	}
}

static void add_time(struct text *t, int64_t us, const char *zone)
{
	char time[CLOCK_TEXT_SIZE];
	int64_t civil = us;
	clock_to_civil(zone, us, &civil);
	text_add(t, clock_format_civil(civil - civil % 1000000, time));
}

static void add_for_people(struct text *t, const struct cell *cell, enum table_type type,
			   const char *zone)
{
	char number[TABLE_NUMBER_SIZE], span[CLOCK_TEXT_SIZE];
	if (cell->is_null)
		return;
	switch (type) {
	case TABLE_TEXT:
	case TABLE_DECIMAL:
		add_shown(t, cell->text);
		break;
	case TABLE_NUMBER:
		text_addf(t, "%" PRId64, cell->value);
		break;
	case TABLE_COUNT:
		text_add(t, table_format_count(cell->value, number));
		break;
	case TABLE_BOOLEAN:
		text_add(t, cell->value ? "yes" : "no");
		break;
	case TABLE_TIME:
		add_time(t, cell->value, zone);
		break;
	case TABLE_SPAN:
		text_add(t, clock_format_duration(cell->value, span));
		break;
	case TABLE_BYTES:
		text_add(t, table_format_bytes(cell->value, number));
		break;
	}
}

static void add_for_programs(struct text *t, const struct cell *cell, enum table_type type)
{
	char time[CLOCK_TEXT_SIZE];
	if (cell->is_null)
		text_add(t, "null");
	else if (type == TABLE_TEXT || type == TABLE_DECIMAL)
		text_add_json(t, cell->text, strlen(cell->text));
	else if (type == TABLE_BOOLEAN)
		text_add(t, cell->value ? "true" : "false");
	else if (type == TABLE_TIME)
		text_addf(t, "\"%s\"", clock_format_iso(cell->value, time));
	else if (type == TABLE_SPAN)
		text_addf(t, "%" PRId64 ".%06d", cell->value / 1000000,
			  (int)(cell->value % 1000000));
	else
		text_addf(t, "%" PRId64, cell->value);
}

/* ---- all of them ---- */

static int print_rows_json(const struct table *table, FILE *out, struct error *err)
{
	HELD(text) t = {0};
	text_add(&t, "{\"rows\": [");
	for (size_t i = 0, place = 0; i < table->cell_count; i++, place++) {
		place = place < table->column_count ? place : 0;
		const struct column *column = &table->columns[place];
		text_add(&t, place ? ", " : i ? ",\n{" : "\n{");
		text_add_json(&t, column->name, strlen(column->name));
		text_add(&t, ": ");
		add_for_programs(&t, &table->cells[i], column->type);
		if (place + 1 == table->column_count)
			text_add_char(&t, '}');
	}
	text_add(&t, table->cell_count ? "\n]}\n" : "]}\n");
	TRY(text_check(&t, err));
	fwrite(t.data, 1, t.len, out);
	return 0;
}

static bool to_the_right(enum table_type type)
{
	return type != TABLE_TEXT && type != TABLE_BOOLEAN && type != TABLE_TIME;
}

static void add_padded(struct text *t, const char *s, size_t width, bool right, bool last)
{
	size_t taken = text_width(s, strlen(s)), missing = width > taken ? width - taken : 0;
	if (right)
		text_addf(t, "%*s", (int)missing, "");
	text_add(t, s);
	if (!right && !last)
		text_addf(t, "%*s", (int)missing, "");
	if (!last)
		text_add(t, "  ");
}

/* How a table is laid out for people. */
struct layout {
	const char **shown; /* every cell as people see it */
	size_t widths[TABLE_COLUMNS_MAX];
	bool hidden[TABLE_COLUMNS_MAX];
	size_t last; /* the last column that is not hidden */
};

static void hide_empty(const struct table *table, struct layout *out)
{
	for (size_t i = 0; i < table->column_count; i++)
		out->hidden[i] = table->columns[i].if_any;
	for (size_t i = 0, place = 0; i < table->cell_count; i++, place++) {
		place = place < table->column_count ? place : 0;
		out->hidden[place] = out->hidden[place] && table->cells[i].is_null;
	}
	for (size_t i = 0; i < table->column_count; i++)
		out->last = out->hidden[i] ? out->last : i;
}

/* Every cell as people see it, and how wide each column must be. */
static int show_cells(const struct table *table, const char *zone, struct arena *arena,
		      struct layout *out, struct error *err)
{
	HELD(text) t = {0};
	for (size_t i = 0; i < table->column_count; i++)
		out->widths[i] = text_width(table->columns[i].name, strlen(table->columns[i].name));
	for (size_t i = 0, place = 0; i < table->cell_count; i++, place++) {
		place = place < table->column_count ? place : 0;
		text_clear(&t);
		text_add(&t, "");
		add_for_people(&t, &table->cells[i], table->columns[place].type, zone);
		TRY(text_check(&t, err));
		if (!(out->shown[i] = arena_copy_text(arena, t.data)))
			return err_memory(err);
		size_t width = text_width(t.data, t.len);
		if (width > out->widths[place])
			out->widths[place] = width;
	}
	return 0;
}

/* ---- what a narrow terminal takes ---- */

enum { COLUMN_WIDTH_MIN = 12 };

static size_t line_width(const struct table *table, const struct layout *layout)
{
	size_t width = 0;
	for (size_t i = 0; i < table->column_count; i++)
		if (!layout->hidden[i])
			width += layout->widths[i] + (i == layout->last ? 0 : 2);
	return width;
}

/* The widest column of texts that may become narrower; the first, which names the row, only when
 * it is the only one. TABLE_COLUMNS_MAX when there is none. */
static size_t widest(const struct table *table, const struct layout *layout)
{
	size_t found = TABLE_COLUMNS_MAX;
	for (size_t i = table->column_count; i-- > 0;) {
		bool can = table->columns[i].type == TABLE_TEXT && !layout->hidden[i] &&
			   layout->widths[i] > COLUMN_WIDTH_MIN &&
			   layout->widths[i] > strlen(table->columns[i].name);
		if (can && (found == TABLE_COLUMNS_MAX ||
			    (i > 0 && layout->widths[i] > layout->widths[found])))
			found = i;
	}
	return found;
}

static void fit(const struct table *table, size_t width, struct layout *layout)
{
	size_t place;
	while (line_width(table, layout) > width &&
	       (place = widest(table, layout)) < TABLE_COLUMNS_MAX)
		layout->widths[place]--;
}

/* As much of `s` as fits, and "…" when that is not all. */
static int cut(struct arena *arena, size_t width, const char **s, struct error *err)
{
	size_t end = text_cut(*s, width);
	if (!(*s)[end])
		return 0;
	*s = arena_format(arena, "%.*s…", (int)end, *s);
	return *s ? 0 : err_memory(err);
}

/* ---- the lines ---- */

/* End a line without the spaces that an empty last column leaves. */
static void end_line(struct text *t)
{
	while (t->len > 0 && t->data[t->len - 1] == ' ')
		t->data[--t->len] = '\0';
	text_add_char(t, '\n');
}

static void add_headings(struct text *t, const struct table *table, const struct layout *layout,
			 bool colored)
{
	if (colored)
		text_add(t, "\033[1m");
	for (size_t i = 0; i < table->column_count; i++)
		if (!layout->hidden[i])
			add_padded(t, table->columns[i].name, layout->widths[i],
				   to_the_right(table->columns[i].type), i == layout->last);
	text_add(t, colored ? "\033[0m\n" : "\n");
}

static int print_rows_aligned(const struct table *table, const struct app *app, FILE *out,
			      struct error *err)
{
	OWNED(arena) *arena = arena_new();
	OWNED_MEMORY const char **shown = mem_alloc_array(table->cell_count, sizeof *shown);
	struct layout layout = {.shown = shown};
	HELD(text) t = {0};
	if (!arena || !shown)
		return err_memory(err);
	hide_empty(table, &layout);
	TRY(show_cells(table, app->zone, arena, &layout, err));
	if (app->out_width)
		fit(table, app->out_width, &layout);
	add_headings(&t, table, &layout, app->out_colored);
	for (size_t i = 0, place = 0; i < table->cell_count; i++, place++) {
		place = place < table->column_count ? place : 0;
		if (!layout.hidden[place]) {
			TRY(cut(arena, layout.widths[place], &shown[i], err));
			add_padded(&t, shown[i], layout.widths[place],
				   to_the_right(table->columns[place].type), place == layout.last);
		}
		if (place + 1 == table->column_count)
			end_line(&t);
	}
	TRY(text_check(&t, err));
	fwrite(t.data, 1, t.len, out);
	return 0;
}

int table_print(const struct table *table, const struct app *app, FILE *out, struct error *err)
{
	if (table->out_of_memory)
		return err_memory(err);
	if (app->json)
		return print_rows_json(table, out, err);
	return table->cell_count ? print_rows_aligned(table, app, out, err) : 0;
}
