# SPDX-License-Identifier: Apache-2.0
"""A small shop for the tests of crashes: three sources (append, replace, merge) with some broken
records, three models, and what every table must hold before and after the second delivery, worked
out here and not by the program."""
import json
import os
import pathlib
import random
import shutil
import subprocess
from decimal import Decimal

ROOT = pathlib.Path(__file__).resolve().parents[2]
LONG = bool(os.environ.get("VITRINE_LONG"))
PROGRAM = pathlib.Path(os.environ.get("VITRINE", ROOT / "build/test/src/app/vitrine"))
if LONG:
    PROGRAM = ROOT / "build/release/src/app/vitrine"
SHIM = ROOT / "build/test/tests/shim_io.so"
TIMEOUT_S = 600

FILES = {
    "vitrine.yaml": "name: shop\nthreads: 2\nmemory: 512 MiB\n",
    "sources/orders.yaml": """files: in/orders-*.csv
load: append
max_rejects: 50 %
settle: 0 s
columns:
  - {name: order_id, type: bigint, null: no}
  - {name: customer, type: text}
  - {name: state, type: text}
  - {name: price, type: 'decimal(18,2)'}
""",
    "sources/states.yaml": """files: in/states.csv
settle: 0 s
columns: [state, region]
""",
    "sources/customers.yaml": """files: in/customers-*.csv
load: merge
key: customer
max_rejects: 50 %
settle: 0 s
columns:
  - {name: customer, type: text}
  - {name: points, type: bigint}
""",
    "models/processing/sold.sql": """-- Orders with their region.
select o.order_id, o.customer, o.price, coalesce(s.region, 'none') as region
from processing.orders o left join processing.states s on s.state = o.state
""",
    "models/delivery/sales.sql": """-- Sales by region.
-- key: region
select region, cast(sum(price) as decimal(18,2)) as revenue, count(*) as orders
from processing.sold group by region
""",
    "models/delivery/people.sql": """-- What each customer bought.
-- key: customer
select c.customer, c.points, count(o.order_id) as orders
from processing.customers c left join processing.orders o on o.customer = c.customer
group by c.customer, c.points
""",
}
STATES = {"SP": "south-east", "RJ": "south-east", "RS": "south"}
LATER_STATES = STATES | {"BA": "north-east"}
TABLES = ["processing.orders", "processing.states", "processing.customers", "processing.sold",
          "delivery.sales", "delivery.people"]
LOOK = """select
  (select count(*) from processing.orders) as orders,
  (select count(*) from processing.states) as states,
  (select count(*) from processing.customers) as customers,
  (select sum(points) from processing.customers) as points,
  (select sum(price) from processing.sold) as sold,
  (select sum(revenue) from delivery.sales) as revenue,
  (select count(*) from delivery.sales) as regions,
  (select sum(revenue) from delivery.sales where region = 'none') as nowhere,
  (select sum(orders) from delivery.people) as bought"""


def deliveries(draw):
    """Two deliveries: {file: text}, and the rows that the good records make."""
    orders, customers, out = [], {}, []
    for number in (1, 2):
        lines, people = ["order_id,customer,state,price"], ["customer,points"]
        for i in range(300 * number):
            order = (1000 * number + i, f"c{draw.randrange(60)}",
                     draw.choice(["SP", "RJ", "RS", "BA"]), Decimal(draw.randrange(100000)) / 100)
            if draw.random() < 0.05:
                lines.append(f"x{order[0]},{order[1]},{order[2]},{order[3]:.2f}")
                continue
            orders.append(order)
            lines.append(f"{order[0]},{order[1]},{order[2]},{order[3]:.2f}")
        for i in range(30 * number):
            customers[f"c{i}"] = points = draw.randrange(1000)
            people.append(f"c{i},{points}")
        people.append("c0,many")
        states = STATES if number == 1 else LATER_STATES
        files = {f"orders-{number}.csv": lines, f"customers-{number}.csv": people,
                 "states.csv": ["state,region"] + [f"{s},{r}" for s, r in states.items()]}
        rejected = {"orders": sum(line.startswith("x") for line in lines), "customers": 1,
                    "states": 0}
        out.append(({name: "\n".join(text) + "\n" for name, text in files.items()},
                    view(orders, customers, states), rejected))
    return out


