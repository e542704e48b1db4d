-- Every person of processing.orders has a row in delivery.customers.
--
-- table: delivery.customers
select distinct o.customer_unique_id
from processing.orders o
left join delivery.customers c on c.customer_unique_id = o.customer_unique_id
where c.customer_unique_id is null
