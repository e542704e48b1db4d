# SPDX-License-Identifier: Apache-2.0
"""Our Delta tables read by deltalake (delta-rs), and its tables read by us."""
import datetime
import decimal
import json
import os
import pathlib
import subprocess

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable, write_deltalake

ROOT = pathlib.Path(__file__).resolve().parents[2]
VITRINE = pathlib.Path(os.environ.get("VITRINE", ROOT / "build/test/src/app/vitrine"))
TOOL = VITRINE.parents[2] / "tests/delta_tool"
UTC = datetime.timezone.utc
ODD = ["plain", "a b", "50%", "a=b", "ação", "日本", "a/b", "..", "q'\"?#&+:", "NULL", "a\\b",
       "__HIVE_DEFAULT_PARTITION__", None]


def tool(*args):
    return subprocess.run([TOOL, *map(str, args)], capture_output=True, text=True, timeout=120)


def write(lake, table, mode, sql, *partition_by):
    done = tool("write", lake, table, mode, sql, *partition_by)
    assert done.returncode == 0, done.stderr


def read(lake, table, sql, version=-1):
    done = tool("read", lake, table, version, sql)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def literal(value):
    return "null" if value is None else "'" + value.replace("'", "''") + "'"


def rows(table, order="id"):
    return table.to_pyarrow_table().sort_by(order).to_pylist()


# ---- ours, read by deltalake ----

