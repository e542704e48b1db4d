/* SPDX-License-Identifier: Apache-2.0 */
/* generate_shop: the made-up shop's products, sellers and places, each computed from the seed and
 * its number alone. Nothing is stored of them: asking twice gives the same answer. */
#ifndef VITRINE_PIPELINE_GENERATE_SHOP_H
#define VITRINE_PIPELINE_GENERATE_SHOP_H

#include <stdbool.h>
#include <stdint.h>

#include "pipeline/generate_words.h"
#include "recs/random.h"

enum { GENERATE_ID_SIZE = 33, GENERATE_DAYS_MAX = 800, GENERATE_STATES_MAX = 27 };

/* What a number is the number of: the same number of two kinds gives unrelated values. */
enum generate_kind {
	GENERATE_KIND_CUSTOMER,
	GENERATE_KIND_PERSON,
	GENERATE_KIND_TASTE,
	GENERATE_KIND_ORDER,
	GENERATE_KIND_PRODUCT,
	GENERATE_KIND_SELLER,
	GENERATE_KIND_REVIEW,
	GENERATE_KIND_PLACE,
	GENERATE_KIND_POINTS
};

struct generate_shop {
	uint64_t seed;
	int64_t orders;
	uint32_t products, sellers, places;
	int32_t day_first, days;                       /* days since 1970 */
	uint64_t days_before[GENERATE_DAYS_MAX + 1];   /* shares of orders, added up */
	uint32_t place_first[GENERATE_STATES_MAX + 1]; /* of each state; then their number */
};

/* A shop with so many orders; products, sellers and places in proportion. */
void generate_shop_init(struct generate_shop *shop, uint64_t seed, int64_t orders);

/* A source of chance that belongs to one number of one kind. */
struct recs_random generate_random(const struct generate_shop *shop, enum generate_kind kind,
				   int64_t number);
/* 32 hexadecimal digits; two numbers of one kind never have the same. */
const char *generate_id(const struct generate_shop *shop, enum generate_kind kind, int64_t number,
			char out[GENERATE_ID_SIZE]);

/* In `low` .. `high`. */
static inline int64_t generate_between(struct recs_random *random, int64_t low, int64_t high)
{
	return low + recs_random_below(random, (uint32_t)(high - low + 1));
}

/* True so many times in 100,000. */
static inline bool generate_chance(struct recs_random *random, uint32_t of_100000)
{
	return recs_random_below(random, 100000) < of_100000;
}

/* In 0 .. bound - 1, small values far more often: the square of an even choice. */
static inline uint32_t generate_skewed(struct recs_random *random, uint32_t bound)
{
	uint64_t even = recs_random_next(random) >> 32;
	return (uint32_t)(((even * even >> 32) * bound) >> 32);
}

/* A postal code prefix and where it lies. */
struct generate_place {
	uint32_t zip;
	uint32_t state;              /* of generate_states */
	const char *city;            /* as it is written, with accents */
	int32_t latitude, longitude; /* thousandths of a degree */
};
struct generate_place generate_place_at(const struct generate_shop *shop, uint32_t number);
/* Where a customer, or a seller, may live. */
uint32_t generate_place_pick(const struct generate_shop *shop, struct recs_random *random,
			     bool is_seller);

struct generate_seller {
	uint32_t place;
};
struct generate_seller generate_seller_at(const struct generate_shop *shop, uint32_t number);

struct generate_product {
	int32_t category;   /* of generate_categories; -1 = none */
	uint32_t seller;    /* who usually sells it */
	uint32_t companion; /* the product it is bought together with */
	int32_t price;      /* centavos */
	int32_t launched;   /* day since the shop's first */
	int32_t weight_g;   /* -1 = not known, nor the sizes */
	int32_t size_cm[3];
	int32_t name_length, description_length, photos; /* -1 = not known */
};
struct generate_product generate_product_at(const struct generate_shop *shop, uint32_t number);

#endif
