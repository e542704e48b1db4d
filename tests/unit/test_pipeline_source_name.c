/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/source_name.h"

#include <string.h>

#include "base/text.h"
#include "support/support.h"

static void expect_name(const char *header, const char *name)
{
	char out[SOURCE_NAME_SIZE];
	assert_string_equal(source_name_of(header, 3, out), name);
	assert_true(text_is_name(out));
}

static void words_are_parted_by_underscores(void **state)
{
	(void)state;
	expect_name("order_id", "order_id");
	expect_name("Valor Total (R$)", "valor_total_r");
	expect_name("  Total -- value  ", "total_value");
	expect_name("customerZipCode", "customer_zip_code");
	expect_name("CustomerID", "customer_id");
	expect_name("CPF", "cpf");
	expect_name("__x__", "x");
	expect_name("a.b/c", "a_b_c");
}

static void accents_are_taken_off(void **state)
{
	(void)state;
	expect_name("Preço médio", "preco_medio");
	expect_name("SITUAÇÃO", "situacao");
	expect_name("Cafe\xCC\x81 noir", "cafe_noir"); /* decomposed */
	expect_name("Straße", "strasse");
	expect_name("Œuvre Ægir", "oeuvre_aegir");
	expect_name("Łódź", "lodz");
	expect_name("Ñandú", "nandu");
}

static void what_is_no_name_becomes_one(void **state)
{
	(void)state;
	expect_name("2023", "c_2023");
	expect_name("1º trimestre", "c_1_trimestre");
	expect_name("", "column_3");
	expect_name("???", "column_3");
	expect_name("価格", "column_3");
	expect_name("\xFF\xC3", "column_3"); /* no UTF-8 */
	expect_name("%"
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bcdef",
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_parted_by_underscores),
		cmocka_unit_test(accents_are_taken_off),
		cmocka_unit_test(what_is_no_name_becomes_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