def test_what_is_personal_is_seen_and_disturbs_nothing(tmp_path):
    model = tmp_path / "models/delivery/buyers.sql"
    model.parent.mkdir(parents=True)
    (tmp_path / "vitrine.yaml").write_text("name: shop\n")
    for personal, version in (("yes", 0), ("no", 1)):
        model.write_text(f"-- Buyers.\n-- columns:\n--   name: {{personal: {personal}, description: Who.}}\n"
                         "select id, name from (values (1, 'Ana'), (2, 'Bento')) as b(id, name)\n")
        done = subprocess.run([VITRINE, "-C", tmp_path, "-q", "run"], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        table = DeltaTable(str(tmp_path / "lake/delivery/buyers"))
        assert table.version() == version
        marked = {"vitrine.personal": "true"} if personal == "yes" else {}
        assert [f.metadata for f in table.schema().fields] == [{}, {"comment": "Who."} | marked]
        assert rows(table) == [{"id": 1, "name": "Ana"}, {"id": 2, "name": "Bento"}]
        adds = pa.table(table.get_add_actions(flatten=True)).to_pylist()
        assert [(a["num_records"], a["min.id"], a["max.name"]) for a in adds] == [(2, 1, "Bento")]


ALL_TYPES = """
select 1::bigint as id, 2::integer as i, 3::smallint as s, 4::tinyint as b, 1.5::double as d,
  0.25::float as f, 12.30::decimal(18,2) as price, true as yes, 'it''s' as t, '\\xAA'::blob as bytes,
  date '2018-01-02' as day, timestamp '2018-01-02 03:04:05.123456' as moment
union all
select 2, null, null, null, 'nan'::double, null, -0.05, null, '', null, null, null"""


def test_types_and_values_are_those_written(tmp_path):
    write(tmp_path, "t", "append", ALL_TYPES)
    table = DeltaTable(str(tmp_path / "t"))
    assert [(f.name, f.type.type) for f in table.schema().fields] == [
        ("id", "long"), ("i", "integer"), ("s", "short"), ("b", "byte"), ("d", "double"),
        ("f", "float"), ("price", "decimal(18,2)"), ("yes", "boolean"), ("t", "string"),
        ("bytes", "binary"), ("day", "date"), ("moment", "timestamp")]
    first, second = rows(table)
    assert first == {
        "id": 1, "i": 2, "s": 3, "b": 4, "d": 1.5, "f": 0.25, "price": decimal.Decimal("12.30"),
        "yes": True, "t": "it's", "bytes": b"\xaa", "day": datetime.date(2018, 1, 2),
        "moment": datetime.datetime(2018, 1, 2, 3, 4, 5, 123456, UTC)}
    assert second["t"] == "" and second["moment"] is None and second["d"] != second["d"]
    assert read(tmp_path, "t", "select moment, price, bytes from t where id = 1") == [
        ["2018-01-02 03:04:05.123456", "12.30", "\\xAA"]]


def test_times_show_the_same_digits(tmp_path):
    write(tmp_path, "t", "append",
          "select i as id, timestamp '1899-12-31 23:59:59.999999' + to_days(i::int * 1000) as moment "
          "from range(100) r(i)")
    ours = read(tmp_path, "t", "select moment from t order by id")
    theirs = rows(DeltaTable(str(tmp_path / "t")))
    assert [o[0] for o in ours] == [r["moment"].strftime("%Y-%m-%d %H:%M:%S.%f") for r in theirs]


STATISTICS = """
select {0} * 1000 + i as id, timestamp '2018-01-01' + to_days({0}) + to_microseconds(i) as moment,
  (({0} * 1000 + i) / 100)::decimal(18,2) as price, date '2018-01-01' + {0} as day,
  'k' || lpad({0}::varchar, 3, '0') as word, ({0} + i / 1000)::double as d
from range(1000) r(i)"""


def matching(table, condition):
    """Rows found by reading every file, and rows found through statistics."""
    found = table.to_pyarrow_dataset()
    fragments = list(found.get_fragments(filter=condition))
    whole = table.to_pyarrow_table().filter(condition).num_rows
    return whole, found.to_table(filter=condition).num_rows, len(fragments)


def test_statistics_prune_and_lose_nothing(tmp_path):
    for i in range(5):
        write(tmp_path, "t", "append", STATISTICS.format(i))
    table = DeltaTable(str(tmp_path / "t"))
    actions = pa.table(table.get_add_actions(flatten=True))
    assert set(actions["num_records"].to_pylist()) == {1000}
    assert sorted(actions["min.id"].to_pylist()) == [0, 1000, 2000, 3000, 4000]
    assert sorted(actions["max.word"].to_pylist()) == [f"k00{i}" for i in range(5)]
    assert set(actions["null_count.price"].to_pylist()) == {0}
    edge = datetime.datetime(2018, 1, 3, 0, 0, 0, 999, UTC)  # the largest moment of the third file
    for condition, files in [
            (pc.field("id") == 2500, 1), (pc.field("id") > 3999, 1), (pc.field("id") < 0, 0),
            (pc.field("moment") == edge, 1), (pc.field("moment") >= edge, 3),
            (pc.field("word") == "k004", 1), (pc.field("day") == datetime.date(2018, 1, 2), 1),
            (pc.field("price") == decimal.Decimal("29.99"), 1), (pc.field("d") > 4.5, 1)]:
        whole, pruned, read_files = matching(table, condition)
        assert pruned == whole, condition
        assert read_files == files, condition


ODD_ROWS = ["true, 1.5, 'short', 0.01", "false, -1.5, repeat('z', 400), 1234567890123456.78",
            "null, null, repeat('😀 ', 100), -1234567890123456.78", "true, 0, repeat('é', 70), null",
            "false, 2, null, 0"]


def test_every_type_can_be_filtered_by(tmp_path):
    """deltalake takes a bound that lacks for one that no row meets."""
    for i, values in enumerate(ODD_ROWS):
        write(tmp_path, "t", "append", "select id::bigint as id, yes::boolean as yes, d::double as d, "
              "word::varchar as word, price::decimal(18,2) as price "
              f"from (values ({i}, {values})) v(id, yes, d, word, price)")
    table = DeltaTable(str(tmp_path / "t"))
    everything = table.to_pyarrow_table()
    for column in everything.column_names:
        field = pc.field(column)
        for value in set(everything[column].to_pylist()) - {None}:
            for condition in (field == value, field >= value, field <= value, field > value, field < value):
                whole, pruned, _ = matching(table, condition)
                assert pruned == whole, condition
        whole, pruned, _ = matching(table, field.is_null())
        assert pruned == whole, column


def test_odd_partition_values_come_through(tmp_path):
    values = ", ".join(f"({i}::bigint, {literal(v)})" for i, v in enumerate(ODD))
    write(tmp_path, "t", "append", f"select * from (values {values}) v(id, p)", "p")
    table = DeltaTable(str(tmp_path / "t"))
    assert table.metadata().partition_columns == ["p"]
    assert [r["p"] for r in rows(table)] == ODD
    assert [r[0] for r in read(tmp_path, "t", "select p from t order by id")] == ODD


def test_partitions_of_other_types_come_through(tmp_path):
    write(tmp_path, "t", "append",
          "select i as id, date '2018-01-01' + i::int as day, i % 2 = 0 as even, "
          "(i / 4)::decimal(2,2) as share, timestamp '2018-01-02 03:04:05.5' as moment "
          "from range(3) r(i)", "day", "even", "share", "moment")
    theirs = rows(DeltaTable(str(tmp_path / "t")))
    assert [(r["day"].day, r["even"], str(r["share"])) for r in theirs] == [
        (1, True, "0.00"), (2, False, "0.25"), (3, True, "0.50")]
    assert theirs[0]["moment"] == datetime.datetime(2018, 1, 2, 3, 4, 5, 500000, UTC)


def test_our_checkpoint_is_enough(tmp_path):
    for i in range(12):
        write(tmp_path, "t", "overwrite" if i == 4 else "append",
              f"select {i}::bigint as id, {literal(ODD[i])} as p", "p")
    log = tmp_path / "t/_delta_log"
    for i in range(10):
        (log / f"{i:020}.json").unlink()
    table = DeltaTable(str(tmp_path / "t"))
    assert table.version() == 11
    assert [(r["id"], r["p"]) for r in rows(table)] == [(i, ODD[i]) for i in range(4, 12)]


def test_an_overwrite_partitioned_otherwise_is_read(tmp_path):
    write(tmp_path, "t", "append", "select 1::bigint as id, 'a/b' as p")
    write(tmp_path, "t", "overwrite", "select i as id, 'a/' || i as p from range(3) r(i)", "p")
    table = DeltaTable(str(tmp_path / "t"))
    assert table.metadata().partition_columns == ["p"]
    assert [r["p"] for r in rows(table)] == ["a/0", "a/1", "a/2"]
    assert rows(DeltaTable(str(tmp_path / "t"), version=0)) == [{"id": 1, "p": "a/b"}]
    write(tmp_path, "t", "overwrite", "select 7::bigint as id, 'c' as p")
    table = DeltaTable(str(tmp_path / "t"))
    assert table.metadata().partition_columns == [] and rows(table) == [{"id": 7, "p": "c"}]
    assert read(tmp_path, "t", "from t order by id", version=1) == [
        [str(i), f"a/{i}"] for i in range(3)]


# ---- deltalake's, read by us ----


def test_its_table_is_read_and_added_to(tmp_path):
    path = str(tmp_path / "t")
    moment = datetime.datetime(2018, 1, 2, 3, 4, 5, 123456, UTC)
    first = pa.table({"id": pa.array([1, 2], pa.int64()), "s": ["a", None],
                      "moment": pa.array([moment, None], pa.timestamp("us", "UTC")),
                      "price": pa.array([decimal.Decimal("12.30"), None], pa.decimal128(18, 2)),
                      "day": [datetime.date(2018, 1, 2), None]})
    write_deltalake(path, first)
    assert read(tmp_path, "t", "from t order by id") == [
        ["1", "a", "2018-01-02 03:04:05.123456", "12.30", "2018-01-02"],
        ["2", None, None, None, None]]
    write(tmp_path, "t", "append", "select 3 as id, 'b' as s, timestamp '2018-01-03' as moment, "
                                   "0.5 as price, date '2018-01-03' as day")
    assert rows(DeltaTable(path))[2] == {
        "id": 3, "s": "b", "moment": datetime.datetime(2018, 1, 3, tzinfo=UTC),
        "price": decimal.Decimal("0.50"), "day": datetime.date(2018, 1, 3)}


def test_its_odd_partitions_are_read(tmp_path):
    data = pa.table({"id": pa.array(range(len(ODD)), pa.int64()), "p": ODD,
                     "day": [datetime.date(2018, 1, 1 + i) for i in range(len(ODD))]})
    write_deltalake(str(tmp_path / "t"), data, partition_by=["p", "day"])
    assert read(tmp_path, "t", "select p, day from t order by id") == [
        [p, f"2018-01-{1 + i:02}"] for i, p in enumerate(ODD)]
    assert read(tmp_path, "t", "select id from t where p = 'a/b' and day > '2018-01-01'") == [["6"]]


def test_removed_files_are_not_read(tmp_path):
    path = str(tmp_path / "t")
    for i in range(3):
        write_deltalake(path, pa.table({"id": pa.array([2 * i, 2 * i + 1], pa.int64())}),
                        mode="append")
    DeltaTable(path).delete("id in (1, 2, 3)")
    assert read(tmp_path, "t", "from t order by id") == [["0"], ["4"], ["5"]]
    assert read(tmp_path, "t", "select count(*) from t", version=2) == [["6"]]
    write_deltalake(path, pa.table({"id": pa.array([9], pa.int64())}), mode="overwrite")
    assert read(tmp_path, "t", "from t") == [["9"]]


def test_its_checkpoint_is_read(tmp_path):
    path = str(tmp_path / "t")
    for i in range(len(ODD)):
        write_deltalake(path, pa.table({"id": pa.array([i], pa.int64()),
                                        "p": pa.array([ODD[i]], pa.string())}),
                        mode="append", partition_by=["p"])
    DeltaTable(path).delete("id = 1")
    DeltaTable(path).create_checkpoint()
    version = DeltaTable(path).version()
    for i in range(version + 1):
        (tmp_path / f"t/_delta_log/{i:020}.json").unlink()
    assert read(tmp_path, "t", "select id, p from t order by id") == [
        [str(i), p] for i, p in enumerate(ODD) if i != 1]


def test_a_column_added_later_is_null_in_older_files(tmp_path):
    path = str(tmp_path / "t")
    write_deltalake(path, pa.table({"id": pa.array([1], pa.int64())}))
    write_deltalake(path, pa.table({"id": pa.array([2], pa.int64()), "newer": ["x"]}),
                    mode="append", schema_mode="merge")
    assert read(tmp_path, "t", "from t order by id") == [["1", None], ["2", "x"]]


def test_its_compacted_and_vacuumed_table_is_read(tmp_path):
    path = str(tmp_path / "t")
    for i in range(4):
        write_deltalake(path, pa.table({"id": pa.array([i], pa.int64())}), mode="append")
    DeltaTable(path).optimize.compact()
    DeltaTable(path).vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    assert read(tmp_path, "t", "from t order by id") == [[str(i)] for i in range(4)]
    done = tool("read", tmp_path, "t", 2, "select count(*) from t")
    assert done.returncode == 1 and ".parquet" in done.stderr


def test_its_table_made_anew_by_schema_is_read(tmp_path):
    path = str(tmp_path / "t")
    write_deltalake(path, pa.table({"id": pa.array([1], pa.int64()), "gone": ["x"]}))
    write_deltalake(path, pa.table({"id": ["one"]}), mode="overwrite", schema_mode="overwrite")
    assert read(tmp_path, "t", "from t") == [["one"]]
    assert read(tmp_path, "t", "from t", version=0) == [["1", "x"]]


def claim(path, **protocol):
    """Let the table's first commit say that it needs `protocol`."""
    log = path / "_delta_log/00000000000000000000.json"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    for line in lines:
        if "protocol" in line:
            line["protocol"] = protocol
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))


