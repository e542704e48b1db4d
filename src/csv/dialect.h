/* SPDX-License-Identifier: Apache-2.0 */
/* dialect: how a delimited file is written: the facts that splitting and typing need. A contract
 * states it; csv/detect finds it and proves it on the whole file. */
#ifndef VITRINE_CSV_DIALECT_H
#define VITRINE_CSV_DIALECT_H

#include <stdbool.h>

enum csv_encoding {
	CSV_UTF8,
	CSV_LATIN1,
	CSV_WINDOWS1252,
	CSV_UTF16, /* which end comes first is told by the byte-order mark; without one: little */
	CSV_UTF16LE,
	CSV_UTF16BE
};

enum csv_date_order { CSV_DATE_ISO, CSV_DATE_DMY, CSV_DATE_MDY };

struct csv_dialect {
	char delimiter; /* ',', ';', '\t', '|' or any other ASCII character */
	char quote;     /* '"'; '\0' = none: every quote is content */
	enum csv_encoding encoding;
	char decimal;   /* '.' or ',' */
	char thousands; /* '\0' = none, '.', ',', ' ' or '\'' */
	enum csv_date_order date;
	bool header; /* the first record names the columns */
};

#endif
