# SPDX-License-Identifier: Apache-2.0
"""A small published shop that queries are put to by the program in $VITRINE."""
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("VITRINE", str(ROOT / "build/test/src/app/vitrine"))
TIMEOUT_S = 120

ORDERS = """-- Orders.
-- key: order_id
select cast(id as bigint) as order_id, customer, cast(price as decimal(18,2)) as price
from (values (1, 'Ana', 10.00), (2, 'Bento', 5.50)) as o(id, customer, price)
"""


class Shop:
    def __init__(self, folder):
        self.folder = folder
        (folder / "models/processing").mkdir(parents=True)
        (folder / "vitrine.yaml").write_text("name: shop\n")
        (folder / "models/processing/orders.sql").write_text(ORDERS)
        assert self.run("run").returncode == 0

    def command(self, *arguments):
        return [PROGRAM, "-C", str(self.folder), *arguments]

    def run(self, *arguments, **options):
        return subprocess.run(self.command(*arguments), capture_output=True, text=True,
                              timeout=TIMEOUT_S, check=False, **options)

    def sql(self, text):
        return self.run("--json", "sql", "-c", text)

    def refuse(self, text):
        """The same for a statement that must not run: without the search for leaks at the end, a quarter
        of such a short process. test_engine_duckdb_walls.c searches for them over the same escapes."""
        options = ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "detect_leaks=0"]))
        return self.run("--json", "sql", "-c", text, env=dict(os.environ, ASAN_OPTIONS=options))


@pytest.fixture(scope="session")
def shop(tmp_path_factory):
    return Shop(tmp_path_factory.mktemp("shop"))
