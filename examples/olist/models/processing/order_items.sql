-- The pieces of orders, one row each: the grain at which money from sales is counted.
--
-- key: [order_id, order_item_id]
-- tags: [core]
-- columns:
--   order_id: The order.
--   order_item_id: Number of the piece within its order.
--   product_id: The product.
--   seller_id: Who sells it.
--   shipping_limit_date: Until when the seller should hand it to the carrier.
--   price: Price in reais, without freight.
--   freight_value: Its share of the order's freight in reais.
--   price_total: price + freight_value.
-- checks:
--   - references: {columns: [order_id], table: processing.orders}
--   - references: {columns: [product_id], table: processing.products}
--   - references: {columns: [seller_id], table: processing.sellers}
select
	order_id,
	order_item_id,
	product_id,
	seller_id,
	shipping_limit_date,
	price,
	freight_value,
	cast(price + freight_value as decimal(18,2)) as price_total
from processing.olist_order_items
