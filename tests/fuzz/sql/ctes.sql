with recursive orders as (select 1 as n union all select n + 1 from orders where n < 9), a(x) as (from sales) select (select max(x) from a), * from orders, processing.orders order by all
