-- How many of the persons who first bought in a month buy again later, month after month. Month 0 is
-- the cohort itself; months in which nobody came back have no row.
--
-- key: [cohort_month, month_number]
-- tags: [customers, monthly]
-- columns:
--   cohort_month: {public: yes, description: Month of the first purchase.}
--   month_number: {public: yes, description: "Calendar months since then: 0, 1, ..."}
--   cohort_persons: Persons who first bought in cohort_month.
--   persons: Of those, persons who bought in this month.
--   retention: persons / cohort_persons; 1 in month 0.
--   orders: Their orders in this month.
--   revenue: Their revenue in this month in reais.
-- checks:
--   - range: {column: retention, min: 0, max: 1}
--   - range: {column: month_number, min: 0}
--   - sums_agree: {column: revenue, table: delivery.sales_daily, sum: revenue}
with sales as (
	select
		customer_unique_id,
		order_id,
		price,
		order_month,
		min(order_month) over (partition by customer_unique_id) as cohort_month
	from delivery.order_items_enriched
	where is_sale
),
months as (
	select
		cohort_month,
		cast((extract(year from order_month) - extract(year from cohort_month)) * 12
			+ extract(month from order_month) - extract(month from cohort_month) as integer)
			as month_number,
		count(distinct customer_unique_id) as persons,
		count(distinct order_id) as orders,
		cast(sum(price) as decimal(18,2)) as revenue
	from sales
	group by cohort_month, order_month
)
select
	m.cohort_month,
	m.month_number,
	c.persons as cohort_persons,
	m.persons,
	cast(m.persons as double) / c.persons as retention,
	m.orders,
	m.revenue
from months m
join months c on c.cohort_month = m.cohort_month and c.month_number = 0
