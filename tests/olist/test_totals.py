# SPDX-License-Identifier: Apache-2.0
"""Every table of the example against totals computed by other means, to the cent."""
import collections
import pathlib
import re
from decimal import Decimal

import pytest

from olist_expected import FILES, day, month

MODELS = pathlib.Path(__file__).resolve().parents[2] / "examples/olist/models"
TABLES = [f"{path.parent.name}.{path.stem}" for path in sorted(MODELS.glob("*/*.sql"))]


def key_of(table):
    text = (MODELS / (table.replace(".", "/") + ".sql")).read_text()
    found = re.search(r"^-- key: \[?([a-z_, ]+)\]?$", text, re.M)
    return found.group(1) if found else None


def one(project, text):
    rows = project.sql(text)
    assert len(rows) == 1
    values = list(rows[0].values())
    return values[0] if len(values) == 1 else values


def decimals(project, text):
    """{first column: the second as a decimal}"""
    return {k: Decimal(v) for k, v in (row.values() for row in project.sql(text))}


def close(a, b):
    return abs(float(a) - float(b)) <= 1e-9 * max(1.0, abs(float(b)))


# ---- nothing is lost ----

def test_every_file_is_counted_and_nothing_is_rejected(shop):
    project, expected = shop
    files = project.sql("select source, records, loaded, rejected from vitrine.files")
    assert len(files) == len(FILES)
    for row in files:
        assert row["records"] == expected.records[row["source"]], row
        assert (row["loaded"], row["rejected"]) == (row["records"], 0), row
    for source, records in expected.records.items():
        assert one(project, f"select count(*) as n from processing.{source}") == records


def test_every_table_is_filled_and_published(shop):
    project, _ = shop
    for table in TABLES:
        assert one(project, f"select count(*) as n from {table}") > 0, table
    steps = {row["table"]: row for row in project.steps}
    assert {row["status"] for row in steps.values()} == {"ok"}
    assert all((row["failed"] or 0) == 0 for row in steps.values())


def test_checks_of_severity_error_hold_and_warnings_are_kept(shop):
    project, _ = shop
    failed = project.sql("select * from vitrine.check_results where outcome not in ('passed', 'ok')"
                         " and severity = 'error'")
    assert failed == []
    # The files deserve some: categories without a translation, times that run backwards.
    warned = {row["table"] for row in project.steps if (row["warned"] or 0) > 0}
    assert {"processing.products", "processing.orders"} <= warned


@pytest.mark.parametrize("table", [t for t in TABLES if key_of(t)])
def test_each_key_names_one_row(shop, table):
    project, _ = shop
    key = key_of(table)
    assert one(project, f"select count(*) as n from (select {key} from {table} group by {key}"
                        " having count(*) > 1) twice") == 0


# ---- money ----

def test_revenue_and_freight_in_total(shop):
    project, expected = shop
    revenue = sum(expected.revenue_by(lambda o, i: 0).values())
    freight = sum(expected.sum_by(lambda o, i: 0, lambda i: Decimal(i["freight_value"])).values())
    for table in ("sales_daily", "sales_monthly", "sales_by_state", "sales_by_category"):
        got = one(project, f"select sum(revenue) as r, sum(freight) as f from delivery.{table}")
        assert [Decimal(v) for v in got] == [revenue, freight], table
    for table in ("products_performance", "sellers_performance", "customers", "cohort_retention"):
        assert Decimal(one(project, f"select sum(revenue) as r from delivery.{table}")) == revenue
    assert Decimal(one(project, "select sum(price) as p from delivery.order_items_enriched"
                                " where is_sale")) == revenue


def test_what_was_canceled_is_apart(shop):
    project, expected = shop
    everything = sum(Decimal(i["price"]) for items in expected.items.values() for i in items)
    revenue = sum(expected.revenue_by(lambda o, i: 0).values())
    assert Decimal(one(project, "select sum(canceled_value) as v from delivery.sales_daily")
                   ) == everything - revenue
    assert Decimal(one(project, "select sum(price) as v from processing.order_items")
                   ) == everything


def test_revenue_by_day_month_state_and_category(shop):
    project, expected = shop
    category = expected.category()
    ways = {
        "select order_date, revenue from delivery.sales_daily where orders > 0":
            lambda o, i: o["order_purchase_timestamp"][:10],
        "select order_month, revenue from delivery.sales_monthly":
            lambda o, i: month(o["order_purchase_timestamp"]),
        "select customer_state, revenue from delivery.sales_by_state":
            lambda o, i: expected.state[o["customer_id"]],
        "select category, revenue from delivery.sales_by_category":
            lambda o, i: category[i["product_id"]],
        "select seller_id, revenue from delivery.sellers_performance where items > 0":
            lambda o, i: i["seller_id"],
        "select product_id, revenue from delivery.products_performance where items > 0":
            lambda o, i: i["product_id"],
        "select customer_unique_id, revenue from delivery.customers where orders > 0":
            lambda o, i: expected.person[o["customer_id"]],
    }
    for text, key in ways.items():
        assert decimals(project, text) == expected.revenue_by(key), text


