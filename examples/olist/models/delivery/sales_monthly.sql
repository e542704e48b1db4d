-- Sales by month of purchase, with how they grow and how many buyers were new.
--
-- key: order_month
-- tags: [sales, monthly]
-- columns:
--   order_month: First day of the month.
--   orders: Orders with at least one piece, neither canceled nor unavailable.
--   persons: Different persons who made them.
--   new_persons: {public: yes, description: "Of those, persons whose first order of all is in this month."}
--   items: Pieces.
--   revenue: Sum of prices in reais, without freight.
--   freight: Sum of freight in reais.
--   gross: revenue + freight.
--   revenue_per_order: Mean revenue of an order.
--   revenue_before: Revenue of the calendar month before; empty when nothing was sold in it.
--   revenue_growth: "revenue / revenue_before - 1: 0.1 is ten percent more."
-- checks:
--   - range: {column: revenue, min: 0}
--   - sums_agree: {column: revenue, table: delivery.sales_daily, sum: revenue}
--   - sums_agree: {column: freight, table: delivery.sales_daily, sum: freight}
--   - sums_agree: {column: orders, table: delivery.sales_daily, sum: orders}
with sales as (
	select
		order_month,
		order_id,
		customer_unique_id,
		price,
		freight_value,
		price_total,
		min(order_month) over (partition by customer_unique_id) as first_month
	from delivery.order_items_enriched
	where is_sale
),
months as (
	select
		order_month,
		count(distinct order_id) as orders,
		count(distinct customer_unique_id) as persons,
		count(distinct case when first_month = order_month then customer_unique_id end)
			as new_persons,
		count(*) as items,
		cast(sum(price) as decimal(18,2)) as revenue,
		cast(sum(freight_value) as decimal(18,2)) as freight,
		cast(sum(price_total) as decimal(18,2)) as gross
	from sales
	group by order_month
)
select
	m.order_month,
	m.orders,
	m.persons,
	m.new_persons,
	m.items,
	m.revenue,
	m.freight,
	m.gross,
	cast(m.revenue as double) / m.orders as revenue_per_order,
	b.revenue as revenue_before,
	cast(m.revenue as double) / cast(nullif(b.revenue, 0) as double) - 1 as revenue_growth
from months m
left join months b on b.order_month = cast(m.order_month - interval '1' month as date)
