"""The realism card: moments of a family of paths beside those of the days it was made from, and what is off.

==========================  =================================================================  ====================
moment                      what it is                                                         judged against
==========================  =================================================================  ====================
volatility                  annualised, of daily log returns                                   the band
skew, excess_kurtosis       population moments of daily log returns                            the band
return_autocorrelation      lag 1                                                              the band, and none
squared_autocorrelation_k   of squared returns about their mean, lags k = 1 to 5: clustering   the band
leverage_effect             correlation of a return with squared returns 1 to 5 days later     the band
max_drawdown                of the compounded path                                             the band
mean_correlation            of all pairs of series, paths joined together                      source +- 0.05
eigenvalue_k                of that correlation matrix, the five largest                       source +- 15 %
eigen_stability             mean ratio of the smaller to the larger of each of these           at least 0.8
==========================  =================================================================  ====================

Moments of paths are means over series, then over paths. **The band** holds 95 % of the values that single block
bootstraps of the source give, of the same length as the paths: kurtosis and autocorrelations depend on the number of
days, so those of two years say nothing about a year. Correlations are of all paths joined together, since those of a
single path are sampling noise.

**Filtered simulations** change volatility, and correlation with it, on purpose: theirs is judged on the standardised
residuals they draw (``residual_...``), while that of raw returns is reported without a bound.

A series without volatility takes no part. A family that fails a bound is WARN, never FAIL: its paths can be used, by
someone who knows what they lack.

References
----------
.. [1] Cont (2001), "Empirical properties of asset returns: stylized facts and statistical issues", Quantitative Finance
   1(2), 223-236.
.. [2] Black (1976), "Studies of stock price volatility changes", Proceedings of the American Statistical Association,
   177-181 (leverage effect).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tetra.errors import ScenarioError
from tetra.metrics.drawdowns import max_drawdown
from tetra.metrics.ratios import annualized_volatility
from tetra.metrics.tail_risk import excess_kurtosis, skew
from tetra.scenarios.bootstrap import draw_blocks
from tetra.scenarios.scenario import Check, CheckStatus
from tetra.typing import FloatArray

TRADING_DAYS = 252
"""Sessions a year: panels stand on the stock calendar."""

BAND = (0.025, 0.975)
"""Quantiles of the bootstraps: a 95 % band."""

BAND_RESAMPLES = 200
"""Enough that the band's ends vary by a tenth of its width from seed to seed."""

LAGS = (1, 2, 3, 4, 5)
"""Days between two squared returns, and from a return to a later squared one."""

LARGEST = 5
"""Eigenvalues compared; fewer where there are fewer series."""

CORRELATION_TOLERANCE = 0.05
EIGENVALUE_TOLERANCE = 0.15
LEAST_STABILITY = 0.8
NORMAL_QUANTILE = 1.96
"""Of the 95 % interval in which the autocorrelation of independent returns lies, in units of one over root days."""


@dataclass(frozen=True)
class Moment:
    """One line of the card.

    Parameters
    ----------
    name : str
    source, observed : float
        Of the source's days, and of the paths.
    lower, upper : float or None
        What the observed value has to lie between; None where it is reported only.
    status : {"PASS", "WARN"}
    """

    name: str
    source: float
    observed: float
    lower: float | None
    upper: float | None
    status: CheckStatus

    def as_check(self) -> Check:
        """Return the line as a check to be stored, named ``realism_`` and the moment's name."""
        return Check(f"realism_{self.name}", self.status, self.observed, self.lower, self.upper)


@dataclass(frozen=True)
class Source:
    """What paths are compared with; worked out once for all families made from the same days.

    Parameters
    ----------
    log_returns : ndarray of shape (n_series, n_days)
    moments : dict of str to float
    bands : dict of str to tuple of float
        Lower and upper, for paths of ``sessions`` days.
    sessions : int
    """

    log_returns: FloatArray
    moments: dict[str, float]
    bands: dict[str, tuple[float, float]]
    sessions: int


def describe_source(
    log_returns: FloatArray,
    *,
    sessions: int,
    block_length: int,
    rng: np.random.Generator,
    resamples: int = BAND_RESAMPLES,
) -> Source:
    """Return the moments of a source and the bands of its bootstraps.

    Parameters
    ----------
    log_returns : ndarray of shape (n_series, n_days)
        Daily log returns of the tradable series, finite.
    sessions : int
        Length of the paths to come.
    block_length : int
        Of the bootstraps.
    rng : Generator
    resamples : int
    """
    drawn = [
        path_moments(
            np.take(
                log_returns, draw_blocks(log_returns.shape[1], sessions, block_length=block_length, rng=rng), axis=1
            )
        )
        for _ in range(resamples)
    ]
    bands = {}
    for name in drawn[0]:
        lower, upper = np.nanquantile([moments[name] for moments in drawn], BAND)
        bands[name] = (float(lower), float(upper))
    none = NORMAL_QUANTILE / sessions**0.5
    lower, upper = bands["return_autocorrelation"]
    bands["return_autocorrelation"] = (min(lower, -none), max(upper, none))
    return Source(log_returns, path_moments(log_returns), bands, sessions)


