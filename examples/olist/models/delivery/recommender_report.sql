-- How well each source of recommendations would have done: lists made from the first 80 % of pieces
-- sold (up to split_date), judged by what persons bought afterwards and had not bought before.
--
-- Persons who buy after split_date are new (nothing bought before) or returning. Lists have ten
-- products and the popular ones are of the last 90 days before the split, as in
-- delivery.recommendations. `random` is what ten products drawn from those sold before would get on
-- average: a source that is not clearly better is worth nothing.
--
-- key: [segment, source]
-- tags: [recommendations]
-- columns:
--   segment: {public: yes, description: "all, new or returning persons."}
--   source: popular, popular_in_state, bought_together or random.
--   split_date: Last day of what the lists were made from.
--   list_length: "Products in a list: 10."
--   persons: Persons of the segment who bought after split_date.
--   wanted: Products they bought then, each once a person, new to them.
--   hits: Of those, products that stood in the person's list; an average for random.
--   persons_hit: Persons with at least one hit; empty for random.
--   recall: hits / wanted.
--   hit_rate: persons_hit / persons; empty for random.
--   is_best: Whether no other source has more hits in this segment.
-- checks:
--   - range: {column: recall, min: 0, max: 1}
--   - range: {column: hit_rate, min: 0, max: 1}
--   - accepted_values: {column: segment, values: [all, new, returning]}
--   - accepted_values: {column: source, values: [popular, popular_in_state, bought_together, random]}
with sales as (
	select customer_unique_id, customer_state, product_id, order_date
	from delivery.order_items_enriched
	where is_sale
),
days as (
	select
		order_date,
		sum(count(*)) over (order by order_date rows between unbounded preceding and current row)
			as items_so_far,
		sum(count(*)) over () as items_all
	from sales
	group by order_date
),
split as (
	select min(order_date) as split_date
	from days
	where items_so_far * 100 >= items_all * 80
),
before_split as (
	select distinct s.customer_unique_id, s.product_id
	from sales s
	cross join split t
	where s.order_date <= t.split_date
),
known as (
	select distinct customer_unique_id
	from before_split
),
wanted as (
	select
		s.customer_unique_id,
		s.product_id,
		min(s.customer_state) as customer_state,
		case when k.customer_unique_id is null then 'new' else 'returning' end as segment
	from sales s
	cross join split t
	left join known k on k.customer_unique_id = s.customer_unique_id
	left join before_split b
		on b.customer_unique_id = s.customer_unique_id and b.product_id = s.product_id
	where s.order_date > t.split_date and b.product_id is null
	group by s.customer_unique_id, s.product_id, k.customer_unique_id
),
recent as (
	select distinct s.customer_unique_id, s.customer_state, s.product_id
	from sales s
	cross join split t
	where s.order_date <= t.split_date
		and s.order_date > cast(t.split_date - interval '90' day as date)
),
popular as (
	select
		product_id,
		row_number() over (order by count(distinct customer_unique_id) desc, product_id) as place
	from recent
	group by product_id
),
popular_in_state as (
	select
		customer_state,
		product_id,
		row_number() over (
			partition by customer_state
			order by count(distinct customer_unique_id) desc, product_id
		) as place
	from recent
	group by customer_state, product_id
),
together as (
	select
		a.product_id as bought,
		b.product_id,
		count(*) as persons
	from before_split a
	join before_split b
		on b.customer_unique_id = a.customer_unique_id and b.product_id <> a.product_id
	group by a.product_id, b.product_id
),
came_back as (
	select distinct customer_unique_id
	from wanted
	where segment = 'returning'
),
bought_together as (
	select
		r.customer_unique_id,
		t.product_id,
		row_number() over (
			partition by r.customer_unique_id
			order by max(t.persons) desc, t.product_id
		) as place
	from came_back r
	join before_split b on b.customer_unique_id = r.customer_unique_id
	join together t on t.bought = b.product_id
	left join before_split o
		on o.customer_unique_id = r.customer_unique_id and o.product_id = t.product_id
	where o.product_id is null
	group by r.customer_unique_id, t.product_id
),
hits as (
	select 'popular' as source, w.customer_unique_id, w.segment
	from wanted w
	join popular p on p.product_id = w.product_id
	where p.place <= 10
	union all
	select 'popular_in_state' as source, w.customer_unique_id, w.segment
	from wanted w
	join popular_in_state p
		on p.customer_state = w.customer_state and p.product_id = w.product_id
	where p.place <= 10
	union all
	select 'bought_together' as source, w.customer_unique_id, w.segment
	from wanted w
	join bought_together p
		on p.customer_unique_id = w.customer_unique_id and p.product_id = w.product_id
	where p.place <= 10
),
segments as (
	select
		s.segment,
		count(distinct w.customer_unique_id) as persons,
		count(w.product_id) as wanted
	from (select 'all' as segment union all select 'new' union all select 'returning') s
	left join wanted w on s.segment = 'all' or s.segment = w.segment
	group by s.segment
),
sources as (
	select 'popular' as source
	union all
	select 'popular_in_state'
	union all
	select 'bought_together'
),
counted as (
	select
		g.segment,
		s.source,
		count(h.customer_unique_id) as hits,
		count(distinct h.customer_unique_id) as persons_hit
	from segments g
	cross join sources s
	left join hits h on h.source = s.source and (g.segment = 'all' or g.segment = h.segment)
	group by g.segment, s.source
),
catalogue as (
	select count(distinct product_id) as products
	from before_split
),
judged as (
	select
		g.segment,
		c.source,
		g.persons,
		g.wanted,
		cast(c.hits as double) as hits,
		c.persons_hit
	from counted c
	join segments g on g.segment = c.segment
	union all
	select
		g.segment,
		'random' as source,
		g.persons,
		g.wanted,
		cast(g.wanted as double) * 10 / nullif(greatest(k.products, 10), 0) as hits,
		cast(null as bigint) as persons_hit
	from segments g
	cross join catalogue k
)
select
	j.segment,
	j.source,
	t.split_date,
	10 as list_length,
	j.persons,
	j.wanted,
	j.hits,
	j.persons_hit,
	j.hits / nullif(j.wanted, 0) as recall,
	cast(j.persons_hit as double) / nullif(j.persons, 0) as hit_rate,
	j.hits = max(j.hits) over (partition by j.segment) as is_best
from judged j
cross join split t