def test_payments_by_month_and_kind(shop):
    project, expected = shop
    sums = collections.defaultdict(Decimal)
    for order_id, payments in expected.payments.items():
        for p in payments:
            sums[month(expected.orders[order_id]["order_purchase_timestamp"]),
                 p["payment_type"]] += Decimal(p["payment_value"])
    got = {(r["order_month"], r["payment_type"]): Decimal(r["value"])
           for r in project.sql("select order_month, payment_type, value from payments_mix")}
    assert got == dict(sums)


# ---- grains ----

def test_rows_of_each_grain(shop):
    project, expected = shop
    sold_orders = {o["order_id"] for o, _ in expected.sold()}
    rows = {
        "processing.orders": len(expected.orders),
        "processing.customers": len(expected.person),
        "processing.order_items": expected.records["olist_order_items"],
        "processing.payments": expected.records["olist_order_payments"],
        "processing.reviews": expected.records["olist_order_reviews"],
        "processing.geolocation": len({r["geolocation_zip_code_prefix"]
                                       for r in expected.rows("olist_geolocation")}),
        "delivery.order_items_enriched": expected.records["olist_order_items"],
        "delivery.products_performance": expected.records["olist_products"],
        "delivery.sellers_performance": expected.records["olist_sellers"],
        "delivery.customers": len(set(expected.person.values())),
    }
    for table, count in rows.items():
        assert one(project, f"select count(*) as n from {table}") == count, table
    assert one(project, "select sum(orders) as n from sales_daily") == len(sold_orders)
    assert one(project, "select count(*) as n from reviews where is_latest") == len(
        expected.reviews)


def test_persons_and_what_they_bought(shop):
    project, expected = shop
    got = {r["customer_unique_id"]: r["orders"] for r in project.sql(
        "select customer_unique_id, orders from delivery.customers where orders > 0")}
    assert got == dict(expected.buyers())
    assert one(project, "select count(*) as n from delivery.customers"
                        " where (segment = 'no purchase') <> (orders = 0)") == 0
    assert one(project, "select min(recency_score) as a, max(recency_score) as b,"
                        " min(monetary_score) as c, max(monetary_score) as d,"
                        " max(frequency_score) as e from delivery.customers")[:4] == [1, 5, 1, 5]


def test_cohorts(shop):
    project, expected = shop
    got = {(r["cohort_month"], r["month_number"]): r["persons"] for r in project.sql(
        "select cohort_month, month_number, persons from cohort_retention")}
    assert got == dict(expected.cohorts())


def test_baskets(shop):
    project, expected = shop
    got = {(r["product_a"], r["product_b"]): r["orders_together"] for r in project.sql(
        "select product_a, product_b, orders_together from baskets")}
    assert got == dict(expected.pairs())


def test_price_bands(shop):
    project, expected = shop
    got = {r["price_band"]: r["n"] for r in project.sql(
        "select price_band, count(*) as n from order_items_enriched where is_sale"
        " group by price_band")}
    assert got == dict(expected.bands())


def test_weekdays(shop):
    project, _ = shop
    for row in project.sql("select order_date, weekday from sales_daily"):
        assert day(row["order_date"]).isoweekday() == row["weekday"]


# ---- delivery and reviews ----

def test_late_orders_and_days(shop):
    project, expected = shop
    delivered, late, days = expected.late()
    assert one(project, "select count(delivery_days) as a, count(case when is_late then 1 end) as b,"
                        " sum(delivery_days) as c from processing.orders") == [delivered, late, days]


def test_scores_by_month(shop):
    project, expected = shop
    scores = collections.defaultdict(list)
    for order_id, score in expected.last_scores().items():
        scores[month(expected.orders[order_id]["order_purchase_timestamp"])].append(score)
    for row in project.sql("select * from reviews_summary"):
        of_month = scores.get(row["order_month"], [])
        assert row["reviews"] == len(of_month)
        assert [row[f"score_{s}"] for s in range(1, 6)] == [of_month.count(s) for s in range(1, 6)]
        if of_month:
            assert close(row["mean_score"], sum(of_month) / len(of_month))


# ---- the oddities of the files ----

