-- a comment; with a semicolon
select case (select max(price) from "Orders") when 1 then 'it''s' else $t$ from x $t$ end as "a ""b""", [x for x in [1, 2]], {'a': 1}, columns('p.*'), #1 /* /* */ */ from (pivot orders on customer in ('a', 'b') using sum(price)), lateral (from sales s at (timestamp => '2018-01-01')) t(y), range(3) r(i) qualify row_number() over (partition by i) = 1
