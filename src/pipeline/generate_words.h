/* SPDX-License-Identifier: Apache-2.0 */
/* generate_words: the words and shares that generated data are made of. Written for it, not taken
 * from any data set; states, cities and postal codes are Brazil's. */
#ifndef VITRINE_PIPELINE_GENERATE_WORDS_H
#define VITRINE_PIPELINE_GENERATE_WORDS_H

#include <stddef.h>
#include <stdint.h>

enum { GENERATE_CITIES = 3 };

struct generate_state {
	const char *code;
	uint32_t zip_first, zip_count;       /* its postal code prefixes */
	uint32_t customers, sellers;         /* of 10,000 */
	int32_t latitude, longitude;         /* of its middle, in thousandths of a degree */
	const char *cities[GENERATE_CITIES]; /* the first has half of all; NULL = no more */
};

struct generate_category {
	const char *portuguese;
	const char *english;  /* NULL = not in the translation file */
	uint32_t price_share; /* usual price as a share of all products' prices, in percent */
};

extern const struct generate_state generate_states[];
extern const size_t generate_state_count;
extern const struct generate_category generate_categories[];
extern const size_t generate_category_count;

/* Prices in centavos that a 20th, two 20ths, ... of all products do not exceed. */
enum { GENERATE_PRICE_STEPS = 20 };
extern const uint32_t generate_prices[GENERATE_PRICE_STEPS + 1];

/* Share of orders by month from GENERATE_MONTH_FIRST on; a day's share is its month's, changed by
 * the weekday and by the season's sales. */
enum { GENERATE_YEAR_FIRST = 2016, GENERATE_MONTH_FIRST = 9, GENERATE_MONTHS = 26 };
extern const uint32_t generate_months[GENERATE_MONTHS];
extern const uint32_t generate_weekdays[7]; /* Monday first; 100 = as usual */
extern const uint32_t generate_hours[24];   /* share of a day's orders */

/* What customers write: of good, middling and bad orders. */
struct generate_phrases {
	const char *const *titles;
	size_t title_count;
	const char *const *phrases;
	size_t phrase_count;
};
enum { GENERATE_BAD, GENERATE_MIDDLING, GENERATE_GOOD, GENERATE_MOODS };
extern const struct generate_phrases generate_phrases[GENERATE_MOODS];

#endif
