/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "csv/detect.h"
#include "pipeline/init_parts.h"
#include "pipeline/source_name.h"

/* ---- several files as one ---- */

/* Whether the file says how numbers are written: else it agrees with any other. */
static bool has_marks(const struct csv_found *found)
{
	for (size_t i = 0; i < found->count; i++)
		if (found->columns[i].type.kind == CSV_DECIMAL ||
		    found->columns[i].type.kind == CSV_DOUBLE)
			return true;
	return found->dialect.thousands != '\0';
}

static bool is_same_encoding(enum csv_encoding a, enum csv_encoding b)
{
	return a == b || a == CSV_UTF8 || b == CSV_UTF8; /* plain ASCII passes for UTF-8 */
}

bool init_is_alike(const struct csv_found *a, const struct csv_found *b)
{
	const struct csv_dialect *x = &a->dialect, *y = &b->dialect;
	if (a->count != b->count || x->delimiter != y->delimiter || x->quote != y->quote ||
	    x->header != y->header || !is_same_encoding(x->encoding, y->encoding))
		return false;
	if (has_marks(a) && has_marks(b) &&
	    (x->decimal != y->decimal ||
	     (x->thousands && y->thousands && x->thousands != y->thousands)))
		return false;
	if (x->date != CSV_DATE_ISO && y->date != CSV_DATE_ISO && x->date != y->date)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->columns[i].header, b->columns[i].header) != 0)
			return false;
	return true;
}

static bool is_number(enum csv_kind kind)
{
	return kind == CSV_BIGINT || kind == CSV_DECIMAL || kind == CSV_DOUBLE;
}

static bool is_time(enum csv_kind kind)
{
	return kind == CSV_DATE || kind == CSV_TIMESTAMP;
}

static int greater(int a, int b)
{
	return a > b ? a : b;
}

static struct csv_type merge_decimals(struct csv_type a, struct csv_type b)
{
	enum { BIGINT_DIGITS = 18, PRECISION_USUAL = 18, PRECISION_MAX = 38 };
	int whole_a = a.kind == CSV_DECIMAL ? a.precision - a.scale : 0;
	int whole_b = b.kind == CSV_DECIMAL ? b.precision - b.scale : 0;
	int scale = greater(a.scale, b.scale), whole = greater(whole_a, whole_b);
	if (a.precision <= PRECISION_USUAL && b.precision <= PRECISION_USUAL)
		return (struct csv_type){CSV_DECIMAL, PRECISION_USUAL, scale};
	if (whole + scale > PRECISION_MAX)
		whole = PRECISION_MAX - scale;
	return (struct csv_type){CSV_DECIMAL, whole + scale, scale};
}

/* The type that takes both; a column without a value takes any. */
static struct csv_type merge_types(const struct csv_found_column *a,
				   const struct csv_found_column *b)
{
	enum csv_kind x = a->type.kind, y = b->type.kind;
	if (a->values == 0)
		return b->type;
	if (b->values == 0 || (x == y && x != CSV_DECIMAL))
		return a->type;
	if (is_number(x) && is_number(y))
		return x == CSV_DOUBLE || y == CSV_DOUBLE ? (struct csv_type){CSV_DOUBLE, 0, 0}
							  : merge_decimals(a->type, b->type);
	if (is_time(x) && is_time(y))
		return (struct csv_type){CSV_TIMESTAMP, 0, 0};
	return (struct csv_type){CSV_TEXT, 0, 0};
}

static void merge_dialects(struct csv_found *a, const struct csv_found *b)
{
	struct csv_dialect *x = &a->dialect;
	const struct csv_dialect *y = &b->dialect;
	if (!has_marks(a))
		x->decimal = y->decimal;
	if (!x->thousands)
		x->thousands = y->thousands;
	if (x->date == CSV_DATE_ISO)
		x->date = y->date;
	if (x->encoding == CSV_UTF8)
		x->encoding = y->encoding;
}

static void merge_nulls(struct csv_found *a, const struct csv_found *b)
{
	for (size_t i = 0; b->nulls[i]; i++) {
		size_t count = 0;
		while (a->nulls[count] && strcmp(a->nulls[count], b->nulls[i]) != 0)
			count++;
		a->nulls[count] = b->nulls[i]; /* there are only CSV_NULL_WORDS of them */
	}
}

void init_merge(struct csv_found *a, const struct csv_found *b)
{
	merge_dialects(a, b);
	merge_nulls(a, b);
	for (size_t i = 0; i < a->count; i++) {
		a->columns[i].type = merge_types(&a->columns[i], &b->columns[i]);
		a->columns[i].values += b->columns[i].values;
		a->columns[i].nulls += b->columns[i].nulls;
	}
	a->records += b->records;
	a->damaged += b->damaged;
	a->misshapen += b->misshapen;
	a->misencoded += b->misencoded;
	a->is_dialect_sure &= b->is_dialect_sure;
	a->has_unsure_dates |= b->has_unsure_dates;
}

