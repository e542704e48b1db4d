/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/words.h"

#include <string.h>

#include "base/error.h"

static const char *const statuses[] = {"running", "ok",       "skipped", "failed",
				       "blocked", "canceled", "died",    NULL};
static const char *const kinds[] = {"land", "model", "check", "publish", "recommend", NULL};
static const char *const levels[] = {"error", "warning", "info", NULL};
static const char *const severities[] = {"warning", "error", NULL};
static const char *const outcomes[] = {"passed", "failed", "not_run", NULL};

const char *catalog_status_word(enum catalog_status status)
{
	return statuses[status];
}

const char *catalog_step_kind_word(enum catalog_step_kind kind)
{
	return kinds[kind];
}

const char *catalog_log_level_word(enum catalog_log_level level)
{
	return levels[level];
}

const char *catalog_severity_word(enum catalog_severity severity)
{
	return severities[severity];
}

const char *catalog_outcome_word(enum catalog_outcome outcome)
{
	return outcomes[outcome];
}

static int place_of(const char *word, const char *const *words)
{
	for (int i = 0; word && words[i]; i++)
		if (strcmp(word, words[i]) == 0)
			return i;
	return -1;
}

int words_read(const char *word, enum words_list list, int *out, struct error *err)
{
	static const char *const *const lists[] = {
		[WORDS_STATUS] = statuses,
		[WORDS_STEP_KIND] = kinds,
		[WORDS_SEVERITY] = severities,
		[WORDS_OUTCOME] = outcomes,
	};
	*out = place_of(word, lists[list]);
	if (*out >= 0)
		return 0;
	return err_set(err, ERR_CORRUPT, "state.db holds the unknown word \"%s\"",
		       word ? word : "");
}
