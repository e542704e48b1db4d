/* SPDX-License-Identifier: Apache-2.0 */
/* generate_order: all that is known of the n-th order: who, when, what, how paid, how delivered,
 * how liked. Computed from the seed and n alone. */
#ifndef VITRINE_PIPELINE_GENERATE_ORDER_H
#define VITRINE_PIPELINE_GENERATE_ORDER_H

#include <stdint.h>

#include "pipeline/generate_shop.h"

enum { GENERATE_ITEMS_MAX = 21, GENERATE_PAYMENTS_MAX = 6, GENERATE_REVIEWS_MAX = 2 };

#define GENERATE_NO_TIME INT64_MIN

enum generate_status {
	GENERATE_CREATED,
	GENERATE_APPROVED,
	GENERATE_INVOICED,
	GENERATE_PROCESSING,
	GENERATE_SHIPPED,
	GENERATE_DELIVERED,
	GENERATE_CANCELED,
	GENERATE_UNAVAILABLE
};

enum generate_payment_type {
	GENERATE_CREDIT_CARD,
	GENERATE_BOLETO,
	GENERATE_VOUCHER,
	GENERATE_DEBIT_CARD,
	GENERATE_NOT_DEFINED
};

struct generate_item {
	uint32_t product, seller;
	int64_t limit;          /* times are seconds since 1970, civil */
	int32_t price, freight; /* centavos */
};

struct generate_payment {
	enum generate_payment_type type;
	int32_t installments, value;
};

struct generate_review {
	int64_t id; /* the same number is the same review */
	int32_t score;
	int32_t asked; /* day since 1970 */
	int64_t answered;
	uint64_t words; /* what the comment is made from */
};

struct generate_order {
	int64_t number;
	int64_t person; /* number of the person's first order */
	uint32_t place;
	bool place_is_unknown; /* the postal code after the place's: not in the geolocation */
	enum generate_status status;
	int64_t purchased, approved, handed_over, delivered; /* GENERATE_NO_TIME = not yet */
	int32_t promised;                                    /* day since 1970 */
	struct generate_item items[GENERATE_ITEMS_MAX];
	uint32_t item_count;
	struct generate_payment payments[GENERATE_PAYMENTS_MAX];
	uint32_t payment_count;
	struct generate_review reviews[GENERATE_REVIEWS_MAX];
	uint32_t review_count;
};

void generate_order_at(const struct generate_shop *shop, int64_t number,
		       struct generate_order *out);

#endif
