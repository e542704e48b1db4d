-- Check.
-- table: processing.orders
-- severity: warn
-- tolerance: 3
-----

select * from x where false;