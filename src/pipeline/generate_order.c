/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/generate_order.h"

#include <stdlib.h>

enum { DAY = 86400, HOUR = 3600 };

/* ---- who ---- */

/* About 3 % of orders are of somebody who ordered before: the person of some earlier order, who may
 * be that of one still earlier. */
static int64_t find_person(const struct generate_shop *shop, int64_t number)
{
	while (number > 0) {
		struct recs_random random = generate_random(shop, GENERATE_KIND_PERSON, number);
		recs_random_next(&random); /* these two made the id */
		uint64_t earlier = recs_random_next(&random);
		if (!generate_chance(&random, 3300))
			break;
		number = (int64_t)(earlier % (uint64_t)number);
	}
	return number;
}

static void choose_person(const struct generate_shop *shop, struct recs_random *random,
			  struct generate_order *order)
{
	order->person = find_person(shop, order->number);
	struct recs_random of_person = generate_random(shop, GENERATE_KIND_CUSTOMER, order->person);
	recs_random_next(&of_person);
	recs_random_next(&of_person);
	order->place = generate_place_pick(shop, &of_person, false);
	order->place_is_unknown = generate_chance(&of_person, 3000);
	if (order->person != order->number && generate_chance(random, 9000))
		order->place = generate_place_pick(shop, random, false); /* moved house */
}

/* ---- when ---- */

