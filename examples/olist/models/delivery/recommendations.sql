-- Up to ten products to offer each person, best first, none that the person already bought. Each
-- row says where it comes from.
--
-- First stand at most three that others bought who bought the same (bought_together; few persons
-- have any), then what most persons in the person's state bought in the 90 days up to the newest
-- sale (popular_in_state), then what most bought anywhere in those days (popular). How well each
-- source does on purchases it has not seen is in delivery.recommender_report.
--
-- key: [customer_unique_id, rank]
-- tags: [recommendations]
-- columns:
--   customer_unique_id: The person.
--   rank: {public: yes, description: 1 for the first to offer.}
--   product_id: The product to offer.
--   category: Its category in English.
--   source: bought_together, popular_in_state or popular.
--   score: "Persons behind it: who bought both, or who bought it lately. Comparable within a source only."
--   because_of: "bought_together: the product that the person bought; else empty."
--   reason: The same as a phrase.
-- checks:
--   - unique: [customer_unique_id, product_id]
--   - references: {columns: [customer_unique_id], table: delivery.customers}
--   - references: {columns: [product_id], table: processing.products}
--   - accepted_values: {column: source, values: [bought_together, popular_in_state, popular]}
with owned as (
	select distinct customer_unique_id, product_id
	from delivery.order_items_enriched
	where is_sale
),
newest as (
	select max(order_date) as newest_date
	from delivery.order_items_enriched
	where is_sale
),
recent as (
	select distinct i.customer_unique_id, i.customer_state, i.product_id
	from delivery.order_items_enriched i
	cross join newest n
	where i.is_sale and i.order_date > cast(n.newest_date - interval '90' day as date)
),
popular as (
	select
		product_id,
		count(distinct customer_unique_id) as persons,
		row_number() over (order by count(distinct customer_unique_id) desc, product_id) as place
	from recent
	group by product_id
),
popular_in_state as (
	select
		customer_state,
		product_id,
		count(distinct customer_unique_id) as persons,
		row_number() over (
			partition by customer_state
			order by count(distinct customer_unique_id) desc, product_id
		) as place
	from recent
	group by customer_state, product_id
),
states as (
	select distinct customer_state
	from delivery.customers
),
listed as (
	select customer_state, product_id, persons, place, 2 as tier
	from popular_in_state
	where place <= 15
	union all
	select s.customer_state, p.product_id, p.persons, p.place, 3 as tier
	from popular p
	cross join states s
	where p.place <= 15
),
listed_once as (
	select
		customer_state,
		product_id,
		persons,
		place,
		tier,
		row_number() over (partition by customer_state, product_id order by tier) as turn
	from listed
),
shelf as (
	select
		customer_state,
		product_id,
		persons,
		tier,
		row_number() over (partition by customer_state order by tier, place) as place
	from listed_once
	where turn = 1
),
together as (
	select
		a.product_id as bought,
		b.product_id,
		count(*) as persons
	from owned a
	join owned b on b.customer_unique_id = a.customer_unique_id and b.product_id <> a.product_id
	group by a.product_id, b.product_id
),
candidates as (
	select
		o.customer_unique_id,
		t.product_id,
		1 as tier,
		t.persons,
		t.bought as because_of
	from owned o
	join together t on t.bought = o.product_id
	union all
	select
		c.customer_unique_id,
		s.product_id,
		s.tier,
		s.persons,
		cast(null as varchar(32)) as because_of
	from delivery.customers c
	join shelf s on s.customer_state = c.customer_state
	where s.place <= 15
),
fresh as (
	select
		c.customer_unique_id,
		c.product_id,
		c.tier,
		c.persons,
		c.because_of,
		row_number() over (
			partition by c.customer_unique_id, c.product_id
			order by c.tier, c.persons desc, c.because_of nulls last
		) as turn
	from candidates c
	left join owned o
		on o.customer_unique_id = c.customer_unique_id and o.product_id = c.product_id
	where o.product_id is null
),
in_source as (
	select
		customer_unique_id,
		product_id,
		tier,
		persons,
		because_of,
		row_number() over (
			partition by customer_unique_id, tier
			order by persons desc, product_id
		) as place
	from fresh
	where turn = 1
),
ranked as (
	select
		customer_unique_id,
		product_id,
		tier,
		persons,
		because_of,
		row_number() over (partition by customer_unique_id order by tier, place) as place
	from in_source
	where tier > 1 or place <= 3
)
select
	r.customer_unique_id,
	cast(r.place as integer) as rank,
	r.product_id,
	p.category,
	case r.tier
		when 1 then 'bought_together'
		when 2 then 'popular_in_state'
		else 'popular'
	end as source,
	cast(r.persons as double) as score,
	r.because_of,
	case r.tier
		when 1 then concat('bought together with ', r.because_of)
		when 2 then concat('popular in ', c.customer_state, ' in the last 90 days')
		else 'popular in the last 90 days'
	end as reason
from ranked r
join processing.products p on p.product_id = r.product_id
join delivery.customers c on c.customer_unique_id = r.customer_unique_id
where r.place <= 10
