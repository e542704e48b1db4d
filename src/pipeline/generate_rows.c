/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/generate_rows.h"

#include <stdio.h>
#include <string.h>

#include "pipeline/generate_damage.h"

enum { ZIP_SIZE = 12, DAY = 86400 };

const char *generate_rows_heading(enum generate_file file)
{
	static const char *const headings[GENERATE_FILES] = {
		[GENERATE_CUSTOMERS] =
			"\"customer_id\",\"customer_unique_id\",\"customer_zip_code_prefix\","
			"\"customer_city\",\"customer_state\"\n",
		[GENERATE_GEOLOCATION] =
			"\"geolocation_zip_code_prefix\",\"geolocation_lat\",\"geolocation_lng\","
			"\"geolocation_city\",\"geolocation_state\"\n",
		[GENERATE_ITEMS] = "\"order_id\",\"order_item_id\",\"product_id\",\"seller_id\","
				   "\"shipping_limit_date\",\"price\",\"freight_value\"\n",
		[GENERATE_PAYMENTS] = "\"order_id\",\"payment_sequential\",\"payment_type\","
				      "\"payment_installments\",\"payment_value\"\n",
		[GENERATE_REVIEWS] =
			"review_id,order_id,review_score,review_comment_title,"
			"review_comment_message,review_creation_date,review_answer_timestamp\n",
		[GENERATE_ORDERS] =
			"\"order_id\",\"customer_id\",\"order_status\",\"order_purchase_"
			"timestamp\","
			"\"order_approved_at\",\"order_delivered_carrier_date\","
			"\"order_delivered_customer_date\",\"order_estimated_delivery_date\"\n",
		[GENERATE_PRODUCTS] =
			"\"product_id\",\"product_category_name\",\"product_name_lenght\","
			"\"product_description_lenght\",\"product_photos_qty\",\"product_weight_"
			"g\","
			"\"product_length_cm\",\"product_height_cm\",\"product_width_cm\"\n",
		[GENERATE_SELLERS] = "\"seller_id\",\"seller_zip_code_prefix\",\"seller_city\","
				     "\"seller_state\"\n",
		/* A byte-order mark, and lines that end between them. */
		[GENERATE_TRANSLATION] =
			"\xEF\xBB\xBFproduct_category_name,product_category_name_english",
	};
	return headings[file];
}

static void add_id(const struct generate_shop *shop, enum generate_kind kind, int64_t number,
		   struct generate_csv *csv)
{
	char id[GENERATE_ID_SIZE];
	generate_csv_id(csv, generate_id(shop, kind, number, id));
}

static void add_zip(struct generate_csv *csv, uint32_t zip)
{
	char text[ZIP_SIZE];
	snprintf(text, sizeof text, "%05u", zip);
	generate_csv_quoted(csv, text);
}

/* A city's name as most files have it: without accents. Its accents are those of U+00E0 to U+00FF,
 * two bytes each. */
static void add_plain_city(struct generate_csv *csv, const char *city)
{
	static const char plain[] = "aaaaaaaceeeeiiiidnooooo/ouuuuypy";
	char text[40];
	size_t len = 0;
	for (; *city && len < sizeof text - 1; city++) {
		if (*city == '\xC3')
			text[len++] = plain[((unsigned char)*++city) & 31];
		else
			text[len++] = *city;
	}
	text[len] = '\0';
	generate_csv_text(csv, text);
}

/* ---- an order ---- */

static void add_customer(const struct generate_shop *shop, const struct generate_order *order,
			 struct generate_csv *csv)
{
	struct generate_place place = generate_place_at(shop, order->place);
	add_id(shop, GENERATE_KIND_CUSTOMER, order->number, csv);
	add_id(shop, GENERATE_KIND_PERSON, order->person, csv);
	add_zip(csv, place.zip + order->place_is_unknown);
	add_plain_city(csv, place.city);
	generate_csv_text(csv, generate_states[place.state].code);
	generate_csv_end_row(csv);
}

static void add_order(const struct generate_shop *shop, const struct generate_order *order,
		      struct generate_csv *csv)
{
	static const char *const words[] = {
		[GENERATE_CREATED] = "created",   [GENERATE_APPROVED] = "approved",
		[GENERATE_INVOICED] = "invoiced", [GENERATE_PROCESSING] = "processing",
		[GENERATE_SHIPPED] = "shipped",   [GENERATE_DELIVERED] = "delivered",
		[GENERATE_CANCELED] = "canceled", [GENERATE_UNAVAILABLE] = "unavailable"};
	add_id(shop, GENERATE_KIND_ORDER, order->number, csv);
	add_id(shop, GENERATE_KIND_CUSTOMER, order->number, csv);
	generate_csv_text(csv, words[order->status]);
	generate_csv_time(csv, order->purchased);
	generate_csv_time(csv, order->approved);
	generate_csv_time(csv, order->handed_over);
	generate_csv_time(csv, order->delivered);
	generate_csv_time(csv, (int64_t)order->promised * DAY);
	generate_csv_end_row(csv);
}

