/* SPDX-License-Identifier: Apache-2.0 */
/* store_fault: two stores for tests: one in memory that behaves as S3 does, and one that wraps any
 * store, counts what is asked of it, and fails at a chosen step.
 *
 *	struct store *memory, *faulty;
 *	store_memory_new(&memory);
 *	store_fault_new(memory, &faulty);
 *	for (int at = 1;; at++) {
 *		store_fault_set(faulty, &(struct store_fault){.at = at, .effect = true});
 *		... run; when !store_fault_happened(faulty), every step has had its turn
 *	}
 */
#ifndef VITRINE_TESTS_STORE_FAULT_H
#define VITRINE_TESTS_STORE_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct store;

/* A store in memory: no rename, no folders, keys only. Local paths and staging are in a temporary
 * folder. Safe from several threads. Owner: caller, until store_free(). */
int store_memory_new(struct store **out, struct error *err);

/* What is to go wrong. {0} = nothing. */
struct store_fault {
	int64_t at;       /* the operation that fails, counted from 1 since it was set; 0 = none */
	bool writes_only; /* count only operations that change the store */
	bool effect;      /* the write happens all the same; only its success is lost */
	bool stop;        /* all later operations fail too, without effect: the machine stopped */
	bool refused;     /* S3's 409: a put_if_absent answers 0 though the key stays free; other
			     operations fail as without it */
	enum error_kind
		kind; /* IO when left 0; NETWORK for S3's 503 and timeouts, DISK_FULL, ... */
};

/* Wrap `inner`, which is borrowed and must outlive the wrapper. Owner: caller, store_free(). */
int store_fault_new(struct store *inner, struct store **out, struct error *err);
/* Set what goes wrong from here on, and count anew. */
void store_fault_set(struct store *store, const struct store_fault *fault);
/* Operations since then, by the rule of `writes_only`. */
int64_t store_fault_count(struct store *store);
/* Whether the fault's turn came. */
bool store_fault_happened(struct store *store);

#endif
