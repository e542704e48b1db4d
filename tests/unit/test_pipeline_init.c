/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "pipeline/init.h"
#include "pipeline/project.h"

static int set_up(void **state)
{
	struct error err;
	char *folder = support_make_folder();
	OWNED_MEMORY char *in = file_join(folder, "shop/in", &err);
	*state = folder;
	return file_make_folders(in, 0700, &err);
}

static int tear_down(void **state)
{
	support_remove_folder(*state);
	return 0;
}

static void write_in(const char *folder, const char *name, const char *text)
{
	struct error err;
	OWNED_MEMORY char *in = file_join(folder, "shop/in", &err);
	support_write_file(in, name, text);
}

static int init_in(const char *folder, struct init_report *out, struct error *err)
{
	OWNED_MEMORY char *shop = file_join(folder, "shop", err);
	struct init_settings settings = {.folder = shop, .time_zone = "America/Sao_Paulo"};
	return init_project(&settings, out, err);
}

static const struct init_source *source_at(const struct init_report *report, size_t place)
{
	assert_true(place < report->source_count);
	return &report->sources[place];
}

static void what_is_made_can_be_opened(void **state)
{
	struct error err;
	HELD(init_report) report = {0};
	OWNED(project) *project = NULL;
	write_in(*state, "Pedidos.csv",
		 "\xEF\xBB\xBF"
		 "id_pedido;Cliente E-mail;data;Valor Total (R$);valor total\r\n"
		 "1;a@b.c;31/01/2024;1.234,50;x\r\n2;d@e.f;01/02/2024;7,00;y\r\n");
	assert_ok(init_in(*state, &report, &err), &err);
	assert_int_equal(report.source_count, 1);
	assert_string_equal(source_at(&report, 0)->key, "id_pedido");
	assert_string_equal(source_at(&report, 0)->format, "semicolon 1.234,56 dd/mm/yyyy");
	assert_ok(project_open(report.folder, NULL, &project, &err), &err);
	assert_string_equal(project->name, "shop");
	assert_string_equal(project->time_zone, "America/Sao_Paulo");
	const struct source *source = project_source(project, "pedidos");
	assert_non_null(source);
	assert_string_equal(source->files, "in/Pedidos.csv");
	assert_string_equal(source->columns[1].name, "cliente_e_mail");
	assert_true(source->columns[1].personal);
	assert_true(source->columns[0].required);
	assert_int_equal(source->columns[2].type.kind, COLUMN_DATE);
	assert_int_equal(source->columns[3].type.kind, COLUMN_DECIMAL);
	assert_string_equal(source->columns[3].name, "valor_total_r");
	assert_string_equal(source->columns[4].name, "valor_total");
	assert_int_equal(source->format.thousands, '.');
	assert_string_equal(source->format.date, "dmy");
	assert_non_null(project_model(project, "delivery", "pedidos_summary"));
}

static void a_series_of_files_is_one_source(void **state)
{
	struct error err;
	HELD(init_report) report = {0};
	OWNED(project) *project = NULL;
	write_in(*state, "sales-2024-01.csv", "id,n,x,day\n1,1,,2024-01-01\n2,2,,2024-01-02\n");
	write_in(*state, "sales-2024-02.csv", "id,n,x,day\n1,1.5,7,2024-01-01 10:00\n");
	write_in(*state, "stock1.csv", "id,n\n1,2\n");
	write_in(*state, "stock2.csv", "id,other\n1,2\n");
	assert_ok(init_in(*state, &report, &err), &err);
	assert_int_equal(report.source_count, 3);
	assert_string_equal(source_at(&report, 0)->name, "sales_2024");
	assert_string_equal(source_at(&report, 0)->files, "in/sales-2024-{part}.csv");
	assert_int_equal(source_at(&report, 0)->file_count, 2);
	assert_int_equal(source_at(&report, 0)->records, 3);
	assert_string_equal(source_at(&report, 0)->key, "");
	assert_string_equal(source_at(&report, 1)->name, "stock1");
	assert_string_equal(source_at(&report, 2)->name, "stock2");
	assert_ok(project_open(report.folder, NULL, &project, &err), &err);
	const struct source *source = project_source(project, "sales_2024");
	assert_int_equal(source->load, LOAD_APPEND);
	assert_int_equal(source->columns[0].type.kind, COLUMN_BIGINT);
	assert_int_equal(source->columns[1].type.kind, COLUMN_DECIMAL);
	assert_int_equal(source->columns[2].type.kind, COLUMN_BIGINT);
	assert_int_equal(source->columns[3].type.kind, COLUMN_TIMESTAMP);
}

