# SPDX-License-Identifier: Apache-2.0
"""What the example's tables must hold, computed from the files by csv and decimal alone: no SQL, so
that a mistake in the models is not made twice."""
import collections
import csv
import datetime
import itertools
from decimal import ROUND_CEILING, Decimal

FILES = {
    "olist_customers": "olist_customers_dataset.csv",
    "olist_geolocation": "olist_geolocation_dataset.csv",
    "olist_order_items": "olist_order_items_dataset.csv",
    "olist_order_payments": "olist_order_payments_dataset.csv",
    "olist_order_reviews": "olist_order_reviews_dataset.csv",
    "olist_orders": "olist_orders_dataset.csv",
    "olist_products": "olist_products_dataset.csv",
    "olist_sellers": "olist_sellers_dataset.csv",
    "product_category_name_translation": "product_category_name_translation.csv",
}
NOT_SOLD = ("canceled", "unavailable")
BANDS = 16


def day(text):
    return datetime.date.fromisoformat(text[:10])


def month(text):
    return text[:7] + "-01"


class Expected:
    def __init__(self, folder):
        self.folder = folder
        self.records = {source: sum(1 for _ in self.rows(source)) for source in FILES}
        self.state = {r["customer_id"]: r["customer_state"] for r in self.rows("olist_customers")}
        self.person = {r["customer_id"]: r["customer_unique_id"]
                       for r in self.rows("olist_customers")}
        self.orders = {r["order_id"]: r for r in self.rows("olist_orders")}
        self.items = collections.defaultdict(list)
        for row in self.rows("olist_order_items"):
            self.items[row["order_id"]].append(row)
        self.payments = collections.defaultdict(list)
        for row in self.rows("olist_order_payments"):
            self.payments[row["order_id"]].append(row)
        self.reviews = collections.defaultdict(list)
        for row in self.rows("olist_order_reviews"):
            self.reviews[row["order_id"]].append(row)
        self.english = {r["product_category_name"]: r["product_category_name_english"]
                        for r in self.rows("product_category_name_translation")}

    def rows(self, source):
        with open(self.folder / FILES[source], newline="", encoding="utf-8-sig") as file:
            yield from csv.DictReader(file, strict=True)

    def is_sale(self, order_id):
        return self.orders[order_id]["order_status"] not in NOT_SOLD

    def sold(self):
        """(order, item) of all that counts as a sale."""
        for order_id, items in self.items.items():
            if self.is_sale(order_id):
                for item in items:
                    yield self.orders[order_id], item

    def sum_by(self, key, value):
        """{key(order, item): sum of value(item)} over sales."""
        sums = collections.defaultdict(Decimal)
        for order, item in self.sold():
            sums[key(order, item)] += value(item)
        return dict(sums)

    def revenue_by(self, key):
        return self.sum_by(key, lambda item: Decimal(item["price"]))

    def category(self):
        """{product: its category as the models name it}"""
        return {r["product_id"]: self.english.get(r["product_category_name"],
                                                  r["product_category_name"]) or "unknown"
                for r in self.rows("olist_products")}

    def late(self):
        """(orders delivered, of those late, sum of days from purchase to delivery)"""
        delivered = late = days = 0
        for order in self.orders.values():
            if order["order_status"] != "delivered" or not order["order_delivered_customer_date"]:
                continue
            came = day(order["order_delivered_customer_date"])
            delivered += 1
            late += came > day(order["order_estimated_delivery_date"])
            days += (came - day(order["order_purchase_timestamp"])).days
        return delivered, late, days

    def last_scores(self):
        """{order: score of its last answered review}"""
        def place(row):
            return (row["review_answer_timestamp"], row["review_creation_date"])
        scores = {}
        for order_id, rows in self.reviews.items():
            newest = max(place(row) for row in rows)
            ties = [row for row in rows if place(row) == newest]
            scores[order_id] = int(min(ties, key=lambda row: row["review_id"])["review_score"])
        return scores

    def pairs(self):
        """{(product, product): sales that hold both}"""
        pairs = collections.Counter()
        for order_id, items in self.items.items():
            if self.is_sale(order_id):
                pairs.update(itertools.combinations(sorted({i["product_id"] for i in items}), 2))
        return pairs

    def buyers(self):
        """{person: sales with items}"""
        buyers = collections.Counter()
        for order_id in self.items:
            if self.is_sale(order_id):
                buyers[self.person[self.orders[order_id]["customer_id"]]] += 1
        return buyers

    def cohorts(self):
        """{(month of the first purchase, months since): persons}"""
        months = collections.defaultdict(set)
        for order_id in self.items:
            if self.is_sale(order_id):
                order = self.orders[order_id]
                months[self.person[order["customer_id"]]].add(
                    month(order["order_purchase_timestamp"]))
        cohorts = collections.Counter()
        for seen in months.values():
            first = min(seen)
            for one in seen:
                since = (int(one[:4]) - int(first[:4])) * 12 + int(one[5:7]) - int(first[5:7])
                cohorts[first, since] += 1
        return cohorts

    def bands(self):
        """{price band: pieces sold}"""
        bands = collections.Counter()
        for _, item in self.sold():
            price = Decimal(item["price"])
            up = (price / 10).to_integral_value(rounding=ROUND_CEILING)
            bands[min(int(up), BANDS)] += 1
        return bands

    def wide(self):
        """Rows of the reference system's table: items x payments x reviews of each order."""
        for order_id, items in self.items.items():
            order = self.orders[order_id]
            for item in items:
                for payment in self.payments.get(order_id) or [None]:
                    for review in self.reviews.get(order_id) or [None]:
                        yield order, item, payment, review
