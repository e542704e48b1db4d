-- The three price bands in which each person is likeliest to buy. One purchase says little, so what
-- the person bought is weighed against what all in the state buy: the state counts as five pieces.
--
-- key: [customer_unique_id, rank]
-- tags: [recommendations, customers]
-- columns:
--   customer_unique_id: The person.
--   rank: {public: yes, description: 1 for the likeliest band.}
--   price_band: 1 for a price up to 10, 2 up to 20, ... 15 up to 150, 16 above.
--   price_above: The band begins above this price in reais.
--   price_up_to: The band ends with this price; empty for the last.
--   affinity: Estimated share of the person's pieces in this band.
--   items: Pieces that the person bought in this band.
--   mean_score: Mean review score of the orders they were in; empty without.
--   source: own_purchases where the person bought in the band, else state.
-- checks:
--   - unique: [customer_unique_id, price_band]
--   - references: {columns: [customer_unique_id], table: delivery.customers}
--   - range: {column: price_band, min: 1, max: 16}
--   - range: {column: affinity, min: 0, max: 1}
--   - accepted_values: {column: source, values: [own_purchases, state]}
with own as (
	select
		customer_unique_id,
		price_band,
		count(*) as items,
		cast(sum(review_score) as double) / nullif(count(review_score), 0) as mean_score
	from delivery.order_items_enriched
	where is_sale
	group by customer_unique_id, price_band
),
all_own as (
	select customer_unique_id, sum(items) as items
	from own
	group by customer_unique_id
),
state_bands as (
	select
		customer_state,
		price_band,
		cast(count(*) as double) / cast(sum(count(*)) over (partition by customer_state) as double)
			as share,
		row_number() over (partition by customer_state order by count(*) desc, price_band) as place
	from delivery.order_items_enriched
	where is_sale
	group by customer_state, price_band
),
candidates as (
	select customer_unique_id, price_band
	from own
	union
	select c.customer_unique_id, b.price_band
	from delivery.customers c
	join state_bands b on b.customer_state = c.customer_state
	where b.place <= 3
),
scored as (
	select
		p.customer_unique_id,
		p.price_band,
		(cast(coalesce(o.items, 0) as double) + 5 * coalesce(b.share, cast(0 as double)))
			/ (cast(coalesce(a.items, 0) as double) + 5) as affinity,
		coalesce(o.items, 0) as items,
		o.mean_score
	from candidates p
	join delivery.customers c on c.customer_unique_id = p.customer_unique_id
	left join own o
		on o.customer_unique_id = p.customer_unique_id and o.price_band = p.price_band
	left join all_own a on a.customer_unique_id = p.customer_unique_id
	left join state_bands b
		on b.customer_state = c.customer_state and b.price_band = p.price_band
),
ranked as (
	select
		customer_unique_id,
		price_band,
		affinity,
		items,
		mean_score,
		row_number() over (
			partition by customer_unique_id
			order by affinity desc, price_band
		) as place
	from scored
)
select
	customer_unique_id,
	cast(place as integer) as rank,
	price_band,
	cast((price_band - 1) * 10 as decimal(18,2)) as price_above,
	case when price_band < 16 then cast(price_band * 10 as decimal(18,2)) end as price_up_to,
	affinity,
	items,
	mean_score,
	case when items > 0 then 'own_purchases' else 'state' end as source
from ranked
where place <= 3
