-- SPDX-License-Identifier: Apache-2.0
-- Columns of the key first: SQLite 3.40's integrity check looks for the others at the wrong place of
-- a table without rowid, and took each row of `checked` for damage.

alter table checked rename to checked_before;

create table checked (
	target text not null,
	table_name text not null,
	hash text not null,
	version integer not null,
	primary key (target, table_name, hash)
) strict, without rowid;

insert into checked select target, table_name, hash, version from checked_before;
drop table checked_before;
