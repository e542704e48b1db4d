-- How long parcels take and how many come late, by month of purchase and route (state of the seller
-- to state of the customer). Only delivered orders; one whose pieces come from two states counts on
-- both routes.
--
-- key: [order_month, seller_state, customer_state]
-- tags: [delivery, monthly]
-- columns:
--   order_month: First day of the month of the purchase.
--   seller_state: Where the parcel comes from.
--   customer_state: Where it goes to.
--   orders: Orders delivered.
--   late_orders: Of those, orders delivered after the promised day.
--   late_share: late_orders / orders.
--   mean_delivery_days: Mean days from purchase to the customer.
--   median_delivery_days: Half of the orders took no longer.
--   slowest_delivery_days: Days of the slowest.
--   mean_promised_days: Mean days from purchase to the promised day.
--   mean_days_late: Mean days after the promised day over the late ones; empty when none was late.
--   mean_freight: Mean freight of an order on this route in reais.
-- checks:
--   - range: {column: late_share, min: 0, max: 1}
--   - range: {column: mean_delivery_days, min: 0}
with orders as (
	select
		o.order_id,
		o.order_month,
		i.seller_state,
		o.customer_state,
		o.delivery_days,
		o.days_late,
		o.is_late,
		o.delivery_days - o.days_late as promised_days,
		sum(i.freight_value) as freight
	from delivery.order_items_enriched i
	join processing.orders o on o.order_id = i.order_id
	where o.is_delivered
	group by o.order_id, o.order_month, i.seller_state, o.customer_state, o.delivery_days,
		o.days_late, o.is_late
)
select
	order_month,
	seller_state,
	customer_state,
	count(*) as orders,
	count(case when is_late then 1 end) as late_orders,
	cast(count(case when is_late then 1 end) as double) / count(*) as late_share,
	cast(sum(delivery_days) as double) / count(*) as mean_delivery_days,
	median(cast(delivery_days as double)) as median_delivery_days,
	max(delivery_days) as slowest_delivery_days,
	cast(sum(promised_days) as double) / count(*) as mean_promised_days,
	cast(sum(case when is_late then days_late end) as double)
		/ nullif(count(case when is_late then 1 end), 0) as mean_days_late,
	cast(sum(freight) as double) / count(*) as mean_freight
from orders
group by order_month, seller_state, customer_state
