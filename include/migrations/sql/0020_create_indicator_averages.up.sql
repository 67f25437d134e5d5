-- Why: averages that carry on from their own last value, which SQL's windows cannot say, as window aggregates; a state of
-- one number keeps them at 0.25 microseconds a row (an array for a state: ten times that).
-- Lock: none. Undo: 0020_create_indicator_averages.down.sql, after which dbt cannot build derived.technical_indicators.
create function derived.next_exponential_average(
    average double precision, value double precision, place double precision, length double precision
) returns double precision
language plpgsql immutable strict parallel safe
as $function$
begin
    -- in this form an average of equal values stays put
    return average + (value - average) * case when place <= length then 1 / place else 2 / (length + 1) end;
end
$function$;
comment on function derived.next_exponential_average(double precision, double precision, double precision, double precision) is
'The step of derived.exponential_average.';

create function derived.next_wilder_average(
    average double precision, value double precision, place double precision, length double precision
) returns double precision
language plpgsql immutable strict parallel safe
as $function$
begin
    return average + (value - average) * case when place <= length then 1 / place else 1 / length end;
end
$function$;
comment on function derived.next_wilder_average(double precision, double precision, double precision, double precision) is
'The step of derived.wilder_average.';

-- noqa: disable=PRS
-- (sqlfluff cannot read the statement)
-- strict without a first state: the first value that is not null is the first average
create aggregate derived.exponential_average(
    value double precision, place double precision, length double precision
) (
    sfunc = derived.next_exponential_average,
    stype = double precision,
    parallel = safe
);
comment on aggregate derived.exponential_average(double precision, double precision, double precision) is
'For a window ordered by session: the average whose weights fall by the factor 1 - 2 / (length + 1) per value back. place counts the values from 1; up to place = length it is their plain mean, so that it starts as TA-Lib''s EMA does, and should be shown from there on. A null value or place is passed over.';

create aggregate derived.wilder_average(
    value double precision, place double precision, length double precision
) (
    sfunc = derived.next_wilder_average,
    stype = double precision,
    parallel = safe
);
comment on aggregate derived.wilder_average(double precision, double precision, double precision) is
'As derived.exponential_average, with Wilder''s weights: they fall by the factor 1 - 1 / length per value back. The smoothing of RSI, ATR and ADX.';

-- noqa: enable=PRS
grant execute on function
derived.exponential_average(double precision, double precision, double precision),
derived.wilder_average(double precision, double precision, double precision)
to tetra_writer, tetra_reader;
