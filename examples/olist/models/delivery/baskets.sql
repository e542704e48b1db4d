-- Products that were in one order together, one row per pair. Few orders hold two products, so most
-- pairs were seen once: sort by orders_together, and trust lift only where that is not tiny.
--
-- key: [product_a, product_b]
-- tags: [products]
-- columns:
--   product_a: The product whose id comes first by letter.
--   product_b: The other.
--   category_a: Category of product_a.
--   category_b: Category of product_b.
--   orders_together: Orders with both, neither canceled nor unavailable.
--   orders_a: Orders with product_a.
--   orders_b: Orders with product_b.
--   share_of_a: "orders_together / orders_a: how often b is there when a is."
--   share_of_b: orders_together / orders_b.
--   lift: How many times more often together than by chance.
-- checks:
--   - range: {column: orders_together, min: 1}
--   - range: {column: share_of_a, min: 0, max: 1}
--   - range: {column: share_of_b, min: 0, max: 1}
with lines as (
	select distinct order_id, product_id, category
	from delivery.order_items_enriched
	where is_sale
),
products as (
	select product_id, count(*) as orders
	from lines
	group by product_id
),
everything as (
	select count(distinct order_id) as orders
	from lines
),
pairs as (
	select
		a.product_id as product_a,
		b.product_id as product_b,
		a.category as category_a,
		b.category as category_b,
		count(*) as orders_together
	from lines a
	join lines b on b.order_id = a.order_id and b.product_id > a.product_id
	group by a.product_id, b.product_id, a.category, b.category
)
select
	p.product_a,
	p.product_b,
	p.category_a,
	p.category_b,
	p.orders_together,
	a.orders as orders_a,
	b.orders as orders_b,
	cast(p.orders_together as double) / a.orders as share_of_a,
	cast(p.orders_together as double) / b.orders as share_of_b,
	cast(p.orders_together as double) * e.orders / (cast(a.orders as double) * b.orders) as lift
from pairs p
join products a on a.product_id = p.product_a
join products b on b.product_id = p.product_b
cross join everything e
