/* SPDX-License-Identifier: Apache-2.0 */
/* The Olist files, read just far enough for the bench: the product itself has a reader of its own.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "load.h"
#include "recs/ratings.h"

enum { FILE_LEN_MAX = 1 << 30, FIELDS_MAX = 16 };

struct field {
	char *text;
	size_t len;
};

/* One record from `*at`, quotes undone in place; returns its fields, 0 at the end. */
static size_t next_record(char **at, struct field *fields)
{
	size_t count = 0;
	char *in = *at;
	while (*in && count < FIELDS_MAX) {
		bool quoted = *in == '"';
		in += quoted;
		char *start = in, *out = in;
		for (; *in; in++) {
			if (quoted && in[0] == '"' && in[1] == '"')
				in++;
			else if (quoted && *in == '"') {
				quoted = false;
				continue;
			} else if (!quoted && (*in == ',' || *in == '\n' || *in == '\r'))
				break;
			*out++ = *in;
		}
		fields[count++] = (struct field){start, (size_t)(out - start)};
		char end = *in;
		in += end != '\0';
		if (end == '\r' && *in == '\n')
			in++;
		if (end != ',')
			break;
	}
	*at = in;
	return count;
}

struct reader {
	char *bytes, *at;
	struct field fields[FIELDS_MAX];
};

static void reader_done(struct reader *reader)
{
	free(reader->bytes);
}
OWN_DEFINE_EMBEDDED(reader, reader_done)

static int reader_open(struct reader *reader, const char *folder, const char *name,
		       struct error *err)
{
	OWNED_MEMORY char *path = file_join(folder, name, err);
	if (!path)
		return -1;
	TRY(file_read(path, FILE_LEN_MAX, &reader->bytes, NULL, err));
	reader->at = reader->bytes;
	next_record(&reader->at, reader->fields); /* the header */
	return 0;
}

static bool reader_next(struct reader *reader)
{
	return next_record(&reader->at, reader->fields) > 1;
}

static int number_of(struct recs_ids *ids, const struct field *field, uint32_t *out,
		     struct error *err)
{
	return recs_ids_put(ids, field->text, field->len, out, err);
}

static int64_t time_of(const struct field *field)
{
	int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
	char text[32];
	snprintf(text, sizeof text, "%.*s", (int)field->len, field->text);
	sscanf(text, "%d-%d-%d %d:%d:%d", &year, &month, &day, &hour, &minute, &second);
	int64_t days = clock_days_from_civil(year, month, day);
	return ((days * 24 + hour) * 60 + minute) * 60000000 + (int64_t)second * 1000000;
}

/* What the orders file says, by number of order. */
struct orders {
	uint32_t *person;
	int64_t *time_us;
	size_t count;
};

static void orders_done(struct orders *orders)
{
	free(orders->person);
	free(orders->time_us);
}
OWN_DEFINE_EMBEDDED(orders, orders_done)

/* customer_id (one an order) -> person, by number of customer_id. */
static int read_customers(const char *folder, struct olist *olist, struct recs_ids *customers,
			  uint32_t **out_person, struct error *err)
{
	HELD(reader) reader = {0};
	OWNED_MEMORY uint32_t *person = NULL;
	size_t room = 0, states_room = 0;
	TRY(reader_open(&reader, folder, "olist_customers_dataset.csv", err));
	while (reader_next(&reader)) {
		uint32_t customer, number, state;
		TRY(number_of(customers, &reader.fields[0], &customer, err));
		TRY(number_of(olist->persons, &reader.fields[1], &number, err));
		TRY(number_of(olist->states, &reader.fields[4], &state, err));
		TRY(mem_grow(&person, &room, (size_t)customer + 1, sizeof *person, err));
		TRY(mem_grow(&olist->state_of_person, &states_room, (size_t)number + 1,
			     sizeof *olist->state_of_person, err));
		person[customer] = number;
		olist->state_of_person[number] = state + 1;
	}
	*out_person = TAKE(person);
	return 0;
}

