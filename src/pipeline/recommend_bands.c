/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/recommend_bands.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/engine.h"

enum { NUMBERS_MAX = 100000000 };

static void take_row(const struct recommender *recommender, const struct recommend_input *input,
		     struct engine_result *row, float *affinity)
{
	size_t len, bands = (size_t)recommender->band_count;
	const char *text = engine_result_text(row, 0, &len);
	uint32_t person = recs_ids_find(input->persons, text, len);
	int64_t band = engine_result_int(row, 1);
	if (person < input->person_count && band >= 1 && band <= recommender->band_count)
		affinity[person * bands + (size_t)band - 1] = (float)engine_result_double(row, 2);
}

int recommend_bands_read(const struct recommender *recommender, const struct recommend_input *input,
			 struct engine_session *session, float **out, struct error *err)
{
	const char *table = recommender->names[RECOMMENDER_AFFINITY];
	size_t count = (size_t)input->person_count * (size_t)recommender->band_count;
	OWNED(engine_result) *result = NULL;
	int more;
	*out = NULL;
	if (!table || count == 0 || count > (size_t)NUMBERS_MAX)
		return 0;
	OWNED_MEMORY float *affinity = mem_alloc_array(count, sizeof *affinity);
	if (!affinity)
		return err_memory(err);
	OWNED_MEMORY char *sql =
		text_format(err, "select cast(%s as varchar), price_band, affinity from %s",
			    recommender->inputs[RECOMMENDER_EVENTS].person, table);
	if (!sql)
		return -1;
	TRY(engine_session_query(session, sql, &result, err));
	while ((more = engine_result_next(result, err)) == 1)
		take_row(recommender, input, result, affinity);
	TRY(more);
	*out = TAKE(affinity);
	return 0;
}
