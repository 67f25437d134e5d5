"""Panels read back from a real PostgreSQL: the real warm-up, the stored window, and what is missing."""

from __future__ import annotations

import numpy as np
import pytest
from psycopg.pq import TransactionStatus
from tests.tetra.scenarios.landed_market import AS_OF, FIELDS, HISTORY, SYMBOLS
from tests.tetra.scenarios.stored_scenarios import EPISODES_AND_PATHS, Connection, rows, run

from tetra.data.bulk import Column, copy_columns
from tetra.data.prices import load_history
from tetra.data.real_arrays import decoded, encoded_array_cursor, write_rows
from tetra.data.scenarios import list_ready, load_panel, load_panels
from tetra.errors import DataError
from tetra.scenarios.request import GenerationRequest
from tetra.scenarios.runner import generate

pytestmark = pytest.mark.postgres


def test_a_panel_is_the_real_warm_up_and_the_stored_window(landed: Connection) -> None:
    run(landed)
    panel = load_panel(landed, as_of=AS_OF, scenario_name="Spring")
    assert panel.symbols == tuple(SYMBOLS)
    assert panel.is_tradable.tolist() == HISTORY.is_tradable.tolist()
    assert (panel.scenario_family, panel.window_start) == ("bull", 60)
    first = int(np.searchsorted(HISTORY.sessions, np.datetime64("1963-03-01")))
    last = int(np.searchsorted(HISTORY.sessions, np.datetime64("1963-04-30")))
    np.testing.assert_array_equal(panel.sessions, HISTORY.sessions[first - 60 : last + 1])
    for field in FIELDS:
        stored, source = getattr(panel, field), getattr(HISTORY, field)[:, first - 60 : last + 1]
        assert stored.flags.c_contiguous
        assert stored.dtype == np.float64
        np.testing.assert_array_equal(stored[:, :60], source[:, :60])
        np.testing.assert_array_equal(stored[:, 60:], source[:, 60:].astype(np.float32))
    assert panel.spread_multiplier.tolist() == [1.0] * panel.sessions.size
    assert panel.commission_multiplier.tolist() == [1.0] * panel.sessions.size


def test_a_synthetic_panel_goes_on_from_the_last_real_close(landed: Connection) -> None:
    run(landed)
    panel = load_panel(landed, as_of=AS_OF, scenario_name="Bootstrap 001")
    assert panel.sessions[panel.window_start - 1] == np.datetime64(AS_OF)
    assert (np.diff(panel.sessions).astype(int) > 0).all()
    row = panel.symbols.index("SCN.AAA")
    seam = panel.close[row, panel.window_start] / panel.close[row, panel.window_start - 1]
    known = HISTORY.close[0][HISTORY.sessions <= np.datetime64(AS_OF)]
    ratios = (known[1:] / known[:-1])[-300:]
    assert np.abs(ratios / seam - 1).min() < 1e-6


def test_ready_scenarios_are_listed_with_their_size(landed: Connection) -> None:
    run(landed)
    listed = {key.scenario_name: key for key in list_ready(landed, as_of=AS_OF)}
    assert sorted(listed) == [
        "Bootstrap 001",
        "Bootstrap 002",
        "Monte Carlo 001",
        "Monte Carlo 002",
        "Spring",
        "Summer",
    ]
    for name, key in listed.items():
        panel = load_panel(landed, as_of=AS_OF, scenario_name=name)
        assert panel.close.shape == (key.series, key.bars)
        assert panel.scenario_family == key.scenario_family


def test_panels_come_in_the_order_asked_for_and_leave_no_transaction_open(landed: Connection) -> None:
    run(landed)
    names = ["Summer", "Bootstrap 002", "Spring"]
    seen = []
    for panel in load_panels(landed, as_of=AS_OF, scenario_names=names):
        assert landed.info.transaction_status is TransactionStatus.IDLE
        alone = load_panel(landed, as_of=AS_OF, scenario_name=panel.scenario_name)
        np.testing.assert_array_equal(panel.close, alone.close)
        np.testing.assert_array_equal(panel.sessions, alone.sessions)
        seen.append(panel.scenario_name)
    assert seen == names
    assert list(load_panels(landed, as_of=AS_OF, scenario_names=[])) == []


def test_a_scenario_that_is_not_ready_cannot_be_loaded(landed: Connection) -> None:
    run(landed)
    with pytest.raises(DataError, match="unknown ready scenario 'Sprin'; did you mean 'Spring'"):
        load_panel(landed, as_of=AS_OF, scenario_name="Sprin")


