"""Results count as the same within a tolerance, and accounts that never traded only where both sides say so."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from tests.bench.contest import COMPARED, Contestant, ContestantEnded, Outcome, difference, failures

RESULTS = np.array([[0.25, -0.1, 1.5], [4.0, -0.3, 0.9]])


def test_the_same_results_do_not_differ():
    assert difference(RESULTS, RESULTS, tolerance=1e-9) is None


@pytest.mark.parametrize(("column", "name"), list(enumerate(COMPARED)))
def test_a_result_that_is_off_is_named_with_its_series(column: int, name: str):
    theirs = RESULTS.copy()
    theirs[1, column] += 1e-7
    text = difference(RESULTS, theirs, tolerance=1e-9)
    assert text is not None
    assert text.startswith(f"{name} of series 1 is")
    assert text.endswith("1 series differ")


def test_large_results_are_compared_relatively():
    theirs = RESULTS * [[1.0, 1.0, 1.0], [1.0 + 5e-10, 1.0, 1.0]]
    assert difference(RESULTS, theirs, tolerance=1e-9) is None
    assert difference(RESULTS, theirs, tolerance=1e-10) is not None


@pytest.mark.parametrize("sharpe", [0.0, np.inf, np.nan])
def test_an_account_that_never_traded_has_no_sharpe_ratio_whatever_others_say(sharpe: float):
    ours = np.vstack([RESULTS, [0.0, 0.0, np.nan]])
    theirs = np.vstack([RESULTS, [0.0, 0.0, sharpe]])
    assert difference(ours, theirs, tolerance=1e-9) is None


def test_an_account_that_only_they_traded_differs():
    ours = np.vstack([RESULTS, [0.0, 0.0, np.nan]])
    theirs = np.vstack([RESULTS, [0.1, 0.0, 2.0]])
    assert "series 2" in str(difference(ours, theirs, tolerance=1e-9))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_result_that_only_they_lack_differs(value: float):
    theirs = RESULTS.copy()
    theirs[0, 2] = value
    assert "sharpe_ratio of series 0" in str(difference(RESULTS, theirs, tolerance=1e-9))


def test_every_way_is_held_against_the_reference():
    off = RESULTS + 1e-3
    outcome = Outcome(results={("tetra", "four"): RESULTS, ("peer", "good"): RESULTS, ("peer", "bad"): off})
    assert list(failures(outcome, ("tetra", "four"), tolerance=1e-9)) == [("peer", "bad")]


def test_the_fastest_way_of_an_engine_is_found_among_those_asked_for():
    outcome = Outcome(seconds={("peer", "slow"): 3.0, ("peer", "fast"): 1.0, ("peer", "fastest"): 0.5})
    assert outcome.fastest("peer", ["slow", "fast"]) == ("fast", 1.0)


def contestant(folder: Path, script: str) -> Contestant:
    (folder / "script.py").write_text(script)
    return Contestant("peer", Path(sys.executable), folder / "script.py", folder / "prices.npy")


SERVING = """
import numpy as np
from served import load, serve
prices = load()
serve({"ends": lambda first, last: exit(7) if last - first > 64 else prices, "sums": lambda first, last: prices + 1},
      prices.shape[0])
"""


def test_a_contestant_runs_the_way_it_is_told_and_leaves_its_results(tmp_path: Path):
    np.save(tmp_path / "prices.npy", RESULTS)
    with contestant(tmp_path, SERVING) as peer:
        assert peer.ways == ["ends", "sums"]
        assert peer.run("sums") > 0.0
        np.testing.assert_array_equal(peer.results("sums"), RESULTS + 1.0)


def test_a_contestant_that_ends_in_its_turn_is_named_with_its_exit_status(tmp_path: Path):
    np.save(tmp_path / "prices.npy", np.ones((65, 3)))
    with contestant(tmp_path, SERVING) as peer, pytest.raises(ContestantEnded, match="peer ended with exit status 7"):
        peer.run("ends")


def test_a_contestant_that_does_not_start_is_named_with_its_exit_status(tmp_path: Path):
    np.save(tmp_path / "prices.npy", RESULTS)
    with pytest.raises(ContestantEnded, match="peer ended with exit status 3"), contestant(tmp_path, "exit(3)"):
        pass
