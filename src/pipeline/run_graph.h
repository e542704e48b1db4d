/* SPDX-License-Identifier: Apache-2.0 */
/* run_graph: the project's sources and models as a graph of steps. */
#ifndef VITRINE_PIPELINE_RUN_GRAPH_H
#define VITRINE_PIPELINE_RUN_GRAPH_H

struct error;
struct run_state;

/* Fill in the state's nodes, the tables known, and the report's graph with its edges: what a
 * model's SQL reads, and what its checks compare with. state->base must be read before. Nothing
 * runs. Fails, with file, line and column: UNDEFINED, SYNTAX, UNSUPPORTED, PROJECT (a cycle). */
int run_graph_build(struct run_state *state, struct error *err);

#endif
