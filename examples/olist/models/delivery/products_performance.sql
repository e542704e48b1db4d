-- Every product with what it sold, also those that never sold. `class` is the ABC analysis: A for the
-- products that make the first 80 % of revenue, B for the next 15 %, C for the rest, N for nothing.
--
-- key: product_id
-- tags: [products]
-- columns:
--   product_id: The product.
--   category: Its category in English.
--   orders: Orders with at least one piece of it, neither canceled nor unavailable.
--   items: Pieces.
--   persons: Different persons who bought it.
--   revenue: Sum of prices in reais.
--   mean_price: Mean price of a piece; empty when never sold.
--   first_sale: Day of the first sale.
--   last_sale: Day of the last sale.
--   reviews: Its orders that have a review.
--   mean_score: Mean score of those; also of what else was in the order.
--   revenue_rank: 1 for the product with the most revenue.
--   rank_in_category: The same within its category.
--   class: A, B, C by revenue; N never sold.
-- checks:
--   - references: {columns: [product_id], table: processing.products}
--   - accepted_values: {column: class, values: [A, B, C, N]}
--   - sums_agree: {column: revenue, table: delivery.sales_daily, sum: revenue}
with orders as (
	select
		product_id,
		order_id,
		customer_unique_id,
		order_date,
		review_score,
		count(*) as items,
		sum(price) as revenue
	from delivery.order_items_enriched
	where is_sale
	group by product_id, order_id, customer_unique_id, order_date, review_score
),
sold as (
	select
		product_id,
		count(*) as orders,
		cast(sum(items) as bigint) as items,
		count(distinct customer_unique_id) as persons,
		cast(sum(revenue) as decimal(18,2)) as revenue,
		min(order_date) as first_sale,
		max(order_date) as last_sale,
		count(review_score) as reviews,
		cast(sum(review_score) as double) / nullif(count(review_score), 0) as mean_score
	from orders
	group by product_id
),
ranked as (
	select
		p.product_id,
		p.category,
		coalesce(s.orders, 0) as orders,
		coalesce(s.items, 0) as items,
		coalesce(s.persons, 0) as persons,
		coalesce(s.revenue, cast(0 as decimal(18,2))) as revenue,
		s.first_sale,
		s.last_sale,
		coalesce(s.reviews, 0) as reviews,
		s.mean_score
	from processing.products p
	left join sold s on s.product_id = p.product_id
),
added as (
	select
		product_id,
		sum(revenue) over (order by revenue desc, product_id
			rows between unbounded preceding and current row) - revenue as revenue_above,
		sum(revenue) over () as revenue_all
	from ranked
)
select
	r.product_id,
	r.category,
	r.orders,
	r.items,
	r.persons,
	r.revenue,
	cast(r.revenue as double) / nullif(r.items, 0) as mean_price,
	r.first_sale,
	r.last_sale,
	r.reviews,
	r.mean_score,
	cast(row_number() over (order by r.revenue desc, r.product_id) as bigint) as revenue_rank,
	cast(row_number() over (
		partition by r.category
		order by r.revenue desc, r.product_id
	) as bigint) as rank_in_category,
	case
		when r.items = 0 then 'N'
		when a.revenue_above * 100 < a.revenue_all * 80 then 'A'
		when a.revenue_above * 100 < a.revenue_all * 95 then 'B'
		else 'C'
	end as class
from ranked r
join added a on a.product_id = r.product_id
