/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/sql.h"

#include <ctype.h>
#include <duckdb.h>
#include <pthread.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/engine.h"
#include "engine/sql_lex.h"
#include "engine/sql_tree.h"

struct sql_parser {
	pthread_mutex_t lock;
	duckdb_database database;
	duckdb_connection connection;
	duckdb_prepared_statement serialize;
};

static int open_database(struct sql_parser *parser, struct error *err)
{
	static const char *const settings[][2] = {
		{"threads", "1"},
		{"memory_limit", "512MB"},
		{"enable_external_access", "false"},
		{"autoinstall_known_extensions", "false"},
		{"autoload_known_extensions", "false"},
		{"allow_persistent_secrets", "false"},
	};
	duckdb_config config = NULL;
	if (duckdb_create_config(&config) != DuckDBSuccess)
		return err_memory(err);
	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++)
		duckdb_set_config(config, settings[i][0], settings[i][1]);
	char *why = NULL;
	duckdb_state state = duckdb_open_ext(NULL, &parser->database, config, &why);
	duckdb_destroy_config(&config);
	if (state != DuckDBSuccess) {
		err_set(err, ERR_INTERNAL, "cannot start the SQL parser: %s", why ? why : "");
		duckdb_free(why);
		return -1;
	}
	if (duckdb_connect(parser->database, &parser->connection) != DuckDBSuccess ||
	    duckdb_prepare(parser->connection, "select json_serialize_sql(cast($1 as varchar))",
			   &parser->serialize) != DuckDBSuccess)
		return err_set(err, ERR_INTERNAL, "cannot prepare the SQL parser");
	return 0;
}

int sql_parser_open(struct sql_parser **out, struct error *err)
{
	TRY(engine_check_version(engine_library_version(), err));
	OWNED(sql_parser) *parser = mem_alloc(sizeof(*parser));
	if (!parser)
		return err_memory(err);
	pthread_mutex_init(&parser->lock, NULL);
	TRY(open_database(parser, err));
	*out = TAKE(parser);
	return 0;
}

void sql_parser_close(struct sql_parser *parser)
{
	if (!parser)
		return;
	duckdb_destroy_prepare(&parser->serialize);
	duckdb_disconnect(&parser->connection);
	duckdb_close(&parser->database);
	pthread_mutex_destroy(&parser->lock);
	free(parser);
}

/* DuckDB writes infinities and whole numbers beyond 64 bits, which JSON or its reader lack. None
 * of them matters here: put -1 in their place. */
static void tame_numbers(char *json)
{
	bool in_text = false;
	for (char *c = json; *c; c++) {
		if (in_text && *c == '\\' && c[1]) {
			c++;
			continue;
		}
		in_text = in_text != (*c == '"');
		if (in_text || !(isdigit((unsigned char)*c) || strchr("-IN", *c)))
			continue;
		size_t digits = strspn(c + (*c == '-'), "0123456789");
		size_t len = strcspn(c, ",]} ");
		if (digits == 0 || digits >= 19) {
			memset(c, ' ', len);
			c[len - 2] = '-';
			c[len - 1] = '1';
		}
		c += len - 1;
	}
}

/* Run json_serialize_sql() on `text`; `*out` is the caller's. */
static int serialize(struct sql_parser *parser, const char *text, char **out, struct error *err)
{
	duckdb_result result = {0};
	int status = -1;
	pthread_mutex_lock(&parser->lock);
	if (duckdb_bind_varchar(parser->serialize, 1, text) != DuckDBSuccess ||
	    duckdb_execute_prepared(parser->serialize, &result) != DuckDBSuccess) {
		const char *why = duckdb_result_error(&result);
		err_set(err, ERR_SYNTAX, "%s", why ? why : "the statement cannot be read");
		goto end;
	}
	duckdb_data_chunk chunk = duckdb_fetch_chunk(result);
	if (!chunk || duckdb_data_chunk_get_size(chunk) != 1) {
		err_set(err, ERR_INTERNAL, "the SQL parser gave no answer");
	} else {
		duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, 0);
		duckdb_string_t *s = duckdb_vector_get_data(vector);
		*out = mem_copy_bytes(duckdb_string_t_data(s), duckdb_string_t_length(*s));
		status = *out ? 0 : err_memory(err);
	}
	duckdb_destroy_data_chunk(&chunk);
end:
	duckdb_destroy_result(&result);
	pthread_mutex_unlock(&parser->lock);
	return status;
}

void sql_place(const char *text, size_t position, int *out_line, int *out_column)
{
	*out_line = 1;
	*out_column = 1;
	for (size_t i = 0; i < position && text[i]; i++) {
		if (text[i] == '\n') {
			++*out_line;
			*out_column = 1;
		} else if (((unsigned char)text[i] & 0xc0) != 0x80) {
			++*out_column;
		}
	}
}

