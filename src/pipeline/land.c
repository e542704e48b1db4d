/* SPDX-License-Identifier: Apache-2.0 */
/* land: one source's step: from the files that are there to a new version of its table.
 *
 * Order, so that a stop at any moment loses nothing and loads nothing twice: the files are copied
 * into the lake; their rows are built aside; rejects are appended to their own table, under this
 * attempt's id; one commit names the rows, the files and the attempt. What the commit says is the
 * ledger; all else follows from it. */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/map.h"
#include "base/mem.h"
#include "catalog/landed.h"
#include "pipeline/context.h"
#include "pipeline/land_files.h"
#include "pipeline/land_fixes.h"
#include "pipeline/land_load.h"
#include "pipeline/land_pending.h"
#include "pipeline/ledger.h"
#include "pipeline/publish.h"
#include "pipeline/rejects.h"
#include "pipeline/tables.h"
#include "store/store.h"

/* ---- what is there, and what is new ---- */

/* The table is gone: what it held is loaded again, as far as the lake still has it. */
static int keep_what_is_there(struct landing *landing, struct error *err)
{
	HELD(delivery) kept = {0};
	for (size_t i = 0; i < landing->current.count; i++) {
		const struct delivery_file *file = &landing->current.files[i];
		int64_t size;
		int exists =
			store_size(context_store(landing->state->context), file->key, &size, err);
		TRY(exists);
		if (exists)
			TRY(delivery_add(&kept, file->logical, file->sha256, NULL, file->key,
					 file->size, err));
	}
	struct delivery all = landing->current;
	landing->current = kept;
	kept = all;
	return 0;
}

static int find_known(struct landing *landing, struct error *err)
{
	struct context *context = landing->state->context;
	const char *name = landing->step->name;
	TRY(ledger_catch_up(context, name, landing->state->nodes[landing->node].tables[0].key,
			    err));
	TRY(ledger_files(context, name, false, &landing->ever, err));
	TRY(ledger_files(context, name, true, &landing->current, err));
	if (!landing->own)
		TRY(keep_what_is_there(landing, err));
	return land_fixes_sort_out(landing, &landing->ever, err);
}

/* Find the files; a run waits for those still being written as long as they need to stand still,
 * once, and then leaves them to the next run. */
static int find_there(struct landing *landing, int *out_waiting, struct error *err)
{
	struct run_state *state = landing->state;
	const struct source *source = landing->source;
	const struct delivery *ever = &landing->ever;
	HELD(land_watch) watch = {0};
	int64_t until_us = 0;
	for (bool is_last = false;; is_last = clock_monotonic_us() >= until_us) {
		delivery_done(&landing->found);
		landing->found = (struct delivery){0};
		TRY(land_find_files(state, source, ever, &watch, &landing->found, out_waiting,
				    err));
		if (*out_waiting == 0 || state->is_plan || is_last)
			return 0;
		if (!until_us)
			until_us = clock_monotonic_us() + source->settle_us + 100000;
		if (process_interrupted())
			return err_set(err, ERR_CANCELED, "interrupted");
		clock_sleep_ms(50);
	}
}

/* What is there, and what was taken before and is pending still. */
static int find_files(struct landing *landing, int *out_waiting, struct error *err)
{
	const struct delivery *piped = landing->state->request->piped;
	*out_waiting = 0;
	if (piped)
		return delivery_add_copy(&landing->found, &piped->files[0], err);
	TRY(find_there(landing, out_waiting, err));
	return land_pending_find(landing, &landing->ever, err);
}

/* The new files; before them, when all is to be loaded again, those that are in the table and that
 * none of the new ones takes the place of. */
static int choose_files(struct landing *landing, bool again, struct error *err)
{
	const struct source *source = landing->source;
	OWNED(map) *resent = map_new();
	if (!resent)
		return err_memory(err);
	int fresh = delivery_decide(&landing->found, &landing->current, source->load,
				    source->resend, source_has_captures(source), err);
	TRY(fresh);
	landing->replaces_all = again || source->load == LOAD_REPLACE;
	bool keeps = again && (source->load != LOAD_REPLACE || fresh == 0);
	for (size_t i = 0; source->resend == RESEND_REPLACE && i < landing->found.count; i++)
		if (landing->found.files[i].is_resend)
			TRY(map_put(resent, landing->found.files[i].logical, NULL, err));
	for (size_t i = 0; keeps && i < landing->current.count; i++)
		if (map_find(resent, landing->current.files[i].logical) < 0)
			TRY(delivery_add_copy(&landing->files, &landing->current.files[i], err));
	for (size_t i = 0; i < landing->found.count; i++)
		if (landing->found.files[i].is_new)
			TRY(delivery_add_copy(&landing->files, &landing->found.files[i], err));
	TRY(land_fixes_follow(landing, err));
	return fresh;
}

