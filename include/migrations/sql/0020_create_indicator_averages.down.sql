-- with the aggregates made of them and dbt's views over those, which hold no data
drop function derived.next_wilder_average(double precision, double precision, double precision, double precision) cascade;
drop function derived.next_exponential_average(double precision, double precision, double precision, double precision) cascade;
