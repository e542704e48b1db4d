/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <string.h>

#include "pipeline/generate_order.h"

enum { ORDERS = 20000, DAY = 86400 };

static struct generate_shop shop;
static struct generate_order order;

static int set_up(void **state)
{
	(void)state;
	generate_shop_init(&shop, 1, ORDERS);
	return 0;
}

static void the_same_number_is_the_same_order(void **state)
{
	(void)state;
	static struct generate_order first, again;
	memset(&first, 0, sizeof first);
	memset(&again, 0, sizeof again);
	for (int64_t i = 0; i < 100; i++) {
		generate_order_at(&shop, i * 7, &first);
		generate_order_at(&shop, i, &order);
		generate_order_at(&shop, i * 7, &again);
		assert_int_equal(first.person, again.person);
		assert_int_equal(first.purchased, again.purchased);
		assert_int_equal(first.item_count, again.item_count);
		assert_memory_equal(first.items, again.items,
				    first.item_count * sizeof *first.items);
	}
}

static void purchases_come_in_the_order_of_their_days(void **state)
{
	(void)state;
	int64_t day = shop.day_first;
	for (int64_t i = 0; i < ORDERS; i++) {
		generate_order_at(&shop, i, &order);
		assert_true(order.purchased / DAY >= day);
		day = order.purchased / DAY;
	}
	assert_true(day < shop.day_first + shop.days);
}

static void times_follow_one_another_but_for_slips_of_sellers(void **state)
{
	(void)state;
	int slips = 0, late = 0, delivered = 0;
	for (int64_t i = 0; i < ORDERS; i++) {
		generate_order_at(&shop, i, &order);
		if (order.approved != GENERATE_NO_TIME)
			assert_true(order.approved >= order.purchased);
		if (order.handed_over != GENERATE_NO_TIME) {
			assert_true(order.handed_over >= order.purchased);
			slips += order.handed_over < order.approved;
		}
		if (order.delivered == GENERATE_NO_TIME)
			continue;
		assert_int_equal(order.status, GENERATE_DELIVERED);
		assert_true(order.delivered > order.handed_over);
		delivered++;
		late += order.delivered / DAY > order.promised;
	}
	assert_in_range(slips, ORDERS / 200, ORDERS / 50);
	assert_in_range(late, delivered / 30, delivered / 10);
}

static void everything_refers_to_what_exists(void **state)
{
	(void)state;
	for (int64_t i = 0; i < ORDERS; i++) {
		generate_order_at(&shop, i, &order);
		assert_in_range(order.person, 0, i);
		assert_true(order.place < shop.places);
		for (uint32_t j = 0; j < order.item_count; j++) {
			assert_true(order.items[j].product < shop.products);
			assert_true(order.items[j].seller < shop.sellers);
			assert_true(order.items[j].price > 0 && order.items[j].freight >= 0);
		}
	}
}

static void payments_cover_the_items_of_nearly_all_orders(void **state)
{
	(void)state;
	int64_t differ = 0, unpaid = 0;
	for (int64_t i = 0; i < ORDERS; i++) {
		generate_order_at(&shop, i, &order);
		int64_t due = 0, paid = 0;
		for (uint32_t j = 0; j < order.item_count; j++)
			due += order.items[j].price + order.items[j].freight;
		for (uint32_t j = 0; j < order.payment_count; j++) {
			assert_true(order.payments[j].value >= 0);
			paid += order.payments[j].value;
		}
		unpaid += order.payment_count == 0;
		differ += order.item_count > 0 && due != paid;
	}
	assert_int_equal(unpaid, 1);
	assert_in_range(differ, 10, ORDERS / 200);
}

static void few_come_back_and_few_buy_several_products(void **state)
{
	(void)state;
	int64_t back = 0, several = 0, empty = 0, reviews = 0;
	for (int64_t i = 0; i < ORDERS; i++) {
		generate_order_at(&shop, i, &order);
		back += order.person != i;
		empty += order.item_count == 0;
		reviews += order.review_count;
		bool other = false;
		for (uint32_t j = 1; j < order.item_count; j++)
			other |= order.items[j].product != order.items[0].product;
		several += other;
	}
	assert_in_range(back, ORDERS * 28 / 1000, ORDERS * 38 / 1000);
	assert_in_range(several, ORDERS * 25 / 1000, ORDERS * 40 / 1000);
	assert_in_range(empty, ORDERS * 4 / 1000, ORDERS * 12 / 1000);
	assert_in_range(reviews, ORDERS * 97 / 100, ORDERS * 101 / 100);
}

static void a_few_products_are_bought_far_more_than_most(void **state)
{
	(void)state;
	int64_t of_first_tenth = 0, all = 0;
	for (int64_t i = 0; i < ORDERS; i++) {
		generate_order_at(&shop, i, &order);
		for (uint32_t j = 0; j < order.item_count; j++) {
			of_first_tenth += order.items[j].product < shop.products / 10;
			all++;
		}
	}
	assert_in_range(of_first_tenth, all * 25 / 100, all * 45 / 100);
}

static void one_order_is_a_shop_too(void **state)
{
	(void)state;
	generate_shop_init(&shop, 9, 1);
	generate_order_at(&shop, 0, &order);
	assert_int_equal(order.person, 0);
	assert_true(order.payment_count > 0);
	assert_true(shop.products >= 30 && shop.places >= 27);
}

static void the_largest_shop_fits_its_numbers(void **state)
{
	(void)state;
	generate_shop_init(&shop, 1, 1000000000);
	const int64_t numbers[] = {0, 1, 499999999, 999999999};
	for (size_t i = 0; i < 4; i++) {
		generate_order_at(&shop, numbers[i], &order);
		assert_true(order.purchased / DAY >= shop.day_first);
		assert_true(order.purchased / DAY < shop.day_first + shop.days);
	}
	assert_true(shop.products > 33000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_same_number_is_the_same_order, set_up),
		cmocka_unit_test_setup(purchases_come_in_the_order_of_their_days, set_up),
		cmocka_unit_test_setup(times_follow_one_another_but_for_slips_of_sellers, set_up),
		cmocka_unit_test_setup(everything_refers_to_what_exists, set_up),
		cmocka_unit_test_setup(payments_cover_the_items_of_nearly_all_orders, set_up),
		cmocka_unit_test_setup(few_come_back_and_few_buy_several_products, set_up),
		cmocka_unit_test_setup(a_few_products_are_bought_far_more_than_most, set_up),
		cmocka_unit_test_setup(one_order_is_a_shop_too, set_up),
		cmocka_unit_test_setup(the_largest_shop_fits_its_numbers, set_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
