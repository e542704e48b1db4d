/* SPDX-License-Identifier: Apache-2.0 */
/* limits: every maximum of the program, in one place. What hits one gets a clear error that names
 * it. Sizes are in bytes, times in milliseconds unless the name says otherwise. */
#ifndef VITRINE_BASE_LIMITS_H
#define VITRINE_BASE_LIMITS_H

enum {
	NAME_LEN_MAX = 63,               /* a table, column or source name, as in PostgreSQL */
	PATH_LEN_MAX = 4096,             /* a path or a key in a store */
	TEXT_LEN_MAX = 1 << 30,          /* one text built in memory */
	SETTINGS_FILE_LEN_MAX = 1 << 20, /* vitrine.yaml, a contract, a model */
	YAML_DEPTH_MAX = 32,             /* mappings and lists within each other */
	COLUMNS_MAX = 4096,              /* columns of a table */
	SOURCES_MAX = 1000,
	MODELS_MAX = 10000,
	GRAPH_TASKS_MAX = 20000,            /* steps of one run */
	SOURCE_FILES_MAX = 1000000,         /* files that one source's pattern finds */
	SOURCE_PATTERN_PARTS_MAX = 60,      /* folders and the name in a source's pattern */
	SOURCE_CAPTURES_MAX = 16,           /* {names} in a source's pattern */
	SOURCE_FOLDERS_DEEP_MAX = 100,      /* below each other, where a pattern has ** */
	SQL_TEXT_LEN_MAX = 1 << 20,         /* one statement */
	SQL_LINEAGE_MENTIONS_MAX = 1 << 16, /* columns of all its tables */
	SQL_LINEAGE_COLUMNS_MAX = 1 << 14,  /* columns that one SELECT in it gives */
	CSV_RECORD_LEN_MAX = 16 << 20,      /* one record of a landed file */
	CSV_UNIQUE_MAX = 64 << 20,          /* bytes to find out which columns are unique */
	ZSTD_WINDOW_LOG_MAX = 27,        /* 128 MiB to unpack a zstd file; its own tools' default */
	REJECT_TEXT_LEN_MAX = 64 << 10,  /* raw text kept of a reject */
	LAND_BATCH_FILES_MAX = 1000,     /* small files built in one go */
	LAND_BATCH_BYTES_MAX = 32 << 20, /* the same in bytes */
	LAND_SMALL_FILE_MAX = 256 << 10, /* a file larger than this is built by itself */
	PIPE_READ_BYTES = 1 << 20,       /* of a pipe, at once */
	FIX_FILE_LEN_MAX = 256 << 20,    /* a file of mended rejects */
	STATISTIC_TEXT_LEN_MAX = 128,    /* a text kept as the least or most of a data file */
	CHECK_ROWS_KEPT_MAX = 100000,    /* failing rows kept of one check */
	COMPACT_SMALL_FILE = 64 << 20,   /* compaction rewrites files smaller than this */
	DISK_RESERVE = 64 << 20,         /* left free on the lake's disk by a step */
	DELTA_COMMIT_RETRIES_MAX = 100,  /* tries on top of others' commits */
	DELTA_PUT_RETRIES_MAX = 5,       /* of one write whose outcome the network lost */
	RUN_STEP_TRIES_MAX = 3,          /* of a step that met another writer */
	LEASE_RENEW_MS = 10000,
	LEASE_EXPIRE_MS = 60000,
	RUNS_KEPT_MAX = 5000,           /* runs remembered in state.db */
	LOG_TEXT_LEN_MAX = 16 << 10,    /* one line of a step's log */
	LOG_LINES_MAX = 10000,          /* lines kept of one step's log */
	LINEAGE_CACHE_MAX = 20000,      /* model texts whose lineage is remembered */
	CATALOG_ROWS_MAX = 1000000,     /* rows of one table of the schema vitrine */
	LANDING_FILES_SHOWN_MAX = 2000, /* files of landing.<source> read by one statement */
	OUTPUT_TABLE_ROWS = 1000,       /* rows held back to align a table */
	OUTPUT_TABLE_BYTES = 4 << 20,   /* the same in bytes: what comes first */
	OUTPUT_BUFFER_BYTES = 64 << 10, /* of a result, written at once */
	CATALOG_BUSY_MS = 10000,        /* wait for another process's write to state.db */

	GENERATE_ORDERS_MAX = 1000000000, /* orders of made-up data */
};

#endif
