#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the tables of this folder anew with the Python package `deltalake` (see README.md).

usage: .deps/python/bin/python tests/golden/delta/make.py

Only the logs are kept: the data files are removed at the end. Beside each checkpoint lies the
same content as lines of JSON (<name>.parquet.jsonl), for tests that have no Parquet reader.
"""

import datetime
import json
import pathlib
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable, TableFeatures, write_deltalake
from deltalake.transaction import CommitProperties, Transaction

HERE = pathlib.Path(__file__).parent


def plain(value):
    """A checkpoint's value as JSON holds it: maps as objects, nothing that is null."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(pair, tuple) for pair in value):
            return dict(value)
        return [plain(v) for v in value]
    return value


def fix_maps(action):
    """pyarrow gives an empty map as an empty list."""
    for body in action.values():
        if not isinstance(body, dict):
            continue
        for key in ("partitionValues", "configuration", "tags"):
            if body.get(key) == []:
                body[key] = {}
    return action


def keep_log_only(table):
    for path in sorted(table.rglob("*"), reverse=True):
        if "_delta_log" in path.parts:
            continue
        path.rmdir() if path.is_dir() else path.unlink()
    for checkpoint in table.glob("_delta_log/*.checkpoint.parquet"):
        rows = pq.read_table(checkpoint).to_pylist()
        lines = [json.dumps(fix_maps({k: plain(v) for k, v in row.items() if v is not None}))
                 for row in rows]
        checkpoint.with_name(checkpoint.name + ".jsonl").write_text("\n".join(lines) + "\n")


def new(name):
    table = HERE / name
    shutil.rmtree(table, ignore_errors=True)
    return table


def odd_partitions():
    table = new("odd_partitions")
    values = ["plain", "with space", "50%", "a/b", "a=b", "ação", "日本", "q'\"?#&+:", "", None]
    write_deltalake(table, pa.table({
        "id": pa.array(range(len(values)), pa.int64()),
        "part": pa.array(values, pa.string()),
        "day": pa.array([datetime.date(2018, 1, 2)] * len(values), pa.date32()),
    }), partition_by=["part", "day"], description="Partitions with odd values")


def checkpointed():
    """13 versions: appends, an overwrite at 5, a checkpoint at 10, a delete at 11, a txn at 12."""
    table = new("checkpointed")
    for version in range(11):
        rows = pa.table({"id": pa.array([version], pa.int64()),
                         "name": pa.array([f"n{version}"], pa.string())})
        write_deltalake(table, rows, mode="overwrite" if version == 5 else "append")
    DeltaTable(table).create_checkpoint()
    DeltaTable(table).delete("id = 7")
    write_deltalake(table, rows, mode="append", commit_properties=CommitProperties(
        app_transactions=[Transaction("loader", 42)]))


def timestamp_ntz():
    table = new("timestamp_ntz")
    write_deltalake(table, pa.table({"t": pa.array([0], pa.timestamp("us"))}))


def deletion_vectors():
    table = new("deletion_vectors")
    write_deltalake(table, pa.table({"id": pa.array([1], pa.int64())}))
    DeltaTable(table).alter.add_feature(TableFeatures.DeletionVectors,
                                        allow_protocol_versions_increase=True)


def column_mapping():
    """Written by hand on top of a real table: the package itself cannot set the mode."""
    table = new("column_mapping")
    write_deltalake(table, pa.table({"id": pa.array([1], pa.int64())}))
    log = table / "_delta_log"
    metadata = next(json.loads(line)["metaData"] for line in
                    (log / f"{0:020}.json").read_text().splitlines() if "metaData" in line)
    metadata["configuration"] = {"delta.columnMapping.mode": "name",
                                 "delta.columnMapping.maxColumnId": "1"}
    schema = json.loads(metadata["schemaString"])
    schema["fields"][0]["metadata"] = {"delta.columnMapping.id": 1,
                                       "delta.columnMapping.physicalName": "col-1"}
    metadata["schemaString"] = json.dumps(schema)
    actions = [{"protocol": {"minReaderVersion": 2, "minWriterVersion": 5}},
               {"metaData": metadata}]
    (log / f"{1:020}.json").write_text("".join(json.dumps(a) + "\n" for a in actions))


def constrained():
    table = new("constrained")
    write_deltalake(table, pa.table({"id": pa.array([1], pa.int64())}))
    DeltaTable(table).alter.add_constraint({"positive": "id > 0"})


def append_only():
    table = new("append_only")
    write_deltalake(table, pa.table({"id": pa.array([1], pa.int64())}),
                    configuration={"delta.appendOnly": "true"})


if __name__ == "__main__":
    for make in (odd_partitions, checkpointed, timestamp_ntz, deletion_vectors, column_mapping,
                 constrained, append_only):
        make()
        keep_log_only(HERE / make.__name__)
