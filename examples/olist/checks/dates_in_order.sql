-- Orders whose times run backwards: handed to the carrier before the payment was approved, or
-- delivered before they were handed over. Sellers and carriers enter these by hand.
--
-- table: processing.orders
-- severity: warn
select
	order_id,
	order_status,
	order_approved_at,
	order_delivered_carrier_date,
	order_delivered_customer_date
from processing.orders
where order_delivered_carrier_date < order_approved_at
	or order_delivered_customer_date < order_delivered_carrier_date