int sql_error_at(const struct sql_statement *statement, size_t position, struct error *err)
{
	int line, column;
	if (position > statement->len)
		return -1;
	sql_place(statement->text, position, &line, &column);
	return err_at(err, NULL, line, column);
}

void sql_lower_first(struct error *err)
{
	if (islower((unsigned char)err->message[1]))
		err->message[0] = (char)tolower((unsigned char)err->message[0]);
}

/* The parser counts characters where it reports an error. */
static size_t byte_of_character(const char *text, int64_t characters)
{
	size_t i = 0;
	for (; text[i]; i++)
		if (((unsigned char)text[i] & 0xc0) != 0x80 && characters-- == 0)
			break;
	return i;
}

static bool has_word(const struct sql_statement *statement, const char *word)
{
	const struct sql_tree *tree = statement->tree;
	for (size_t i = 0; i < tree->token_count; i++)
		if (sql_token_is(statement->text, tree->tokens[i], word))
			return true;
	return false;
}

/* The parser took the text, but it is no SELECT. */
static int refuse_kind(const struct sql_statement *statement, struct error *err)
{
	static const char *const selects[] = {"select", "from", "with", "pivot", "unpivot", "("};
	const struct sql_tree *tree = statement->tree;
	struct sql_token first = tree->tokens[0];
	for (size_t i = 0; i < sizeof(selects) / sizeof(*selects); i++) {
		if (sql_token_is(statement->text, first, selects[i]) &&
		    has_word(statement, "pivot")) {
			err_set(err, ERR_UNSUPPORTED, "PIVOT needs its values written out");
			err_hint(err, "List them: pivot t on month in ('2018-01', '2018-02') using "
				      "sum(price).");
			return sql_error_at(statement, first.begin, err);
		}
	}
	char word[64] = "";
	for (size_t i = 0; i < first.end - first.begin && i + 1 < sizeof(word); i++)
		word[i] = (char)toupper((unsigned char)statement->text[first.begin + i]);
	err_set(err, ERR_UNSUPPORTED, "only a SELECT can stand here, not %s", word);
	return sql_error_at(statement, first.begin, err);
}

static int parser_error(const struct sql_statement *statement, const struct json *answer,
			struct error *err)
{
	if (text_equal(json_text(json_get(answer, "error_type"), ""), "not implemented"))
		return refuse_kind(statement, err);
	const char *message = json_text(json_get(answer, "error_message"), "it cannot be read");
	err_set(err, ERR_SYNTAX, "%s", message);
	sql_lower_first(err);
	int64_t position;
	if (text_to_int64(json_text(json_get(answer, "position"), ""), &position))
		sql_error_at(statement, byte_of_character(statement->text, position), err);
	return -1;
}

/* A `;` with something behind it. */
static int check_single(const struct sql_statement *statement, struct error *err)
{
	const struct sql_tree *tree = statement->tree;
	bool ended = false;
	if (tree->tokens[0].kind == SQL_TOKEN_END)
		return err_set(err, ERR_SYNTAX, "there is no statement");
	for (size_t i = 0; i < tree->token_count; i++) {
		struct sql_token token = tree->tokens[i];
		bool is_end = sql_token_is(statement->text, token, ";");
		if (ended && !is_end && token.kind != SQL_TOKEN_END) {
			err_set(err, ERR_SYNTAX,
				"a second statement begins here; only one is taken");
			return sql_error_at(statement, token.begin, err);
		}
		ended = ended || is_end;
	}
	return 0;
}

/* EXPLAIN is taken off before parsing: the tree is of what it explains. Returns the tokens that
 * belong to it. */
static size_t take_explain(struct sql_statement *statement)
{
	const struct sql_token *token = statement->tree->tokens;
	const char *text = statement->text;
	if (!sql_token_is(text, token[0], "explain"))
		return 0;
	size_t i = 1;
	statement->explain = SQL_EXPLAIN_PLAN;
	if (sql_token_is(text, token[i], "analyze")) {
		statement->explain = SQL_EXPLAIN_ANALYZE;
		i++;
	}
	if (sql_token_is(text, token[i], "(") && sql_token_is(text, token[i + 1], "format") &&
	    token[i + 2].kind == SQL_TOKEN_WORD && sql_token_is(text, token[i + 3], ")"))
		i += 4;
	return i;
}

/* An AT clause that begins at token `i`: AT ( VERSION => 12 ), or TIMESTAMP with a literal. */
static bool match_clause(const struct sql_statement *statement, size_t i, struct sql_clause *out)
{
	const struct sql_tree *tree = statement->tree;
	const struct sql_token *token = tree->tokens + i;
	const char *text = statement->text;
	if (i == 0 || i + 5 >= tree->token_count || !sql_token_is(text, token[0], "at") ||
	    !sql_token_is(text, token[1], "(") || !sql_token_is(text, token[3], "=>"))
		return false;
	*out = (struct sql_clause){.first = i,
				   .is_version = sql_token_is(text, token[2], "version")};
	if (!out->is_version && !sql_token_is(text, token[2], "timestamp"))
		return false;
	size_t value = 4;
	if (sql_token_is(text, token[4], "timestamp") || sql_token_is(text, token[4], "date"))
		value++;
	if (!out->is_version && text[token[value].begin] != '\'')
		return false;
	if (token[value].kind != (out->is_version ? SQL_TOKEN_NUMBER : SQL_TOKEN_STRING) ||
	    !sql_token_is(text, token[value + 1], ")"))
		return false;
	out->literal = i + value;
	out->last = i + value + 1;
	return true;
}

