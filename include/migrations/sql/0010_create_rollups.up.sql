-- Why: weekly and monthly bars, which raw bars cannot give (a split inside a week would mix two kinds of shares), and
-- daily bars from hourly ones; continuous aggregates where the server has them, materialized views elsewhere.
-- Lock: none on existing data. Undo: 0010_create_rollups.down.sql; nothing is lost, all of it is computed.
create function market_data.product(factors double precision[]) returns double precision
language plpgsql immutable strict parallel safe
as $function$
declare
    factor double precision;
    product double precision := 1;
begin
    foreach factor in array factors loop
        product := product * factor;
    end loop;
    return product;
end
$function$;
comment on function market_data.product(double precision[]) is
'Product in the order given; exact for whole numbers, where exp(sum(ln)) rounds.';

create table market_data.split_adjusted_bars (
    symbol text not null,
    ts timestamptz not null,
    open double precision,
    high double precision,
    low double precision,
    close double precision not null,
    volume double precision,
    constraint split_adjusted_bars_pkey primary key (symbol, ts)
);
comment on table market_data.split_adjusted_bars is 'One row per symbol and session: its daily bar in the shares of the symbol''s last session. Made from ohlcv by tetra.data.rollups.';
comment on column market_data.split_adjusted_bars.ts is '00:00 UTC of the session date.';
comment on column market_data.split_adjusted_bars.close is 'Raw prices over every later split; split- and total-adjusted ones as they came.';
comment on column market_data.split_adjusted_bars.volume is 'Raw volumes times every later split.';
-- years, as ohlcv: the base of the rollups is read whole, 27 chunks instead of 1,410
select timescale.ensure_hypertable('market_data.split_adjusted_bars', 'ts');

create table market_data.split_adjustments (
    symbol text constraint split_adjustments_pkey primary key,
    bars bigint not null,
    input_hash numeric not null,
    refreshed_at timestamptz not null default now()
);
comment on table market_data.split_adjustments is 'One row per symbol of split_adjusted_bars: what its bars were last made from.';
comment on column market_data.split_adjustments.input_hash is 'Sum of hashes of its daily bars and splits; any change, deletion or restored row moves it.';

create table market_data.rollup_refreshes (
    rollup_name text constraint rollup_refreshes_pkey primary key,
    input_hash numeric not null,
    refreshed_at timestamptz not null default now()
);
comment on table market_data.rollup_refreshes is 'One row per rollup: what it was last refreshed from.';

create function timescale.apply_compression(relation regclass, segment_by text, order_by text, after interval)
returns boolean
language plpgsql
as $function$
begin
    if timescale.edition() <> 'timescale' or not timescale.is_hypertable(relation) then
        return false;
    end if;
    -- ensure_compression leaves an older policy as it is, so that a changed setting would do nothing
    execute format('select remove_compression_policy(%L::regclass, if_exists => true)', relation::text);
    if after is not null then
        perform timescale.ensure_compression(relation, segment_by, order_by, after);
    end if;
    return true;
end
$function$;
comment on function timescale.apply_compression(regclass, text, text, interval) is
'Compresses chunks older than the interval from now on, or none more where it is null; returns whether the edition can.';

create function timescale.rollup_kind(view_name text) returns text
language plpgsql stable
as $function$
declare
    view_id regclass := to_regclass(view_name);
    is_continuous boolean := false;
begin
    if view_id is null then
        return null;
    end if;
    if timescale.edition() = 'timescale' then
        -- dynamic, because the catalogue views exist only with the extension
        execute 'select exists (
            select 1 from timescaledb_information.continuous_aggregates
            where format(''%I.%I'', view_schema, view_name)::regclass = $1)' into is_continuous using view_id;
    end if;
    return case
        when is_continuous then 'continuous aggregate'
        when (select relkind from pg_class where oid = view_id) = 'm' then 'materialized view'
        else 'other'
    end;
end
$function$;
comment on function timescale.rollup_kind(text) is
'continuous aggregate, materialized view, other (what is no rollup), or null where nothing has the name.';

create function timescale.ensure_rollup(
    view_name text,
    relation regclass,
    definition text,
    bucket_unit text,
    time_column name,
    key_columns text,
    description text
) returns text
language plpgsql
as $function$
declare
    found text := timescale.rollup_kind(view_name);
    wanted text := case
        when timescale.edition() = 'timescale' and timescale.is_hypertable(relation) then 'continuous aggregate'
        else 'materialized view'
    end;
