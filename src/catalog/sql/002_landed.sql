-- SPDX-License-Identifier: Apache-2.0
-- What the commits of source tables say of the files in them, kept here so that a run need not read
-- every log from its beginning; caught up from the logs, and made anew from them when lost.

-- How far the log of a table was read.
create table landed_marks (
	table_name text not null primary key,
	version integer not null
) strict, without rowid;

create table landed_files (
	table_name text not null,
	version integer not null,
	logical text not null,
	sha256 text not null,
	key text not null,
	size integer not null,
	run_id text not null,
	attempt text not null,
	landed_us integer not null,
	records integer not null,
	loaded integer not null,
	rejected integer not null,
	is_replaced integer not null,
	primary key (table_name, version, logical, sha256)
) strict, without rowid;

-- Hashes of files as they were last seen, so that what did not change is not read again.
create table seen_files (
	path text not null primary key,
	size integer not null,
	mtime_us integer not null,
	sha256 text not null
) strict, without rowid;
