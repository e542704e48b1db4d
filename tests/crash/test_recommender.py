# SPDX-License-Identifier: Apache-2.0
"""`kill -9` of a run with a recommender, and damage of each section of its artifact: tables and
answers are of one set, the old or the new one, and damage is said so, never answered from."""
import json
import random
import shutil
import signal
import struct

import pytest

import shop as shops

SEED = 7
KILLS = 60 if shops.LONG else 3
GAPS = {
    "while the artifact is written": "*artifacts/*",
    "between the commits of two tables": "*/delivery/similar_items/_delta_log/*",
    "between the last commit and the set": "link */_vitrine/published/*",
}
FILES = {
    "vitrine.yaml": """name: shop
threads: 2
memory: 512 MiB
recommenders:
  goods:
    events: {table: sales, person: buyer, item: sku, time: day, basket: receipt}
    items: {table: goods, item: sku, category: kind}
    models: [popularity, knn]
    one_list: yes
    length: 3
""",
    "models/delivery/sales.sql": """-- Two things of a kind in each basket.
select 'p' || n % 90 as buyer, 'r' || n as receipt,
  'k' || n % 40 || '-' || (n // 40 + part) % 4 as sku, date '2024-01-01' + cast(n as integer) as day
from range(400) b(n) cross join (values (0), (1)) t(part)
""",
    "models/delivery/goods.sql": """-- What is sold.
select 'k' || k.range || '-' || i.range as sku, 'kind ' || k.range as kind
from range(40) k cross join range(4) i
""",
}


class Shop(shops.Shop):
    def write(self):
        for name, text in FILES.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def copy(self, to):
        return Shop(super().copy(to).folder)

    def sell_more(self):
        path = self.folder / "models/delivery/sales.sql"
        path.write_text(path.read_text().replace("range(400)", "range(480)"))

    def look(self):
        """What readers get of one set: the models' version, and lists and answers that must agree."""
        tables = self.vitrine("sql", "-c", """select
            (select max(model_version) from recommendations) as version,
            (select min(model_version) from recommendations) as same,
            (select count(*) from recommendations) as rows,
            (select count(*) from similar_items) as similar,
            (select count(*) from recommender_report where segment like 'basket%') as judged,
            (select count(*) from sales) as sales""")[0]
        assert tables["version"] == tables.pop("same")
        beside = self.vitrine("sql", "-c", "select similar_sku as item from similar_items"
                                           " where sku = 'k7-1' order by rank")
        answer = self.vitrine("recommend", "similar", "k7-1", "-k", str(len(beside)))
        assert [row["item"] for row in answer] == [row["item"] for row in beside]
        return tables

    def artifact(self):
        return max(self.folder.glob("lake/_vitrine/artifacts/goods/*.vra"),
                   key=lambda path: path.stat().st_mtime)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """(a shop that published once and has sold more since, what is seen before, what after)"""
    shop = Shop(tmp_path_factory.mktemp("recommender") / "shop")
    shop.write()
    shop.vitrine("run")
    before = shop.look()
    shop.sell_more()
    done = shop.copy(shop.folder.parent / "done")
    done.vitrine("run")
    return shop, before, done.look()


def strike_and_repair(world, folder, status, shop):
    _, before, after = world
    assert status == -signal.SIGKILL
    assert shop.look() in (before, after)
    shop.is_whole()
    shop.vitrine("run")
    assert shop.look() == after
    shop.is_clean()
    shutil.rmtree(folder)


@pytest.mark.parametrize("gap", GAPS)
def test_a_run_killed_in_a_gap_leaves_lists_and_answers_of_one_set(gap, world, tmp_path):
    shop = world[0].copy(tmp_path / "shop")
    status, _, _ = shop.try_to("run", env=shop.shim(match=GAPS[gap], at=1, do="kill"))
    strike_and_repair(world, tmp_path, status, shop)


@pytest.mark.parametrize("number", range(KILLS))
def test_a_run_killed_anywhere_leaves_lists_and_answers_of_one_set(number, world, tmp_path):
    shop = world[0].copy(tmp_path / "shop")
    calls = len(world[0].copy(tmp_path / "count").count_calls("run"))
    at = random.Random(f"{SEED}-{number}").randint(1, calls - 1)
    print(f"at call {at} of {calls}")
    status, _, _ = shop.try_to("run", env=shop.shim(at=at, do="kill"))
    if status == 0 and at > calls - 40:  # runs differ by some calls: this one was over before
        assert shop.look() == world[2]
        return
    strike_and_repair(world, tmp_path, status, shop)


def sections(data):
    """(name, offset, length) of the artifact's sections; docs/internals/artifact.md."""
    count = struct.unpack_from("<I", data, 24)[0]
    for at in range(64, 64 + 64 * count, 64):
        name = data[at:at + 32].split(b"\0")[0].decode()
        yield (name, *struct.unpack_from("<QQ", data, at + 32))


def test_damage_of_any_section_is_named_and_training_mends_it(world, tmp_path):
    shop = world[0].copy(tmp_path / "shop")
    path = shop.artifact()
    whole = path.read_bytes()
    path.chmod(0o644)
    names = []
    for name, offset, length in sections(whole):
        if length == 0:
            continue
        names.append(name)
        damaged = bytearray(whole)
        damaged[offset + length // 2] ^= 0x40
        path.write_bytes(damaged)
        status, out, errors = shop.try_to("recommend", "for", "--items", "k7-1")
        assert (status, out) == (9, ""), (name, out, errors)
        error = json.loads(errors)["error"]
        assert f'section "{name}" does not match its checksum' in error["message"]
        assert "vitrine recommend train" in error["hint"]
    assert {"settings", "links0.items", "classes", "popular.items", "meta"} <= set(names)
    shop.vitrine("recommend", "train")
    assert shop.vitrine("recommend", "for", "--items", "k7-1")
