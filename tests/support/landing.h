/* SPDX-License-Identifier: Apache-2.0 */
/* landing: a project with one source, as tests of the parts of landing want it: none of its steps
 * runs. */
#ifndef VITRINE_TESTS_LANDING_H
#define VITRINE_TESTS_LANDING_H

#include <stdlib.h>

#include "pipeline/run_state.h"
#include "pipeline/source.h"
#include "support/project.h"

struct support_landing {
	struct support_project in;
	struct run_state state;
	struct run_request request;
	struct source source;
};

/* A setup of cmocka's: source "orders" of incoming/ *.csv, taken at once. */
static inline int support_landing_make(void **state)
{
	struct support_landing *landing = calloc(1, sizeof *landing);
	support_project_make(&landing->in, "name: shop\n");
	landing->state.context = landing->in.context;
	landing->state.request = &landing->request;
	source_init(&landing->source);
	landing->source.name = "orders";
	landing->source.path = "sources/orders.yaml";
	landing->source.files = "incoming/*.csv";
	landing->source.settle_us = 0;
	*state = landing;
	return 0;
}

static inline int support_landing_remove(void **state)
{
	struct support_landing *landing = *state;
	support_project_remove(&landing->in);
	free(landing);
	return 0;
}

#endif
