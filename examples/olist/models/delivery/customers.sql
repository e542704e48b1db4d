-- Persons, one row each, with what they bought and the segment they are in.
--
-- Scores are from 1 to 5. Recency and money are fifths of all buyers: 5 for the fifth that bought
-- last, or most. Frequency is the number of orders, at most 5, since fifths mean nothing where
-- nearly everybody bought once. "Today" is the day of the newest sale, so that the table does not
-- change overnight.
--
-- Segments, the first that fits: champion (bought lately, several times, much), loyal (several
-- times), big spender (once, lately, much), new (once, lately), lost big spender (once, long ago,
-- much), lost (once, long ago), passing (all other buyers), no purchase (all orders canceled or
-- without items).
--
-- key: customer_unique_id
-- tags: [customers]
-- columns:
--   customer_unique_id: The person.
--   customer_state: State of the newest order.
--   orders: Orders with at least one piece, neither canceled nor unavailable.
--   items: Pieces.
--   products: Different products.
--   revenue: Sum of prices in reais.
--   freight: Sum of freight in reais.
--   revenue_per_order: Mean revenue of an order; empty without one.
--   first_order_date: Day of the first of these orders.
--   last_order_date: Day of the last of these orders.
--   days_since_last: Days from the last to the newest sale of all.
--   mean_score: Mean review score the person gave; empty without reviews.
--   recency_score: {public: yes, description: 1 to 5; empty without a purchase.}
--   frequency_score: 1 to 5; empty without a purchase.
--   monetary_score: {public: yes, description: 1 to 5; empty without a purchase.}
--   segment: {public: yes, description: "champion, loyal, big spender, new, lost big spender, lost, passing, no purchase."}
-- checks:
--   - references: {columns: [customer_unique_id], table: processing.customers}
--   - accepted_values: {column: segment, values: [champion, loyal, big spender, new, lost big spender, lost, passing, no purchase]}
--   - sums_agree: {column: revenue, table: delivery.sales_daily, sum: revenue}
--   - sums_agree: {column: orders, table: delivery.sales_daily, sum: orders}
with persons as (
	select
		customer_unique_id,
		customer_state,
		row_number() over (
			partition by customer_unique_id
			order by order_purchase_timestamp desc, order_id
		) as place
	from processing.orders
),
orders as (
	select
		customer_unique_id,
		order_id,
		order_date,
		review_score,
		count(*) as items,
		sum(price) as revenue,
		sum(freight_value) as freight
	from delivery.order_items_enriched
	where is_sale
	group by customer_unique_id, order_id, order_date, review_score
),
variety as (
	select customer_unique_id, count(distinct product_id) as products
	from delivery.order_items_enriched
	where is_sale
	group by customer_unique_id
),
bought as (
	select
		customer_unique_id,
		count(*) as orders,
		cast(sum(items) as bigint) as items,
		cast(sum(revenue) as decimal(18,2)) as revenue,
		cast(sum(freight) as decimal(18,2)) as freight,
		min(order_date) as first_order_date,
		max(order_date) as last_order_date,
		cast(max(max(order_date)) over () - max(order_date) as integer) as days_since_last,
		cast(sum(review_score) as double) / nullif(count(review_score), 0) as mean_score,
		ntile(5) over (order by max(order_date), customer_unique_id) as recency_score,
		cast(least(count(*), 5) as integer) as frequency_score,
		ntile(5) over (order by sum(revenue), customer_unique_id) as monetary_score
	from orders
	group by customer_unique_id
)
select
	p.customer_unique_id,
	p.customer_state,
	coalesce(b.orders, 0) as orders,
	coalesce(b.items, 0) as items,
	coalesce(v.products, 0) as products,
	coalesce(b.revenue, cast(0 as decimal(18,2))) as revenue,
	coalesce(b.freight, cast(0 as decimal(18,2))) as freight,
	cast(b.revenue as double) / b.orders as revenue_per_order,
	b.first_order_date,
	b.last_order_date,
	b.days_since_last,
	b.mean_score,
	cast(b.recency_score as integer) as recency_score,
	b.frequency_score,
	cast(b.monetary_score as integer) as monetary_score,
	case
		when b.orders is null then 'no purchase'
		when b.recency_score >= 4 and b.orders >= 2 and b.monetary_score >= 4 then 'champion'
		when b.orders >= 2 then 'loyal'
		when b.recency_score >= 4 and b.monetary_score = 5 then 'big spender'
		when b.recency_score >= 4 then 'new'
		when b.recency_score <= 2 and b.monetary_score = 5 then 'lost big spender'
		when b.recency_score <= 2 then 'lost'
		else 'passing'
	end as segment
from persons p
left join bought b on b.customer_unique_id = p.customer_unique_id
left join variety v on v.customer_unique_id = p.customer_unique_id
where p.place = 1
