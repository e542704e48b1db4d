/* SPDX-License-Identifier: Apache-2.0 */
/* serve: answers from an artifact: for a person, a basket, an item, or nobody known.
 *
 * An answer is filled stage by stage until it holds k items or nothing is left:
 *	person    the list made ahead; the steps of the person's class, of those for persons where
 *	          there are any, over the history (before the list when items of a session are
 *	          given too); popular in the segment; in all
 *	items     the steps of the basket's class; popular in the segment; popular in all
 *	similar   the sets of links for similar items, in order, or where none are named the steps
 *of a basket of that item; popular with the same first label popular   of a label's value or in the
 *segment, when given; popular in all Every item passes the filters, is there once, and says which
 *source put it there and why. Scores compare within one source only. Nothing is allocated; any
 *number of threads may ask one artifact, each with scratch of its own. */
#ifndef VITRINE_RECS_SERVE_H
#define VITRINE_RECS_SERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recs/artifact.h"

struct text;

enum { RECS_SERVE_MAX = 1000, RECS_SERVE_HISTORY_MAX = 2000 };

/* Memory of one thread, for artifacts of any size: it grows when a larger one is fitted. */
struct recs_serve_scratch {
	void *block;
	size_t size;
	uint32_t item_count; /* of the artifact last served */
};
/* Call once per artifact and thread (cheap when it fits already). Fails: MEMORY. */
int recs_serve_scratch_fit(struct recs_serve_scratch *scratch, const struct recs_artifact *artifact,
			   struct error *err);
void recs_serve_scratch_done(struct recs_serve_scratch *scratch);
OWN_DEFINE_EMBEDDED(recs_serve_scratch, recs_serve_scratch_done)

/* Items with one of the values of a label, or (`without`) with none of them. */
struct recs_rule {
	uint32_t label;
	bool without;
	const uint32_t *values; /* RECS_NONE among them matches nothing */
	size_t count;
};

/* What may not be answered. Zero lets everything through that is available and not seen. */
struct recs_filters {
	bool keep_seen;        /* items of the history or basket may be answered */
	bool keep_unavailable; /* withdrawn items too */
	int64_t price_min_cents, price_max_cents; /* both included; 0 = no bound. An item without a
						     price passes no bound */
	const struct recs_rule *rules;            /* all must hold */
	size_t rule_count;
	const uint32_t *predicates; /* by number; all must hold */
	size_t predicate_count;
	const uint32_t *excluded; /* items */
	size_t excluded_count;
};

enum recs_filter {
	RECS_PASSES,
	RECS_UNKNOWN_ITEM,
	RECS_FILTER_SEEN,
	RECS_FILTER_UNAVAILABLE,
	RECS_FILTER_PRICE,
	RECS_FILTER_RULE,
	RECS_FILTER_PREDICATE,
	RECS_FILTER_EXCLUDED,
	RECS_FILTER_DIVERSITY, /* its label's value was there often enough */
	RECS_FILTER_COUNT
};
/* "seen", "unavailable", ...: a constant. */
const char *recs_filter_name(enum recs_filter filter);

enum recs_ask { RECS_FOR_PERSON, RECS_FOR_ITEMS, RECS_SIMILAR_TO, RECS_POPULAR };

struct recs_request {
	enum recs_ask ask;
	uint32_t k;       /* 1 .. RECS_SERVE_MAX */
	uint32_t person;  /* RECS_NONE = not known: popular items */
	uint32_t segment; /* for somebody not known, or popular items of it; else RECS_NONE */
	/* A basket or session, oldest first (for a person: added to the history); of a similar-to
	 * the items asked for. RECS_NONE among them is ignored and counted. */
	const uint32_t *items;
	size_t item_count;
	uint32_t label, label_value; /* of popular: only this; label_value RECS_NONE = all */
	struct recs_filters filters;
	/* At most `diverse_most` items of one value of `diverse_label`: of all lists that keep to
	 * it the one that takes the best first. 0 = as many as there are. Items without a value
	 * are not bounded. */
	uint32_t diverse_label, diverse_most;
	/* Score × (1 + affinity × the person's share of the item's price band), where scores are
	 * above 0; 0 = prices do not matter. */
	float affinity;
};

/* Everything for nobody, k = 10, all labels and segments RECS_NONE. */
struct recs_request recs_request(enum recs_ask ask);

struct recs_served {
	uint32_t item;
	float score;
	uint32_t source; /* recs_artifact_text(.., RECS_SOURCES, source) */
	enum recs_reason reason;
	uint32_t because; /* an item, segment or label's value by `reason`; RECS_NONE = none */
	uint32_t label;   /* whose value `because` is, of POPULAR_LABEL */
};

struct recs_answer {
	size_t count;                         /* rank of out[i] is i + 1 */
	size_t ignored;                       /* items asked with that nobody knows */
	bool personal;                        /* something of it rests on the history or basket */
	uint32_t filtered[RECS_FILTER_COUNT]; /* items turned away, by the first reason */
};

/* `out` has room for request->k.
 * Fails: USAGE (k, a label or predicate that is not there). */
int recs_serve(const struct recs_artifact *artifact, const struct recs_request *request,
	       struct recs_serve_scratch *scratch, struct recs_served *out,
	       struct recs_answer *answer, struct error *err);

/* "bought together with X", "popular in SP", "popular". Adds to `out`. */
void recs_serve_reason(const struct recs_artifact *artifact, const struct recs_served *served,
		       struct text *out);

enum { RECS_EXPLAIN_SHARES_MAX = 16 };

/* What an item of the history gives to the score of an item: share of the sum of that source. */
struct recs_explained {
	uint32_t from, source;
	float weight, share;
};

struct recs_explanation {
	enum recs_filter filtered; /* by the request's filters; PASSES = by none */
	uint32_t list_place;       /* in the list made ahead, from 1; 0 = not in it */
	float list_score;
	uint32_t list_source, list_because; /* when in it */
	uint32_t answer_place;              /* in the answer of k, from 1; 0 = not in it */
	struct recs_served answered;        /* when in it */
	struct recs_explained shares[RECS_EXPLAIN_SHARES_MAX]; /* links, the greatest first */
	size_t share_count;
	bool by_factors;
	float factor_score;                            /* when there are factors and a history */
	uint32_t factor_source, factor_because;        /* then; an item of the history, or NONE */
	uint32_t popular_place, popular_segment_place; /* from 1; 0 = not listed */
};

/* Where `item` stands for a request of a person or basket.
 * Fails: as recs_serve(), NOT_FOUND (no such item). */
int recs_serve_explain(const struct recs_artifact *artifact, const struct recs_request *request,
		       uint32_t item, struct recs_serve_scratch *scratch,
		       struct recs_explanation *out, struct error *err);

#endif
