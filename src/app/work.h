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

/* The option of commands that may be about some of the steps. */
#define WORK_SELECT_OPTION                                                                         \
	{                                                                                          \
		"select", 's', "STEPS",                                                            \
			"only these: \"orders\", \"orders+\" (and what depends on it), "           \
			"\"+orders\" "                                                             \
			"(and what it needs), \"tag:daily\""                                       \
	}

/* Find, read and open the project of -C, with its target; sets app->zone.
 * Fails: as app_find_project(), project_open() and context_open(). */
int work_open(struct app *app, struct work *out, struct error *err);
void work_close(struct work *work);
OWN_DEFINE_EMBEDDED(work, work_close)

#endif
