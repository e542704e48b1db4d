# SPDX-License-Identifier: Apache-2.0
"""Every way out of a query that is known, tried by `vitrine sql`: each is refused (status 8, denied, or
3, no such thing), shows nothing of what it was after, and leaves no file behind. To add one: a line below.

{lake} is the lake, {out} a folder outside with secret.csv in it, {parquet} a data file of a table."""
import concurrent.futures
import json
import os

import pytest

SECRET = "top-secret-4711"

ESCAPES = {
    "functions that read files": """
        select * from read_csv('{out}/secret.csv')
        select * from read_csv_auto('{out}/secret.csv')
        select * from read_csv(['{out}/secret.csv', '{out}/secret.csv'])
        select * from read_text('{out}/secret.csv')
        select * from read_blob('{out}/*')
        select * from read_json('{out}/secret.json')
        select * from read_json_auto('{out}/secret.json')
        select * from read_json_objects('{out}/secret.json')
        select * from read_ndjson('{out}/secret.json')
        select * from read_ndjson_auto('{out}/secret.json')
        select * from read_ndjson_objects('{out}/secret.json')
        select * from read_parquet('{parquet}')
        select * from parquet_scan('{parquet}')
        select * from parquet_metadata('{parquet}')
        select * from parquet_schema('{parquet}')
        select * from parquet_file_metadata('{parquet}')
        select * from parquet_kv_metadata('{parquet}')
        select * from parquet_bloom_probe('{parquet}', 'customer', 'Ana')
        select * from parquet_full_metadata('{parquet}')
        select * from read_duckdb('{out}/x.db')
        select * from sniff_csv('{out}/secret.csv')
        select * from glob('{out}/*')
        select * from read_xlsx('{out}/x.xlsx')
        select * from st_read('{out}/x.shp')
        select * from arrow_scan(1, 2, 3)
        select * from arrow_scan_dumb(1, 2, 3)
        select * from pandas_scan(1)
        select * from seq_scan('orders')
        select * from delta_scan('{lake}/processing/orders')
        select * from iceberg_scan('{lake}/processing/orders')
        select * from sqlite_scan('{out}/x.db', 't')
        select * from postgres_scan('host=localhost', 'public', 't')
        select * from postgres_query('p', 'select 1')
        select * from mysql_query('m', 'select 1')
        select * from read_text('/proc/self/environ')
        select * from read_text('/dev/stdin')
        select * from read_text('~/secret.csv')
        select * from read_text('file://{out}/secret.csv')
        select * from read_csv(struct_pack(path := '{out}/secret.csv')::variant)
        select * from read_parquet('https://example.org/x.parquet')
        select * from read_parquet('s3://bucket/x.parquet')
    """,
    "file names as tables": """
        select * from '{out}/secret.csv'
        select * from "{out}/secret.csv"
        select * from '{parquet}'
        select * from "{parquet}"
        select * from '{lake}/**/*.parquet'
        select * from 'https://example.org/x.parquet'
        select * from 's3://bucket/x.parquet'
        select * from "/etc/passwd"
        from '/etc/passwd'
        table "{out}/secret.csv"
        describe '{out}/secret.csv'
        summarize '{out}/secret.csv'
        describe "{out}/secret.csv"
        select * from processing."{out}/secret.csv"
        select * from orders, '{out}/secret.csv'
        select * from orders o join "{out}/secret.csv" s on true
        select * from '{out}/secret.csv' at (version => 1)
        with a as (from '{out}/secret.csv') select * from a
        pivot '{out}/secret.csv' on a in (1) using count(*)
        unpivot '{out}/secret.csv' on a into name n value v
    """,
    "functions that run SQL": """
        select * from query('select * from read_text(''{out}/secret.csv'')')
        select * from query_table('{out}/secret.csv')
        select * from query_table(['orders'])
        select json_execute_serialized_sql(json_serialize_sql('select 1'))
        select * from json_execute_serialized_sql(json_serialize_sql('select 1'))
        select json_serialize_sql('select 1')
        select json_deserialize_sql(json_serialize_sql('select 1'))
        select json_serialize_plan('select * from orders')
        pragma json_execute_serialized_sql('{{}}')
        select * from sql_auto_complete('sel')
        select * from check_peg_parser('select 1')
    """,
    "what tells of the machine, of settings, of other sessions": """
        select getenv('HOME')
        select current_setting('temp_directory')
        select getvariable('x')
        select * from duckdb_settings()
        select * from duckdb_secrets()
        select * from duckdb_databases()
        select * from duckdb_tables()
        select * from duckdb_columns()
        select * from duckdb_views()
        select * from duckdb_functions()
        select * from duckdb_extensions()
        select * from duckdb_memory()
        select * from duckdb_temporary_files()
        select * from duckdb_logs()
        select * from duckdb_log_contexts()
        select * from duckdb_optimizers()
        select * from duckdb_variables()
        select * from duckdb_external_file_cache()
        select * from duckdb_prepared_statements()
        select * from duckdb_approx_database_count()
        select * from which_secret('s3://b/x', 's3')
        select * from pragma_database_list()
        select * from pragma_database_size()
        select * from pragma_show('orders')
        select * from pragma_table_info('orders')
        select * from pragma_storage_info('orders')
        select * from pragma_metadata_info()
        select * from pragma_version()
        select * from pragma_platform()
        select * from pragma_user_agent()
        select * from pragma_collations()
        select * from storage_info('orders')
        select * from test_all_types()
        select * from test_vector_types(null::int)
        select * from repeat_row(1, num_rows := 3)
        select * from information_schema.tables
        select * from pg_catalog.pg_class
        select * from sqlite_master
        select * from duckdb_tables
        select * from system.information_schema.tables
        select * from temp.information_schema.tables
        select * from system.main.duckdb_tables
        select * from memory.main.x
        select current_database()
        select current_schema()
        select current_schemas(true)
        select current_query()
        select current_connection_id()
        select txid_current()
        select version()
        select in_search_path('memory', 'main')
        select pg_get_viewdef(1)
        select nextval('s')
        select currval('s')
        select write_log('x')
        select sleep_ms(1)
        select force_checkpoint('memory')
        select enable_logging()
        select add_parquet_key('k', '0123456789112345')
        show databases
        show tables from system
        show schemas
    """,
    "other catalogs and functions by their schema": """
        select * from s1.processing.orders
        select * from memory.processing.orders
        select * from other.processing.orders
        select system.main.getenv('HOME')
        select main.getenv('HOME')
        select pg_catalog.current_setting('temp_directory')
        select * from system.main.read_text('{out}/secret.csv')
        select * from main.read_text('{out}/secret.csv')
        select "getenv"('HOME')
        select * from "read_text"('{out}/secret.csv')
        select * from READ_TEXT('{out}/secret.csv')
        select 'HOME'.getenv()
        select * from orders order by getenv('HOME')
        select customer.current_setting() from orders
    """,
    "hidden in a corner of a statement": """
        select (select content from read_text('{out}/secret.csv'))
        select exists (from read_text('{out}/secret.csv'))
        select * from orders where customer in (select content from read_text('{out}/secret.csv'))
        select * from orders, lateral (select * from read_text('{out}/secret.csv')) t
        select * from orders where price > (select count(*) from glob('{out}/*'))
        select * from orders limit (select count(*) from glob('{out}/*'))
        select * from orders order by (select content from read_text('{out}/secret.csv'))
        select * from orders group by all having (select true from read_text('{out}/secret.csv'))
        select count(*) filter (where getenv('HOME') is not null) from orders
        select row_number() over (order by getenv('HOME')) from orders
        select sum(price) over (partition by (select content from read_text('{out}/secret.csv'))) from orders
        select list_transform([1], lambda x: getenv('HOME'))
        select list_transform([1], x -> getenv('HOME'))
        select case when true then getenv('HOME') end
        select cast(getenv('HOME') as varchar)
        select [getenv('HOME')]
        select {{'a': getenv('HOME')}}
        select * replace (getenv('HOME') as customer) from orders
        select columns(c -> getenv('HOME') is not null) from orders
        values (getenv('HOME'))
        from (values ((select content from read_text('{out}/secret.csv')))) t(x)
        with a as (select * from read_text('{out}/secret.csv')) select 1
        with a as materialized (from glob('{out}/*')) from a
        with recursive r(n) as (select 1 union all select n + 1 from r, glob('{out}/*') where n < 2) from r
        select 1 union all select content from read_text('{out}/secret.csv')
        (select 1) except (select content from read_text('{out}/secret.csv'))
        from orders select getenv('HOME')
        select * from unnest((select list(content) from read_text('{out}/secret.csv')))
        select * from range((select count(*) from glob('{out}/*')))
        explain select * from read_text('{out}/secret.csv')
        explain analyze select * from read_text('{out}/secret.csv')
        describe select * from read_text('{out}/secret.csv')
        summarize select * from read_text('{out}/secret.csv')
        describe from glob('{out}/*')
        select * from (describe '{out}/secret.csv')
        select * from (show databases)
        pivot orders on customer in (select content from read_text('{out}/secret.csv'))
        select * from (pivot read_text('{out}/secret.csv') on content in ('x') using count(*))
        select * from (summarize from read_text('{out}/secret.csv'))
        select * from orders using sample (select 1 from read_text('{out}/secret.csv'))
        select /* */ * /* /* */ */ from -- x
            read_text('{out}/secret.csv')
        select * from read_text/* */('{out}/secret.csv')
        select * from read_text /* a comment */ ($$${{}}$$)
        select * from\u00a0read_text('{out}/secret.csv')
        select * from\u2003'{out}/secret.csv'
        select * from \uff52ead_text('{out}/secret.csv')
        select * from u&"\\0072ead_text"('{out}/secret.csv')
        select * from "orders\u0000"
        with orders as (from read_text('{out}/secret.csv')) select * from orders
        with read_text as (select 1) select * from read_text('{out}/secret.csv')
        with a as (with b as (from '{out}/secret.csv') from b) from a
    """,
    "several statements, and statements that do": """
        copy orders to '{out}/x.csv'
        copy (select 1) to '{lake}/x.csv'
        copy (select 1) to '{out}/x' (format parquet, partition_by (a))
        copy orders from '{out}/secret.csv'
        copy from database memory to x
        explain analyze copy (select 1) to '{out}/x.csv'
        (copy (select 1) to '{out}/x.csv')
        export database '{out}/dump'
        import database '{out}/dump'
        attach '{out}/x.db' as x
        attach ':memory:' as x
        attach '' as x (type postgres)
        attach if not exists '{out}/x.db'
        detach memory
        use memory
        install httpfs
        force install spatial
        load '{out}/x.duckdb_extension'
        load httpfs
        update extensions
        set threads = 1
        set enable_external_access = true
        set global allowed_directories = ['/']
        set session temp_directory = '{out}'
        set home_directory = '{out}'
        set variable x = 1
        set s3_secret_access_key = 'x'
        reset lock_configuration
        reset variable x
        pragma database_list
        pragma enable_profiling
        pragma profile_output = '{out}/profile'
        pragma table_info('orders')
        pragma version
        call pragma_version()
        call duckdb_settings()
        call enable_logging('FileSystem', storage_path = '{out}/logs')
        create secret (type s3)
        create table t as select 1 as a
        create or replace table processing.orders as select 1 as a
        create temp table t as select 1 as a
        create view v as from orders
        create or replace view processing.orders as select 1 as a
        create schema x
        create sequence s
        create type t as enum ('a')
        create macro m() as getenv('HOME')
        create function f(x) as x
        create macro m() as table from read_text('{out}/secret.csv')
        create index i on orders (price)
        insert into orders values (3, 'x', 1)
        with a as (select 1) insert into orders from a
        update orders set price = 0
        delete from orders
        merge into orders using (select 1 as a) s on false when not matched then insert values (1, 'x', 1)
        truncate orders
        drop table orders
        drop view processing.orders
        drop schema processing cascade
        alter table orders add column x int
        alter view processing.orders rename to x
        comment on table orders is 'x'
        prepare p as select 1
        execute p
        deallocate p
        begin
        commit
        rollback
        checkpoint
        vacuum
        analyze
        explain create table t as select 1 as a
        create table x as (from '{out}/secret.csv'); from x
        pivot orders on customer using sum(price)
    """,
}


