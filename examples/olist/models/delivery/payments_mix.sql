-- How orders are paid, by month of purchase and kind of payment. All payments are in it, also those
-- of orders that were canceled later: `sale_value` has only those of sales.
--
-- key: [order_month, payment_type]
-- tags: [payments, monthly]
-- columns:
--   order_month: First day of the month of the purchase.
--   payment_type: credit_card, boleto, voucher, debit_card or not_defined.
--   payments: Payments.
--   orders: Orders with at least one such payment.
--   value: Sum of payments in reais.
--   sale_value: The same over orders neither canceled nor unavailable.
--   value_share: Share of the month's value; empty when nothing was paid in it.
--   mean_value: Mean payment in reais.
--   mean_installments: Mean number of monthly parts.
--   in_installments: Payments in more than one part.
-- checks:
--   - sums_agree: {column: value, table: processing.payments, sum: payment_value}
--   - range: {column: value_share, min: 0, max: 1}
select
	o.order_month,
	p.payment_type,
	count(*) as payments,
	count(distinct p.order_id) as orders,
	cast(sum(p.payment_value) as decimal(18,2)) as value,
	cast(sum(case when o.is_sale then p.payment_value else 0 end) as decimal(18,2)) as sale_value,
	cast(sum(p.payment_value) as double)
		/ cast(nullif(sum(sum(p.payment_value)) over (partition by o.order_month), 0) as double)
		as value_share,
	cast(sum(p.payment_value) as double) / count(*) as mean_value,
	cast(sum(p.payment_installments) as double) / count(*) as mean_installments,
	count(case when p.payment_installments > 1 then 1 end) as in_installments
from processing.payments p
join processing.orders o on o.order_id = p.order_id
group by o.order_month, p.payment_type
