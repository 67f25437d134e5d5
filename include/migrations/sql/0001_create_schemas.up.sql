-- Why: one schema per subject, as users of the old system know them; three roles with least privilege.
-- Lock: none on existing data. Undo: 0001_create_schemas.down.sql (drops every schema of Tetra with its data).
-- The roles themselves are cluster-wide and made, with their passwords, by tetra.database.provision.
create schema market_data;
create schema economic_data;
create schema events;
create schema news;
create schema scenarios;
create schema strategies;
create schema backtest;
create schema quality;
create schema derived;
create schema assessment;
create schema staging;
create schema intermediate;
create schema seeds;
create schema timescale;

comment on schema market_data is 'Instruments, bars and corporate actions as landed from sources.';
comment on schema economic_data is 'Macro series with the dates on which their values became known.';
comment on schema events is 'Earnings, economic releases, geopolitical and security events.';
comment on schema news is 'Headlines and their sentiment.';
comment on schema scenarios is 'Scenario definitions and joint price paths, per as-of date.';
comment on schema strategies is 'Registered strategies and today''s target weights.';
comment on schema backtest is 'Backtest runs and their results, per as-of date.';
comment on schema quality is 'What the gates found: validations, coverage, gaps, rejected records, task reports.';
comment on schema derived is 'dbt marts: metrics derived from landed data.';
comment on schema assessment is 'dbt marts: results, rankings; and the record of pipeline runs.';
comment on schema staging is 'dbt staging views; not for people.';
comment on schema intermediate is 'dbt intermediate views; not for people.';
comment on schema seeds is 'dbt seeds: weights and thresholds people edit.';
comment on schema timescale is 'Functions that use TimescaleDB where the server has it and do the same without it.';

do $grants$
declare
    schema_name text;
begin
    -- operators write the landing and result schemas, the reader reads everything, nobody else sees anything
    foreach schema_name in array array[
        'market_data', 'economic_data', 'events', 'news', 'scenarios', 'strategies', 'backtest', 'quality', 'assessment'
    ] loop
        execute format('grant usage on schema %I to tetra_writer', schema_name);
    end loop;
    -- assessment holds dbt's marts too: the writer gets its one table there by name (0007)
    foreach schema_name in array array[
        'market_data', 'economic_data', 'events', 'news', 'scenarios', 'strategies', 'backtest', 'quality'
    ] loop
        execute format(
            'alter default privileges in schema %I grant select, insert, update, delete on tables to tetra_writer',
            schema_name
        );
    end loop;
    -- what dbt makes: the gate on the final rankings reads it
    foreach schema_name in array array[
        'derived', 'seeds', 'assessment'
    ] loop
        execute format('grant usage on schema %I to tetra_writer', schema_name);
        execute format('alter default privileges in schema %I grant select on tables to tetra_writer', schema_name);
    end loop;
    foreach schema_name in array array[
        'market_data', 'economic_data', 'events', 'news', 'scenarios', 'strategies', 'backtest', 'quality',
        'derived', 'assessment', 'staging', 'intermediate', 'seeds'
    ] loop
        execute format('grant usage on schema %I to tetra_reader', schema_name);
        execute format('alter default privileges in schema %I grant select on tables to tetra_reader', schema_name);
    end loop;
    execute 'grant usage on schema timescale to tetra_writer, tetra_reader';
end
$grants$;
