/* SPDX-License-Identifier: Apache-2.0 */
/* Shares are whole numbers throughout: a rounding that differs between processors would give other
 * bytes for the same seed. */
#include "pipeline/generate_shop.h"

#include <assert.h>
#include <stddef.h>

#include "base/clock.h"

enum {
	PLACES_MIN = 60,
	PLACES_MAX = 15000,
	PRODUCTS_MIN = 30,
	SELLERS_MIN = 5,
	ORDERS_OF_FULL_SHOP = 100000 /* beyond it the number of products grows more slowly */
};

/* ---- chance ---- */

static uint64_t mix(uint64_t value)
{
	struct recs_random random = {value};
	return recs_random_next(&random);
}

struct recs_random generate_random(const struct generate_shop *shop, enum generate_kind kind,
				   int64_t number)
{
	return (struct recs_random){mix(mix(shop->seed + kind) + (uint64_t)number)};
}

/* Two 64-bit halves; the first alone never repeats, since mixing is one to one. */
const char *generate_id(const struct generate_shop *shop, enum generate_kind kind, int64_t number,
			char out[GENERATE_ID_SIZE])
{
	struct recs_random random = generate_random(shop, kind, number);
	for (int half = 0; half < 2; half++) {
		uint64_t bits = recs_random_next(&random);
		for (int i = 0; i < 16; i++, bits >>= 4)
			out[half * 16 + i] = "0123456789abcdef"[bits & 15];
	}
	out[GENERATE_ID_SIZE - 1] = '\0';
	return out;
}

/* ---- the calendar ---- */

/* The last Friday of November and the days beside it sell several times as much. */
static uint32_t season(int month, int day, int weekday)
{
	if (month == 11 && weekday == 4 && day >= 23 && day <= 29)
		return 500;
	if (month == 11 && day >= 24 && day <= 28)
		return 170;
	if (month == 12)
		return day <= 10 ? 150 : day >= 20 ? 50 : 90;
	return 100;
}

static void fill_days(struct generate_shop *shop)
{
	int last_year = GENERATE_YEAR_FIRST + (GENERATE_MONTH_FIRST + GENERATE_MONTHS - 2) / 12;
	int last_month = (GENERATE_MONTH_FIRST + GENERATE_MONTHS - 2) % 12 + 1;
	shop->day_first = clock_days_from_civil(GENERATE_YEAR_FIRST, GENERATE_MONTH_FIRST, 4);
	shop->days = clock_days_from_civil(last_year, last_month, 18) - shop->day_first;
	assert(shop->days <= GENERATE_DAYS_MAX);
	for (int32_t i = 0; i < shop->days; i++) {
		int year, month, day;
		clock_civil_from_days(shop->day_first + i, &year, &month, &day);
		int place = (year - GENERATE_YEAR_FIRST) * 12 + month - GENERATE_MONTH_FIRST;
		int weekday = (int)((shop->day_first + i + 3) % 7); /* 1970-01-01: a Thursday */
		shop->days_before[i + 1] =
			shop->days_before[i] + (uint64_t)generate_months[place] *
						       generate_weekdays[weekday] *
						       season(month, day, weekday);
	}
}

/* ---- places ---- */

/* Every state has one place at least; the rest by its share of customers. */
static void fill_places(struct generate_shop *shop, uint32_t wanted)
{
	assert(generate_state_count == GENERATE_STATES_MAX);
	uint32_t places = 0;
	for (size_t i = 0; i < generate_state_count; i++) {
		const struct generate_state *state = &generate_states[i];
		uint32_t count = 1 + wanted * state->customers / 10000;
		shop->place_first[i] = places;
		places += count < state->zip_count / 2 ? count : state->zip_count / 2;
	}
	shop->place_first[generate_state_count] = shop->places = places;
}

static uint32_t state_of_place(const struct generate_shop *shop, uint32_t number)
{
	uint32_t low = 0, high = (uint32_t)generate_state_count;
	while (high - low > 1) {
		uint32_t middle = (low + high) / 2;
		if (shop->place_first[middle] <= number)
			low = middle;
		else
			high = middle;
	}
	return low;
}

struct generate_place generate_place_at(const struct generate_shop *shop, uint32_t number)
{
	struct recs_random random = generate_random(shop, GENERATE_KIND_PLACE, number);
	struct generate_place place = {.state = state_of_place(shop, number)};
	const struct generate_state *state = &generate_states[place.state];
	uint32_t first = shop->place_first[place.state];
	uint32_t count = shop->place_first[place.state + 1] - first;
	uint32_t cities = 0;
	while (cities < GENERATE_CITIES && state->cities[cities])
		cities++;
	/* Codes are at least two apart, so that the one after each is nobody's. */
	place.zip = state->zip_first + (number - first) * (state->zip_count / count);
	uint32_t city = generate_chance(&random, 50000) ? 0 : recs_random_below(&random, cities);
	place.city = state->cities[city];
	place.latitude = state->latitude + (int32_t)generate_between(&random, -1500, 1500);
	place.longitude = state->longitude + (int32_t)generate_between(&random, -1500, 1500);
	return place;
}