def test_a_missing_close_is_null_in_storage_and_nan_in_the_panel(landed: Connection) -> None:
    with landed.transaction():
        landed.execute("delete from market_data.ohlcv where symbol = 'SCN.BBB' and ts = '1963-03-20+00'")
    run(landed)
    panel = load_panel(landed, as_of=AS_OF, scenario_name="Spring")
    row = panel.symbols.index("SCN.BBB")
    column = int(np.searchsorted(panel.sessions, np.datetime64("1963-03-20")))
    assert np.flatnonzero(np.isnan(panel.close[row])).tolist() == [column]
    assert np.isnan(panel.open[panel.symbols.index("SCN.EEE")]).all()


def test_warm_up_is_the_same_whichever_scenarios_are_loaded_together(landed: Connection) -> None:
    # a symbol whose history begins later than the warm-up of its scenario does not shorten the panel
    with landed.transaction():
        landed.execute("delete from market_data.ohlcv where symbol like 'SCN.%' and ts < '1963-01-15+00'")
        landed.execute("update market_data.instruments set is_active = true where symbol like 'SCN.%'")
    land_early = np.flatnonzero(HISTORY.sessions < np.datetime64("1963-01-15"))
    only_gap = HISTORY.symbols.index("GAP")
    with landed.transaction():
        copy_columns(
            landed,
            table=("market_data", "ohlcv"),
            columns=[
                Column("symbol", "text", [SYMBOLS[only_gap]] * land_early.size),
                Column("timeframe", "text", ["1d"] * land_early.size),
                Column("ts", "timestamptz", HISTORY.sessions[land_early]),
                Column("close", "float8", HISTORY.close[only_gap, land_early]),
                Column("price_basis", "text", ["total"] * land_early.size),
                Column("source", "text", ["test"] * land_early.size),
            ],
        )
    run(landed, types=["historical"])
    panel = load_panel(landed, as_of=AS_OF, scenario_name="Spring")
    assert panel.window_start == 60
    assert np.isnan(panel.close[panel.symbols.index("SCN.AAA"), 0])
    assert np.isfinite(panel.close[panel.symbols.index("SCN.GAP"), 0])


def test_real_arrays_with_nulls_empty_ones_and_plain_ones_are_read(connection: Connection) -> None:
    query = "select array[1.5, null, -2]::real[], '{}'::real[], array[3, 4, 5]::real[], null::real[], '{6,7,8}'::real[]"
    with connection.transaction(), encoded_array_cursor(connection) as cursor:
        row = cursor.execute(query).fetchone()
    assert row is not None
    with_null, empty, plain, absent, another = row
    np.testing.assert_array_equal(decoded(with_null), np.array([1.5, np.nan, -2], dtype=np.float32))
    np.testing.assert_array_equal(decoded(plain), np.array([3, 4, 5], dtype=np.float32))
    assert decoded(empty).size == 0
    matrix = np.full((4, 3), 9.0)
    write_rows([plain, absent, with_null, another], matrix)
    np.testing.assert_array_equal(matrix, [[3, 4, 5], [9, 9, 9], [1.5, np.nan, -2], [6, 7, 8]])
    write_rows([empty, absent], np.empty((2, 0)))


def test_a_real_array_of_another_length_is_refused_and_one_element_fills_no_row(connection: Connection) -> None:
    query = "select array[3, 4, 5]::real[], array[3]::real[], '{}'::real[]"
    with connection.transaction(), encoded_array_cursor(connection) as cursor:
        row = cursor.execute(query).fetchone()
    assert row is not None
    for content, n_elements in zip(row, (3, 1, 0), strict=True):
        message = f"a stored array has {n_elements} elements where its scenario has 4 sessions; make the scenario again"
        with pytest.raises(DataError, match=message):
            write_rows([content, content], np.empty((2, 4)))


def test_history_read_for_scenarios_is_that_of_these_tests_alone(landed: Connection) -> None:
    with landed.transaction():
        assert load_history(landed, as_of=AS_OF).symbols == tuple(SYMBOLS)


def test_closes_alone_leave_the_other_fields_null(landed: Connection) -> None:
    generate(landed, as_of=AS_OF, seed=7, request=GenerationRequest(types=EPISODES_AND_PATHS, fields="close"))
    query = (
        "select scenario_type, count(open) + count(high) + count(low) + count(volume) > 0, count(close) > 0"
        " from scenarios.paths inner join scenarios.definitions using (as_of, scenario_name)"
        " where as_of = %(as_of)s group by scenario_type order by scenario_type"
    )
    assert rows(landed, query) == [
        ("bootstrap", False, True), ("historical", True, True), ("monte_carlo", False, True),
    ]  # fmt: skip
    panel = load_panel(landed, as_of=AS_OF, scenario_name="Bootstrap 001")
    assert np.isnan(panel.open[:, panel.window_start :]).all()
