-- Sales by product category, over all time. An order with pieces of two categories counts in both,
-- so `orders` does not add up to all orders; money and pieces do.
--
-- key: category
-- tags: [sales, products]
-- columns:
--   category: Category in English; unknown where the product has none.
--   orders: Orders with at least one piece of it.
--   products: Different products sold.
--   sellers: Different sellers who sold them.
--   items: Pieces.
--   revenue: Sum of prices in reais, without freight.
--   freight: Sum of freight in reais.
--   revenue_share: Share of all revenue.
--   mean_price: Mean price of a piece.
--   mean_score: Mean review score over its orders that have one; each order once.
--   revenue_rank: 1 for the category with the most revenue.
-- checks:
--   - range: {column: mean_score, min: 1, max: 5}
--   - sums_agree: {column: revenue, table: delivery.sales_daily, sum: revenue}
--   - sums_agree: {column: items, table: delivery.sales_daily, sum: items}
with scored as (
	select
		category,
		cast(sum(review_score) as double) / nullif(count(review_score), 0) as mean_score
	from (
		select distinct category, order_id, review_score
		from delivery.order_items_enriched
		where is_sale
	) orders
	group by category
),
sold as (
	select
		category,
		count(distinct order_id) as orders,
		count(distinct product_id) as products,
		count(distinct seller_id) as sellers,
		count(*) as items,
		cast(sum(price) as decimal(18,2)) as revenue,
		cast(sum(freight_value) as decimal(18,2)) as freight
	from delivery.order_items_enriched
	where is_sale
	group by category
)
select
	s.category,
	s.orders,
	s.products,
	s.sellers,
	s.items,
	s.revenue,
	s.freight,
	cast(s.revenue as double) / cast(nullif(sum(s.revenue) over (), 0) as double) as revenue_share,
	cast(s.revenue as double) / s.items as mean_price,
	c.mean_score,
	cast(row_number() over (order by s.revenue desc, s.category) as bigint) as revenue_rank
from sold s
join scored c on c.category = s.category
