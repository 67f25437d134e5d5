{% macro market_symbol() -%}
    {#- the first of the declared symbols that has daily bars, null where none has -#}
    (
        select listed.symbol
        from unnest(array['{{ var("market_symbols") | join("', '") }}']) with ordinality as listed (symbol, place)
        inner join {{ ref('int_symbols_fingerprinted') }} as symbols on listed.symbol = symbols.symbol
        order by listed.place
        limit 1
    )
{%- endmacro %}
