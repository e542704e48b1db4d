-- Sellers, one row each.
--
-- key: seller_id
-- tags: [core]
-- columns:
--   seller_id: The seller.
--   seller_zip_code_prefix: First five digits of the postal code; text.
--   seller_city: City as the seller typed it.
--   seller_state: State by its two letters.
-- checks:
--   - not_null: [seller_state]
select
	seller_id,
	seller_zip_code_prefix,
	seller_city,
	seller_state
from processing.olist_sellers
