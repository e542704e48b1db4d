-- Every seller with sales, speed and reviews, also those who never sold.
--
-- Days and lateness belong to an order, so a seller shares them with the others of the same order.
--
-- key: seller_id
-- tags: [sellers]
-- columns:
--   seller_id: The seller.
--   seller_state: State of the seller.
--   orders: Orders with at least one of the seller's pieces, neither canceled nor unavailable.
--   items: Pieces.
--   products: Different products sold.
--   revenue: Sum of prices in reais.
--   freight: Sum of freight in reais.
--   first_sale: Day of the first sale.
--   last_sale: Day of the last sale.
--   mean_handling_days: Mean days from purchase to the carrier.
--   late_share: Share of delivered orders that came after the promised day.
--   mean_score: Mean review score over the orders that have one.
--   canceled_orders: Orders that were canceled or could not be had.
--   canceled_share: Their share of all the seller's orders.
--   revenue_rank: 1 for the seller with the most revenue.
-- checks:
--   - references: {columns: [seller_id], table: processing.sellers}
--   - sums_agree: {column: revenue, table: delivery.sales_daily, sum: revenue}
with orders as (
	select
		i.seller_id,
		i.order_id,
		i.is_sale,
		i.order_date,
		i.is_late,
		i.review_score,
		o.handling_days,
		count(*) as items,
		sum(i.price) as revenue,
		sum(i.freight_value) as freight
	from delivery.order_items_enriched i
	join processing.orders o on o.order_id = i.order_id
	group by i.seller_id, i.order_id, i.is_sale, i.order_date, i.is_late, i.review_score,
		o.handling_days
),
sold as (
	select
		seller_id,
		count(case when is_sale then 1 end) as orders,
		cast(sum(case when is_sale then items else 0 end) as bigint) as items,
		cast(sum(case when is_sale then revenue else 0 end) as decimal(18,2)) as revenue,
		cast(sum(case when is_sale then freight else 0 end) as decimal(18,2)) as freight,
		min(case when is_sale then order_date end) as first_sale,
		max(case when is_sale then order_date end) as last_sale,
		cast(sum(case when is_sale then handling_days end) as double)
			/ nullif(count(case when is_sale then handling_days end), 0) as mean_handling_days,
		cast(count(case when is_late then 1 end) as double) / nullif(count(is_late), 0) as late_share,
		cast(sum(case when is_sale then review_score end) as double)
			/ nullif(count(case when is_sale then review_score end), 0) as mean_score,
		count(case when not is_sale then 1 end) as canceled_orders,
		cast(count(case when not is_sale then 1 end) as double) / count(*) as canceled_share
	from orders
	group by seller_id
),
variety as (
	select seller_id, count(distinct product_id) as products
	from delivery.order_items_enriched
	where is_sale
	group by seller_id
)
select
	s.seller_id,
	s.seller_state,
	coalesce(o.orders, 0) as orders,
	coalesce(o.items, 0) as items,
	coalesce(v.products, 0) as products,
	coalesce(o.revenue, cast(0 as decimal(18,2))) as revenue,
	coalesce(o.freight, cast(0 as decimal(18,2))) as freight,
	o.first_sale,
	o.last_sale,
	o.mean_handling_days,
	o.late_share,
	o.mean_score,
	coalesce(o.canceled_orders, 0) as canceled_orders,
	o.canceled_share,
	cast(row_number() over (
		order by coalesce(o.revenue, cast(0 as decimal(18,2))) desc, s.seller_id
	) as bigint) as revenue_rank
from processing.sellers s
left join sold o on o.seller_id = s.seller_id
left join variety v on v.seller_id = s.seller_id