def test_text_comes_as_it_was_typed(shop):
    project, expected = shop
    messages = [r["review_comment_message"] for r in expected.rows("olist_order_reviews")
                if r["review_comment_message"]]
    for what, text in (("\n", "chr(10)"), ("\r", "chr(13)"), ('"', "chr(34)")):
        assert one(project, "select sum(length(review_comment_message)"
                            f" - length(replace(review_comment_message, {text}, ''))) as n"
                            " from processing.reviews") == sum(m.count(what) for m in messages)
    assert one(project, "select count(*) as n, sum(length(review_comment_message)) as l"
                        " from processing.reviews where has_comment"
               ) == [len(messages), sum(len(m) for m in messages)]


def test_postal_codes_keep_their_zeros(shop):
    project, expected = shop
    zeros = sum(r["customer_zip_code_prefix"].startswith("0")
                for r in expected.rows("olist_customers"))
    assert zeros > 0
    assert one(project, "select count(*) as n from processing.customers"
                        " where customer_zip_code_prefix like '0____'") == zeros


def test_categories_without_a_name_or_translation(shop):
    project, expected = shop
    category = collections.Counter(expected.category().values())
    got = {r["category"]: r["n"] for r in project.sql(
        "select category, count(*) as n from processing.products group by category")}
    assert got == dict(category)
    assert got["unknown"] > 0
    untranslated = {r["product_category_name"] for r in expected.rows("olist_products")} - set(
        expected.english) - {""}
    assert len(untranslated) == 2 and untranslated <= set(got)


def test_orders_without_items_are_kept_but_not_in_the_wide_table(shop):
    project, expected = shop
    empty = len(expected.orders) - len(expected.items)
    assert empty > 0
    assert one(project, "select count(*) as n from processing.orders o left join"
                        " processing.order_items i on i.order_id = o.order_id"
                        " where i.order_id is null") == empty
    assert one(project, "select count(distinct order_id) as n from processing.aggregate"
               ) == len(expected.items)


def test_payments_of_nothing_and_orders_without_any(shop):
    project, expected = shop
    payments = [p for rows in expected.payments.values() for p in rows]
    assert one(project, "select count(*) as n from payments where payment_value = 0") == sum(
        Decimal(p["payment_value"]) == 0 for p in payments)
    assert one(project, "select count(distinct order_id) as n from order_items_enriched"
                        " where main_payment_type is null") == sum(
        order_id not in expected.payments for order_id in expected.items)


def test_times_keep_their_digits(shop):
    project, expected = shop
    newest = max(r["shipping_limit_date"] for r in expected.rows("olist_order_items"))
    got = one(project, "select max(shipping_limit_date) as t from processing.order_items")
    assert got.replace("T", " ")[:19] == newest
    whole = sum(o["order_purchase_timestamp"].endswith(":00") for o in expected.orders.values())
    assert one(project, "select count(*) as n from processing.orders"
                        " where extract(second from order_purchase_timestamp) = 0") == whole


# ---- the reference system's queries, as they stand ----

REFERENCE = """select review_score, avg(price) as mean_price, avg(freight_value) as mean_freight,
       avg(price_total) as mean_price_total, avg(payment_value) as mean_payment_value
from dl_processing_zone.aggregate
where customer_state in ('SP','MG','RJ') group by review_score order by review_score desc;"""


def test_the_wide_table_has_its_columns(shop):
    project, expected = shop
    rows = project.sql("select * from dl_processing_zone.aggregate;")
    assert len(rows) == sum(1 for _ in expected.wide())
    assert set(rows[0]) == {
        "order_id", "product_id", "price", "freight_value", "price_total", "payment_type",
        "payment_value", "review_id", "review_score", "customer_id", "order_status",
        "customer_unique_id", "customer_zip_code_prefix", "customer_state"}
    assert one(project, "select count(*) as n from dl_delivery_zone.aggregate") == len(rows)


def test_the_reference_counts(shop):
    project, expected = shop
    customers = {expected.orders[o]["customer_id"] for o in expected.items}
    assert one(project, """select count(distinct customer_id) as number_customers, count(distinct order_id) as number_orders
from dl_processing_zone.aggregate;""") == [len(customers), len(expected.items)]


def test_the_reference_means_by_score(shop):
    project, expected = shop
    sums = collections.defaultdict(lambda: [[Decimal(0), 0] for _ in range(4)])
    for order, item, payment, review in expected.wide():
        if expected.state[order["customer_id"]] not in ("SP", "MG", "RJ"):
            continue
        price, freight = Decimal(item["price"]), Decimal(item["freight_value"])
        values = [price, freight, price + freight,
                  Decimal(payment["payment_value"]) if payment else None]
        for place, value in enumerate(values):
            if value is not None:
                cell = sums[int(review["review_score"]) if review else None][place]
                cell[0] += value
                cell[1] += 1
    rows = project.sql(REFERENCE)
    assert {r["review_score"] for r in rows} == set(sums)
    scores = [r["review_score"] for r in rows if r["review_score"] is not None]
    assert scores == sorted(scores, reverse=True)
    for row in rows:
        for got, (total, count) in zip(list(row.values())[1:], sums[row["review_score"]]):
            assert close(got, total / count)