def view(orders, customers, states):
    """What LOOK gives."""
    nowhere = [price for _, _, state, price in orders if state not in states]
    total = sum(price for *_, price in orders)
    return {"orders": len(orders), "states": len(states), "customers": len(customers),
            "points": sum(customers.values()), "sold": total, "revenue": total,
            "regions": len(set(states.values())) + bool(nowhere),
            "nowhere": sum(nowhere) if nowhere else None,
            "bought": sum(customer in customers for _, customer, _, _ in orders)}


class Shop:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def write(self):
        for name, text in FILES.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (self.folder / "in").mkdir()

    def deliver(self, files):
        for name, text in files.items():
            (self.folder / "in" / name).write_text(text)

    def copy(self, to):
        subprocess.run(["cp", "-a", "--reflink=auto", str(self.folder), str(to)], check=True)
        return Shop(to)

    def remove(self):
        shutil.rmtree(self.folder)

    def start(self, *arguments, env=None):
        return subprocess.Popen([str(PROGRAM), "-C", str(self.folder), "--json", *arguments],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env={**os.environ, **(env or {})})

    def try_to(self, *arguments, env=None):
        """(exit status, stdout, stderr); a program that died of a signal has a negative one."""
        process = self.start(*arguments, env=env)
        out, errors = process.communicate(timeout=TIMEOUT_S)
        assert "AddressSanitizer" not in errors and "runtime error" not in errors, errors
        return process.returncode, out, errors

    def vitrine(self, *arguments):
        status, out, errors = self.try_to(*arguments)
        assert status == 0, f"{arguments}: {status}\n{errors}"
        return json.loads(out)["rows"] if out else []

    def shim(self, **settings):
        """The environment in which calls are counted and struck; see tests/support/shim_io.c."""
        asan = os.environ.get("ASAN_OPTIONS", "")
        names = {f"SHIM_{name.upper()}": str(value) for name, value in settings.items()}
        return {"LD_PRELOAD": str(SHIM), "SHIM_BELOW": str(self.folder),
                "ASAN_OPTIONS": f"{asan}:verify_asan_link_order=0:detect_leaks=0", **names}

    def count_calls(self, *arguments, match=""):
        """The calls that an undisturbed command makes, one line each."""
        log = self.folder.parent / f"{self.folder.name}.calls"
        log.unlink(missing_ok=True)
        status, _, errors = self.try_to(*arguments, env=self.shim(log=log, match=match))
        assert status == 0, errors
        return log.read_text().splitlines()

    # ---- what is seen ----

    def look(self):
        """The totals of all tables, or None when nothing is published."""
        status, out, errors = self.try_to("sql", "-c", LOOK)
        if status == 3 and not list(self.folder.glob("lake/_vitrine/published/*")):
            return None
        assert status == 0, errors
        row = json.loads(out)["rows"][0]
        return {name: Decimal(value) if isinstance(value, str) else value
                for name, value in row.items()}

    def is_whole(self):
        """Nothing that the tables need is damaged."""
        status, out, errors = self.try_to("doctor")
        assert status == 0, out + errors

    def is_clean(self, but=None):
        """As a run that was never disturbed leaves it: no file that nobody owns; `but` is what
        doctor may have something to say of."""
        findings = self.vitrine("doctor")
        notes = [row for row in findings if row["state"] != "ok" and row["of"] not in ("disk", but)]
        assert not notes, notes

    def counts_hold(self, delivered):
        """Every file is loaded once, and every record of it is loaded or rejected once."""
        files = self.vitrine("sql", "-c", "select * from vitrine.files")
        names = [(row["source"], row["sha256"]) for row in files]
        assert len(names) == len(set(names)) == sum(len(texts) for texts, *_ in delivered), files
        for row in files:
            assert row["records"] == row["loaded"] + row["rejected"], row
        rejects = self.vitrine("sql", "-c", "select source, count(*) as n from vitrine.rejects"
                                            " group by source")
        assert {row["source"]: row["n"] for row in rejects} == {
            source: n for source in ("orders", "customers")
            if (n := sum(rejected[source] for *_, rejected in delivered))}


def make(folder, seed):
    """(the shop before its first run, its two deliveries)"""
    shop = Shop(folder)
    shop.write()
    made = deliveries(random.Random(seed))
    shop.deliver(made[0][0])
    return shop, made
