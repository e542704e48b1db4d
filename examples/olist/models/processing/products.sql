-- Products, one row each, with the category in English.
--
-- key: product_id
-- tags: [core]
-- columns:
--   product_id: The product.
--   category: Category in English; the Portuguese name where there is no translation; unknown where there is no category.
--   product_category_name: Category in Portuguese; empty where there is none.
--   product_name_length: Characters of the product's name.
--   product_description_length: Characters of its description.
--   product_photos_qty: Number of photos.
--   product_weight_g: Weight in grams as packed; empty when the file says 0.
--   product_length_cm: Length as packed.
--   product_height_cm: Height as packed.
--   product_width_cm: Width as packed.
--   volume_cm3: Length times height times width.
-- checks:
--   - not_null: [category]
--   - references: {columns: [product_category_name], table: processing.product_category_name_translation}
--     severity: warn
--     description: A category without an English name keeps its Portuguese one.
select
	p.product_id,
	coalesce(t.product_category_name_english, p.product_category_name, 'unknown') as category,
	p.product_category_name,
	p.product_name_length,
	p.product_description_length,
	p.product_photos_qty,
	nullif(p.product_weight_g, 0) as product_weight_g,
	p.product_length_cm,
	p.product_height_cm,
	p.product_width_cm,
	cast(p.product_length_cm as bigint) * p.product_height_cm * p.product_width_cm as volume_cm3
from processing.olist_products p
left join processing.product_category_name_translation t
	on t.product_category_name = p.product_category_name
