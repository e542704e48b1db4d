# SPDX-License-Identifier: Apache-2.0
"""The disk is full, or fails, at the n-th call that changes a file: the command says what and exits
with 7, readers keep the old set, and when there is room again the next run finishes. A call that
only the history needs may fail without harm. A failed fsync is never tried again.

Some draws of n, or every n when VITRINE_LONG."""
import json
import random

import pytest

import shop as shops

DRAWS = 3
BOUNDS = 400  # more than a run has calls


def places(draw):
    return range(1, BOUNDS) if shops.LONG else sorted(random.Random(draw).sample(range(1, BOUNDS - 70), DRAWS))


def said(errors):
    """The error that a command printed as JSON."""
    lines = [line for line in errors.splitlines() if line.startswith('{"error"')]
    assert lines, errors
    return json.loads(lines[-1])["error"]


def kinds(fault, calls):
    """What the error may be called: of an open or a sync SQLite does not tell why it failed."""
    _, call, path, _ = next(line for line in calls if line.endswith(" " + fault["do"])).split(" ")
    if fault["do"] == "ENOSPC" and "state.db" in path and ("open" in call or "sync" in call):
        return ["disk_full", "io"]
    return ["disk_full"] if fault["do"] == "ENOSPC" else ["io"]


def strike(shop, made, **fault):
    """One run that meets the fault; then one that does not. What the first wrote to its log."""
    log = shop.folder.parent / "calls"
    status, _, errors = shop.try_to("run", env=shop.shim(log=log, **fault))
    if status == 0:
        assert shop.look() == made[1][1], "a run that says it is done has published"
    else:
        error = said(errors)
        assert status == 7, errors
        assert error["kind"] in kinds(fault, log.read_text().splitlines()), error
        assert str(shop.folder) in error["message"] or "state.db" in error["message"], error
        assert shop.look() in (made[0][1], made[1][1]) or is_partial(shop, made)
        shop.is_whole()
    shop.vitrine("run")
    assert shop.look() == made[1][1]
    shop.counts_hold(made)
    shop.is_clean()
    return log.read_text().splitlines()


def is_partial(shop, made):
    """A step that fails does not stop others: a table is as it was or as it will be."""
    seen = shop.look()
    return all(seen[name] in (made[0][1][name], made[1][1][name]) for name in
               ("orders", "states", "customers", "points", "sold", "bought"))


def test_a_run_has_no_more_calls_than_are_struck(a_copy):
    assert 330 <= len(a_copy[0].count_calls("run")) < BOUNDS


@pytest.mark.parametrize("at", places("once"))
def test_a_call_that_finds_no_room_loses_nothing(at, a_copy):
    strike(*a_copy, at=at, do="ENOSPC")


@pytest.mark.parametrize("at", places("full"))
def test_a_disk_that_stays_full_loses_nothing(at, a_copy):
    strike(*a_copy, at=at, do="ENOSPC", sticky=1)


@pytest.mark.parametrize("at", places("io"))
def test_a_call_that_fails_loses_nothing(at, a_copy):
    strike(*a_copy, at=at, do="EIO")


@pytest.mark.parametrize("at", range(1, 70) if shops.LONG else (9, 40))
def test_a_failed_fsync_is_fatal_and_never_tried_again(at, a_copy):
    settings = a_copy[0].folder / "vitrine.yaml"  # one thread, or others are amid their calls
    settings.write_text(settings.read_text().replace("threads: 2", "threads: 1"))
    calls = strike(*a_copy, at=at, do="EIO", match="fsync *")
    struck = [number for number, call in enumerate(calls) if call.endswith(" EIO")]
    if not struck:
        return  # the run has fewer
    later = [call.split()[2] for call in calls[struck[0] + 1:]]
    assert calls[struck[0]].split()[2] not in later
    assert not [path for path in later if "/_delta_log" in path or "/published" in path], later