/* ---- guesses by name ---- */

/* Whether the words of `list` (ended by NULL) stand in a name, parted from the rest by "_". */
static bool has_word(const char *name, const char *const *list)
{
	for (; *list; list++) {
		size_t len = strlen(*list);
		for (const char *p = name; (p = strstr(p, *list)); p++)
			if ((p == name || p[-1] == '_') && (p[len] == '_' || p[len] == '\0'))
				return true;
	}
	return false;
}

static bool is_identifier(const char *name)
{
	static const char *const words[] = {"id",     "code",   "key",    "sku",   "uuid", "cod",
					    "codigo", "number", "numero", "chave", "nr",   NULL};
	return has_word(name, words);
}

static bool is_personal(const char *name)
{
	static const char *const words[] = {
		"email",     "e_mail",        "mail",         "phone",
		"telefone",  "celular",       "cpf",          "rg",
		"birth",     "birthday",      "birthdate",    "nascimento",
		"address",   "endereco",      "street",       "rua",
		"surname",   "sobrenome",     "first_name",   "last_name",
		"full_name", "customer_name", "nome_cliente", "nome_completo",
		"passport",  "ssn",           "ip",           NULL};
	return has_word(name, words);
}

/* ---- the contract ---- */

static struct column_type column_type_of(struct csv_type type)
{
	static const enum column_kind kinds[] = {COLUMN_TEXT,    COLUMN_BIGINT,   COLUMN_INTEGER,
						 COLUMN_DECIMAL, COLUMN_DOUBLE,   COLUMN_BOOLEAN,
						 COLUMN_DATE,    COLUMN_TIMESTAMP};
	return (struct column_type){kinds[type.kind], type.precision, type.scale};
}

static const char *const encodings[] = {"utf-8",  "latin-1",  "windows-1252",
					"utf-16", "utf-16le", "utf-16be"};
static const char *const date_orders[] = {"iso", "dmy", "mdy"};

static int fill_format(const struct csv_found *found, struct arena *arena,
		       struct source_format *out, struct error *err)
{
	const struct csv_dialect *dialect = &found->dialect;
	out->delimiter = dialect->delimiter;
	out->quote = dialect->quote;
	out->encoding = encodings[dialect->encoding];
	out->decimal = dialect->decimal;
	out->thousands = dialect->thousands;
	out->date = date_orders[dialect->date];
	out->header = dialect->header;
	out->null.items = arena_alloc_array(arena, CSV_NULL_WORDS + 1, sizeof *out->null.items);
	if (!out->null.items)
		return err_memory(err);
	for (; found->nulls[out->null.count]; out->null.count++)
		out->null.items[out->null.count] = found->nulls[out->null.count];
	return 0;
}

/* A name of its own: two headers can become one name. */
static const char *name_column(const char *header, size_t place, struct map *taken,
			       struct arena *arena)
{
	char name[SOURCE_NAME_SIZE];
	source_name_of(header, place + 1, name);
	const char *unique = arena_copy_text(arena, name);
	for (int n = 2; unique && map_find(taken, unique) >= 0; n++)
		unique = arena_format(arena, "%.*s_%d", NAME_LEN_MAX - 6, name, n);
	return unique;
}

static int check_headers(const struct csv_found *found, struct error *err)
{
	OWNED(map) *seen = map_new();
	if (!seen)
		return err_memory(err);
	for (size_t i = 0; i < found->count; i++) {
		const char *header = found->columns[i].header;
		if (map_find(seen, header) >= 0)
			return err_set(err, ERR_REFUSED, "its header has two columns \"%s\"",
				       header);
		TRY(map_put(seen, header, NULL, err));
	}
	return 0;
}

static int fill_columns(const struct csv_found *found, struct arena *arena, struct source *source,
			struct error *err)
{
	OWNED(map) *taken = map_new();
	source->columns = arena_alloc_array(arena, found->count, sizeof *source->columns);
	if (!taken || !source->columns)
		return err_memory(err);
	for (size_t i = 0; i < found->count; i++) {
		struct source_column *column = &source->columns[i];
		const struct csv_found_column *from = &found->columns[i];
		column->name = name_column(from->header, i, taken, arena);
		column->header =
			found->dialect.header ? arena_copy_text(arena, from->header) : column->name;
		if (!column->name || !column->header)
			return err_memory(err);
		TRY(map_put(taken, column->name, NULL, err));
		column->type = column_type_of(from->type);
		column->personal = is_personal(column->name);
		column->description = "";
	}
	source->column_count = found->count;
	return 0;
}