static int find_fingerprint(struct landing *landing, struct error *err)
{
	struct context *context = landing->state->context;
	char contract[HASH_HEX_SIZE];
	TRY(project_source_fingerprint(context_project(context), landing->source, contract, err));
	return fingerprint_set(&landing->fingerprint, contract, context_project(context)->time_zone,
			       "csv", err);
}

/* ---- into the lake ---- */

static int copy_files(struct landing *landing, struct error *err)
{
	int64_t bytes = 0;
	for (size_t i = 0; i < landing->files.count; i++)
		bytes += landing->files.files[i].size;
	TRY(run_check_disk(landing->state, 2 * bytes, err));
	TRY(land_copy_files(landing->state, landing->source, &landing->files, err));
	landing->step->files = (int64_t)landing->files.count;
	return 0;
}

static int64_t rows_built(const struct landing *landing)
{
	int64_t rows = 0;
	for (size_t i = 0; i < landing->output_count; i++)
		rows += landing->outputs[i].rows;
	return rows;
}

static int64_t bytes_built(const struct landing *landing)
{
	int64_t bytes = 0;
	for (size_t i = 0; i < landing->output_count; i++)
		for (size_t j = 0; j < landing->outputs[i].count; j++)
			bytes += landing->outputs[i].files[j].file.size;
	return bytes;
}

static int64_t rows_before(const struct landing *landing)
{
	return landing->own ? delta_snapshot_rows(landing->own) : -1;
}

/* A delivery that replaces everything must not be a torn one. */
static int check_volume(const struct landing *landing, struct error *err)
{
	const struct amount *min = &landing->source->min_rows;
	int64_t rows = rows_built(landing), before = rows_before(landing);
	if (landing->source->load != LOAD_REPLACE || before < 0 || landing->state->request->fixes)
		return 0;
	double least = min->is_percent ? min->value / 100 * (double)before : min->value;
	if ((double)rows >= least)
		return 0;
	err_set(err, ERR_REFUSED,
		"the delivery has %" PRId64 " rows where the version before had %" PRId64
		", fewer than min_rows allows (%g%s)",
		rows, before, min->value, min->is_percent ? " %" : "");
	return err_hint(err,
			"The table stands as it was. If the delivery is right, lower `min_rows` "
			"in %s for this run.",
			landing->source->path);
}

static int audit(struct landing *landing, struct error *err)
{
	struct run_state *state = landing->state;
	const struct delta_snapshot *base = landing->overwrites ? NULL : landing->own;
	TRY(run_show_tables(state, landing->session, &state->nodes[landing->node].reads,
			    landing->step->name, err));
	TRY(engine_session_add_output(landing->session, "processing", landing->source->name,
				      context_store(state->context), base, &landing->schema,
				      landing->output_list, landing->output_count, err));
	struct candidate candidate = {
		.name = landing->step->name,
		.session = landing->session,
		.checks = &landing->source->checks,
		.rows = rows_built(landing) + (base ? delta_snapshot_rows(base) : 0),
		.before = landing->own,
	};
	run_watch_stretch(state, landing->node, LAND_LOAD_SHARE, 1);
	if (audit_candidate(state, &candidate, landing->step, err) == 0)
		return 0;
	if (err->kind == ERR_CHECK)
		audit_keep(state, landing->step->name, landing->output_list, landing->output_count);
	return -1;
}

/* ---- the commit ---- */

