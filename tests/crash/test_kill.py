# SPDX-License-Identifier: Apache-2.0
"""`kill -9` of `vitrine run` at a random moment: readers see the old set or the new one, the next
run finishes the work, nothing is loaded twice, no file is left that nobody owns.

A moment is a time since the start, or the n-th call that changes a file (tests/support/shim_io.c):
the second kind meets the short gaps, such as that between the last commit and the set. A third of
the draws kill the run that should repair, too. 12 draws, or VITRINE_KILLS (500 when VITRINE_LONG);
what a draw does follows from VITRINE_SEED and its number alone, but for the machine's speed."""
import os
import random
import signal
import time

import pytest

import shop as shops

SEED = int(os.environ.get("VITRINE_SEED", "1"))
KILLS = int(os.environ.get("VITRINE_KILLS", "500" if shops.LONG else "12"))


@pytest.fixture(scope="session")
def extent(fresh, running, tmp_path_factory):
    """{name of a world: (seconds, calls) of its undisturbed run}"""
    found = {}
    for name, (shop, _) in {"fresh": fresh, "running": running}.items():
        copy = shop.copy(tmp_path_factory.mktemp("extent") / "shop")
        other = copy.copy(copy.folder.parent / "other")
        began = time.monotonic()
        copy.vitrine("run")
        found[name] = (time.monotonic() - began, len(other.count_calls("run")))
    return found


def kill_after(shop, seconds):
    """True when it was killed, False when it had ended before."""
    process = shop.start("run")
    time.sleep(seconds)
    process.kill()
    _, errors = process.communicate(timeout=shops.TIMEOUT_S)
    assert process.returncode in (0, -signal.SIGKILL), errors
    return process.returncode < 0


def kill_at(shop, call):
    status, _, errors = shop.try_to("run", env=shop.shim(at=call, do="kill"))
    assert status in (0, -signal.SIGKILL), errors
    return status < 0


def kill(shop, draw, extent):
    """Kill one run somewhere; (what was drawn, whether the run was still going on)."""
    seconds, calls = extent
    if draw.random() < 0.4:
        moment = draw.uniform(0, 1.1 * seconds)
        return f"after {moment:.3f} s", kill_after(shop, moment)
    call = draw.randint(1, calls)
    return f"at call {call} of {calls}", kill_at(shop, call)


@pytest.mark.parametrize("number", range(KILLS))
def test_a_killed_run_leaves_the_old_set_or_the_new_one(number, fresh, running, extent, tmp_path,
                                                        record_property):
    draw = random.Random(f"{SEED}-{number}")
    name = "fresh" if draw.random() < 0.25 else "running"
    world, made = fresh if name == "fresh" else running
    delivered = made[:1] if name == "fresh" else made
    before, after = None if name == "fresh" else made[0][1], delivered[-1][1]
    shop = world.copy(tmp_path / "shop")
    killed = []
    for _ in range(2 if draw.random() < 0.33 else 1):
        moment, died = kill(shop, draw, extent[name])
        killed.append((moment, died))
        print(f"{name}: killed {moment}" if died else f"{name}: ended before {moment}")
        seen = shop.look()
        assert seen in (before, after)
        if seen:
            shop.is_whole()
        before = seen
    record_property("killed", sum(died for _, died in killed))
    record_property("saw", "new" if before == after else "old")
    shop.vitrine("run")
    assert shop.look() == after
    shop.counts_hold(delivered)
    shop.is_clean()
    steps = shop.vitrine("run")
    assert not any(step.get("status") == "ok" for step in steps), steps
    shop.remove()
