select o.price, sales.day, processing.sales.day from processing.orders o join processing.sales using (order_id), orders at (version => 3) where orders.price > 1;
