/* SPDX-License-Identifier: Apache-2.0 */
/* action: one line of a table's log, read and written. A version is a list of actions; what they
 * mean together is snapshot.h's matter. Actions live in the arena they were read into. Actions and
 * members we do not know are passed over, as the protocol asks: what must not be passed over is
 * announced by a table feature (protocol.h). */
#ifndef VITRINE_DELTA_ACTION_H
#define VITRINE_DELTA_ACTION_H

#include "delta/delta.h"

struct arena;

enum delta_action_kind {
	ACTION_OTHER,
	ACTION_COMMIT_INFO,
	ACTION_PROTOCOL,
	ACTION_METADATA,
	ACTION_TXN,
	ACTION_ADD,
	ACTION_REMOVE
};

struct delta_protocol {
	int64_t reader, writer;
	const char *const *reader_features; /* named by reader version 3, writer version 7 */
	size_t reader_feature_count;
	const char *const *writer_features;
	size_t writer_feature_count;
};

struct delta_metadata {
	const char *id, *name, *description; /* name and description may be NULL */
	const char *schema_string;
	const char *const *partition_columns;
	size_t partition_count;
	const struct delta_value *configuration;
	size_t configuration_count;
	int64_t created_ms;
};

struct delta_txn {
	const char *app_id;
	int64_t version;
};

/* An add, or the tombstone that a remove leaves. */
struct delta_entry {
	bool is_add;
	const char *raw_path;   /* as the log writes it: removes must repeat it so */
	struct delta_file file; /* texts owned by the arena */
	int64_t deletion_ms;    /* of a remove; 0 = not said */
	bool has_deletion_vector;
	bool is_extended; /* the partition and size of a remove are known */
	int64_t version;  /* that it came with */
};

struct delta_action {
	enum delta_action_kind kind;
	union {
		struct delta_commit_info info; /* texts owned by the arena */
		struct delta_protocol protocol;
		struct delta_metadata metadata;
		struct delta_txn txn;
		struct delta_entry entry;
	};
};

struct delta_actions {
	struct delta_action *items;
	size_t count;
};

/* Read lines of JSON, one action each. `name` is the file, for messages. Owner: the arena.
 * Fails: CORRUPT with file and line, MEMORY. */
int delta_actions_parse(struct arena *arena, const char *name, const char *bytes, size_t len,
			struct delta_actions *out, struct error *err);

/* Write one line each, with its newline. */
void delta_write_protocol(const struct delta_protocol *protocol, struct text *out);
void delta_write_metadata(const struct delta_metadata *metadata, struct text *out);
void delta_write_txn(const struct delta_txn *txn, int64_t updated_ms, struct text *out);
void delta_write_add(const char *raw_path, const struct delta_file *file, bool data_change,
		     struct text *out);
void delta_write_remove(const struct delta_entry *entry, int64_t deletion_ms, bool data_change,
			struct text *out);

#endif
