explain (format json) summarize processing.orders
