/* SPDX-License-Identifier: Apache-2.0 */
/* doctor: looks at a project's lake and state from end to end and says what is wrong with them. It
 * changes nothing. */
#ifndef VITRINE_PIPELINE_DOCTOR_H
#define VITRINE_PIPELINE_DOCTOR_H

struct context;
struct error;

enum doctor_level { DOCTOR_OK, DOCTOR_NOTE, DOCTOR_BAD };

/* All borrowed until `each` returns. */
struct doctor_finding {
	enum doctor_level level;
	const char *subject; /* "processing.orders", "lease", "disk" */
	const char *message;
	const char *hint; /* what to do; NULL = nothing */
};

/* Examine everything, one finding at a time. `each` returns 0, or negative to stop. Returns how
 * many findings are DOCTOR_BAD. Fails: MEMORY, what `each` says; what is broken is a finding, no
 * failure. Cost: one list of each table's folder, one read of each table's log; no data file is
 * opened. */
int doctor_examine(struct context *context,
		   int (*each)(void *each_context, const struct doctor_finding *finding,
			       struct error *err),
		   void *each_context, struct error *err);

#endif
