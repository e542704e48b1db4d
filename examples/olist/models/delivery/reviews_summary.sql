-- Reviews by month of purchase, one per order (the last answered), and how being late tells on them.
--
-- key: order_month
-- tags: [reviews, monthly]
-- columns:
--   order_month: First day of the month of the purchase.
--   orders: All orders of the month, also canceled ones.
--   reviews: Orders with a review.
--   review_share: reviews / orders.
--   mean_score: Mean score; empty without reviews.
--   score_1: Reviews with score 1.
--   score_2: Reviews with score 2.
--   score_3: Reviews with score 3.
--   score_4: Reviews with score 4.
--   score_5: Reviews with score 5.
--   with_comment: Reviews with a message.
--   mean_score_in_time: Mean score of orders delivered by the promised day.
--   mean_score_late: Mean score of orders delivered after it.
--   mean_answer_days: Mean days from the question to the answer.
-- checks:
--   - range: {column: mean_score, min: 1, max: 5}
--   - range: {column: review_share, min: 0, max: 1}
--   - sums_agree: {column: orders, table: processing.orders, sum: "1"}
select
	o.order_month,
	count(*) as orders,
	count(r.review_score) as reviews,
	cast(count(r.review_score) as double) / count(*) as review_share,
	cast(sum(r.review_score) as double) / nullif(count(r.review_score), 0) as mean_score,
	count(case when r.review_score = 1 then 1 end) as score_1,
	count(case when r.review_score = 2 then 1 end) as score_2,
	count(case when r.review_score = 3 then 1 end) as score_3,
	count(case when r.review_score = 4 then 1 end) as score_4,
	count(case when r.review_score = 5 then 1 end) as score_5,
	count(case when r.has_comment then 1 end) as with_comment,
	cast(sum(case when not o.is_late then r.review_score end) as double)
		/ nullif(count(case when not o.is_late then r.review_score end), 0) as mean_score_in_time,
	cast(sum(case when o.is_late then r.review_score end) as double)
		/ nullif(count(case when o.is_late then r.review_score end), 0) as mean_score_late,
	cast(sum(r.answer_days) as double) / nullif(count(r.answer_days), 0) as mean_answer_days
from processing.orders o
left join processing.reviews r on r.order_id = o.order_id and r.is_latest
group by o.order_month
