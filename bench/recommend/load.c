/* SPDX-License-Identifier: Apache-2.0 */
#include "load.h"

#include <ctype.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

enum { FILE_LEN_MAX = 1 << 30 };

static int read_data(const char *folder, const char *name, char **out, struct error *err)
{
	OWNED_MEMORY char *path = file_join(folder, name, err);
	if (!path)
		return -1;
	return file_read(path, FILE_LEN_MAX, out, NULL, err);
}

/* The next whole number before the end of the line, or false. */
static bool next_number(const char **at, uint32_t *out)
{
	while (**at == ' ' || **at == '\t' || **at == '\r')
		(*at)++;
	if (!isdigit((unsigned char)**at))
		return false;
	char *end;
	*out = (uint32_t)strtoul(*at, &end, 10);
	*at = end;
	return true;
}

int load_lines(const char *folder, const char *name, struct recs_events *out, struct error *err)
{
	OWNED_MEMORY char *bytes = NULL;
	TRY(read_data(folder, name, &bytes, err));
	const char *at = bytes;
	for (int line = 1; *at; line++) {
		uint32_t person, item;
		int64_t place = 0;
		if (!next_number(&at, &person)) {
			err_set(err, ERR_CORRUPT, "line has no person");
			return err_at(err, name, line, 0);
		}
		for (; next_number(&at, &item); place++)
			TRY(recs_events_add(out, 1, &person, &item, &place, NULL, err));
		while (*at && *at++ != '\n')
			continue;
	}
	return 0;
}

int load_movielens(const char *folder, struct recs_events *out, struct error *err)
{
	OWNED_MEMORY char *bytes = NULL;
	TRY(read_data(folder, "u.data", &bytes, err));
	const char *at = bytes;
	for (int line = 1; *at; line++) {
		uint32_t f[4];
		for (int i = 0; i < 4; i++)
			if (!next_number(&at, &f[i])) {
				err_set(err, ERR_CORRUPT, "line has no four numbers");
				return err_at(err, "u.data", line, 0);
			}
		while (*at && *at++ != '\n')
			continue;
		uint32_t person = f[0] - 1, item = f[1] - 1;
		int64_t time_us = (int64_t)f[3] * 1000000;
		float rating = (float)f[2];
		TRY(recs_events_add(out, 1, &person, &item, &time_us, &rating, err));
	}
	return 0;
}
