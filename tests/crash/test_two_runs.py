# SPDX-License-Identifier: Apache-2.0
"""Two `vitrine run` on one lake, from one state folder and from two: one works, the other is told
who does, or waits; a holder that died is taken over; without any lease the two still do no harm."""
import json
import os
import shutil
import socket
import time

import pytest

import shop as shops

LEASE = "lake/_vitrine/lease/00000000000000000009.json"


def second_door(shop, to):
    """The same project and lake with a state folder of its own."""
    other = shops.Shop(to)
    shutil.copytree(shop.folder, to, ignore=shutil.ignore_patterns("lake", ".vitrine"))
    yaml = other.folder / "vitrine.yaml"
    yaml.write_text(yaml.read_text() + f"lake: {shop.folder / 'lake'}\n")
    return other


@pytest.fixture(params=["one state folder", "two state folders"])
def two(request, a_copy, tmp_path):
    """(two doors to one lake, the deliveries)"""
    shop, made = a_copy
    return shop, shop if request.param.startswith("one") else second_door(
        shop, tmp_path / "other"), made


def hold(shop, holder, age_s):
    """The lease is `holder`'s, who renewed it `age_s` seconds ago."""
    (shop.folder / LEASE).write_text(json.dumps({
        "lease": 9, "renewed_us": int((time.time() - age_s) * 1e6), "released": False,
        "holder": holder, "run": "the-other-run"}))


def test_the_second_is_told_who_works(two):
    shop, other, _ = two
    hold(shop, "elsewhere:17", 1)
    status, _, errors = other.try_to("run")
    assert status == 6
    error = json.loads(errors.splitlines()[-1])["error"]
    assert error["kind"] == "busy"
    assert "the-other-run" in error["message"] and "elsewhere:17" in error["message"]
    assert "--wait" in error["hint"]


def test_two_at_once_load_nothing_twice(two):
    shop, other, made = two
    runs = [each.start("run", "--wait") for each in (shop, other)]
    for run in runs:
        _, errors = run.communicate(timeout=shops.TIMEOUT_S)
        assert run.returncode == 0, errors
    for each in (shop, other):
        assert each.look() == made[1][1]
        each.counts_hold(made)
        each.is_clean()
    sets = sorted((shop.folder / "lake/_vitrine/published").iterdir())
    assert len(sets) == 2, "the one that waited had nothing left to do"


def test_who_waits_runs_when_the_holder_falls_silent(two):
    shop, other, made = two
    hold(shop, "elsewhere:17", 58)
    other.vitrine("run", "--wait")
    assert other.look() == made[1][1]


def test_a_lease_without_renewal_is_taken_over(two):
    shop, other, made = two
    hold(shop, "elsewhere:17", 61)
    other.vitrine("run")
    assert other.look() == made[1][1]
    other.is_clean()


def test_a_killed_holder_of_this_machine_is_taken_over_at_once(two):
    shop, other, made = two
    run = shop.start("run", env=shop.shim(match="link */_vitrine/published/*", at=1, do="kill"))
    run.communicate(timeout=shops.TIMEOUT_S)
    other.vitrine("run")
    assert other.look() == made[1][1]
    other.is_clean()
    assert shop.look() == made[1][1]
    shop.vitrine("run")
    shop.counts_hold(made)


def test_the_lease_of_a_living_process_counts(two):
    shop, other, _ = two
    hold(shop, f"{socket.gethostname()}:{os.getpid()}", 1)
    assert other.try_to("run")[0] == 6


def test_without_a_lease_two_runs_still_do_no_harm(two):
    """The lease is removed again and again, so that both believe they are alone."""
    shop, other, made = two
    runs = [each.start("run") for each in (shop, other)]
    until = time.monotonic() + shops.TIMEOUT_S
    while any(run.poll() is None for run in runs) and time.monotonic() < until:
        for lease in (shop.folder / "lake/_vitrine/lease").glob("*.json"):
            lease.unlink(missing_ok=True)
        time.sleep(0.002)
    statuses = []
    for run in runs:
        _, errors = run.communicate(timeout=shops.TIMEOUT_S)
        statuses.append(run.returncode)
        assert run.returncode in (0, 6), errors
        assert "AddressSanitizer" not in errors
    assert 0 in statuses
    shop.vitrine("run")
    assert shop.look() == made[1][1]
    shop.counts_hold(made)
    shop.is_whole()
