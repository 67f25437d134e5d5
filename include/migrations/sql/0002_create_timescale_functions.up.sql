-- Why: one schema of tables for plain PostgreSQL and every edition of TimescaleDB; callers never ask which they are on.
-- Lock: none. Undo: 0002_create_timescale_functions.down.sql.
create function timescale.edition() returns text
language sql stable
as $function$
    select case
        when exists (select 1 from pg_extension where extname = 'timescaledb')
            then coalesce(current_setting('timescaledb.license', true), 'apache')
        else 'none'
    end
$function$;
comment on function timescale.edition() is
'none (plain PostgreSQL), apache (hypertables only) or timescale (compression, continuous aggregates, policies).';

create function timescale.is_hypertable(relation regclass) returns boolean
language plpgsql stable
as $function$
declare
    answer boolean;
begin
    if timescale.edition() = 'none' then
        return false;
    end if;
    -- dynamic, because the catalogue views exist only with the extension
    execute 'select exists (
        select 1 from timescaledb_information.hypertables
        where format(''%I.%I'', hypertable_schema, hypertable_name)::regclass = $1)' into answer using relation;
    return answer;
end
$function$;
comment on function timescale.is_hypertable(regclass) is 'Whether the table is a TimescaleDB hypertable.';

create function timescale.ensure_hypertable(relation regclass, time_column name, chunk interval default '1 year')
returns boolean
language plpgsql
as $function$
begin
    if timescale.edition() = 'none' then
        return false;
    end if;
    if not timescale.is_hypertable(relation) then
        execute format(
            'select create_hypertable(%L::regclass, by_range(%L, %L::interval), if_not_exists => true, migrate_data => true)',
            relation::text, time_column, chunk
        );
    end if;
    return true;
end
$function$;
comment on function timescale.ensure_hypertable(regclass, name, interval) is
'Makes the table a hypertable where TimescaleDB is present; returns whether it is one. Chunks of one year: the default of 7 days made 1,410 chunks for 26 years of bars and COPY 7 to 8 times slower.';

create function timescale.ensure_compression(relation regclass, segment_by text, order_by text, after interval)
returns boolean
language plpgsql
as $function$
declare
    is_on boolean;
begin
    if timescale.edition() <> 'timescale' or not timescale.is_hypertable(relation) then
        return false;
    end if;
    execute 'select compression_enabled from timescaledb_information.hypertables
        where format(''%I.%I'', hypertable_schema, hypertable_name)::regclass = $1' into is_on using relation;
    if not coalesce(is_on, false) then
        execute format(
            'alter table %s set (timescaledb.compress, timescaledb.compress_segmentby = %L, timescaledb.compress_orderby = %L)',
            relation, segment_by, order_by
        );
    end if;
    execute format('select add_compression_policy(%L::regclass, %L::interval, if_not_exists => true)', relation::text, after);
    return true;
end
$function$;
comment on function timescale.ensure_compression(regclass, text, text, interval) is
'Compresses chunks older than the interval where the edition allows; returns whether it does.';

create function timescale.apply_retention(relation regclass, time_column name, keep interval) returns text
language plpgsql
as $function$
declare
    affected bigint;
begin
    if timescale.is_hypertable(relation) then
        execute format(
            'select count(*) from drop_chunks(%L::regclass, older_than => %L::interval)', relation::text, keep
        ) into affected;
        return format('dropped %s chunks', affected);
    end if;
    execute format('delete from %s where %I < now() - %L::interval', relation, time_column, keep);
    get diagnostics affected = row_count;
    return format('deleted %s rows', affected);
end
$function$;
comment on function timescale.apply_retention(regclass, name, interval) is
'Drops what is older than the interval: whole chunks on a hypertable, exact rows elsewhere; returns what it did.';
