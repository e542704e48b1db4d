-- Orders, one row each, with the person, the state the parcel goes to, and what can be said of the
-- delivery. Days are counted between dates: ordered on Monday and delivered on Tuesday is one day.
--
-- key: order_id
-- tags: [core]
-- columns:
--   order_id: The order.
--   customer_id: Key to processing.customers; one per order.
--   customer_unique_id: The person.
--   customer_state: State the parcel goes to.
--   order_status: created, approved, invoiced, processing, shipped, delivered; or canceled, unavailable.
--   is_sale: "Whether the order counts as a sale: neither canceled nor unavailable."
--   order_date: Day of the purchase.
--   order_month: First day of the month of the purchase.
--   order_purchase_timestamp: When the customer ordered.
--   order_approved_at: When the payment was approved.
--   order_delivered_carrier_date: When the carrier got the parcel.
--   order_delivered_customer_date: When the customer got the parcel.
--   order_estimated_delivery_date: The day promised at purchase.
--   is_delivered: "Whether the customer has the parcel: status delivered, and the day is known."
--   handling_days: Days from purchase to the carrier; empty when unknown.
--   delivery_days: Days from purchase to the customer; empty when not delivered.
--   days_late: Days after the promised one; negative = early; empty when not delivered.
--   is_late: Delivered after the promised day; empty when not delivered.
-- checks:
--   - references: {columns: [customer_id], table: processing.customers}
--   - not_null: [customer_unique_id]
with timed as (
	select
		order_id,
		customer_id,
		order_status,
		order_purchase_timestamp,
		order_approved_at,
		order_delivered_carrier_date,
		order_delivered_customer_date,
		order_estimated_delivery_date,
		cast(order_purchase_timestamp as date) as order_date,
		cast(date_trunc('month', order_purchase_timestamp) as date) as order_month,
		order_status = 'delivered' and order_delivered_customer_date is not null as is_delivered,
		cast(cast(order_delivered_carrier_date as date)
			- cast(order_purchase_timestamp as date) as integer) as handling_days,
		cast(cast(order_delivered_customer_date as date)
			- cast(order_purchase_timestamp as date) as integer) as days_to_customer,
		cast(cast(order_delivered_customer_date as date)
			- order_estimated_delivery_date as integer) as days_after_promise
	from processing.olist_orders
)
select
	o.order_id,
	o.customer_id,
	c.customer_unique_id,
	c.customer_state,
	o.order_status,
	o.order_status not in ('canceled', 'unavailable') as is_sale,
	o.order_date,
	o.order_month,
	o.order_purchase_timestamp,
	o.order_approved_at,
	o.order_delivered_carrier_date,
	o.order_delivered_customer_date,
	o.order_estimated_delivery_date,
	o.is_delivered,
	o.handling_days,
	case when o.is_delivered then o.days_to_customer end as delivery_days,
	case when o.is_delivered then o.days_after_promise end as days_late,
	case when o.is_delivered then o.days_after_promise > 0 end as is_late
from timed o
left join processing.customers c on c.customer_id = o.customer_id
