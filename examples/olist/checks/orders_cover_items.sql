-- The revenue of every order is the same in processing.order_items and in the enriched table: no
-- join may repeat or lose a piece.
--
-- table: delivery.order_items_enriched
select
	order_id,
	sum(price_in) as price_in_items,
	sum(price_out) as price_in_enriched
from (
	select order_id, price as price_in, cast(0 as decimal(18,2)) as price_out
	from processing.order_items
	union all
	select order_id, cast(0 as decimal(18,2)) as price_in, price as price_out
	from delivery.order_items_enriched
) both_tables
group by order_id
having sum(price_in) <> sum(price_out)
