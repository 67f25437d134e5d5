"""Whatever happens to the past between two builds, an incremental build ends where a full refresh does, bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from tests.dbt.real_closes import add_instruments, sp500_closes

pytestmark = pytest.mark.postgres

FIRST, SECOND = "2020-09-29", "2020-09-30"
AAPL, JPM, MARKET = "AAPL", "JPM", "SPX"
SELECTED = ("--select", "+config.incremental_strategy:append,tag:derived")
ON = "timeframe = '1d' and (ts at time zone 'UTC')::date = "


@pytest.fixture(scope="module")
def landed(dbt: Any) -> Any:
    """Two stocks as if traded so (raw: dividends rescale them) and a stock that plays the index."""
    closes = sp500_closes([AAPL, JPM, "GE"]).rename(columns={"GE": MARKET}).loc["2018-01-02":SECOND]
    columns = "symbol, timeframe, ts, open, high, low, close, volume, price_basis, source"
    with dbt.connect() as connection:
        add_instruments(connection, {AAPL: "stock", JPM: "stock", MARKET: "index"})
        with connection.cursor().copy(f"copy market_data.ohlcv ({columns}) from stdin") as copy:
            for symbol in closes:
                for day, close in closes[symbol].items():
                    bar = (float(close) * scale for scale in (0.99, 1.01, 0.98, 1.0))
                    copy.write_row((symbol, "1d", f"{day:%Y-%m-%d} 00:00+00", *bar, 100.0, "raw", "test"))
        connection.execute(
            "insert into market_data.corporate_actions (symbol, action_type, ex_date, value, source) values"
            " ('AAPL', 'split', '2020-08-31', 4, 'test'), ('JPM', 'dividend', '2020-07-02', 0.9, 'test')"
        )
    return dbt


def _read(dbt: Any, statement: str) -> list[Any]:
    with psycopg.connect(dbt.owner_url) as connection:
        return connection.execute(statement).fetchall()


def _models(dbt: Any) -> list[str]:
    """Every model that counts its sessions, other subjects' too."""
    models = [name for (name,) in _read(dbt, "select distinct model from intermediate.sessions_built order by 1")]
    assert {"derived.daily_returns", "derived.betas", "derived.weekly_returns"} <= set(models)
    return models


def _checksums(dbt: Any) -> dict[str, str]:
    hashed = "select md5(string_agg(rows::text, ',' order by rows::text)) from {} as rows"
    return {model: _read(dbt, hashed.format(model))[0][0] for model in _models(dbt)}


def _run(dbt: Any, as_of: str, *arguments: str) -> None:
    outcome = dbt("run", *SELECTED, *arguments, as_of=as_of)
    assert outcome.returncode == 0, outcome.output


def _written(dbt: Any, build: Callable[[], None]) -> dict[str, dict[str, int]]:
    """Rows by model and symbol that a build wrote; rows that stayed keep the transaction that wrote them."""
    before = _read(dbt, "select pg_current_xact_id()::text")[0][0]
    build()
    return {
        model: dict(
            _read(dbt, f"select symbol, count(*) from {model} where xmin::text::bigint > {before} group by symbol")
        )
        for model in _models(dbt)
    }


def _assert_equals_full_refresh(dbt: Any, as_of: str = SECOND) -> None:
    incremental = _checksums(dbt)
    _run(dbt, as_of, "--full-refresh")
    assert _checksums(dbt) == incremental


@pytest.fixture(scope="module")
def appended(landed: Any) -> dict[str, dict[str, int]]:
    """What the second session wrote upon the first."""
    _run(landed, FIRST)
    return _written(landed, lambda: _run(landed, SECOND))


def test_new_session_adds_one_row_per_symbol(landed: Any, appended: dict[str, dict[str, int]]) -> None:
    for model in ("intermediate.int_bars_adjusted_for_actions", "derived.daily_returns", "derived.betas"):
        assert appended[model] == {AAPL: 1, JPM: 1, MARKET: 1}
    assert appended["derived.weekly_returns"] == {AAPL: 1, JPM: 1, MARKET: 1}  # the unfinished week, again
    last = "select max(session_date)::text from derived.volatility"
    assert _read(landed, last) == [(SECOND,)]
    _assert_equals_full_refresh(landed)


