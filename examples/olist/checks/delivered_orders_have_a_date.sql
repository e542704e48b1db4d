-- Orders with status delivered of which nobody noted when: they count in sales, not in delivery
-- times.
--
-- table: processing.orders
-- severity: warn
select order_id, order_status, order_delivered_customer_date
from processing.orders
where order_status = 'delivered' and order_delivered_customer_date is null