uint32_t generate_place_pick(const struct generate_shop *shop, struct recs_random *random,
			     bool is_seller)
{
	uint32_t share = recs_random_below(random, 10000), state = 0;
	for (; state + 1 < generate_state_count; state++) {
		uint32_t of_state = is_seller ? generate_states[state].sellers
					      : generate_states[state].customers;
		if (share < of_state)
			break;
		share -= of_state;
	}
	uint32_t first = shop->place_first[state], count = shop->place_first[state + 1] - first;
	return first + recs_random_below(random, count);
}

/* ---- sellers and products ---- */

struct generate_seller generate_seller_at(const struct generate_shop *shop, uint32_t number)
{
	struct recs_random random = generate_random(shop, GENERATE_KIND_SELLER, number);
	recs_random_next(&random); /* these two made the id */
	recs_random_next(&random);
	return (struct generate_seller){generate_place_pick(shop, &random, true)};
}

/* A price between two steps, ending as prices do. */
static int32_t pick_price(struct recs_random *random, int32_t category)
{
	uint32_t step = recs_random_below(random, GENERATE_PRICE_STEPS);
	uint32_t low = generate_prices[step], high = generate_prices[step + 1];
	uint32_t above = step + 1 < GENERATE_PRICE_STEPS ? recs_random_below(random, high - low + 1)
							 : generate_skewed(random, high - low + 1);
	uint64_t price = low + above;
	if (category >= 0)
		price = price * generate_categories[category].price_share / 100;
	static const uint32_t endings[] = {90, 99, 0, 90, 50};
	if (!generate_chance(random, 15000))
		price = price / 100 * 100 + endings[recs_random_below(random, 5)];
	return price < 85 ? 85 : (int32_t)price;
}

static void measure(struct recs_random *random, struct generate_product *product)
{
	product->weight_g =
		(int32_t)(50 + generate_skewed(random, 600) * generate_skewed(random, 50));
	for (int i = 0; i < 3; i++)
		product->size_cm[i] =
			(int32_t)(i == 0 ? 11 : 2) + (int32_t)generate_skewed(random, 90);
	if (generate_chance(random, 12))
		product->weight_g = 0;
}

struct generate_product generate_product_at(const struct generate_shop *shop, uint32_t number)
{
	struct recs_random random = generate_random(shop, GENERATE_KIND_PRODUCT, number);
	recs_random_next(&random);
	recs_random_next(&random);
	struct generate_product product = {.category = -1, .weight_g = -1};
	bool known = !generate_chance(&random, 1850);
	if (known)
		product.category =
			(int32_t)generate_skewed(&random, (uint32_t)generate_category_count);
	product.seller = generate_skewed(&random, shop->sellers);
	product.companion = (number + 1 + recs_random_below(&random, 40)) % shop->products;
	product.price = pick_price(&random, product.category);
	if (!generate_chance(&random, 30000))
		product.launched = (int32_t)recs_random_below(&random, (uint32_t)shop->days - 60);
	if (!generate_chance(&random, 6))
		measure(&random, &product);
	product.name_length = known ? (int32_t)generate_between(&random, 18, 63) : -1;
	product.description_length = known ? 60 + (int32_t)generate_skewed(&random, 3900) : -1;
	product.photos = known ? 1 + (int32_t)generate_skewed(&random, 8) : -1;
	return product;
}

/* ---- the shop ---- */

static uint32_t at_least(int64_t value, uint32_t min)
{
	return value < min ? min : (uint32_t)value;
}

void generate_shop_init(struct generate_shop *shop, uint64_t seed, int64_t orders)
{
	*shop = (struct generate_shop){.seed = mix(seed), .orders = orders};
	int64_t beyond = orders > ORDERS_OF_FULL_SHOP ? orders - ORDERS_OF_FULL_SHOP : 0;
	shop->products = at_least((orders - beyond) / 3 + beyond / 30, PRODUCTS_MIN);
	shop->sellers = at_least(shop->products / 11, SELLERS_MIN);
	int64_t places = orders / 6 < PLACES_MAX ? orders / 6 : PLACES_MAX;
	fill_days(shop);
	fill_places(shop, at_least(places, PLACES_MIN));
}
