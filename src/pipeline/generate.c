/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/generate.h"

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/own.h"
#include "base/process.h"
#include "base/text.h"
#include "pipeline/generate_rows.h"

enum { INTERRUPT_EVERY = 4096 };

/* All nine files while they are written. Large: see GENERATE_ROW_SIZE. */
struct generate_files {
	struct generate_csv at[GENERATE_FILES];
};

static void generate_files_done(struct generate_files *files)
{
	for (int i = 0; i < GENERATE_FILES; i++)
		generate_csv_done(&files->at[i]);
}
OWN_DEFINE_EMBEDDED(generate_files, generate_files_done)

const char *generate_file_name(enum generate_file file)
{
	static const char *const names[GENERATE_FILES] = {
		[GENERATE_CUSTOMERS] = "olist_customers_dataset.csv",
		[GENERATE_GEOLOCATION] = "olist_geolocation_dataset.csv",
		[GENERATE_ITEMS] = "olist_order_items_dataset.csv",
		[GENERATE_PAYMENTS] = "olist_order_payments_dataset.csv",
		[GENERATE_REVIEWS] = "olist_order_reviews_dataset.csv",
		[GENERATE_ORDERS] = "olist_orders_dataset.csv",
		[GENERATE_PRODUCTS] = "olist_products_dataset.csv",
		[GENERATE_SELLERS] = "olist_sellers_dataset.csv",
		[GENERATE_TRANSLATION] = "product_category_name_translation.csv",
	};
	return names[file];
}

int generate_count_present(const char *folder, int *out, struct error *err)
{
	*out = 0;
	for (int i = 0; i < GENERATE_FILES; i++) {
		struct file_info info;
		OWNED_MEMORY char *path = file_join(folder, generate_file_name(i), err);
		if (!path)
			return -1;
		int found = file_stat(path, &info, err);
		TRY(found);
		*out += found;
	}
	return 0;
}

static int check_interrupt(int64_t done, struct error *err)
{
	if (done % INTERRUPT_EVERY == 0 && process_interrupted())
		return err_set(err, ERR_CANCELED, "interrupted");
	return 0;
}

static int write_orders(const struct generate_shop *shop, bool damage, struct generate_csv *files,
			struct error *err)
{
	struct generate_order order;
	for (int64_t i = 0; i < shop->orders; i++) {
		TRY(check_interrupt(i, err));
		generate_order_at(shop, i, &order);
		generate_rows_of_order(shop, &order, damage, files);
	}
	return 0;
}

static int write_rest(const struct generate_shop *shop, struct generate_csv *files,
		      struct error *err)
{
	for (uint32_t i = 0; i < shop->products; i++) {
		TRY(check_interrupt(i, err));
		generate_rows_of_product(shop, i, &files[GENERATE_PRODUCTS]);
	}
	for (uint32_t i = 0; i < shop->sellers; i++)
		generate_rows_of_seller(shop, i, &files[GENERATE_SELLERS]);
	for (uint32_t i = 0; i < shop->places; i++)
		generate_rows_of_place(shop, i, &files[GENERATE_GEOLOCATION]);
	generate_rows_of_translation(&files[GENERATE_TRANSLATION]);
	return 0;
}

static void report(const struct generate_csv *files, struct generate_report *out)
{
	for (int i = 0; i < GENERATE_FILES; i++) {
		out->files[i].records = files[i].records;
		out->files[i].broken = files[i].broken;
		out->files[i].bytes = files[i].bytes;
	}
}

int generate_write(const struct generate_settings *settings, struct generate_report *out,
		   struct error *err)
{
	HELD(generate_files) files = {0};
	struct generate_shop shop;
	generate_shop_init(&shop, settings->seed, settings->orders);
	TRY(file_make_folders(settings->folder, 0777, err));
	for (int i = 0; i < GENERATE_FILES; i++)
		TRY(generate_csv_open(&files.at[i], settings->folder, generate_file_name(i),
				      generate_rows_heading(i), err));
	TRY(write_orders(&shop, settings->damage, files.at, err));
	TRY(write_rest(&shop, files.at, err));
	for (int i = 0; i < GENERATE_FILES; i++)
		TRY(generate_csv_close(&files.at[i], err));
	for (int i = 0; i < GENERATE_FILES; i++)
		TRY(generate_csv_keep(&files.at[i], err));
	report(files.at, out);
	return 0;
}
