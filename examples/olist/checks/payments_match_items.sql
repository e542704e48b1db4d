-- Orders whose payments differ by more than one real from prices and freight. Some do: interest,
-- refunds of a piece, a missing payment. More than one in two hundred would mean lost rows.
--
-- table: delivery.payments_mix
-- severity: warn
with due as (
	select order_id, sum(price_total) as value
	from processing.order_items
	group by order_id
),
paid as (
	select order_id, sum(payment_value) as value
	from processing.payments
	group by order_id
)
select
	d.order_id,
	d.value as value_due,
	coalesce(p.value, cast(0 as decimal(18,2))) as value_paid
from due d
left join paid p on p.order_id = d.order_id
where abs(d.value - coalesce(p.value, cast(0 as decimal(18,2)))) > 1
