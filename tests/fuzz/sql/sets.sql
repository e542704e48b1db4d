(from orders) union all by name (table sales) except values (1, 2) intersect select * exclude (price) replace (1 as customer) rename (order_id as id) from orders limit (select count(*) from sales)
