/* SPDX-License-Identifier: Apache-2.0 */
/* From a record's fields to a row of typed values. Every column is typed, whether anybody wants its
 * values or not: what is rejected must not depend on the query. */
#include <string.h>

#include "base/mem.h"
#include "csv/load_core.h"

static inline void set_null(struct csv_vector *vector, size_t row)
{
	if (vector->validity)
		vector->validity[row / 64] &= ~((uint64_t)1 << row % 64);
}

/* The row will be used again. */
static void undo_nulls(const struct csv_load *load, struct csv_vector *vectors, size_t row)
{
	for (size_t i = 0; i < load->settings.column_count; i++)
		if (vectors[i].validity)
			vectors[i].validity[row / 64] |= (uint64_t)1 << row % 64;
}

/* Valid UTF-8 without a NUL byte, which no PostgreSQL client could be sent. Nearly every text is
 * ASCII: eight bytes at a time, high bits and zeros together. */
static bool is_text(const char *bytes, size_t len)
{
	const uint64_t high = 0x8080808080808080u, low = 0x0101010101010101u;
	uint64_t odd = 0, word;
	size_t i = 0;
	for (; i + 8 <= len; i += 8) {
		memcpy(&word, bytes + i, 8);
		odd |= (word | (word - low)) & high;
	}
	for (; i < len; i++)
		odd |= (unsigned char)bytes[i] - 1u >= 0x7F ? high : 0;
	return !odd || (!memchr(bytes, 0, len) && text_is_utf8(bytes, len));
}

static bool is_null_word(const struct csv_load *load, const struct csv_field *field)
{
	for (const char *const *word = load->settings.nulls; *word; word++)
		if (strlen(*word) == field->len && memcmp(*word, field->bytes, field->len) == 0)
			return true;
	return false;
}

static inline bool is_null(const struct csv_load *load, const struct csv_plan *plan,
			   const struct csv_field *field)
{
	if (field->is_quoted)
		return field->len == 0 && !plan->is_text;
	return field->len == 0 || is_null_word(load, field);
}

static const enum csv_problem problem_of[] = {
	[CSV_TYPED_WRONG] = CSV_TYPE,
	[CSV_TYPED_PRECISION] = CSV_PRECISION,
	[CSV_TYPED_RANGE] = CSV_RANGE,
};

/* Room for all of a record's texts at once, so that none moves. */
static int reserve_scratch(struct csv_worker *worker, const struct csv_record *record,
			   struct error *err)
{
	size_t need = record->end - record->begin;
	worker->scratch_len = 0;
	if (need <= worker->scratch_capacity)
		return 0;
	free(worker->scratch);
	worker->scratch_capacity = 0;
	worker->scratch = mem_alloc(need * 2);
	if (!worker->scratch)
		return err_memory(err);
	worker->scratch_capacity = need * 2;
	return 0;
}

/* Type one field into its column. 1 = a value, 0 = NULL, -1 = a problem. */
static int type_field(struct csv_worker *worker, const struct csv_plan *plan,
		      struct csv_field *field, size_t row, const struct csv_vector *vector,
		      enum csv_problem *out)
{
	const struct csv_load *load = worker->load;
	char *scratch = worker->scratch + worker->scratch_len;
	worker->scratch_len += csv_field_unquote(field, load->settings.dialect.quote, scratch);
	if (is_null(load, plan, field))
		return 0;
	if (plan->is_text) {
		worker->texts[plan->place] = *field;
		*out = CSV_ENCODING;
		return is_text(field->bytes, field->len) ? 1 : -1;
	}
	__int128 unwanted;
	void *value =
		vector->values ? (char *)vector->values + row * plan->size : (void *)&unwanted;
	enum csv_typed typed = csv_type_field(&plan->typing, field->bytes, field->len, value);
	if (typed == CSV_TYPED_OK)
		return 1;
	*out = problem_of[typed];
	return -1;
}

/* One column of the record: typed, NULL, or a problem (false). */
static inline bool take_column(struct csv_worker *worker, const struct csv_record *record,
			       const struct csv_plan *plan, size_t row, struct csv_vector *vector,
			       struct csv_trouble *out)
{
	const struct csv_load *load = worker->load;
	int typed = 0;
	worker->texts[plan->place].bytes = NULL;
	if (plan->field >= 0 && (size_t)plan->field < record->field_count) {
		out->field = csv_split_field(&worker->split, record, (size_t)plan->field);
		typed = type_field(worker, plan, &out->field, row, vector, &out->problem);
	}
	if (typed > 0)
		return true;
	bool is_discarded = typed < 0 && load->settings.type_discard_value && !plan->is_required &&
			    out->problem != CSV_ENCODING;
	if (typed == 0 && plan->is_required)
		out->problem = CSV_REQUIRED;
	else if (typed == 0 || is_discarded)
		set_null(vector, row);
	worker->tally.values_discarded += is_discarded;
	out->column = &load->settings.columns[plan->place];
	return is_discarded || (typed == 0 && !plan->is_required);
}

/* The whole record is good: hand its texts on. */
static void give_texts(const struct csv_worker *worker, size_t row, struct csv_vector *vectors)
{
	for (size_t i = 0; i < worker->load->settings.column_count; i++) {
		const struct csv_field *text = &worker->texts[i];
		if (text->bytes && vectors[i].set_text)
			vectors[i].set_text(vectors[i].context, row, text->bytes, text->len);
	}
}

int csv_row_type(struct csv_worker *worker, const struct csv_record *record, size_t row,
		 struct csv_vector *vectors, struct csv_trouble *out, struct error *err)
{
	const struct csv_load_settings *settings = &worker->load->settings;
	size_t wanted = (size_t)settings->field_count;
	int64_t discarded = worker->tally.values_discarded;
	if (record->field_count != wanted) {
		*out = (struct csv_trouble){.problem = CSV_SHAPE};
		if (!settings->shape_discard_value)
			return 0;
		if (record->field_count > wanted)
			worker->tally.values_discarded += (int64_t)(record->field_count - wanted);
	}
	TRY(reserve_scratch(worker, record, err));
	for (size_t i = 0; i < settings->column_count; i++) {
		const struct csv_plan *plan = &worker->load->plans[i];
		if (take_column(worker, record, plan, row, &vectors[plan->place], out))
			continue;
		undo_nulls(worker->load, vectors, row);
		worker->tally.values_discarded = discarded;
		return 0;
	}
	give_texts(worker, row, vectors);
	return 1;
}