/* What the ledger will read: the files loaded, and which of those before no longer count. */
static int say_files(const struct landing *landing, struct text *out, struct error *err)
{
	int64_t now_us = clock_now_us();
	text_add(out, "\"files\": [");
	for (size_t i = 0; i < landing->files.count; i++) {
		const struct land_file *item = &landing->items[i];
		struct catalog_landed row = {
			.logical = item->file->logical,
			.sha256 = item->file->sha256,
			.key = item->file->key,
			.attempt = rejects_attempt(landing->rejects),
			.size = item->file->size,
			.landed_us = now_us,
			.records = item->counts.records,
			.loaded = item->loaded,
			.rejected = item->rejected,
		};
		text_add(out, i ? ", " : "");
		ledger_write_file(&row, out);
	}
	text_addf(out, "], \"superseded\": %" PRId64 ", \"replaced\": ", landing->superseded);
	if (landing->replaces_all) {
		text_add(out, "\"all\"");
		return text_check(out, err);
	}
	size_t count = 0;
	text_add_char(out, '[');
	for (size_t i = 0; i < landing->files.count; i++) {
		const struct delivery_file *file = &landing->files.files[i];
		if (!file->is_resend || landing->source->resend != RESEND_REPLACE)
			continue;
		text_add(out, count++ ? ", " : "");
		text_add_json(out, file->logical, strlen(file->logical));
	}
	text_add_char(out, ']');
	return text_check(out, err);
}

static int commit(struct landing *landing, struct error *err)
{
	struct run_state *state = landing->state;
	struct step *step = landing->step;
	const char *key = state->nodes[landing->node].tables[0].key;
	HELD(text) files = {0};
	TRY(run_check_max_disk(state, bytes_built(landing), err));
	TRY(say_files(landing, &files, err));
	OWNED_MEMORY char *info = run_commit_info(state, &state->nodes[landing->node].tables[0],
						  step, &landing->fingerprint, files.data, err);
	if (!info)
		return -1;
	struct publish publish = {
		.key = key,
		.read_version = landing->own ? delta_snapshot_version(landing->own) : -1,
		.overwrite = landing->overwrites,
		.depends_on_rows = true, /* or two runs at once could load one file twice */
		.schema = &landing->schema,
		.description = landing->source->description,
		.operation = "WRITE",
		.vitrine_json = info,
	};
	TRY(rejects_commit(state, landing->node, landing->rejects, err));
	return publish_outputs(context_store(state->context), context_parquet(state->context),
			       &publish, landing->output_list, landing->output_count,
			       &step->version, err);
}

/* The table is at `version` now: for the run's readers, the ledger and the report. */
static int note_version(struct landing *landing, struct error *err)
{
	struct run_state *state = landing->state;
	struct step *step = landing->step;
	const char *key = state->nodes[landing->node].tables[0].key;
	const struct delta_snapshot *snapshot;
	TRY(tables_put(state->tables, step->name, key, step->version, "source", err));
	TRY(tables_get(state->tables, step->name, &snapshot, err));
	step->rows_out = delta_snapshot_rows(snapshot);
	step->bytes = delta_snapshot_bytes(snapshot);
	return ledger_catch_up(state->context, step->name, key, err);
}

/* ---- the step ---- */

static int nothing_to_load(struct landing *landing, int waiting, struct error *err)
{
	struct step *step = landing->step;
	const struct source *source = landing->source;
	if (waiting && landing->state->is_plan) { /* a run waits for them, and takes them */
		text_clear(&step->reason);
		text_addf(&step->reason, "%d new %s, still being written", waiting,
			  waiting == 1 ? "file" : "files");
		return 0;
	}
	if (!landing->own) {
		err_set(err, ERR_NOT_FOUND, "no file of source \"%s\" is there: \"%s\" %s",
			source->name, source->files ? source->files : "landing/",
			waiting ? "is still being written" : "matches nothing");
		err_hint(err, "Put the file there, or change `files:`. A file is taken when it has "
			      "stood still for `settle:` or a file of its name with .ok is there.");
		return err_at(err, source->path, 0, 0);
	}
	if (landing->has_pending && !landing->state->is_plan) /* a stop came before it was said */
		land_pending_clear(landing);
	text_clear(&step->reason);
	if (waiting)
		text_addf(&step->reason, "%d %s still being written", waiting,
			  waiting == 1 ? "file is" : "files are");
	else
		text_add(&step->reason, "no new files");
	int looked = check_again(landing->state, landing->node, &landing->own, step, err);
	TRY(looked);
	if (!looked)
		step->status = CATALOG_SKIPPED;
	TRY(run_note_personal(landing->state, landing->node, landing->own, step, &step->version,
			      err));
	return note_version(landing, err);
}