static void what_is_there_is_kept(void **state)
{
	struct error err;
	HELD(init_report) first = {0};
	HELD(init_report) second = {0};
	write_in(*state, "a.csv", "id,n\n1,2\n");
	OWNED_MEMORY char *shop = file_join(*state, "shop", &err);
	support_write_file(shop, "vitrine.yaml", "name: mine\n");
	assert_ok(init_in(*state, &first, &err), &err);
	assert_true(first.files[0].is_kept);
	support_write_file(shop, "sources/a.yaml", "columns: [id, n]\n");
	write_in(*state, "b.csv", "id,n\n1,2\n");
	assert_ok(init_in(*state, &second, &err), &err);
	assert_int_equal(source_at(&second, 0)->status, INIT_KEPT);
	assert_int_equal(source_at(&second, 1)->status, INIT_WRITTEN);
	OWNED_MEMORY char *settings = support_read_file(shop, "vitrine.yaml");
	OWNED_MEMORY char *contract = support_read_file(shop, "sources/a.yaml");
	assert_string_equal(settings, "name: mine\n");
	assert_string_equal(contract, "columns: [id, n]\n");
}

static void what_is_no_table_is_told_and_left_out(void **state)
{
	struct error err;
	HELD(init_report) report = {0};
	write_in(*state, "empty.csv", "");
	write_in(*state, "notes.txt", "This is a text.\nIt has lines, and commas, too.\n");
	write_in(*state, "table.txt", "a\tb\n1\t2\n3\t4\n");
	write_in(*state, "twice.csv", "a,b,a\n1,2,3\n");
	write_in(*state, "zip.csv", "PK\3\4");
	assert_ok(init_in(*state, &report, &err), &err);
	assert_int_equal(report.source_count, 4);
	assert_string_equal(source_at(&report, 0)->note, "is empty");
	assert_string_equal(source_at(&report, 0)->files, "in/empty.csv");
	assert_int_equal(source_at(&report, 0)->status, INIT_REFUSED);
	assert_int_equal(source_at(&report, 1)->status, INIT_WRITTEN);
	assert_string_equal(source_at(&report, 1)->name, "table");
	assert_string_equal(source_at(&report, 2)->note, "its header has two columns \"a\"");
	assert_null(source_at(&report, 2)->name);
	assert_non_null(strstr(source_at(&report, 3)->note, "zip archive"));
}

static void files_elsewhere_are_named_by_their_whole_path(void **state)
{
	struct error err;
	HELD(init_report) report = {0};
	OWNED_MEMORY char *from = file_join(*state, "shop/in", &err);
	OWNED_MEMORY char *folder = file_join(*state, "other/new", &err);
	write_in(*state, "a.csv", "id,n\n1,2\n");
	struct init_settings settings = {.folder = folder, .from = from};
	assert_ok(init_project(&settings, &report, &err), &err);
	OWNED_MEMORY char *expected = text_format(&err, "%s/a.csv", report.from);
	assert_string_equal(source_at(&report, 0)->files, expected);
	settings.from = "/nowhere";
	HELD(init_report) none = {0};
	assert_fails(init_project(&settings, &none, &err), &err, ERR_NOT_FOUND);
}

static void a_folder_without_files_becomes_an_empty_project(void **state)
{
	struct error err;
	HELD(init_report) report = {0};
	OWNED(project) *project = NULL;
	assert_ok(init_in(*state, &report, &err), &err);
	assert_int_equal(report.source_count, 0);
	assert_int_equal(report.file_count, 2);
	assert_ok(project_open(report.folder, NULL, &project, &err), &err);
	assert_int_equal(project->source_count, 0);
}

static int init_again(void *context, struct error *err)
{
	HELD(init_report) report = {0};
	return init_in(context, &report, err);
}

static void every_refused_allocation_is_told(void **state)
{
	write_in(*state, "a1.csv", "id,n\n1,2\n");
	write_in(*state, "a2.csv", "id,n\n1,2.5\n");
	write_in(*state, "b.csv", "");
	support_sweep_allocations(init_again, *state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_made_can_be_opened, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_series_of_files_is_one_source, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_there_is_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_no_table_is_told_and_left_out, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(files_elsewhere_are_named_by_their_whole_path,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_folder_without_files_becomes_an_empty_project,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(every_refused_allocation_is_told, set_up,
						tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
