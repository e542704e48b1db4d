# SPDX-License-Identifier: Apache-2.0
"""The history is lost, is an old copy, or is damaged: what the lake says counts, nothing is loaded
twice, and `vitrine catalog rebuild` brings back what the lake knows."""
import shutil

import pytest


@pytest.fixture
def done(a_copy):
    """The shop after its second run, with its state of before that run in old/."""
    shop, made = a_copy
    shutil.copytree(shop.folder / ".vitrine", shop.folder / "old")
    shop.vitrine("run")
    return shop, made


def lose_database(shop):
    for file in (shop.folder / ".vitrine").glob("state.db*"):
        file.unlink()


def lose_everything(shop):
    shutil.rmtree(shop.folder / ".vitrine")


def put_old_copy_back(shop):
    lose_everything(shop)
    shutil.copytree(shop.folder / "old", shop.folder / ".vitrine")


LOSSES = [lose_database, lose_everything, put_old_copy_back]


def published(shop):
    return sorted(file.name for file in (shop.folder / "lake/_vitrine/published").iterdir())


def is_as_it_was(shop, made):
    assert shop.look() == made[1][1]
    shop.counts_hold(made)
    shop.is_clean()


@pytest.mark.parametrize("lose", LOSSES)
def test_the_next_run_has_nothing_to_do(done, lose):
    shop, made = done
    lose(shop)
    before = published(shop)
    steps = shop.vitrine("run")
    assert {step["status"] for step in steps} == {"skipped"}
    assert published(shop) == before
    is_as_it_was(shop, made)


@pytest.mark.parametrize("lose", LOSSES)
def test_readers_need_no_history(done, lose):
    shop, made = done
    lose(shop)
    assert shop.look() == made[1][1]
    shop.counts_hold(made)


@pytest.mark.parametrize("lose", LOSSES)
def test_a_delivery_after_the_loss_is_loaded_once(a_copy, lose):
    shop, made = a_copy
    shutil.copytree(shop.folder / ".vitrine", shop.folder / "old")
    lose(shop)
    shop.vitrine("run")
    is_as_it_was(shop, made)


@pytest.mark.parametrize("lose", LOSSES)
def test_rebuild_brings_the_runs_back(done, lose):
    shop, made = done
    ids = {row["run_id"] for row in shop.vitrine("sql", "-c", "select run_id from vitrine.runs")}
    assert len(ids) == 2
    lose(shop)
    shop.vitrine("catalog", "rebuild")
    assert ids == {row["run_id"] for row in
                   shop.vitrine("sql", "-c", "select run_id from vitrine.runs")}
    shop.vitrine("run")
    is_as_it_was(shop, made)


def test_a_lake_that_is_begun_anew_is_filled_again(done):
    shop, made = done
    shutil.rmtree(shop.folder / "lake")
    shop.vitrine("run")
    assert shop.look() == made[1][1]
    shop.is_clean()


def test_a_lake_put_back_from_a_backup_is_caught_up(a_copy):
    shop, made = a_copy
    shutil.copytree(shop.folder / "lake", shop.folder / "backup")
    shop.vitrine("run")
    shutil.rmtree(shop.folder / "lake")
    (shop.folder / "backup").rename(shop.folder / "lake")
    assert shop.look() == made[0][1]
    shop.vitrine("run")
    is_as_it_was(shop, made)


def test_a_source_that_was_dropped_is_filled_from_the_lake(done):
    """Its files are no longer where they came from."""
    shop, made = done
    contract = shop.folder / "sources/orders.yaml"
    text = contract.read_text()
    contract.unlink()
    shop.vitrine("table", "drop", "processing.orders", "--yes")
    shutil.rmtree(shop.folder / "lake/processing/orders")
    contract.write_text(text)
    for file in (shop.folder / "in").glob("orders-*.csv"):
        file.unlink()
    shop.vitrine("run")
    is_as_it_was(shop, made)
    shop.deliver(made[1][0])
    shop.vitrine("run")
    is_as_it_was(shop, made)


def test_a_damaged_database_is_said_so_and_rebuilt(done):
    shop, made = done
    (shop.folder / ".vitrine/state.db").write_bytes(b"this is no database at all" * 1000)
    status, _, errors = shop.try_to("run")
    assert status == 9 and "state.db" in errors and "vitrine catalog rebuild" in errors, errors
    shop.vitrine("catalog", "rebuild")
    assert list((shop.folder / ".vitrine").glob("state.db.damaged-*"))
    shop.vitrine("run")
    is_as_it_was(shop, made)
