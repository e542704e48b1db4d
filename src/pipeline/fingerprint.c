/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/fingerprint.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"

void fingerprint_done(struct fingerprint *fingerprint)
{
	for (size_t i = 0; i < fingerprint->input_count; i++)
		free(fingerprint->inputs[i].name);
	free(fingerprint->inputs);
	*fingerprint = (struct fingerprint){0};
}

int fingerprint_set(struct fingerprint *fingerprint, const char *sql, const char *settings,
		    const char *engine, struct error *err)
{
	TRY(hash_of_bytes(sql, strlen(sql), fingerprint->sql, err));
	TRY(hash_of_bytes(settings, strlen(settings), fingerprint->settings, err));
	snprintf(fingerprint->engine, sizeof fingerprint->engine, "%s", engine);
	fingerprint->format = FINGERPRINT_STEP_FORMAT;
	return 0;
}

int fingerprint_add_input(struct fingerprint *fingerprint, const char *name, int64_t version,
			  struct error *err)
{
	TRY(mem_grow(&fingerprint->inputs, &fingerprint->input_capacity,
		     fingerprint->input_count + 1, sizeof *fingerprint->inputs, err));
	char *copy = mem_copy_text(name);
	if (!copy)
		return err_memory(err);
	fingerprint->inputs[fingerprint->input_count++] = (struct fingerprint_input){copy, version};
	return 0;
}

void fingerprint_write(const struct fingerprint *fingerprint, struct text *out)
{
	text_addf(out,
		  "\"sql\": \"%s\", \"settings\": \"%s\", \"engine\": \"%s\", \"format\": %lld",
		  fingerprint->sql, fingerprint->settings, fingerprint->engine,
		  (long long)fingerprint->format);
	text_add(out, ", \"inputs\": {");
	for (size_t i = 0; i < fingerprint->input_count; i++) {
		const struct fingerprint_input *input = &fingerprint->inputs[i];
		text_add(out, i ? ", " : "");
		text_add_json(out, input->name, strlen(input->name));
		text_addf(out, ": %lld", (long long)input->version);
	}
	text_add_char(out, '}');
}

static bool differs(const struct json *recorded, const char *key, const char *now)
{
	return !text_equal(json_text(json_get(recorded, key), NULL), now);
}

/* The first difference in words, or nothing. */
static void find_difference(const struct fingerprint *f, const struct json *recorded,
			    struct text *out)
{
	const struct json *inputs = json_get(recorded, "inputs");
	if (differs(recorded, "sql", f->sql))
		text_add(out, "its definition changed");
	else if (differs(recorded, "settings", f->settings))
		text_add(out, "its settings changed");
	else if (differs(recorded, "engine", f->engine))
		text_addf(out, "the engine changed (%s to %s)",
			  json_text(json_get(recorded, "engine"), "unknown"), f->engine);
	else if (json_int(json_get(recorded, "format"), -1) != f->format)
		text_add(out, "this version of vitrine builds it differently");
	else if (json_count(inputs) != f->input_count)
		text_add(out, "it reads other tables");
	for (size_t i = 0; out->len == 0 && i < f->input_count; i++) {
		int64_t before = json_int(json_get(inputs, f->inputs[i].name), -1);
		if (before != f->inputs[i].version)
			text_addf(out, "%s changed (version %lld to %lld)", f->inputs[i].name,
				  (long long)before, (long long)f->inputs[i].version);
	}
}

int fingerprint_compare(const struct fingerprint *fingerprint, const char *recorded_json,
			struct text *out_reason, struct error *err)
{
	text_clear(out_reason);
	if (!recorded_json) {
		text_add(out_reason, "it was last written by another program");
		return text_check(out_reason, err);
	}
	OWNED(json) *recorded = NULL;
	TRY(json_parse(recorded_json, strlen(recorded_json), &recorded, err));
	find_difference(fingerprint, recorded, out_reason);
	TRY(text_check(out_reason, err));
	return out_reason->len == 0;
}
