-- Persons without a single recommendation.
--
-- table: delivery.recommendations
select c.customer_unique_id
from delivery.customers c
left join delivery.recommendations r
	on r.customer_unique_id = c.customer_unique_id and r.rank = 1
where r.customer_unique_id is null