# ---- recommendations ----

def test_recommendations_are_new_to_each_person_and_say_their_source(shop):
    project, expected = shop
    assert one(project, "select count(*) as n from recommendations r join order_items_enriched i"
                        " on i.customer_unique_id = r.customer_unique_id"
                        " and i.product_id = r.product_id and i.is_sale") == 0
    assert one(project, "select count(distinct customer_unique_id) as n from recommendations"
               ) == len(set(expected.person.values()))
    assert one(project, "select count(*) as n from recommendations r left join"
                        " recommender_report p on p.source = r.source"
                        " or p.settings = r.source where p.source is null") == 0
    assert one(project, "select count(*) as n from recommendations"
                        " where because_of is not null and"
                        " reason <> concat('bought together with ', because_of)") == 0
    gaps = project.sql("select customer_unique_id from recommendations group by customer_unique_id"
                       " having max(rank) <> count(*) or min(rank) <> 1 or max(rank) > 10")
    assert gaps == []


def test_the_report_says_who_won_and_personal_models_do_not(shop):
    project, _ = shop
    rows = project.sql("select * from recommender_report")
    winners = {r["segment"]: r for r in rows if r["is_winner"]}
    assert set(winners) == {"all", "new", "one", "several",
                            "basket", "basket_one", "basket_several"}
    for row in rows:
        assert (row["verdict"] is not None) == row["is_winner"]
        assert row["recall_low"] is None or row["recall_low"] <= row["recall"] <= row["recall_high"]
    assert winners["new"]["source"] == "popularity"  # of whom nothing is known
    by_source = {(r["segment"], r["settings"] or r["source"]): r for r in rows}
    als = by_source["all", "als:width=16"]
    assert als["gain_high"] < 0  # shown to be worse than what is popular
    persons = [by_source[s, "chooser"]["persons"] for s in ("new", "one", "several")]
    assert sum(persons) == by_source["all", "chooser"]["persons"]


def test_similar_products_are_what_completes_baskets_best(shop):
    project, _ = shop
    assert one(project, "select count(*) as n from similar_products where reason is null"
                        " or reason <> concat(case source"
                        " when 'together' then 'bought together with '"
                        " when 'content' then 'similar to '"
                        " else 'popular in ' end, case source"
                        " when 'same_category' then category else product_id end)") == 0
    winner = one(project, "select max(source) as n from recommender_report"
                          " where segment = 'basket_one' and is_winner")
    first = {r["source"] for r in project.sql(
        "select distinct source from similar_products where rank = 1")}
    assert first <= {"together", "content", "same_category"}
    assert winner not in ("content", "blend") or "content" in first
    item = one(project, "select min(product_id) as n from similar_products")
    table = project.sql("select similar_product_id as item, source, reason from similar_products"
                        f" where product_id = '{item}' and source <> 'same_category'"
                        " order by rank")
    answer = project.vitrine("recommend", "similar", item, "-k", str(len(table) or 1))
    assert [(r["item"], r["source"], r["reason"]) for r in answer][:len(table)] == [
        (r["item"], r["source"], r["reason"]) for r in table]


def test_price_bands_of_a_person_are_counted_from_what_was_paid(shop):
    project, _ = shop
    assert one(project, "select count(*) as n from price_band_affinity a join ("
                        " select customer_unique_id, price_band, count(*) as items"
                        " from order_items_enriched where is_sale group by 1, 2) o"
                        " on o.customer_unique_id = a.customer_unique_id"
                        " and o.price_band = a.price_band where o.items <> a.items") == 0
    assert one(project, "select count(*) as n from price_band_affinity where rank = 1"
               ) == one(project, "select count(*) as n from customers")


def test_the_recommender_is_asked_from_the_command_line(shop):
    project, _ = shop
    person = project.sql("select customer_unique_id as p from recommendations limit 1")[0]["p"]
    table = project.sql("select product_id as item, source from recommendations"
                        f" where customer_unique_id = '{person}' order by rank")
    answer = project.vitrine("recommend", "for", person)
    assert [r["item"] for r in answer] == [r["item"] for r in table]
    assert all(float(r["price"]) <= 50
               for r in project.vitrine("recommend", "for", person, "--max-price", "50"))
    assert project.vitrine("recommend", "for", "nobody at all")


# ---- once more ----

def test_a_second_run_has_nothing_to_do(shop):
    project, _ = shop
    before = project.sql("select database, name, version from vitrine.tables where version is not null")
    steps = project.vitrine("run")
    assert {row["status"] for row in steps} == {"skipped"}
    assert project.sql("select database, name, version from vitrine.tables"
                       " where version is not null") == before
