/* SPDX-License-Identifier: Apache-2.0 */
/* land_pipe: a file that comes through a pipe instead of lying somewhere. It is spooled beside the
 * lake, then goes the way of every file. */
#ifndef VITRINE_PIPELINE_LAND_PIPE_H
#define VITRINE_PIPELINE_LAND_PIPE_H

struct context;
struct error;
struct run_report;
struct run_request;

/* Read `fd` to its end and land it as one file of a source, at
 * landing/<source>/_pipe/<date>/<sha12>-stdin. What was loaded before is not loaded again.
 * `request` is the run's; what is landed is filled in here. Fails: NOT_FOUND (no such source),
 * REFUSED (nothing came), CANCELED, as run_pipeline() does. */
int land_pipe(struct context *context, const char *source, int fd, struct run_request *request,
	      struct run_report **out, struct error *err);

#endif
