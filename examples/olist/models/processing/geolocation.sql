-- Where postal code prefixes lie, one row each: the middle one of the points measured in Brazil
-- and the city named most often.
--
-- A mean would be pulled away by the points that lie in other continents, and adding up fractions
-- gives another last digit each time.
--
-- key: zip_code_prefix
-- tags: [core]
-- columns:
--   zip_code_prefix: First five digits of the postal code; text.
--   latitude: Degrees; south is negative; empty when no point lies in Brazil.
--   longitude: Degrees; west is negative; empty when no point lies in Brazil.
--   city: City in lower case without accents.
--   state: State by its two letters.
--   points: Points measured.
--   points_outside: Points outside Brazil, which are not used.
-- checks:
--   - not_null: [state]
--   - range: {column: latitude, min: -34, max: 6}
--   - range: {column: longitude, min: -75, max: -32}
--   - not_null: [latitude]
--     severity: warn
with points as (
	select
		geolocation_zip_code_prefix as zip_code_prefix,
		geolocation_lat as latitude,
		geolocation_lng as longitude,
		translate(lower(geolocation_city), 'áàâãäéêèíîóôõöúüçñ', 'aaaaaeeeiioooouucn') as city,
		geolocation_state as state,
		geolocation_lat between -34 and 6 and geolocation_lng between -75 and -32 as is_inside
	from processing.olist_geolocation
),
named as (
	select
		zip_code_prefix,
		city,
		state,
		row_number() over (partition by zip_code_prefix order by count(*) desc, state, city nulls last) as place
	from points
	group by zip_code_prefix, city, state
),
placed as (
	select
		zip_code_prefix,
		percentile_disc(0.5) within group (
			order by case when is_inside then latitude end
		) as latitude,
		percentile_disc(0.5) within group (
			order by case when is_inside then longitude end
		) as longitude,
		count(*) as points,
		count(case when not is_inside then 1 end) as points_outside
	from points
	group by zip_code_prefix
)
select
	p.zip_code_prefix,
	p.latitude,
	p.longitude,
	n.city,
	n.state,
	p.points,
	p.points_outside
from placed p
join named n on n.zip_code_prefix = p.zip_code_prefix and n.place = 1
