/* SPDX-License-Identifier: Apache-2.0 */
/* engine: an engine of a size that suits tests, and what a statement answers as one text. */
#ifndef VITRINE_TESTS_ENGINE_H
#define VITRINE_TESTS_ENGINE_H

#include "base/text.h"
#include "engine/engine.h"
#include "support/support.h"

static inline struct engine *support_engine(int threads)
{
	const struct engine_settings settings = {.threads = threads, .memory_bytes = 1 << 30};
	struct engine *engine = NULL;
	struct error err;
	assert_ok(engine_open(&settings, &engine, &err), &err);
	return engine;
}

static inline struct engine_session *support_session(struct engine *engine)
{
	struct engine_session *session = NULL;
	struct error err;
	assert_ok(engine_session_open(engine, &session, &err), &err);
	return session;
}

/* The statement's rows are `wanted`: values joined by ",", rows by " ". */
static inline void support_expect_rows(struct engine_session *session, const char *sql,
				       const char *wanted)
{
	struct error err;
	HELD(text) got = {0};
	OWNED(engine_result) *result = NULL;
	assert_ok(engine_session_query(session, sql, &result, &err), &err);
	int more;
	text_add(&got, "");
	while ((more = engine_result_next(result, &err)) == 1)
		for (size_t i = 0; i < engine_result_column_count(result); i++) {
			const char *text = engine_result_text(result, i, NULL);
			text_addf(&got, "%s%s", i ? "," : got.len ? " " : "", text ? text : "NULL");
		}
	assert_ok(more, &err);
	assert_string_equal(got.data, wanted);
}

#endif
