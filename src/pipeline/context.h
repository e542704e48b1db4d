/* SPDX-License-Identifier: Apache-2.0 */
/* context: a project opened for work: its lake, its state, its engine. The engine and the SQL
 * parser start when first asked for, so that a run with nothing to do starts neither. */
#ifndef VITRINE_PIPELINE_CONTEXT_H
#define VITRINE_PIPELINE_CONTEXT_H

#include "base/own.h"
#include "delta/delta.h"

struct catalog;
struct context;
struct engine;
struct error;
struct project;
struct sql_parser;
struct store;

/* Open the project's lake and state folder (made when missing). Borrows the project.
 * Owner: caller, until context_close(). Fails: as store_open() and catalog_open(). */
int context_open(const struct project *project, struct context **out, struct error *err);
/* The same on a store that is open already, which the context then owns. On failure it is still the
 * caller's. For tests, whose stores fail on purpose. */
int context_open_on(const struct project *project, struct store *store, struct context **out,
		    struct error *err);
void context_close(struct context *context);
OWN_DEFINE(context, context_close)

/* All borrowed from the context. */
const struct project *context_project(const struct context *context);
struct store *context_store(const struct context *context);
struct catalog *context_catalog(const struct context *context);
/* Checkpoints, by an engine that starts when one must be read or written. */
const struct delta_parquet *context_parquet(const struct context *context);

/* From any thread. Fails: as engine_open() and sql_parser_open(). */
int context_engine(struct context *context, struct engine **out, struct error *err);
int context_parser(struct context *context, struct sql_parser **out, struct error *err);
/* What the engine calls itself, for fingerprints, without starting it. */
const char *context_engine_version(const struct context *context);

/* A folder below the state folder, made when missing. Owner: caller. */
int context_folder(struct context *context, const char *name, char **out, struct error *err);

#endif
