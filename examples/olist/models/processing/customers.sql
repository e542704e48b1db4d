-- Who ordered and where the parcel went, one row per order's customer. For one row per person see
-- delivery.customers.
--
-- key: customer_id
-- tags: [core]
-- columns:
--   customer_id: Key of the row; one per order.
--   customer_unique_id: The person, by a pseudonym; the same in all orders.
--   customer_zip_code_prefix: First five digits of the postal code; text.
--   customer_city: City, in lower case without accents.
--   customer_state: State by its two letters.
-- checks:
--   - not_null: [customer_unique_id]
--   - not_null: [customer_state]
select
	customer_id,
	customer_unique_id,
	customer_zip_code_prefix,
	customer_city,
	customer_state
from processing.olist_customers
