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
	for (size_t i = 0; i < fingerprint->input_count; i++) {
		free(fingerprint->inputs[i].name);
		free(fingerprint->inputs[i].lake);
	}
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
			  const char *lake, struct error *err)
{
	TRY(mem_grow(&fingerprint->inputs, &fingerprint->input_capacity,
		     fingerprint->input_count + 1, sizeof *fingerprint->inputs, err));
	OWNED_MEMORY char *copy = mem_copy_text(name);
	OWNED_MEMORY char *of = lake ? mem_copy_text(lake) : NULL;
	if (!copy || (lake && !of))
		return err_memory(err);
	fingerprint->inputs[fingerprint->input_count++] =
		(struct fingerprint_input){TAKE(copy), version, TAKE(of)};
	return 0;
}

static void write_lakes(const struct fingerprint *fingerprint, struct text *out)
{
	size_t count = 0;
	for (size_t i = 0; i < fingerprint->input_count; i++) {
		const struct fingerprint_input *input = &fingerprint->inputs[i];
		if (!input->lake)
			continue;
		text_add(out, count++ ? ", " : ", \"lakes\": {");
		text_add_json(out, input->name, strlen(input->name));
		text_add(out, ": ");
		text_add_json(out, input->lake, strlen(input->lake));
	}
	text_add(out, count ? "}" : "");
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
	write_lakes(fingerprint, out);
}

static bool differs(const struct json *recorded, const char *key, const char *now)
{
	return !text_equal(json_text(json_get(recorded, key), NULL), now);
}

/* Whether an input was another version, or of another lake. */
static void compare_input(const struct fingerprint_input *input, const struct json *recorded,
			  struct text *out)
{
	int64_t before = json_int(json_get(json_get(recorded, "inputs"), input->name), -1);
	const char *lake = json_text(json_get(json_get(recorded, "lakes"), input->name), NULL);
	if (lake && !input->lake)
		text_addf(out, "%s is in the target's own lake now", input->name);
	else if (!text_equal(lake, input->lake))
		text_addf(out, "%s is read from another lake now", input->name);
	else if (before != input->version)
		text_addf(out, "%s changed (version %lld to %lld)", input->name, (long long)before,
			  (long long)input->version);
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
	for (size_t i = 0; out->len == 0 && i < f->input_count; i++)
		compare_input(&f->inputs[i], recorded, out);
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
