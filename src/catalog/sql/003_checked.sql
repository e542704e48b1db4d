-- SPDX-License-Identifier: Apache-2.0
-- Which checks have looked at a published table after it was committed, and found nothing that
-- would have kept it back; those that looked before are named by the commit itself.

create table checked (
	target text not null,
	table_name text not null,
	version integer not null,
	hash text not null,
	primary key (target, table_name, hash)
) strict, without rowid;
