-- SPDX-License-Identifier: Apache-2.0
-- Times are microseconds since 1970-01-01 UTC. A number that is not known is NULL.

create table runs (
	id text not null primary key,
	number integer not null unique,
	command text not null,
	target text not null,
	code text not null,
	process text not null,
	business_date text,
	status text not null,
	started_us integer not null,
	ended_us integer,
	set_number integer,
	error_kind text,
	error_message text,
	error_hint text,
	error_file text,
	error_line integer,
	error_column integer
) strict;
create index runs_by_target on runs (target, number);

create table steps (
	run_id text not null references runs (id) on delete cascade,
	kind text not null,
	name text not null,
	status text not null,
	reason text,
	attempts integer not null,
	started_us integer,
	ended_us integer,
	rows_in integer,
	rows_out integer,
	bytes integer,
	table_name text,
	table_version integer,
	fingerprint text,
	inputs text,
	error_kind text,
	error_message text,
	error_hint text,
	error_file text,
	error_line integer,
	error_column integer,
	primary key (run_id, kind, name)
) strict, without rowid;
create index steps_by_name on steps (kind, name, started_us);

-- `kind` and `step` are '' for lines of the run as a whole.
create table logs (
	run_id text not null references runs (id) on delete cascade,
	kind text not null,
	step text not null,
	number integer not null,
	time_us integer not null,
	level integer not null,
	text text not null,
	primary key (run_id, kind, step, number)
) strict, without rowid;

create table check_results (
	run_id text not null references runs (id) on delete cascade,
	table_name text not null,
	check_name text not null,
	severity text not null,
	outcome text not null,
	failing integer,
	total integer,
	message text,
	sample_path text,
	query text,
	checked_us integer not null,
	primary key (run_id, table_name, check_name)
) strict, without rowid;

create table measures (
	run_id text not null references runs (id) on delete cascade,
	target text not null,
	table_name text not null,
	version integer not null,
	row_count integer,
	bytes integer,
	newest_us integer,
	measured_us integer not null,
	primary key (run_id, table_name)
) strict, without rowid;
create index measures_by_table on measures (target, table_name, measured_us);

create table lineage (
	sql_hash text not null primary key,
	parser text not null,
	references_json text,
	columns_json text,
	used_us integer not null
) strict, without rowid;
create index lineage_by_use on lineage (used_us);
