-- Up to ten products to show beside each product, best first, each with its source: what the same
-- persons bought (bought_together), then what most persons bought of its category (same_category).
--
-- A product that was never sold together and has no category has no row.
--
-- key: [product_id, rank]
-- tags: [recommendations, products]
-- columns:
--   product_id: The product looked at.
--   rank: 1 for the first to show.
--   similar_product_id: The product to show.
--   category: Category of the product to show.
--   source: bought_together or same_category.
--   score: Persons who bought both; or persons who bought the product to show. Comparable within a source only.
-- checks:
--   - unique: [product_id, similar_product_id]
--   - references: {columns: [product_id], table: processing.products}
--   - references: {columns: [similar_product_id], table: processing.products, to: [product_id]}
--   - accepted_values: {column: source, values: [bought_together, same_category]}
with owned as (
	select distinct customer_unique_id, product_id
	from delivery.order_items_enriched
	where is_sale
),
together as (
	select
		a.product_id,
		b.product_id as similar_product_id,
		count(*) as persons
	from owned a
	join owned b on b.customer_unique_id = a.customer_unique_id and b.product_id <> a.product_id
	group by a.product_id, b.product_id
),
popular as (
	select
		p.category,
		o.product_id,
		count(*) as persons,
		row_number() over (partition by p.category order by count(*) desc, o.product_id) as place
	from owned o
	join processing.products p on p.product_id = o.product_id
	where p.category <> 'unknown'
	group by p.category, o.product_id
),
candidates as (
	select product_id, similar_product_id, persons, 1 as tier
	from together
	union all
	select p.product_id, s.product_id as similar_product_id, s.persons, 2 as tier
	from processing.products p
	join popular s on s.category = p.category and s.product_id <> p.product_id
	where s.place <= 11
),
once as (
	select
		product_id,
		similar_product_id,
		persons,
		tier,
		row_number() over (partition by product_id, similar_product_id order by tier) as turn
	from candidates
),
ranked as (
	select
		product_id,
		similar_product_id,
		persons,
		tier,
		row_number() over (
			partition by product_id
			order by tier, persons desc, similar_product_id
		) as place
	from once
	where turn = 1
)
select
	r.product_id,
	cast(r.place as integer) as rank,
	r.similar_product_id,
	p.category,
	case when r.tier = 1 then 'bought_together' else 'same_category' end as source,
	cast(r.persons as double) as score
from ranked r
join processing.products p on p.product_id = r.similar_product_id
where r.place <= 10
