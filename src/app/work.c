/* SPDX-License-Identifier: Apache-2.0 */
#include "app/work.h"

#include "app/app.h"
#include "pipeline/context.h"
#include "pipeline/project.h"

int work_open(struct app *app, struct work *out, struct error *err)
{
	OWNED_MEMORY char *root = NULL;
	TRY(project_find(app->folder, &root, err));
	TRY(project_open(root, app->target, &out->project, err));
	app->zone = out->project->time_zone;
	return context_open(out->project, &out->context, err);
}

void work_close(struct work *work)
{
	context_close(work->context);
	project_close(work->project);
}
