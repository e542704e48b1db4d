-- processing.aggregate for those who look for it in the delivery zone, as the system that this one
-- replaces had it in both. Do not add up money here: rows repeat, see processing.aggregate.
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
--   - sums_agree: {column: price, table: processing.aggregate, sum: price}
select
	order_id,
	product_id,
	price,
	freight_value,
	price_total,
	payment_type,
	payment_value,
	review_id,
	review_score,
	customer_id,
	order_status,
	customer_unique_id,
	customer_zip_code_prefix,
	customer_state
from processing.aggregate
