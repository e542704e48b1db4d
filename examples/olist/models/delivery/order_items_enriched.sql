-- Every piece sold or ordered with all that is known of it, one row each: the table to start from
-- for questions that no other table answers. Money may be added up: `sum(price)` where `is_sale` is
-- the revenue of every other table here.
--
-- What belongs to the whole order (its payments, its review) is put on each of its pieces, so it
-- may be compared and averaged per order, never added up per piece.
--
-- key: [order_id, order_item_id]
-- tags: [sales]
-- columns:
--   order_id: The order.
--   order_item_id: Number of the piece within its order.
--   order_date: Day of the purchase.
--   order_month: First day of the month of the purchase.
--   order_status: created, approved, invoiced, processing, shipped, delivered; or canceled, unavailable.
--   is_sale: "Whether the order counts as a sale: neither canceled nor unavailable."
--   customer_unique_id: The person who ordered.
--   customer_state: State the parcel goes to.
--   product_id: The product.
--   category: Its category in English.
--   seller_id: Who sells it.
--   seller_state: State of the seller.
--   price: Price in reais, without freight.
--   freight_value: Freight in reais.
--   price_total: price + freight_value.
--   price_band: 1 for a price up to 10, 2 up to 20, ... 15 up to 150, 16 above.
--   main_payment_type: How the largest part of the order was paid.
--   review_score: Score of the order's last review; empty without one.
--   delivery_days: Days from purchase to the customer.
--   days_late: Days after the promised one; negative = early.
--   is_late: Delivered after the promised day; empty when not delivered.
-- checks:
--   - not_null: [customer_unique_id]
--   - not_null: [category]
--   - not_null: [seller_state]
--   - sums_agree: {column: price, table: processing.order_items, sum: price}
--   - not_null: [main_payment_type]
--     severity: warn
--     description: An order without any payment.
with paid as (
	select
		order_id,
		payment_type,
		row_number() over (partition by order_id order by sum(payment_value) desc, payment_type)
			as place
	from processing.payments
	group by order_id, payment_type
)
select
	i.order_id,
	i.order_item_id,
	o.order_date,
	o.order_month,
	o.order_status,
	o.is_sale,
	o.customer_unique_id,
	o.customer_state,
	i.product_id,
	p.category,
	i.seller_id,
	s.seller_state,
	i.price,
	i.freight_value,
	i.price_total,
	case
		when i.price > 150 then 16
		else cast(ceil(cast(i.price as double) / 10) as integer)
	end as price_band,
	paid.payment_type as main_payment_type,
	r.review_score,
	o.delivery_days,
	o.days_late,
	o.is_late
from processing.order_items i
join processing.orders o on o.order_id = i.order_id
join processing.products p on p.product_id = i.product_id
join processing.sellers s on s.seller_id = i.seller_id
left join paid on paid.order_id = i.order_id and paid.place = 1
left join processing.reviews r on r.order_id = i.order_id and r.is_latest
