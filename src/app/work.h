/* SPDX-License-Identifier: Apache-2.0 */
/* work: a project opened for a command that reads or writes its lake. */
#ifndef VITRINE_APP_WORK_H
#define VITRINE_APP_WORK_H

#include "base/own.h"

struct app;
struct context;
struct error;
struct project;

struct work {
	struct project *project;
	struct context *context;
};

/* Find, read and open the project of -C, with its target; sets app->zone.
 * Fails: as app_find_project(), project_open() and context_open(). */
int work_open(struct app *app, struct work *out, struct error *err);
void work_close(struct work *work);
OWN_DEFINE_EMBEDDED(work, work_close)

#endif