@pytest.mark.parametrize(
    ("statement", "rebuilt"),
    [
        pytest.param(f"update market_data.ohlcv set close = close + 1 where symbol = 'AAPL' and {ON} '2019-03-05'",
                     {AAPL}, id="revised bar"),
        pytest.param("insert into market_data.corporate_actions (symbol, action_type, ex_date, value, source)"
                     " values ('JPM', 'dividend', '2020-04-03', 0.9, 'test')", {JPM}, id="late dividend"),
        pytest.param("delete from market_data.corporate_actions where symbol = 'AAPL'", {AAPL}, id="withdrawn split"),
        pytest.param(f"delete from market_data.ohlcv where symbol = 'JPM' and {ON} '2018-05-01'",
                     {JPM}, id="deleted bar"),
        pytest.param(f"delete from market_data.ohlcv where symbol = 'JPM' and {ON} '{SECOND}'",
                     {JPM}, id="deleted last bar"),
        pytest.param("insert into market_data.ohlcv (symbol, timeframe, ts, close, price_basis, source)"
                     " values ('AAPL', '1d', '2018-05-06 00:00+00', 40, 'raw', 'test')", {AAPL}, id="late old bar"),
        pytest.param("update market_data.ohlcv set price_basis = 'total' where symbol = 'JPM'",
                     {JPM}, id="other price basis"),
        pytest.param("update market_data.instruments set asset_class = 'crypto' where symbol = 'JPM'",
                     {JPM}, id="other asset class"),
    ],
)  # fmt: skip
def test_changed_past_rebuilds_its_symbol_and_no_other(
    landed: Any, appended: object, statement: str, rebuilt: set[str]
) -> None:
    with landed.connect() as connection:
        connection.execute(statement)
    written = _written(landed, lambda: _run(landed, SECOND))
    for model in ("intermediate.int_bars_adjusted_for_actions", "derived.daily_returns", "derived.betas"):
        assert set(written[model]) == rebuilt
    _assert_equals_full_refresh(landed)


def test_late_bar_of_the_market_rebuilds_every_beta(landed: Any, appended: object) -> None:
    held = _read(landed, f"select close from market_data.ohlcv where symbol = 'SPX' and {ON} '2020-06-01'")[0][0]
    with landed.connect() as connection:
        connection.execute(f"update market_data.ohlcv set close = %s where symbol = 'SPX' and {ON} '2020-06-01'",
                           [held * 1.01])  # fmt: skip
    written = _written(landed, lambda: _run(landed, SECOND))
    assert set(written["derived.daily_returns"]) == {MARKET}
    assert set(written["derived.betas"]) == {AAPL, JPM, MARKET}
    _assert_equals_full_refresh(landed)


def test_failed_model_keeps_rows_and_memory_and_the_next_build_makes_up_for_it(landed: Any, appended: object) -> None:
    with landed.connect() as connection:
        connection.execute(
            f"update market_data.ohlcv set close = close + 1 where symbol = 'AAPL' and {ON} '2019-06-03'"
        )
        connection.execute("alter table derived.volatility add constraint none_fits check (false) not valid")
    remembered = "select * from intermediate.sessions_built where model = 'derived.volatility' order by symbol"
    before = _checksums(landed)["derived.volatility"], _read(landed, remembered)
    assert landed("run", *SELECTED, as_of=SECOND).returncode == 1
    assert (_checksums(landed)["derived.volatility"], _read(landed, remembered)) == before

    with landed.connect() as connection:
        connection.execute("alter table derived.volatility drop constraint none_fits")
    assert set(_written(landed, lambda: _run(landed, SECOND))["derived.volatility"]) == {AAPL}
    _assert_equals_full_refresh(landed)


def test_model_built_before_those_it_reads_is_built_again(landed: Any, appended: object) -> None:
    with landed.connect() as connection:
        connection.execute(
            f"update market_data.ohlcv set close = close + 1 where symbol = 'AAPL' and {ON} '2019-06-04'"
        )
    chosen = ("int_symbols_fingerprinted", "int_bars_adjusted_for_actions", "volatility")
    assert landed("run", "--select", *chosen, as_of=SECOND).returncode == 0
    _run(landed, SECOND)
    _assert_equals_full_refresh(landed)


def test_model_of_another_definition_is_refreshed_with_its_columns(landed: Any, appended: object) -> None:
    expected = _checksums(landed)
    with landed.connect() as connection:
        connection.execute("alter table derived.volatility drop column volatility_63d, add column of_old integer")
        connection.execute("update intermediate.sessions_built set code_hash = '' where model = 'derived.volatility'")
    written = _written(landed, lambda: _run(landed, SECOND))
    assert _checksums(landed) == expected
    assert set(written["derived.volatility"]) == {AAPL, JPM, MARKET}
    assert not written["derived.drawdowns"]


def test_emptied_model_is_filled_again(landed: Any, appended: object) -> None:
    expected = _checksums(landed)
    with landed.connect() as connection:
        connection.execute("truncate derived.betas")
    _run(landed, SECOND)
    assert _checksums(landed) == expected


def test_symbol_without_bars_leaves_every_model(landed: Any, appended: object) -> None:
    with landed.connect() as connection:
        connection.execute("delete from market_data.ohlcv where symbol = 'JPM'")
    _run(landed, SECOND)
    for model in _models(landed):
        assert _read(landed, f"select count(*) from {model} where symbol = 'JPM'") == [(0,)]
    _assert_equals_full_refresh(landed)
