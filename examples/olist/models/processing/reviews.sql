-- Reviews of orders, one row per review and order. Where an order has several, the one answered
-- last is marked, so that `where is_latest` gives at most one row per order.
--
-- key: [review_id, order_id]
-- tags: [core]
-- columns:
--   review_id: The review; can be about several orders.
--   order_id: The order it is about.
--   review_score: From 1 (bad) to 5 (good).
--   review_comment_title: Title as typed; empty for most.
--   review_comment_message: Message as typed; empty for many.
--   has_comment: {public: yes, description: Whether there is a message.}
--   review_creation_date: Day on which the customer was asked.
--   review_answer_timestamp: When the customer answered.
--   answer_days: Days from the question to the answer.
--   is_latest: Whether it is the order's last answered review.
-- checks:
--   - references: {columns: [order_id], table: processing.orders}
--     severity: warn
--     description: A review of an order that is not in the export.
select
	review_id,
	order_id,
	review_score,
	review_comment_title,
	review_comment_message,
	review_comment_message is not null as has_comment,
	cast(review_creation_date as date) as review_creation_date,
	review_answer_timestamp,
	cast(cast(review_answer_timestamp as date) - cast(review_creation_date as date) as integer) as answer_days,
	row_number() over (
		partition by order_id
		order by review_answer_timestamp desc, review_creation_date desc, review_id
	) = 1 as is_latest
from processing.olist_order_reviews