def card(
    source: Source, paths: FloatArray, *, residuals: tuple[FloatArray, FloatArray] | None = None
) -> tuple[Moment, ...]:
    """Return the card of a family of paths.

    Parameters
    ----------
    source : Source
    paths : ndarray of shape (n_paths, n_series, n_sessions)
        Daily log returns, finite, of the source's series in their order. Of a large family some hundred paths will do.
    residuals : tuple of ndarray, optional
        Of a filtered simulation: the source's standardised residuals, shape (n_series, n_days), and those of the paths
        joined together, shape (n_series, n_paths * n_sessions).

    Returns
    -------
    tuple of Moment
        In the order of the table above, those of residuals last.

    Raises
    ------
    ScenarioError
        If the paths are of another number of series or sessions than the source was described for.
    """
    wanted = (source.log_returns.shape[0], source.sessions)
    if paths.shape[1:] != wanted:
        raise ScenarioError(f"paths are of {paths.shape[1:]} series and sessions; give the source's {wanted}")
    each = [path_moments(path) for path in paths]
    lines = [
        _judge(name, value, float(np.mean([moments[name] for moments in each])), *source.bands[name])
        for name, value in source.moments.items()
    ]
    joined = paths.swapaxes(0, 1).reshape(paths.shape[1], -1)
    lines += joint_moments(source.log_returns, joined, is_judged=residuals is None)
    if residuals is not None:
        lines += joint_moments(*residuals, prefix="residual_")
    return tuple(lines)


def path_card(source: Source, log_returns: FloatArray) -> tuple[Moment, ...]:
    """Return the card of one path; of a good model's paths one in twenty lies outside each band.

    Parameters
    ----------
    source : Source
    log_returns : ndarray of shape (n_series, n_sessions)
        Daily, finite, of the source's series in their order.
    """
    moments = path_moments(log_returns)
    return tuple(_judge(name, value, moments[name], *source.bands[name]) for name, value in source.moments.items())


def path_moments(log_returns: FloatArray) -> dict[str, float]:
    """Return the moments of one path, means over its series.

    Parameters
    ----------
    log_returns : ndarray of shape (n_series, n_days)
        Finite; more days than the longest lag.

    Returns
    -------
    dict of str to float
        In the order of the card; NaN where no series varies.
    """
    days = np.ascontiguousarray(log_returns[np.ptp(log_returns, axis=1) > 0.0].T)
    centred = days - days.mean(axis=0)
    squared = centred**2 - (centred**2).mean(axis=0)
    moments = {
        "volatility": annualized_volatility(days, periods_per_year=TRADING_DAYS),
        "skew": skew(days),
        "excess_kurtosis": excess_kurtosis(days),
        "return_autocorrelation": _lagged_correlation(centred, centred, 1),
        **{f"squared_autocorrelation_{lag}": _lagged_correlation(squared, squared, lag) for lag in LAGS},
        "leverage_effect": np.mean([_lagged_correlation(centred, squared, lag) for lag in LAGS], axis=0),
        "max_drawdown": max_drawdown(np.expm1(days)),
    }
    return {name: float(np.mean(values)) if days.size else np.nan for name, values in moments.items()}


def joint_moments(
    source: FloatArray, joined: FloatArray, *, prefix: str = "", is_judged: bool = True
) -> tuple[Moment, ...]:
    """Return the lines on correlation.

    Parameters
    ----------
    source, joined : ndarray of shape (n_series, n_days)
        Returns of the source, and of the paths joined together. Series that do not vary in the source take no part.
    prefix : str
        Of the lines' names.
    is_judged : bool
        Whether there are bounds.
    """
    varies = np.ptp(source, axis=1) > 0.0
    if varies.sum() < 2:
        return ()
    (mean, values), (path_mean, path_values) = (_spectrum(returns[varies]) for returns in (source, joined))
    stability = float(np.mean(np.minimum(values, path_values) / np.maximum(values, path_values)))
    lines = [("mean_correlation", mean, path_mean, CORRELATION_TOLERANCE)]
    for number, (value, observed) in enumerate(zip(values.tolist(), path_values.tolist(), strict=True), start=1):
        lines.append((f"eigenvalue_{number}", value, observed, EIGENVALUE_TOLERANCE * value))
    judged = [
        _judge(prefix + name, value, observed, value - width, value + width)
        if is_judged
        else _judge(prefix + name, value, observed, None, None)
        for name, value, observed, width in lines
    ]
    bound = LEAST_STABILITY if is_judged else None
    return (*judged, _judge(f"{prefix}eigen_stability", 1.0, stability, bound, None))


def _spectrum(returns: FloatArray) -> tuple[float, FloatArray]:
    """Return the mean correlation of pairs, and the largest eigenvalues, descending."""
    correlation: FloatArray = np.asarray(np.corrcoef(returns), dtype=np.float64)
    count = correlation.shape[0]
    mean = (correlation.sum() - count) / (count * (count - 1))
    eigenvalues: FloatArray = np.linalg.eigvalsh(correlation)[::-1][:LARGEST].astype(np.float64)
    return float(mean), eigenvalues


def _lagged_correlation(first: FloatArray, later: FloatArray, lag: int) -> FloatArray:
    """Return sums of products ``lag`` days apart over the root of both sums of squares; both are about their means."""
    products = np.einsum("ts,ts->s", first[:-lag], later[lag:])
    scale = np.sqrt(np.einsum("ts,ts->s", first, first) * np.einsum("ts,ts->s", later, later))
    correlation: FloatArray = products / scale
    return correlation


def _judge(name: str, source: float, observed: float, lower: float | None, upper: float | None) -> Moment:
    # written so that an undefined value does not pass
    holds = (lower is None or observed >= lower) and (upper is None or observed <= upper)
    return Moment(name, source, observed, lower, upper, "PASS" if holds else "WARN")