/* What was refused or stopped and is not tried any more. */
static int say_given_way(struct landing *landing, struct error *err)
{
	const struct delivery *gone = &landing->given_way;
	struct run_state *state = landing->state;
	HELD(text) said = {0};
	if (gone->count == 0)
		return 0;
	text_addf(&said, "\"%s\"", gone->files[0].logical);
	if (gone->count > 1)
		text_addf(&said, " and %zu more", gone->count - 1);
	text_addf(&said, ", taken before and never loaded, %s superseded by what is there now",
		  gone->count == 1 ? "is" : "are");
	TRY(text_check(&said, err));
	if (state->is_plan)
		text_addf(&landing->step->reason, "; %s", said.data);
	else
		run_log(state, landing->step, CATALOG_LOG_WARNING, "%s", said.data);
	return 0;
}

static void say_reason(struct landing *landing, int fresh, bool again)
{
	struct text *reason = &landing->step->reason;
	if (again && landing->own) {
		if (landing->state->request->force)
			run_say_forced(landing->step);
		if (landing->files.count == 1)
			text_add(reason, "; its file is loaded again");
		else
			text_addf(reason, "; all %zu files are loaded again", landing->files.count);
		return;
	}
	text_clear(reason);
	text_addf(reason, "%d new %s", fresh, fresh == 1 ? "file" : "files");
}

/* What was refused is kept for people to look at; nothing of it was published. */
static void keep_refused(struct landing *landing)
{
	struct error unused;
	OWNED_MEMORY char *below = text_format(&unused, "refused/%s/%s", landing->state->report->id,
					       landing->source->name);
	OWNED_MEMORY char *folder = NULL;
	if (!landing->rejects || rejects_count(landing->rejects) == 0 || !below ||
	    context_folder(landing->state->context, below, &folder, &unused) < 0)
		return;
	free(rejects_keep(landing->rejects, folder));
}

/* So that vitrine.files tells it from a load that was stopped. What was noted before stands when
 * this fails. */
static void note_refusal(struct landing *landing, enum error_kind kind)
{
	struct error unused;
	if (!landing->state->request->fixes && (kind == ERR_REFUSED || kind == ERR_CHECK))
		(void)land_pending_note(landing, true, &unused);
}

static int load(struct landing *landing, struct error *err)
{
	TRY(copy_files(landing, err));
	if (!landing->state->request->fixes)
		TRY(land_pending_note(landing, false, err));
	if (land_load_files(landing, err) < 0 || check_volume(landing, err) < 0 ||
	    audit(landing, err) < 0) {
		note_refusal(landing, err->kind);
		keep_refused(landing);
		return -1;
	}
	TRY(commit(landing, err));
	land_pending_clear(landing);
	return note_version(landing, err);
}

/* Only what people mended, behind what is in the table. */
static int load_fixes(struct landing *landing, bool is_current, struct error *err)
{
	struct text *reason = &landing->step->reason;
	TRY(land_fixes_choose(landing, is_current, err));
	text_clear(reason);
	text_addf(reason, "rejects of %zu %s were mended", landing->files.count,
		  landing->files.count == 1 ? "file" : "files");
	return load(landing, err);
}

int land_run(struct run_state *state, size_t node, struct step *step, struct error *err)
{
	HELD(landing)
	landing = {.state = state, .node = node, .source = state->nodes[node].source, .step = step};
	int waiting;
	TRY(find_fingerprint(&landing, err));
	int current = run_is_current(state, node, 0, &landing.fingerprint, &landing.own, step, err);
	TRY(current);
	TRY(find_known(&landing, err));
	if (state->request->fixes)
		return load_fixes(&landing, current, err);
	TRY(find_files(&landing, &waiting, err));
	bool again = !current || state->request->force;
	int fresh = choose_files(&landing, again, err);
	TRY(fresh);
	if (landing.files.count == 0) {
		TRY(nothing_to_load(&landing, waiting, err));
		return say_given_way(&landing, err);
	}
	say_reason(&landing, fresh, again);
	TRY(say_given_way(&landing, err));
	return state->is_plan ? land_load_plan(&landing, err) : load(&landing, err);
}