@pytest.mark.parametrize("feature", ["deletionVectors", "v2Checkpoint", "typeWidening-preview",
                                     "somethingOfTheFuture"])
def test_features_of_readers_that_we_lack_are_refused_by_name(tmp_path, feature):
    write_deltalake(str(tmp_path / "t"), pa.table({"x": [1]}))
    claim(tmp_path / "t", minReaderVersion=3, minWriterVersion=7, readerFeatures=[feature],
          writerFeatures=[feature])
    done = tool("read", tmp_path, "t", -1, "from t")
    assert done.returncode == 1 and feature in done.stderr, done.stderr


@pytest.mark.parametrize("feature", ["rowTracking", "clustering", "icebergCompatV2"])
def test_features_of_writers_are_read_past_and_not_written(tmp_path, feature):
    write_deltalake(str(tmp_path / "t"), pa.table({"x": pa.array([1], pa.int64())}))
    claim(tmp_path / "t", minReaderVersion=1, minWriterVersion=7, writerFeatures=[feature])
    assert read(tmp_path, "t", "from t") == [["1"]]
    done = tool("write", tmp_path, "t", "append", "select 2::bigint as x")
    assert done.returncode == 1 and feature in done.stderr, done.stderr


@pytest.mark.parametrize("feature, column", [
    ("timestampNtz", pa.array([datetime.datetime(2018, 1, 2)], pa.timestamp("us")))])
def test_features_that_we_lack_are_refused_by_name(tmp_path, feature, column):
    write_deltalake(str(tmp_path / "t"), pa.table({"x": column}))
    done = tool("read", tmp_path, "t", -1, "from t")
    assert done.returncode == 1 and feature in done.stderr
