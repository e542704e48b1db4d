/* SPDX-License-Identifier: Apache-2.0 */
/* project_settings: what vitrine.yaml says, and which target is chosen. Private to project*.c. */
#ifndef VITRINE_PIPELINE_PROJECT_SETTINGS_H
#define VITRINE_PIPELINE_PROJECT_SETTINGS_H

#include "pipeline/project.h"

/* Fill in the defaults; `project->root` and its arena are there. Fails: MEMORY. */
int project_settings_init(struct project *project, struct error *err);

/* Read the document (NULL = an empty one), whose nodes the project keeps, and make the changes of
 * `target` (NULL = "prod"). Fails: PROJECT, USAGE (an unknown target), UNSUPPORTED, MEMORY. */
int project_settings_read(struct project *project, const struct yaml_node *root, const char *target,
			  struct error *err);

/* The keys `targets` and `engine`, for tables of keys. */
int project_read_targets(const struct project_reader *, const struct project_key *,
			 const struct yaml_node *, void *field, struct error *);
int project_read_engine(const struct project_reader *, const struct project_key *,
			const struct yaml_node *, void *field, struct error *);

/* How many pairs a mapping of names has; `what` names it. Fails: PROJECT when it is none. */
int project_count_pairs(const struct yaml_node *value, const char *what, size_t *out,
			struct error *err);

/* Make every target's lake absolute, then the changes of the target called `name`. */
int project_choose_target(struct project *project, const struct yaml_node *root, const char *name,
			  struct error *err);

/* Whether `text` is five cron fields that some minute fulfils. Fails: PROJECT, without a place. */
int project_check_schedule(const char *text, struct error *err);

#endif
