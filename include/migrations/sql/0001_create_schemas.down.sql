-- Drops every schema of Tetra with its data, dbt's tables included, and takes back what was granted by default.
do $grants$
declare
    schema_name text;
begin
    foreach schema_name in array array[
        'market_data', 'economic_data', 'events', 'news', 'scenarios', 'strategies', 'backtest', 'quality'
    ] loop
        execute format(
            'alter default privileges in schema %I revoke select, insert, update, delete on tables from tetra_writer',
            schema_name
        );
    end loop;
end
$grants$;
drop schema timescale cascade;
drop schema seeds cascade;
drop schema intermediate cascade;
drop schema staging cascade;
drop schema assessment cascade;
drop schema derived cascade;
drop schema quality cascade;
drop schema backtest cascade;
drop schema strategies cascade;
drop schema scenarios cascade;
drop schema news cascade;
drop schema events cascade;
drop schema economic_data cascade;
drop schema market_data cascade;