static void add_item(const struct generate_shop *shop, const struct generate_order *order,
		     uint32_t place, struct generate_csv *csv)
{
	const struct generate_item *item = &order->items[place];
	add_id(shop, GENERATE_KIND_ORDER, order->number, csv);
	generate_csv_int(csv, place + 1);
	add_id(shop, GENERATE_KIND_PRODUCT, item->product, csv);
	add_id(shop, GENERATE_KIND_SELLER, item->seller, csv);
	generate_csv_time(csv, item->limit);
	generate_csv_money(csv, item->price);
	generate_csv_money(csv, item->freight);
	generate_csv_end_row(csv);
}

static void add_payment(const struct generate_shop *shop, const struct generate_order *order,
			uint32_t place, struct generate_csv *csv)
{
	static const char *const words[] = {[GENERATE_CREDIT_CARD] = "credit_card",
					    [GENERATE_BOLETO] = "boleto",
					    [GENERATE_VOUCHER] = "voucher",
					    [GENERATE_DEBIT_CARD] = "debit_card",
					    [GENERATE_NOT_DEFINED] = "not_defined"};
	const struct generate_payment *payment = &order->payments[place];
	add_id(shop, GENERATE_KIND_ORDER, order->number, csv);
	generate_csv_int(csv, place + 1);
	generate_csv_text(csv, words[payment->type]);
	generate_csv_int(csv, payment->installments);
	generate_csv_money(csv, payment->value);
	generate_csv_end_row(csv);
}

/* ---- reviews ---- */

static const char *pick(struct recs_random *random, const char *const *words, size_t count)
{
	return words[recs_random_below(random, (uint32_t)count)];
}

/* One to three sentences on one or several lines, one in 80 with a word in quotes. */
static void write_message(struct recs_random *random, const struct generate_phrases *phrases,
			  char *out, size_t size)
{
	static const char *const joints[] = {". ", ", ", ". ", "\n", "\r\n",
					     "! ", ". ", ", ", ". "};
	uint32_t count = 1 + recs_random_below(random, 3);
	size_t len = 0;
	for (uint32_t i = 0; i < count; i++) {
		const char *phrase = pick(random, phrases->phrases, phrases->phrase_count);
		const char *joint = i + 1 < count ? joints[recs_random_below(random, 9)] : "";
		const char *quote = generate_chance(random, 600) ? "\"" : "";
		int n = snprintf(out + len, size - len, "%s%s%s%s", quote, phrase, quote, joint);
		len += (size_t)n < size - len ? (size_t)n : 0;
	}
}

static void add_comment(const struct generate_review *review, struct generate_csv *csv)
{
	struct recs_random random = {review->words};
	char message[600];
	const struct generate_phrases *phrases =
		&generate_phrases[review->score <= 2   ? GENERATE_BAD
				  : review->score == 3 ? GENERATE_MIDDLING
						       : GENERATE_GOOD];
	if (generate_chance(&random, 12000))
		generate_csv_text(csv, pick(&random, phrases->titles, phrases->title_count));
	else
		generate_csv_empty(csv);
	if (!generate_chance(&random, review->score <= 3 ? 62000 : 35000)) {
		generate_csv_empty(csv);
		return;
	}
	write_message(&random, phrases, message, sizeof message);
	generate_csv_text(csv, message);
}

/* Ids of this file are never quoted. */
static void add_review(const struct generate_shop *shop, const struct generate_order *order,
		       uint32_t place, struct generate_csv *csv)
{
	const struct generate_review *review = &order->reviews[place];
	char id[GENERATE_ID_SIZE];
	generate_csv_text(csv, generate_id(shop, GENERATE_KIND_REVIEW, review->id, id));
	generate_csv_text(csv, generate_id(shop, GENERATE_KIND_ORDER, order->number, id));
	generate_csv_int(csv, review->score);
	add_comment(review, csv);
	generate_csv_time(csv, (int64_t)review->asked * DAY);
	generate_csv_time(csv, review->answered);
	generate_csv_end_row(csv);
}

