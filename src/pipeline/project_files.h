/* SPDX-License-Identifier: Apache-2.0 */
/* project_files: reading sources/, models/ and checks/. Private to project.c. */
#ifndef VITRINE_PIPELINE_PROJECT_FILES_H
#define VITRINE_PIPELINE_PROJECT_FILES_H

#include "pipeline/project.h"

/* Each fills its array in the project, sorted. A folder that is not there holds nothing. Files that
 * begin with a dot, and those of other kinds than ours, are left alone. Fails: as project_open().
 */
int project_read_sources(struct project *project, struct error *err);
int project_read_models(struct project *project, struct error *err);
int project_read_checks(struct project *project, struct error *err);

#endif
