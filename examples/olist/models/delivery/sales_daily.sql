-- Sales by day of purchase, one row per day on which anything was ordered.
--
-- An order counts on the day it was made, whatever became of it later, unless it was canceled or
-- could not be had: those stand in columns of their own.
--
-- key: order_date
-- tags: [sales, daily]
-- columns:
--   order_date: Day of the purchase.
--   weekday: 1 for Monday to 7 for Sunday.
--   orders: Orders with at least one piece.
--   persons: Different persons who made them.
--   items: Pieces.
--   revenue: Sum of prices in reais, without freight.
--   freight: Sum of freight in reais.
--   gross: revenue + freight.
--   revenue_per_order: Mean revenue of an order; empty without orders.
--   canceled_orders: Orders with pieces that were canceled or could not be had.
--   canceled_value: Sum of their prices; not in revenue.
-- checks:
--   - range: {column: revenue, min: 0}
--   - sums_agree: {column: revenue, table: delivery.order_items_enriched, sum: "case when is_sale then price else 0 end"}
--   - sums_agree: {column: canceled_value, table: delivery.order_items_enriched, sum: "case when is_sale then 0 else price end"}
select
	order_date,
	cast(cast(order_date - date '2000-01-03' as integer) % 7 + 1 as integer) as weekday,
	count(distinct case when is_sale then order_id end) as orders,
	count(distinct case when is_sale then customer_unique_id end) as persons,
	count(case when is_sale then 1 end) as items,
	cast(sum(case when is_sale then price else 0 end) as decimal(18,2)) as revenue,
	cast(sum(case when is_sale then freight_value else 0 end) as decimal(18,2)) as freight,
	cast(sum(case when is_sale then price_total else 0 end) as decimal(18,2)) as gross,
	cast(sum(case when is_sale then price else 0 end) as double)
		/ nullif(count(distinct case when is_sale then order_id end), 0) as revenue_per_order,
	count(distinct case when not is_sale then order_id end) as canceled_orders,
	cast(sum(case when is_sale then 0 else price end) as decimal(18,2)) as canceled_value
from delivery.order_items_enriched
group by order_date