void generate_rows_of_order(const struct generate_shop *shop, const struct generate_order *order,
			    bool damage, struct generate_csv files[GENERATE_FILES])
{
	add_customer(shop, order, &files[GENERATE_CUSTOMERS]);
	add_order(shop, order, &files[GENERATE_ORDERS]);
	if (damage)
		generate_damage_after(&files[GENERATE_ORDERS], false);
	for (uint32_t i = 0; i < order->item_count; i++) {
		add_item(shop, order, i, &files[GENERATE_ITEMS]);
		if (damage)
			generate_damage_after(&files[GENERATE_ITEMS], true);
	}
	for (uint32_t i = 0; i < order->payment_count; i++) {
		add_payment(shop, order, i, &files[GENERATE_PAYMENTS]);
		if (damage)
			generate_damage_after(&files[GENERATE_PAYMENTS], true);
	}
	for (uint32_t i = 0; i < order->review_count; i++) {
		add_review(shop, order, i, &files[GENERATE_REVIEWS]);
		if (damage)
			generate_damage_after(&files[GENERATE_REVIEWS], false);
	}
}

/* ---- products, sellers, places ---- */

static void add_known(struct generate_csv *csv, int32_t value)
{
	if (value < 0)
		generate_csv_empty(csv);
	else
		generate_csv_int(csv, value);
}

void generate_rows_of_product(const struct generate_shop *shop, uint32_t number,
			      struct generate_csv *csv)
{
	struct generate_product product = generate_product_at(shop, number);
	add_id(shop, GENERATE_KIND_PRODUCT, number, csv);
	if (product.category < 0)
		generate_csv_empty(csv);
	else
		generate_csv_text(csv, generate_categories[product.category].portuguese);
	add_known(csv, product.name_length);
	add_known(csv, product.description_length);
	add_known(csv, product.photos);
	add_known(csv, product.weight_g);
	for (int i = 0; i < 3; i++)
		add_known(csv, product.weight_g < 0 ? -1 : product.size_cm[i]);
	generate_csv_end_row(csv);
}

void generate_rows_of_seller(const struct generate_shop *shop, uint32_t number,
			     struct generate_csv *csv)
{
	struct generate_place place =
		generate_place_at(shop, generate_seller_at(shop, number).place);
	add_id(shop, GENERATE_KIND_SELLER, number, csv);
	add_zip(csv, place.zip);
	add_plain_city(csv, place.city);
	generate_csv_text(csv, generate_states[place.state].code);
	generate_csv_end_row(csv);
}

/* Degrees with 14 places from 10^-14 of a degree. */
static void add_degrees(struct generate_csv *csv, int64_t value)
{
	const int64_t degree = 100000000000000;
	char text[32];
	int64_t size = value < 0 ? -value : value;
	snprintf(text, sizeof text, "%s%lld.%014lld", value < 0 ? "-" : "",
		 (long long)(size / degree), (long long)(size % degree));
	generate_csv_text(csv, text);
}

static int64_t spread(struct recs_random *random, int32_t thousandths)
{
	const int64_t thousandth = 100000000000;
	return thousandths * thousandth +
	       (int64_t)(recs_random_next(random) % (uint64_t)(40 * thousandth)) - 20 * thousandth;
}

/* A few points lie in Portugal; some are there twice. */
void generate_rows_of_place(const struct generate_shop *shop, uint32_t number,
			    struct generate_csv *csv)
{
	struct generate_place place = generate_place_at(shop, number);
	struct recs_random random = generate_random(shop, GENERATE_KIND_POINTS, number);
	uint32_t points = 2 + generate_skewed(&random, 13);
	int64_t latitude = 0, longitude = 0;
	for (uint32_t i = 0; i < points; i++) {
		bool is_outside = (number == 7 && i == 0) || generate_chance(&random, 5);
		if (i == 0 || !generate_chance(&random, 20000)) {
			latitude = spread(&random, is_outside ? 41500 : place.latitude);
			longitude = spread(&random, is_outside ? -8400 : place.longitude);
		}
		add_zip(csv, place.zip);
		add_degrees(csv, latitude);
		add_degrees(csv, longitude);
		if (generate_chance(&random, 30000))
			generate_csv_text(csv, place.city);
		else
			add_plain_city(csv, place.city);
		generate_csv_text(csv, generate_states[place.state].code);
		generate_csv_end_row(csv);
	}
}

void generate_rows_of_translation(struct generate_csv *csv)
{
	csv->ends_between = true;
	for (size_t i = 0; i < generate_category_count; i++) {
		if (!generate_categories[i].english)
			continue;
		generate_csv_text(csv, generate_categories[i].portuguese);
		generate_csv_text(csv, generate_categories[i].english);
		generate_csv_end_row(csv);
	}
}