begin
    if found = wanted then
        return wanted;
    end if;
    if found = 'other' then
        raise exception '% exists and is no rollup; rename it', view_name;
    end if;
    if found is not null then
        -- without cascade: what people built on it is not ours to drop
        execute format('drop materialized view %s', view_name);
    end if;
    if wanted = 'continuous aggregate' then
        execute format(
            'create materialized view %s with (timescaledb.continuous, timescaledb.materialized_only = true) as %s with no data',
            view_name, replace(definition, '{bucket}', format('time_bucket(%L::interval, %I)', '1 ' || bucket_unit, time_column))
        );
        execute format('comment on view %s is %L', view_name, description);
    else
        execute format(
            'create materialized view %s as %s with data',
            view_name, replace(definition, '{bucket}', format('date_trunc(%L, %I, ''UTC'')', bucket_unit, time_column))
        );
        execute format('create unique index on %s (%s)', view_name, key_columns);
        execute format('comment on materialized view %s is %L', view_name, description);
    end if;
    return wanted;
end
$function$;
comment on function timescale.ensure_rollup(text, regclass, text, text, name, text, text) is
'Makes the rollup, or makes it anew where the server has gained or lost continuous aggregates; returns its kind. {bucket} in the definition becomes the start of the day, week (Monday) or month in UTC.';

-- brings a rollup in step with its table; for the owner, outside a transaction: a continuous aggregate commits as it goes
create procedure timescale.refresh_rollup(view_name text)
language plpgsql
as $procedure$
begin
    if timescale.rollup_kind(view_name) = 'continuous aggregate' then
        -- resolved when it runs, so the procedure is valid without the extension; everything that changed, no more
        call refresh_continuous_aggregate(view_name::regclass, null, null);
    else
        execute format('refresh materialized view concurrently %s', view_name);
    end if;
end
$procedure$;

create function market_data.ensure_rollups() returns table (rollup_name text, kind text)
language plpgsql
as $function$
declare
    -- the bar of a bucket: a field is null where a bar of it lacks the field, not that of the bars that have one;
    -- everything in the order of time, so that sums round alike on every edition
    bar constant text := 'select
            symbol,
            {bucket} as ts,
            (array_agg(open order by ts))[1] as open,
            case when count(high) = count(*) then max(high) end as high,
            case when count(low) = count(*) then min(low) end as low,
            (array_agg(close order by ts))[count(*)::integer] as close,
            case when count(volume) = count(*) then sum(volume order by ts) end as volume,
            count(*) as bars
        from {bars}
        group by symbol, {bucket}';
    rollup record;
    kind_before text;
begin
    for rollup in values
    (
        'market_data.weekly_bars', 'market_data.split_adjusted_bars', '', 'week',
        'One row per symbol and week: split-adjusted, ts is its Monday, prices and volume in the shares of the symbol''s last session.'
    ),
    (
        'market_data.monthly_bars', 'market_data.split_adjusted_bars', '', 'month',
        'One row per symbol and month: split-adjusted, ts is its first day, prices and volume in the shares of the symbol''s last session.'
    ),
    (
        'market_data.daily_bars_from_hourly', 'market_data.ohlcv', ' where timeframe = ''1h''', 'day',
        'One row per symbol and UTC day with hourly bars, in their price basis. A regular US session (13:30 or 14:30 to 20:00 or 21:00 UTC) lies within one UTC day.'
    ) loop
        rollup_name := rollup.column1;
        kind_before := timescale.rollup_kind(rollup_name);
        kind := timescale.ensure_rollup(
            rollup_name, rollup.column2::regclass, replace(bar, '{bars}', rollup.column2 || rollup.column3),
            rollup.column4, 'ts', 'symbol, ts', rollup.column5
        );
        if kind is distinct from kind_before then
            -- a new one holds nothing that could be in step
            delete from market_data.rollup_refreshes as refreshes where refreshes.rollup_name = rollup.column1;
        end if;
        return next;
    end loop;
end
$function$;
comment on function market_data.ensure_rollups() is
'Makes the rollups as this server can have them; run again after a move to or from TimescaleDB.';
select market_data.ensure_rollups();
