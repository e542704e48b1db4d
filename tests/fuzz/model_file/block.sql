/**
 * Text. /* more */ -- here
 * key: a
 ****/
select 1