static int read_orders(const char *folder, struct olist *olist, struct orders *orders,
		       struct error *err)
{
	HELD(reader) reader = {0};
	OWNED(recs_ids) *customers = recs_ids_new();
	OWNED_MEMORY uint32_t *person = NULL;
	size_t persons_room = 0, times_room = 0;
	if (!customers)
		return err_memory(err);
	TRY(read_customers(folder, olist, customers, &person, err));
	TRY(reader_open(&reader, folder, "olist_orders_dataset.csv", err));
	while (reader_next(&reader)) {
		uint32_t order;
		int64_t customer =
			recs_ids_find(customers, reader.fields[1].text, reader.fields[1].len);
		if (customer == RECS_IDS_NONE)
			continue;
		TRY(number_of(olist->orders, &reader.fields[0], &order, err));
		TRY(mem_grow(&orders->person, &persons_room, (size_t)order + 1,
			     sizeof *orders->person, err));
		TRY(mem_grow(&orders->time_us, &times_room, (size_t)order + 1,
			     sizeof *orders->time_us, err));
		orders->person[order] = person[customer];
		orders->time_us[order] = time_of(&reader.fields[3]);
	}
	return 0;
}

static int add_attribute(struct olist *olist, struct recs_events *described, uint32_t item,
			 const char *prefix, const struct field *value, struct error *err)
{
	char text[128];
	uint32_t attribute;
	int len = snprintf(text, sizeof text, "%s%.*s", prefix, (int)value->len, value->text);
	TRY(recs_ids_put(olist->attributes, text, (size_t)len, &attribute, err));
	return recs_events_add(described, 1, &item, &attribute, NULL, NULL, err);
}

static int read_products(const char *folder, struct olist *olist, struct recs_events *described,
			 struct error *err)
{
	HELD(reader) reader = {0};
	TRY(reader_open(&reader, folder, "olist_products_dataset.csv", err));
	while (reader_next(&reader)) {
		uint32_t item;
		TRY(number_of(olist->items, &reader.fields[0], &item, err));
		if (reader.fields[1].len)
			TRY(add_attribute(olist, described, item, "category ", &reader.fields[1],
					  err));
	}
	return 0;
}

static int read_items(const char *folder, struct olist *olist, const struct orders *orders,
		      struct recs_events *described, struct error *err)
{
	HELD(reader) reader = {0};
	TRY(reader_open(&reader, folder, "olist_order_items_dataset.csv", err));
	while (reader_next(&reader)) {
		uint32_t item;
		int64_t order =
			recs_ids_find(olist->orders, reader.fields[0].text, reader.fields[0].len);
		TRY(number_of(olist->items, &reader.fields[2], &item, err));
		TRY(add_attribute(olist, described, item, "seller ", &reader.fields[3], err));
		if (order == RECS_IDS_NONE)
			continue;
		uint32_t person = orders->person[order], basket = (uint32_t)order;
		TRY(recs_events_add(&olist->purchases, 1, &person, &item, &orders->time_us[order],
				    NULL, err));
		TRY(recs_events_add(&olist->baskets, 1, &basket, &item, &orders->time_us[order],
				    NULL, err));
	}
	return 0;
}

void olist_done(struct olist *olist)
{
	recs_ids_free(olist->persons);
	recs_ids_free(olist->items);
	recs_ids_free(olist->orders);
	recs_ids_free(olist->states);
	recs_ids_free(olist->attributes);
	recs_events_done(&olist->purchases);
	recs_events_done(&olist->baskets);
	free(olist->state_of_person);
	recs_ratings_free(olist->described);
}

int olist_load(const char *folder, struct olist *out, struct error *err)
{
	HELD(orders) orders = {0};
	HELD(recs_events) described = {0};
	out->persons = recs_ids_new();
	out->items = recs_ids_new();
	out->orders = recs_ids_new();
	out->states = recs_ids_new();
	out->attributes = recs_ids_new();
	if (!out->persons || !out->items || !out->orders || !out->states || !out->attributes)
		return err_memory(err);
	TRY(read_orders(folder, out, &orders, err));
	TRY(read_products(folder, out, &described, err));
	TRY(read_items(folder, out, &orders, &described, err));
	struct recs_ratings_options options = {.merge = RECS_MERGE_ONE};
	return recs_ratings_build(&described, (uint32_t)recs_ids_count(out->items),
				  (uint32_t)recs_ids_count(out->attributes), &options,
				  &out->described, err);
}
