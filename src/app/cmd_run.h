/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_run: carrying out a run for a command: progress while it goes, what came of it at the end. */
#ifndef VITRINE_APP_CMD_RUN_H
#define VITRINE_APP_CMD_RUN_H

struct app;
struct error;
struct run_request;

/* Open the project and run. Fills in the request's event. Fails: as run_pipeline(). */
int cmd_run_carry_out(struct app *app, struct run_request *request, struct error *err);

#endif