/* The day on which the n-th of all orders falls when days have their shares. */
static int32_t day_of(const struct generate_shop *shop, int64_t number)
{
	uint64_t whole = shop->days_before[shop->days];
	uint64_t want = (uint64_t)((unsigned __int128)whole * (uint64_t)(2 * number + 1) /
				   (uint64_t)(2 * shop->orders));
	int32_t low = 0, high = shop->days;
	while (high - low > 1) {
		int32_t middle = low + (high - low) / 2;
		if (shop->days_before[middle] <= want)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static int64_t pick_second_of_day(struct recs_random *random)
{
	uint32_t whole = 0, hour = 0;
	for (int i = 0; i < 24; i++)
		whole += generate_hours[i];
	uint32_t share = recs_random_below(random, whole);
	while (share >= generate_hours[hour])
		share -= generate_hours[hour++];
	return hour * HOUR + recs_random_below(random, HOUR);
}

static void choose_status(struct recs_random *random, struct generate_order *order)
{
	static const uint32_t shares[] = {
		[GENERATE_CREATED] = 5,      [GENERATE_APPROVED] = 3,   [GENERATE_INVOICED] = 310,
		[GENERATE_PROCESSING] = 300, [GENERATE_SHIPPED] = 1110, [GENERATE_CANCELED] = 630,
		[GENERATE_UNAVAILABLE] = 610};
	uint32_t share = recs_random_below(random, 100000);
	order->status = GENERATE_DELIVERED;
	for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
		if (share < shares[i]) {
			order->status = (enum generate_status)i;
			return;
		}
		share -= shares[i];
	}
}

/* ---- what ---- */

/* `number`, or another when that is not on sale yet; after some tries any one will do. */
static uint32_t on_sale(const struct generate_shop *shop, struct recs_random *random,
			uint32_t number, int32_t day)
{
	for (int tries = 0; tries < 5 && generate_product_at(shop, number).launched > day; tries++)
		number = generate_skewed(random, shop->products);
	return number;
}

/* A person's first purchase is by the person's taste; who comes back likes what goes with it, one
 * time in three. */
static uint32_t pick_first(const struct generate_shop *shop, struct recs_random *random,
			   const struct generate_order *order)
{
	struct recs_random of_person = generate_random(shop, GENERATE_KIND_TASTE, order->person);
	uint32_t taste = generate_skewed(&of_person, shop->products);
	if (order->person == order->number)
		return taste;
	return generate_chance(random, 33000) ? generate_product_at(shop, taste).companion
					      : generate_skewed(random, shop->products);
}

/* Parcels cost by weight and by how far apart the first digits of the postal codes are. */
static int32_t distance(const struct generate_shop *shop, uint32_t place, uint32_t other)
{
	int32_t here = (int32_t)(generate_place_at(shop, place).zip / 10000);
	int32_t there = (int32_t)(generate_place_at(shop, other).zip / 10000);
	return abs(here - there);
}

static void add_pieces(const struct generate_shop *shop, struct recs_random *random,
		       struct generate_order *order, uint32_t number, uint32_t pieces)
{
	struct generate_product product = generate_product_at(shop, number);
	struct generate_item item = {.product = number, .seller = product.seller};
	if (generate_chance(random, 4000))
		item.seller = (product.seller + 1) % shop->sellers;
	item.price = product.price;
	if (generate_chance(random, 12000))
		item.price = product.price - product.price / 10; /* on offer */
	int32_t far = distance(shop, order->place, generate_seller_at(shop, item.seller).place);
	item.freight = 710 + far * 190 + (int32_t)recs_random_below(random, 700) +
		       (product.weight_g > 0 ? product.weight_g / 10 : 0);
	if (generate_chance(random, 350))
		item.freight = 0;
	while (pieces-- > 0 && order->item_count < GENERATE_ITEMS_MAX)
		order->items[order->item_count++] = item;
}

static bool has_product(const struct generate_order *order, uint32_t number)
{
	for (uint32_t i = 0; i < order->item_count; i++)
		if (order->items[i].product == number)
			return true;
	return false;
}

/* One product in 97 of 100 orders; else two to five, of which the second often goes with the
 * first. */
static void choose_items(const struct generate_shop *shop, struct recs_random *random,
			 struct generate_order *order, int32_t day)
{
	bool several = generate_chance(random, 3300);
	uint32_t products = several ? 2 : 1;
	if (several && generate_chance(random, 13000))
		products += 1 + generate_skewed(random, 3);
	uint32_t number = pick_first(shop, random, order);
	for (uint32_t i = 0; i < products; i++) {
		if (i > 0)
			number = generate_chance(random, 60000)
					 ? generate_product_at(shop, number).companion
					 : generate_skewed(random, shop->products);
		number = on_sale(shop, random, number, day);
		if (has_product(order, number))
			continue;
		uint32_t pieces = 1;
		if (generate_chance(random, 7000))
			pieces = 2 + generate_skewed(random, generate_chance(random, 300) ? 20 : 3);
		add_pieces(shop, random, order, number, pieces);
	}
}

static bool has_no_items(struct recs_random *random, enum generate_status status)
{
	switch (status) {
	case GENERATE_CREATED:
		return true;
	case GENERATE_UNAVAILABLE:
		return generate_chance(random, 99000);
	case GENERATE_CANCELED:
		return generate_chance(random, 26000);
	default:
		return false;
	}
}

/* ---- delivery ---- */

static int64_t after(struct recs_random *random, int64_t time, int64_t low, int64_t high)
{
	return time + generate_between(random, low, high);
}

/* How far the order got decides which of its times are known. */
static void choose_times(const struct generate_shop *shop, struct recs_random *random,
			 struct generate_order *order, int32_t far)
{
	int64_t slow = generate_chance(random, 15000) ? 2 * DAY : 40 * 60;
	order->approved = after(random, order->purchased, 8 * 60, 8 * 60 + slow);
	order->handed_over = after(random, order->approved, 6 * HOUR, 5 * DAY);
	if (generate_chance(random, 1200)) /* the seller entered an earlier time */
		order->handed_over =
			after(random, order->purchased, 1, order->approved - order->purchased);
	int64_t travel = (1 + far) * DAY + (int64_t)generate_skewed(random, 9 * DAY);
	if (generate_chance(random, 8000))
		travel += generate_between(random, 8 * DAY, 25 * DAY);
	order->delivered = after(random, order->handed_over, 6 * HOUR, 12 * HOUR) + travel;
	order->promised = (int32_t)(order->purchased / DAY) + 11 + 2 * far +
			  (int32_t)recs_random_below(random, 12);
	int64_t end = (int64_t)(shop->day_first + shop->days) * DAY;
	if (order->status == GENERATE_DELIVERED && order->delivered > end)
		order->status = GENERATE_SHIPPED;
}

static void forget_times(struct recs_random *random, struct generate_order *order)
{
	bool came = order->status == GENERATE_DELIVERED && !generate_chance(random, 20);
	bool left = order->status == GENERATE_DELIVERED || order->status == GENERATE_SHIPPED ||
		    (order->status == GENERATE_CANCELED && generate_chance(random, 12000));
	bool approved = order->status != GENERATE_CREATED &&
			!(order->status == GENERATE_CANCELED && generate_chance(random, 22000));
	if (!came)
		order->delivered = GENERATE_NO_TIME;
	if (!left)
		order->handed_over = GENERATE_NO_TIME;
	if (!approved)
		order->approved = GENERATE_NO_TIME;
}

/* One order in ten has times without seconds. */
static void drop_seconds(struct generate_order *order)
{
	int64_t *times[] = {&order->purchased, &order->approved, &order->handed_over,
			    &order->delivered};
	for (size_t i = 0; i < sizeof times / sizeof *times; i++)
		if (*times[i] != GENERATE_NO_TIME)
			*times[i] -= *times[i] % 60;
}

static void choose_limits(struct recs_random *random, struct generate_order *order)
{
	int64_t from = order->approved == GENERATE_NO_TIME ? order->purchased : order->approved;
	int64_t limit = from + generate_between(random, 2, 7) * DAY;
	if (generate_chance(random, 4)) /* a slip of the hand */
		limit += 500 * DAY;
	for (uint32_t i = 0; i < order->item_count; i++)
		order->items[i].limit = limit;
}

/* ---- paying ---- */

static void add_payment(struct generate_order *order, enum generate_payment_type type,
			int32_t installments, int32_t value)
{
	if (order->payment_count < GENERATE_PAYMENTS_MAX)
		order->payments[order->payment_count++] =
			(struct generate_payment){type, installments, value};
}

static int32_t pick_installments(struct recs_random *random, int32_t value)
{
	if (generate_chance(random, 5))
		return generate_chance(random, 30000) ? 0 : 24;
	if (generate_chance(random, 47000))
		return 1;
	int32_t most = value / 1000 + 1;
	return 1 + (int32_t)generate_skewed(random, (uint32_t)(most < 10 ? most : 10));
}

static void pay_rest(struct recs_random *random, struct generate_order *order, int32_t value)
{
	uint32_t share = recs_random_below(random, 1000);
	if (share < 755)
		add_payment(order, GENERATE_CREDIT_CARD, pick_installments(random, value), value);
	else if (share < 950)
		add_payment(order, GENERATE_BOLETO, 1, value);
	else if (share < 984)
		add_payment(order, GENERATE_VOUCHER, 1, value);
	else
		add_payment(order, GENERATE_DEBIT_CARD, 1, value);
}

static void choose_payments(struct recs_random *random, struct generate_order *order)
{
	int32_t due = 0;
	for (uint32_t i = 0; i < order->item_count; i++)
		due += order->items[i].price + order->items[i].freight;
	if (order->item_count == 0)
		due = (int32_t)generate_between(random, 1500, 30000);
	if (order->status == GENERATE_CANCELED && order->item_count == 0 &&
	    generate_chance(random, 1500)) {
		add_payment(order, GENERATE_NOT_DEFINED, 1, 0);
		return;
	}
	if (generate_chance(random, 250)) /* interest, or a refund of a part */
		due += (int32_t)generate_between(random, -due / 8, due / 6);
	if (generate_chance(random, 3500)) {
		for (uint32_t vouchers = 1 + generate_skewed(random, 4); vouchers > 0; vouchers--) {
			int32_t value = (int32_t)generate_between(random, 1, due / 3 + 1);
			add_payment(order, GENERATE_VOUCHER, 1, value);
			due -= value;
		}
	}
	if (generate_chance(random, 15))
		add_payment(order, GENERATE_VOUCHER, 1, 0); /* nothing was left on it */
	pay_rest(random, order, due);
}

/* ---- reviewing ---- */

static int32_t pick_score(struct recs_random *random, const struct generate_order *order)
{
	/* Scores 1 to 5, of 100: delivered in time, late, not delivered. */
	static const uint8_t shares[3][5] = {
		{7, 2, 8, 21, 62}, {46, 8, 12, 13, 21}, {60, 10, 10, 8, 12}};
	int row = order->delivered == GENERATE_NO_TIME       ? 2
		  : order->delivered / DAY > order->promised ? 1
							     : 0;
	uint32_t share = recs_random_below(random, 100);
	int32_t score = 1;
	while (score < 5 && share >= shares[row][score - 1])
		share -= shares[row][score++ - 1];
	return score;
}

static void add_review(struct recs_random *random, struct generate_order *order, int64_t id)
{
	int32_t done = (int32_t)(order->delivered == GENERATE_NO_TIME ? order->promised
								      : order->delivered / DAY);
	struct generate_review review = {.id = id, .score = pick_score(random, order)};
	review.asked = done + 1;
	review.answered =
		(int64_t)review.asked * DAY + 9 * HOUR +
		generate_skewed(random, generate_chance(random, 2000) ? 60 * DAY : 6 * DAY);
	review.words = recs_random_next(random);
	order->reviews[order->review_count++] = review;
}

/* A few reviews speak of the order before as well, and so have its id. */
static void choose_reviews(struct recs_random *random, struct generate_order *order)
{
	if (generate_chance(random, 1000))
		return;
	bool shared = order->number > 0 && generate_chance(random, 340);
	add_review(random, order, 2 * (order->number - shared));
	if (generate_chance(random, 550))
		add_review(random, order, 2 * order->number + 1);
}

void generate_order_at(const struct generate_shop *shop, int64_t number, struct generate_order *out)
{
	struct recs_random random = generate_random(shop, GENERATE_KIND_ORDER, number);
	recs_random_next(&random); /* these two made the id */
	recs_random_next(&random);
	int32_t day = day_of(shop, number);
	out->number = number;
	out->item_count = out->payment_count = out->review_count = 0;
	choose_person(shop, &random, out);
	choose_status(&random, out);
	out->purchased = (int64_t)(shop->day_first + day) * DAY + pick_second_of_day(&random);
	bool no_items = has_no_items(&random, out->status);
	choose_items(shop, &random, out, day);
	int32_t far =
		distance(shop, out->place, generate_seller_at(shop, out->items[0].seller).place);
	if (no_items)
		out->item_count = 0;
	choose_times(shop, &random, out, far);
	forget_times(&random, out);
	if (generate_chance(&random, 9400))
		drop_seconds(out);
	choose_limits(&random, out);
	bool unpaid = shop->orders >= 100 && number == shop->orders / 2; /* just one */
	if (!unpaid)
		choose_payments(&random, out);
	choose_reviews(&random, out);
}
