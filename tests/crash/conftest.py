# SPDX-License-Identifier: Apache-2.0
"""Worlds to break: made once, copied for each test."""
import pytest

import shop as shops

SEED = 20261127


@pytest.fixture(scope="session")
def fresh(tmp_path_factory):
    """(a shop before its first run, its deliveries)"""
    return shops.make(tmp_path_factory.mktemp("fresh") / "shop", SEED)


@pytest.fixture(scope="session")
def running(fresh, tmp_path_factory):
    """(a shop that published its first delivery and just got its second, its deliveries)"""
    shop, made = fresh
    shop = shop.copy(tmp_path_factory.mktemp("running") / "shop")
    shop.vitrine("run")
    assert shop.look() == made[0][1]
    shop.counts_hold(made[:1])
    shop.is_clean()
    shop.deliver(made[1][0])
    return shop, made


@pytest.fixture
def a_copy(running, tmp_path):
    """The running shop's copy, to be broken, and its deliveries."""
    shop, made = running
    shop = shop.copy(tmp_path / "shop")
    yield shop, made
    shop.remove()
