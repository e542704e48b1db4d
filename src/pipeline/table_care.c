/* SPDX-License-Identifier: Apache-2.0 */
/* What all care has in common: the lease around it, its place in the history, the set at its end;
 * and dropping, which is little more than that. */
#include "pipeline/table_care.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "catalog/runs.h"
#include "pipeline/context.h"
#include "pipeline/dependencies.h"
#include "pipeline/lease.h"
#include "pipeline/project.h"
#include "pipeline/set.h"
#include "pipeline/table_care_state.h"

/* ---- the report ---- */

void table_care_report_free(struct table_care_report *report)
{
	if (!report)
		return;
	for (size_t i = 0; i < report->count; i++) {
		free(report->items[i].name);
		free(report->items[i].note);
	}
	free(report->items);
	free(report->removed);
	free(report);
}

int table_care_add_item(struct table_care_report *report, const char *name,
			struct table_care_item **out, struct error *err)
{
	TRY(mem_grow(&report->items, &report->capacity, report->count + 1, sizeof *report->items,
		     err));
	struct table_care_item item = {.name = mem_copy_text(name),
				       .version_before = -1,
				       .version = -1,
				       .restored = -1,
				       .files_before = -1,
				       .files = -1,
				       .bytes_before = -1,
				       .bytes = -1,
				       .rows = -1};
	if (!item.name)
		return err_memory(err);
	*out = &report->items[report->count++];
	**out = item;
	return 0;
}

/* ---- names ---- */

static const struct set_table *find_full(const struct set *set, const char *database,
					 const char *name)
{
	char full[NAME_FULL_SIZE];
	int len = snprintf(full, sizeof full, "%s.%s", database, name);
	return len < (int)sizeof full ? set_find(set, full) : NULL;
}

static const struct set_table *find_table(const struct project *project, const struct set *set,
					  const char *name)
{
	const char *dot = strchr(name, '.');
	char database[NAME_FULL_SIZE];
	if (!dot) {
		const struct set_table *table = find_full(set, "delivery", name);
		return table ? table : find_full(set, "processing", name);
	}
	int len = snprintf(database, sizeof database, "%.*s", (int)(dot - name), name);
	if (len >= (int)sizeof database)
		return NULL;
	const char *own = project_database(project, database);
	return find_full(set, own ? own : database, dot + 1);
}

int table_care_find(const struct project *project, const struct set *set, const char *name,
		    const struct set_table **out, struct error *err)
{
	*out = find_table(project, set, name);
	if (*out)
		return 0;
	OWNED_MEMORY const char **names = mem_alloc_array(set->count + 1, sizeof *names);
	if (!names)
		return err_memory(err);
	for (size_t i = 0; i < set->count; i++) {
		const char *full = set->tables[i].name, *dot = strchr(full, '.');
		names[i] = strchr(name, '.') || !dot ? full : dot + 1;
	}
	err_set(err, ERR_NOT_FOUND, "there is no published table \"%s\"", name);
	const char *nearest = text_nearest(name, names);
	return nearest ? err_hint(err, "Did you mean \"%s\"?", nearest)
		       : err_hint(err, "`vitrine catalog` lists the tables.");
}

bool table_care_is_orphan(const struct project *project, const struct set_table *table)
{
	const char *dot = strchr(table->name, '.');
	if (!dot)
		return true;
	bool is_source = strncmp(table->name, "processing.", strlen("processing.")) == 0 &&
			 project_source(project, dot + 1);
	char database[NAME_FULL_SIZE];
	snprintf(database, sizeof database, "%.*s", (int)(dot - table->name), table->name);
	return !is_source && !project_model(project, database, dot + 1);
}

int table_care_find_orphan(const struct project *project, const struct set *set, const char *name,
			   const struct set_table **out, struct error *err)
{
	TRY(table_care_find(project, set, name, out, err));
	if (table_care_is_orphan(project, *out))
		return 0;
	err_set(err, ERR_USAGE, "%s is made by this project: the next run would make it again",
		(*out)->name);
	return err_hint(err, "Remove its source or model first.");
}

/* ---- around the work ---- */

static void care_done(struct table_care *care)
{
	set_free(care->base);
	set_free(care->changes);
	lease_release(care->lease);
}
OWN_DEFINE_EMBEDDED(table_care, care_done)

static int begin(struct table_care *care, struct error *err)
{
	care->changes = set_new();
	if (!care->changes)
		return err_memory(err);
	TRY(set_read_newest(care->store, &care->base, err));
	care->report->set = care->base->number;
	return 0;
}

static int start_record(struct table_care *care, const struct table_care_request *request,
			struct error *err)
{
	char process[PROCESS_NAME_SIZE];
	struct catalog *catalog = context_catalog(care->context);
	const char *target = context_project(care->context)->target;
	struct catalog_run run = {
		.id = care->report->id,
		.command = request->command,
		.target = target,
		.code = VITRINE_VERSION,
		.process = process_name(process),
		.status = CATALOG_RUNNING,
		.started_us = clock_now_us(),
	};
	TRY(catalog_runs_bury(catalog, target, NULL, err));
	return catalog_runs_start(catalog, &run, &care->report->run_number, err);
}

