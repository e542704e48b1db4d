# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C: a query is stopped within moments, with the status that shells expect."""
import signal
import subprocess
import time

import pytest

LONG = "select count(*) from range(10000000) a, range(10000000) b"


@pytest.mark.parametrize("arguments", [["-c", LONG], []], ids=["statement", "standard input"])
def test_an_interrupted_query_ends_with_130(shop, arguments):
    process = subprocess.Popen(shop.command("sql", *arguments), stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(2)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    begin = time.monotonic()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert time.monotonic() - begin < 30
    assert "canceled" in said


def test_rows_already_written_stay(shop):
    process = subprocess.Popen(
        shop.command("sql", "--format", "csv", "-c", "select a.range from range(10000000000) a"),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert [process.stdout.readline() for _ in range(3)] == ["range\n", "0\n", "1\n"]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130


SEARCH = """
recommenders:
  goods:
    events: {sql: "select 'p' || n % 1000 as person, 'i' || n * 7 % 501 as item, date '2024-01-01' + cast(n // 100 as integer) as time from range(50000) t(n)"}
    models: [popularity, knn]
    trials: 1000
"""


def test_a_contest_is_interrupted_between_two_trials(shop, tmp_path):
    (tmp_path / "vitrine.yaml").write_text("name: shop" + SEARCH)
    for word in ("evaluate", "train"):
        process = subprocess.Popen([shop.command()[0], "-C", str(tmp_path), "recommend", word],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(4)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        begin = time.monotonic()
        _, said = process.communicate(timeout=60)
        assert process.returncode == 130, said
        assert time.monotonic() - begin < 20
        assert "interrupted" in said