static int find_clauses(struct sql_statement *statement, struct error *err)
{
	struct sql_tree *tree = statement->tree;
	tree->clauses = arena_alloc_array(tree->arena, tree->token_count, sizeof(*tree->clauses));
	if (!tree->clauses)
		return err_memory(err);
	for (size_t i = 0; i < tree->token_count; i++)
		if (match_clause(statement, i, &tree->clauses[tree->clause_count]))
			i = tree->clauses[tree->clause_count++].last;
	return 0;
}

static void blank(char *text, const struct sql_token *tokens, size_t first, size_t last)
{
	memset(text + tokens[first].begin, ' ', tokens[last].end - tokens[first].begin);
}

/* The text that DuckDB parses: as long as the given one, so that places are the same, with spaces
 * where EXPLAIN and AT clauses stand, and plain spaces for Unicode's. */
static int make_plain(struct sql_statement *statement, char **out, struct error *err)
{
	const struct sql_tree *tree = statement->tree;
	char *plain = arena_copy_text(tree->arena, statement->text);
	if (!plain)
		return err_memory(err);
	size_t explain = take_explain(statement);
	if (explain)
		blank(plain, tree->tokens, 0, explain - 1);
	for (size_t i = 0; i < tree->clause_count; i++)
		blank(plain, tree->tokens, tree->clauses[i].first, tree->clauses[i].last);
	for (size_t i = 0, from = 0; i < tree->token_count; from = tree->tokens[i++].end)
		for (size_t at = from; at < tree->tokens[i].begin; at++) {
			size_t space = sql_lex_space(plain, statement->len, at);
			if (space > 1)
				memset(plain + at, ' ', space);
		}
	*out = plain;
	return 0;
}

static int read_answer(struct sql_statement *statement, char *answer, struct error *err)
{
	struct sql_tree *tree = statement->tree;
	tame_numbers(answer);
	if (json_parse(answer, strlen(answer), &tree->document, err) < 0) {
		if (err->kind == ERR_MEMORY)
			return -1;
		return err_set(err, ERR_LIMIT, "the statement is nested too deeply");
	}
	if (json_bool(json_get(tree->document, "error"), true))
		return parser_error(statement, tree->document, err);
	const struct json *statements = json_get(tree->document, "statements");
	if (json_count(statements) != 1)
		return err_set(err, ERR_SYNTAX, "exactly one statement is taken, not %zu",
			       json_count(statements));
	tree->query = json_get(json_at(statements, 0), "node");
	return 0;
}

static int new_statement(const char *text, struct sql_statement **out, struct error *err)
{
	struct arena *arena = arena_new();
	struct sql_statement *statement = arena ? arena_alloc(arena, sizeof(*statement)) : NULL;
	struct sql_tree *tree = statement ? arena_alloc(arena, sizeof(*tree)) : NULL;
	char *copy = tree ? arena_copy_text(arena, text) : NULL;
	if (!copy) {
		arena_free(arena);
		return err_memory(err);
	}
	tree->arena = arena;
	statement->tree = tree;
	statement->text = copy;
	statement->len = strlen(copy);
	*out = statement;
	return 0;
}

int sql_parse(struct sql_parser *parser, const char *text, struct sql_statement **out,
	      struct error *err)
{
	if (strlen(text) > SQL_TEXT_LEN_MAX)
		return err_set(err, ERR_LIMIT, "the statement is longer than %d bytes",
			       SQL_TEXT_LEN_MAX);
	if (!text_is_utf8(text, strlen(text)))
		return err_set(err, ERR_SYNTAX, "the statement is not valid UTF-8");
	OWNED(sql_statement) *statement = NULL;
	TRY(new_statement(text, &statement, err));
	struct sql_tree *tree = statement->tree;
	TRY(sql_lex_all(statement->text, statement->len, tree->arena, &tree->tokens,
			&tree->token_count, err));
	TRY(check_single(statement, err));
	TRY(find_clauses(statement, err));
	char *plain;
	TRY(make_plain(statement, &plain, err));
	OWNED_MEMORY char *answer = NULL;
	TRY(serialize(parser, plain, &answer, err));
	TRY(read_answer(statement, answer, err));
	TRY(sql_collect(statement, err));
	*out = TAKE(statement);
	return 0;
}

void sql_statement_free(struct sql_statement *statement)
{
	if (!statement)
		return;
	json_free(statement->tree->document);
	arena_free(statement->tree->arena);
}
