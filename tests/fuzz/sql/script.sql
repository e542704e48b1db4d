copy orders to 'x'; attach 'y'; select 1;; /* ; */ select ';' from orders; explain analyze from sales
