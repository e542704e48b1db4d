-- The wide table of the system that this one replaces, kept in its shape so that old queries run.
-- Do not add up money here: each item of an order meets each of its payments and each of its
-- reviews, so an order with 2 items and 3 payments is 6 rows. Use delivery.order_items_enriched for
-- sales and delivery.payments_mix for payments.
--
-- It starts from the items: orders without items are absent. Orders without a review have an empty
-- review_score, which forms a group of its own.
--
-- tags: [compatibility]
-- columns:
--   order_id: The order.
--   product_id: The product of the item.
--   price: The item's price; repeated.
--   freight_value: The item's freight; repeated.
--   price_total: price + freight_value; repeated.
--   payment_type: How one of the payments was made.
--   payment_value: Amount of one of the payments; repeated.
--   review_id: One of the reviews.
--   review_score: Its score from 1 to 5.
--   customer_id: The order's customer; not the person.
--   order_status: Status of the order.
--   customer_unique_id: The person.
--   customer_zip_code_prefix: First five digits of the postal code.
--   customer_state: State the parcel goes to.
-- checks:
--   - not_null: [order_id]
--   - not_null: [customer_id]
select
	i.order_id,
	i.product_id,
	i.price,
	i.freight_value,
	cast(i.price + i.freight_value as decimal(18,2)) as price_total,
	p.payment_type,
	p.payment_value,
	r.review_id,
	r.review_score,
	o.customer_id,
	o.order_status,
	c.customer_unique_id,
	c.customer_zip_code_prefix,
	c.customer_state
from processing.olist_order_items i
left join processing.olist_order_payments p on p.order_id = i.order_id
left join processing.olist_order_reviews r on r.order_id = i.order_id
left join processing.olist_orders o on o.order_id = i.order_id
left join processing.olist_customers c on c.customer_id = o.customer_id
