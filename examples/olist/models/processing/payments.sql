-- Payments of orders, one row each. Never join them to items before adding one of the two up per
-- order: an order with two items and three payments would count six times.
--
-- key: [order_id, payment_sequential]
-- tags: [core]
-- columns:
--   order_id: The order.
--   payment_sequential: Number of the payment within its order.
--   payment_type: credit_card, boleto, voucher, debit_card or not_defined.
--   payment_installments: Monthly parts; at least 1 (the files hold a few zeros).
--   payment_value: Amount in reais.
-- checks:
--   - references: {columns: [order_id], table: processing.orders}
select
	order_id,
	payment_sequential,
	payment_type,
	greatest(payment_installments, 1) as payment_installments,
	payment_value
from processing.olist_order_payments
