"""When sessions close, which dbt knows by rule, against the exchange's calendar: a list of half days ages."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.dbt.real_closes import add_instruments, land, read

from tetra.calendars import STOCK_CALENDAR, session_hours

pytestmark = pytest.mark.postgres


def test_closes_of_sessions_are_those_of_the_exchange(dbt: Any) -> None:
    sessions = np.arange(np.datetime64("1993-01-01"), np.datetime64("2026-01-01"))
    closes = session_hours(STOCK_CALENDAR, sessions)[1]
    sessions, closes = sessions[~np.isnat(closes)], closes[~np.isnat(closes)]
    with dbt.connect() as connection:
        add_instruments(connection, {"SPX": "index"})
        land(connection, "SPX", pd.Series(100.0, index=pd.DatetimeIndex(sessions)))
    outcome = dbt("run", "--select", "+int_sessions_numbered", as_of="2025-12-31")
    assert outcome.returncode == 0, outcome.output
    numbered = read(dbt, "select * from intermediate.int_sessions_numbered order by session_number")
    assert numbered["session_date"].tolist() == sessions.tolist()
    assert numbered["session_number"].tolist() == list(range(1, sessions.size + 1))
    found = pd.to_datetime(numbered["closes_at"], utc=True).dt.tz_convert(None)
    wrong = sessions[found.to_numpy().astype("datetime64[us]") != closes]
    assert wrong.tolist() == []
    assert numbered["is_half_day"].sum() > 60
