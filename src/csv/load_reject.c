/* SPDX-License-Identifier: Apache-2.0 */
/* Telling of what is rejected: the place, the reason in words, the text as far as it is kept. */
#include <string.h>

#include "base/limits.h"
#include "csv/load_core.h"

enum { VALUE_LEN_MAX = 80 }; /* bytes of a value that a message shows */

static const char *const encoding_names[] = {"utf-8",  "latin-1",  "windows-1252",
					     "utf-16", "utf-16le", "utf-16be"};

/* ---- text ---- */

/* Bytes of the character at `s`; 0 when there is none (NUL is none for us). */
static size_t character_length(const char *s, size_t len)
{
	for (size_t n = 1; n <= 4 && n <= len; n++)
		if (text_is_utf8(s, n))
			return s[0] ? n : 0;
	return 0;
}

/* At most `len_max` bytes of `s` that end where a character ends. */
static size_t cut_length(const char *s, size_t len, size_t len_max)
{
	if (len <= len_max)
		return len;
	size_t cut = len_max;
	while (cut > 0 && len_max - cut < 4 && ((unsigned char)s[cut] & 0xC0) == 0x80)
		cut--;
	return cut;
}

/* The text itself when it is whole and valid; else a copy with U+FFFD for each byte that is not. */
static void show_text(struct csv_worker *worker, const char *s, size_t len, struct csv_reject *out)
{
	len = cut_length(s, len, REJECT_TEXT_LEN_MAX);
	out->text = s;
	out->text_len = len;
	if (!memchr(s, 0, len) && text_is_utf8(s, len))
		return;
	struct text *text = &worker->text;
	text_clear(text);
	text_add(text, "");
	for (size_t i = 0; i < len && text->len + 4 <= REJECT_TEXT_LEN_MAX;) {
		size_t n = character_length(s + i, len - i);
		if (n)
			text_add_bytes(text, s + i, n);
		else
			text_add(text, "\xEF\xBF\xBD");
		i += n ? n : 1;
	}
	out->text = text->data;
	out->text_len = text->len;
}

/* ---- reasons ---- */

static void add_value(struct text *message, const struct csv_field *field)
{
	size_t len = cut_length(field->bytes, field->len, VALUE_LEN_MAX);
	text_add_json(message, field->bytes, len);
	if (len < field->len)
		text_add(message, "...");
}

static void say_trouble(const struct csv_load *load, const struct csv_record *record,
			const struct csv_trouble *trouble, struct text *message)
{
	char name[CSV_TYPE_NAME_SIZE] = "";
	if (trouble->column)
		csv_type_name(trouble->column->type, name);
	bool has_vowel = name[0] && strchr("aei", name[0]);
	switch (trouble->problem) {
	case CSV_AMBIGUOUS:
		text_add(message, "may be a record of its own, or part of the damaged text before");
		break;
	case CSV_SHAPE:
		text_addf(message, "%zu %s instead of %d", record->field_count,
			  record->field_count == 1 ? "field" : "fields",
			  load->settings.field_count);
		break;
	case CSV_ENCODING:
		if (memchr(trouble->field.bytes, 0, trouble->field.len))
			text_add(message, "a NUL byte, which no text can hold");
		else
			text_addf(message, "bytes that are not valid %s",
				  encoding_names[load->settings.dialect.encoding]);
		break;
	case CSV_PRECISION:
		add_value(message, &trouble->field);
		text_addf(message, " has more decimal places than %s", name);
		break;
	case CSV_RANGE:
		add_value(message, &trouble->field);
		text_addf(message, " does not fit into %s %s", has_vowel ? "an" : "a", name);
		break;
	case CSV_REQUIRED:
		text_add(message, "no value where one is required");
		break;
	default:
		add_value(message, &trouble->field);
		text_addf(message, " is not %s %s", has_vowel ? "an" : "a", name);
	}
}

static void say_damage(const struct csv_span *span, struct text *message)
{
	if (span->kind == CSV_SPAN_TOO_LONG)
		text_addf(message, "longer than %d MiB (%lld bytes)", CSV_RECORD_LEN_MAX >> 20,
			  (long long)span->text_len);
	else if (span->broken_at < 0)
		text_add(message, "a quoted text opens and does not close");
	else if (span->broken_at < span->text_len)
		text_addf(message, "a quote where none may stand, at byte %lld of the record",
			  (long long)span->broken_at + 1);
	else
		text_add(message, "a quoted text opens, and the next quote cannot close it");
}

/* ---- telling ---- */

static int tell(struct csv_worker *worker, struct csv_reject *reject, struct error *err)
{
	struct csv_load *load = worker->load;
	TRY(text_check(&worker->message, err));
	TRY(text_check(&worker->text, err));
	reject->message = worker->message.data;
	reject->offset += csv_records_skipped(worker->pass->records);
	int told = 0;
	if (load->settings.reject) {
		pthread_mutex_lock(&load->reject_lock);
		told = load->settings.reject(load->settings.reject_context, reject, err);
		pthread_mutex_unlock(&load->reject_lock);
	}
	if (told < 0)
		return told;
	worker->tally.rejected++;
	worker->tally.problems[reject->problem]++;
	return 0;
}

int csv_reject_record(struct csv_worker *worker, const struct csv_record *record,
		      const struct csv_trouble *trouble, struct error *err)
{
	const struct csv_span *span = &worker->span;
	struct csv_reject reject = {.problem = trouble->problem,
				    .line = record->line,
				    .offset = span->offset + (int64_t)record->begin,
				    .column = trouble->column ? trouble->column->name : NULL,
				    .record_len = (int64_t)(record->end - record->begin)};
	text_clear(&worker->message);
	say_trouble(worker->load, record, trouble, &worker->message);
	show_text(worker, span->bytes + record->begin, record->end - record->begin, &reject);
	worker->tally.rejected_bytes += (int64_t)(record->next - record->begin);
	return tell(worker, &reject, err);
}

int csv_reject_span(struct csv_worker *worker, struct error *err)
{
	const struct csv_span *span = &worker->span;
	bool is_whole = span->text_len == (int64_t)span->len;
	size_t len = span->len;
	if (is_whole && len && span->bytes[len - 1] == '\n')
		len--;
	if (is_whole && len && span->bytes[len - 1] == '\r')
		len--;
	struct csv_reject reject = {.problem = span->kind == CSV_SPAN_TOO_LONG ? CSV_TOO_LONG
									       : CSV_DAMAGED,
				    .line = span->line,
				    .offset = span->offset,
				    .record_len = span->text_len - (int64_t)(span->len - len)};
	text_clear(&worker->message);
	say_damage(span, &worker->message);
	show_text(worker, span->bytes, len, &reject);
	worker->tally.rejected_bytes += span->text_len;
	return tell(worker, &reject, err);
}