def prepare(shop, tmp_path_factory):
    out = tmp_path_factory.mktemp("outside")
    (out / "secret.csv").write_text(f"a\n{SECRET}\n")
    (out / "secret.json").write_text(f'{{"a": "{SECRET}"}}\n')
    parquet = next((shop.folder / "lake/processing/orders").glob("*.parquet"))
    return {"out": out, "lake": shop.folder / "lake", "parquet": parquet}


def files_of(*folders):
    return {os.path.join(folder, name): os.path.getsize(os.path.join(folder, name))
            for root in folders for folder, _, names in os.walk(root) for name in names}


def statements(text):
    """One a line; a line that is set in deeper goes on."""
    found = []
    for line in text.strip("\n").split("\n"):
        if line.startswith(" " * 12) and found:
            found[-1] += "\n" + line.strip()
        elif line.strip():
            found.append(line.strip())
    return found


def fill(text, names):
    """What is NUL in the list cannot be an argument; as an escape it is no name either."""
    return text.format(**names).replace("\0", "\\0")


@pytest.mark.parametrize("kind", ESCAPES)
def test_is_refused(kind, shop, tmp_path_factory):
    names = prepare(shop, tmp_path_factory)
    before = files_of(names["out"], names["lake"])
    texts = [fill(text, names) for text in statements(ESCAPES[kind])]
    open_ones = []
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for text, done in zip(texts, pool.map(shop.refuse, texts)):
            shown = done.stdout + done.stderr
            said = json.loads(done.stderr.split("\n")[0])["error"] if done.stderr else {}
            if done.returncode not in (3, 8) or SECRET in shown or not said.get("message"):
                open_ones.append(f"{text}: {done.returncode} {shown[:200]}")
    assert not open_ones, "\n".join(open_ones)
    assert files_of(names["out"], names["lake"]) == before


def test_what_only_looks_like_an_escape_runs(shop):
    for text in ("select 'read_text(''/etc/passwd'')' as x", "select 1 as getenv",
                 "with read_text as (from orders) select * from read_text",
                 "select \"getenv\" from (select 1 as getenv) -- ; drop table orders",
                 "select $$;copy x to 'y'$$ as x;", "select * from range(3), unnest([1, 2])",
                 "explain analyze select * from orders", "describe orders", "summarize orders",
                 "show all tables", "select count(*) from shop.processing.orders"):
        done = shop.sql(text)
        assert done.returncode == 0, f"{text}: {done.stderr}"