/* The first column that is proven unique, always there and named like an identifier; else the first
 * columns that together are, when the first is named so. */
static size_t find_key(const struct csv_found *found, const struct source *source,
		       size_t *out_first)
{
	for (size_t i = 0; i < found->count; i++) {
		const struct csv_found_column *column = &found->columns[i];
		*out_first = i;
		if (column->is_unique && column->is_unique_sure && column->nulls == 0 &&
		    found->records > 1 && is_identifier(source->columns[i].name))
			return 1;
	}
	*out_first = 0;
	return found->count && is_identifier(source->columns[0].name) ? found->unique_prefix : 0;
}

static int fill_key(const struct csv_found *found, struct arena *arena, struct source *source,
		    struct error *err)
{
	size_t first, count = find_key(found, source, &first);
	source->key.items = arena_alloc_array(arena, count + 1, sizeof *source->key.items);
	if (!source->key.items)
		return err_memory(err);
	for (size_t i = 0; i < count; i++) {
		source->key.items[i] = source->columns[first + i].name;
		source->columns[first + i].required = true;
	}
	source->key.count = count;
	return 0;
}

int init_fill_source(const struct csv_found *found, bool is_series, struct arena *arena,
		     struct source *source, struct error *err)
{
	if (found->dialect.header)
		TRY(check_headers(found, err));
	TRY(fill_format(found, arena, &source->format, err));
	TRY(fill_columns(found, arena, source, err));
	if (is_series) { /* each file was looked at alone: what is unique among all is not known */
		source->load = LOAD_APPEND;
		return 0;
	}
	return fill_key(found, arena, source, err);
}

/* ---- for people ---- */

static void add_part(struct text *out, const char *part)
{
	text_addf(out, "%s%s", out->len ? " " : "", part);
}

static void add_delimiter(struct text *out, char delimiter)
{
	char other[2] = {delimiter};
	if (delimiter != ',')
		add_part(out, delimiter == ';'    ? "semicolon"
			      : delimiter == '\t' ? "tab"
			      : delimiter == '|'  ? "bar"
			      : delimiter == ':'  ? "colon"
						  : other);
}

const char *init_format(const struct csv_found *found, struct arena *arena)
{
	static const char *const orders[] = {"", "dd/mm/yyyy", "mm/dd/yyyy"};
	const struct csv_dialect *d = &found->dialect;
	HELD(text) t = {0};
	add_delimiter(&t, d->delimiter);
	if (d->quote != '"')
		add_part(&t, d->quote ? "'quoted'" : "no quotes");
	if (d->encoding != CSV_UTF8)
		add_part(&t, encodings[d->encoding]);
	if (d->thousands)
		text_addf(&t, "%s1%c234%c56", t.len ? " " : "", d->thousands, d->decimal);
	else if (d->decimal != '.')
		add_part(&t, "0,56");
	if (d->date != CSV_DATE_ISO)
		add_part(&t, orders[d->date]);
	if (!d->header)
		add_part(&t, "no header");
	for (size_t i = 0; found->nulls[i]; i++)
		text_addf(&t, "%snull: %s", t.len ? ", " : "", found->nulls[i]);
	return t.out_of_memory ? NULL : arena_copy_text(arena, t.len ? t.data : "");
}

static void add_sentence(struct text *out, const char *sentence)
{
	text_addf(out, "%s%s", out->len ? "; " : "", sentence);
}

static void add_count(struct text *out, int64_t count, const char *what)
{
	if (count > 0)
		text_addf(out, "%s%lld record%s of %s would be rejected", out->len ? "; " : "",
			  (long long)count, count == 1 ? "" : "s", what);
}

const char *init_note(const struct csv_found *found, struct arena *arena)
{
	HELD(text) t = {0};
	if (!found->is_dialect_sure)
		add_sentence(&t, "the delimiter is a guess");
	if (!found->dialect.header)
		add_sentence(&t, "it has no header: name its columns");
	if (found->records == 0)
		add_sentence(&t, "it has no records: its columns are taken as text");
	if (found->has_unsure_dates)
		add_sentence(&t, "its dates may be day/month or month/day, so they are text: set "
				 "`date` and the type");
	add_count(&t, found->damaged, "broken quotes");
	add_count(&t, found->misshapen, "another number of fields");
	add_count(&t, found->misencoded, "another encoding");
	return t.out_of_memory ? NULL : arena_copy_text(arena, t.len ? t.data : "");
}