static void end_record(const struct table_care *care, int outcome, const struct error *cause)
{
	const struct table_care_report *report = care->report;
	enum catalog_status status = outcome == 0                  ? CATALOG_OK
				     : cause->kind == ERR_CANCELED ? CATALOG_CANCELED
								   : CATALOG_FAILED;
	struct error err;
	if (catalog_runs_end(context_catalog(care->context), report->id, status,
			     report->published ? report->set : 0, clock_now_us(),
			     outcome == 0 ? NULL : cause, &err) < 0)
		log_warning("the end of this is not in the history: %s", err.message);
}

void table_care_note_step(const struct table_care *care, const struct table_care_item *item,
			  const char *reason)
{
	int64_t now_us = clock_now_us();
	struct catalog_step step = {
		.run_id = care->report->id,
		.kind = CATALOG_PUBLISH,
		.name = item->name,
		.status = CATALOG_OK,
		.reason = reason,
		.attempts = 1,
		.started_us = now_us,
		.ended_us = now_us,
		.rows_in = -1,
		.rows_out = item->rows,
		.bytes = item->bytes,
		.table = item->version >= 0 ? item->name : NULL,
		.table_version = item->version,
	};
	struct error err;
	if (care->lease && catalog_runs_put_step(context_catalog(care->context), &step, &err) < 0)
		log_warning("%s is not in the history: %s", item->name, err.message);
}

void table_care_add_info(const struct table_care *care, const char *name, struct text *out)
{
	text_addf(out, "\"run\": \"%s\", \"run_number\": %lld, \"step\": ", care->report->id,
		  (long long)care->report->run_number);
	text_add_json(out, name, strlen(name));
}

static int publish(struct table_care *care, struct error *err)
{
	if (!lease_is_held(care->lease))
		return err_set(err, ERR_BUSY, "another run took over the lake's lease");
	TRY(set_publish(care->store, care->changes, care->dropped, care->report->id, clock_now_us(),
			&care->report->set, err));
	care->report->published = care->report->set > care->base->number;
	return 0;
}

static int under_lease(struct table_care *care, const struct table_care_request *request,
		       int (*work)(struct table_care *care, void *what, struct error *err),
		       void *what, struct error *err)
{
	TRY(process_new_uuid(care->report->id, err));
	TRY(lease_take(care->store, care->report->id, request->wait, &care->lease, err));
	TRY(begin(care, err));
	TRY(start_record(care, request, err));
	int outcome = work(care, what, err);
	if (outcome == 0)
		outcome = publish(care, err);
	end_record(care, outcome, err);
	return outcome;
}

static struct table_care make_care(struct context *context, struct table_care_report *report)
{
	return (struct table_care){.context = context,
				   .store = context_store(context),
				   .parquet = context_parquet(context),
				   .report = report};
}

int table_care_carry_out(struct context *context, const struct table_care_request *request,
			 int (*work)(struct table_care *care, void *what, struct error *err),
			 void *what, struct table_care_report **out, struct error *err)
{
	OWNED(table_care_report) *report = mem_alloc(sizeof *report);
	*out = NULL;
	if (!report)
		return err_memory(err);
	HELD(table_care) care = make_care(context, report);
	int outcome = under_lease(&care, request, work, what, err);
	if (report->run_number > 0)
		*out = TAKE(report);
	return outcome;
}

int table_care_look(struct context *context,
		    int (*work)(struct table_care *care, void *what, struct error *err), void *what,
		    struct table_care_report **out, struct error *err)
{
	OWNED(table_care_report) *report = mem_alloc(sizeof *report);
	*out = NULL;
	if (!report)
		return err_memory(err);
	HELD(table_care) care = make_care(context, report);
	TRY(begin(&care, err));
	TRY(work(&care, what, err));
	*out = TAKE(report);
	return 0;
}

/* ---- drop ---- */

static int drop(struct table_care *care, void *what, struct error *err)
{
	const char **names = what; /* the one name, and the end */
	const struct set_table *table;
	struct table_care_item *item;
	TRY(table_care_find_orphan(context_project(care->context), care->base, names[0], &table,
				   err));
	TRY(table_care_add_item(care->report, table->name, &item, err));
	item->version_before = table->version;
	names[0] = item->name;
	care->dropped = names;
	table_care_note_step(care, item, "dropped");
	return 0;
}

int table_care_drop(struct context *context, const struct table_care_request *request,
		    const char *name, struct table_care_report **out, struct error *err)
{
	const char *names[] = {name, NULL};
	return table_care_carry_out(context, request, drop, names, out, err);
}
