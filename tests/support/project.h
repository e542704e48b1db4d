/* SPDX-License-Identifier: Apache-2.0 */
/* project: a project in a folder of its own with its lake open, as tests of pipeline/ want it. */
#ifndef VITRINE_TESTS_PROJECT_H
#define VITRINE_TESTS_PROJECT_H

#include "pipeline/context.h"
#include "pipeline/project.h"
#include "support/support.h"

struct support_project {
	char *folder;
	struct project *project;
	struct context *context;
};

/* Open what lies in the folder; `target` may be NULL. */
static inline void support_project_open(struct support_project *in, const char *target)
{
	struct error err;
	assert_ok(project_open(in->folder, target, &in->project, &err), &err);
	assert_ok(context_open(in->project, &in->context, &err), &err);
}

static inline void support_project_close(struct support_project *in)
{
	context_close(in->context);
	project_close(in->project);
}

/* A new folder with this vitrine.yaml, opened. */
static inline void support_project_make(struct support_project *in, const char *settings)
{
	in->folder = support_make_folder();
	support_write_file(in->folder, "vitrine.yaml", settings);
	support_project_open(in, NULL);
}

static inline void support_project_remove(struct support_project *in)
{
	support_project_close(in);
	support_remove_folder(in->folder);
}

#endif
