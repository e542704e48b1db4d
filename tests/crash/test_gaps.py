# SPDX-License-Identifier: Apache-2.0
"""`kill -9` in each of the short gaps that a random moment seldom meets, and what comes between the
killed run and the one that repairs: a failing run, another command, midnight."""
import signal

import pytest

GAPS = {
    "before the lease": ("link */_vitrine/lease/*", 1),
    "with the lease, before anything": ("fsync */_vitrine/lease", 1),
    "a file is kept, not loaded": ("fsync */landing/orders/*", 1),
    "rejects lie there, not committed": ("fsync */_vitrine/rejects", 1),
    "between rejects and data": ("fsync */_vitrine/rejects/_delta_log", 1),
    "data lie there, not committed": ("fsync */processing/orders", 1),
    "between a source's commit and SQLite": ("fsync */processing/orders/_delta_log", 1),
    "between a model's commit and SQLite": ("fsync */delivery/sales/_delta_log", 1),
    "between the last commit and the set": ("link */_vitrine/published/*", 1),
    "between the set and the history": ("fsync */_vitrine/published", 1),
    "before the lease is free": ("rename */_vitrine/lease/*", 1),
    "after the lease is free": ("fsync */_vitrine/lease", 3),
    "while SQLite puts its log away": ("pwrite* */state.db", 3),
    "at the very end": ("unlink */state.db-wal", 1),
}


def kill_at(shop, gap):
    match, at = GAPS[gap]
    status, out, errors = shop.try_to("run", env=shop.shim(match=match, at=at, do="kill"))
    assert status == -signal.SIGKILL, out + errors


def finishes(shop, made):
    shop.vitrine("run")
    assert shop.look() == made[1][1]
    shop.counts_hold(made)
    shop.is_clean()


@pytest.mark.parametrize("gap", GAPS)
def test_the_run_after_a_kill_finishes(gap, a_copy):
    shop, made = a_copy
    kill_at(shop, gap)
    published = gap in ("between the set and the history", "before the lease is free",
                        "after the lease is free", "while SQLite puts its log away",
                        "at the very end")
    assert shop.look() == made[published][1]
    shop.is_whole()
    finishes(shop, made)


def test_another_command_in_between_does_not_hide_what_was_left(a_copy):
    shop, made = a_copy
    kill_at(shop, "data lie there, not committed")
    shop.vitrine("catalog", "rebuild")
    finishes(shop, made)


def test_a_run_that_cannot_start_does_not_hide_what_was_left(a_copy):
    shop, made = a_copy
    kill_at(shop, "data lie there, not committed")
    model = shop.folder / "models/delivery/wrong.sql"
    model.write_text("-- Wrong.\nselect * from processing.nowhere\n")
    assert shop.try_to("run")[0] == 3
    model.unlink()
    finishes(shop, made)


def test_what_a_killed_first_run_left_goes_though_the_next_one_fails(fresh, tmp_path):
    world, made = fresh
    shop = world.copy(tmp_path / "shop")
    kill_at(shop, "data lie there, not committed")
    orders = shop.folder / "in/orders-1.csv"
    text = orders.read_text()
    orders.write_text("order_id,customer\n1,c1\n")
    assert shop.try_to("run")[0] == 4
    orders.write_text(text)
    shop.vitrine("run")
    assert shop.look() == made[0][1]
    shop.is_clean(but="landing")  # what was refused is kept, as it came


def test_a_file_kept_before_midnight_is_not_kept_twice(a_copy):
    shop, made = a_copy
    kill_at(shop, "a file is kept, not loaded")
    landing = shop.folder / "lake/landing/orders"
    for kept in landing.glob("*/*-orders-2.csv"):
        (landing / "2018-01-01").mkdir()
        kept.rename(landing / "2018-01-01" / kept.name)
    finishes(shop, made)
    assert len(list(landing.glob("*/*-orders-2.csv"))) == 1
