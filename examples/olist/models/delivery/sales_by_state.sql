-- Sales by the state the parcel goes to, over all time, with how well deliveries there go.
--
-- key: customer_state
-- tags: [sales]
-- columns:
--   customer_state: State by its two letters.
--   orders: Orders with at least one piece, neither canceled nor unavailable.
--   persons: Different persons who made them.
--   items: Pieces.
--   revenue: Sum of prices in reais, without freight.
--   freight: Sum of freight in reais.
--   gross: revenue + freight.
--   revenue_share: "Share of all revenue: 0.4 is forty percent."
--   revenue_per_order: Mean revenue of an order.
--   freight_share: "freight / gross: what part of what customers pay is freight."
--   mean_delivery_days: Mean days from purchase to the customer, over delivered orders.
--   late_share: Share of delivered orders that came after the promised day.
-- checks:
--   - range: {column: revenue_share, min: 0, max: 1}
--   - sums_agree: {column: revenue, table: delivery.sales_daily, sum: revenue}
--   - sums_agree: {column: orders, table: delivery.sales_daily, sum: orders}
with orders as (
	select
		order_id,
		customer_state,
		customer_unique_id,
		delivery_days,
		is_late,
		count(*) as items,
		sum(price) as revenue,
		sum(freight_value) as freight
	from delivery.order_items_enriched
	where is_sale
	group by order_id, customer_state, customer_unique_id, delivery_days, is_late
)
select
	customer_state,
	count(*) as orders,
	count(distinct customer_unique_id) as persons,
	cast(sum(items) as bigint) as items,
	cast(sum(revenue) as decimal(18,2)) as revenue,
	cast(sum(freight) as decimal(18,2)) as freight,
	cast(sum(revenue + freight) as decimal(18,2)) as gross,
	cast(sum(revenue) as double) / cast(nullif(sum(sum(revenue)) over (), 0) as double)
		as revenue_share,
	cast(sum(revenue) as double) / count(*) as revenue_per_order,
	cast(sum(freight) as double) / cast(nullif(sum(revenue + freight), 0) as double)
		as freight_share,
	cast(sum(delivery_days) as double) / nullif(count(delivery_days), 0) as mean_delivery_days,
	cast(count(case when is_late then 1 end) as double) / nullif(count(is_late), 0) as late_share
from orders
group by customer_state
