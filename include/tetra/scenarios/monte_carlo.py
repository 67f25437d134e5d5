"""Filtered historical simulation: GARCH(1,1) per symbol, standardised residual vectors drawn by date.

Each symbol's log returns are filtered by a GARCH(1,1) with constant mean. A simulated day draws one real date
for all symbols and scales each symbol's residual of that date by its simulated volatility: the cross-section
of residuals is a real day's, while volatility starts from today's state and clusters by the model.

**Bars.** The drawn day's whole bar (open, high, low and close in logs, relative to the close before) is
stretched about the mean by the ratio of simulated to fitted volatility of that day. One affine map with a
positive slope serves all four prices, so low <= open, close <= high holds as on the real day, and the
intraday range scales with daily volatility as it does for a diffusion. Volume is the drawn day's. Nothing is
made up where the source has no field.

**Drift and ceiling.** Paths drift as the sample did: the mean that the GARCH fit estimates is weighted towards calm
days and was measured to lie up to 0.27 a year above the sample's. Simulated variance is held at or below the highest
that the model fitted to the sample: with fat-tailed residuals the bare recursion runs away (daily log returns of +14
as of March 2020, from a sample whose largest was 0.31).

**Fallback.** Where the fit fails, does not converge, or is not stationary within the sample, the symbol keeps
its sample mean and a constant volatility, its residuals being its plain returns; the reason is kept with the
scenario.

References
----------
.. [1] Barone-Adesi, Giannopoulos and Vosper (1999), "VaR without correlations for portfolios of derivative
   securities", Journal of Futures Markets 19(5), 583-602.
.. [2] Bollerslev (1986), "Generalized autoregressive conditional heteroskedasticity", Journal of Econometrics
   31(3).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from arch import arch_model

from tetra.scenarios.lookback import Lookback, at_draws, compound
from tetra.scenarios.scenario import Bars
from tetra.typing import FloatArray, IntArray

FLAT = 1e-10
"""Log returns within this range are one value, computed with rounding."""

PERCENT = 100.0
"""Returns are fitted in percent: the optimiser of ``arch`` wants a variance near 1."""


@dataclass(frozen=True)
class Garch:
    """GARCH(1,1) of a symbol: ``variance[t+1] = omega + alpha * shock[t]**2 + beta * variance[t]``.

    Parameters
    ----------
    mean : float
        Log return per day, as a fraction.
    omega, alpha, beta : float
        In squared fractions, and without unit.
    volatility : ndarray of shape (n_days,)
        Fitted conditional volatility of each day, fraction per day.
    next_variance : float
        Forecast for the day after the last.
    fallback : str or None
        Why volatility is held constant; None for a model that was fitted.
    """

    mean: float
    omega: float
    alpha: float
    beta: float
    volatility: FloatArray
    next_variance: float
    fallback: str | None = None

    @property
    def unconditional_variance(self) -> float:
        """Long-run variance per day."""
        return self.omega / (1.0 - self.alpha - self.beta)


@dataclass(frozen=True)
class FilteredReturns:
    """The fitted models of all tradable series of a lookback, and its days as residuals.

    Parameters
    ----------
    mean : ndarray of shape (n_series,)
        Mean log return per day of the sample: the drift of the paths.
    omega, alpha, beta, next_variance, unconditional_variance : ndarray of shape (n_series,)
        Of the fitted models.
    highest_variance : ndarray of shape (n_series,)
        The largest that the model fitted to any day of the sample, or forecasts for the next.
    centre, scale : ndarray of shape (n_series, n_days)
        A day's log price ratio ``x`` is ``(x - centre) / scale`` in units of volatility. Residuals of closes
        so measured have mean 0 and variance 1 over the days, so that simulated variance is the model's.
    log_ratios : Bars of shape (n_series, n_days)
        Log of each day's prices over the close before; volume as it is.
    fallbacks : dict of str to str
        Reason per symbol that is held at constant volatility.
    """

    mean: FloatArray
    omega: FloatArray
    alpha: FloatArray
    beta: FloatArray
    next_variance: FloatArray
    unconditional_variance: FloatArray
    highest_variance: FloatArray
    centre: FloatArray
    scale: FloatArray
    log_ratios: Bars
    fallbacks: dict[str, str]


def fit_garch(log_returns: FloatArray) -> Garch:
    """Return the GARCH(1,1) of a series by quasi maximum likelihood, or its documented fallback.

    Parameters
    ----------
    log_returns : ndarray of shape (n_days,)
        Fractions, finite.

    Notes
    -----
    A fit counts as stationary when a shock to variance halves within the sample, ``alpha + beta < 0.5 ** (1 /
    n_days)``: a slower one cannot be told from no mean reversion by these days, and its long-run variance is
    arbitrary.
    """
    if np.ptp(log_returns) < FLAT:
        return _constant(log_returns, "returns do not vary")
    model = arch_model(log_returns * PERCENT, mean="Constant", vol="GARCH", p=1, q=1, dist="normal", rescale=False)
    try:
        result = model.fit(disp="off", show_warning=False)
    except (ValueError, np.linalg.LinAlgError) as error:
        return _constant(log_returns, f"GARCH fit failed: {error}")
    mean, omega, alpha, beta = (float(value) for value in result.params)
    if result.convergence_flag != 0:
        return _constant(log_returns, f"GARCH fit did not converge (flag {result.convergence_flag})")
    if not alpha + beta < 0.5 ** (1.0 / log_returns.size):
        return _constant(log_returns, f"GARCH fit is not stationary: alpha + beta = {alpha + beta:.4f}")
    volatility: FloatArray = np.asarray(result.conditional_volatility, dtype=np.float64)
    last_shock = log_returns[-1] * PERCENT - mean
    next_variance = omega + alpha * last_shock**2 + beta * volatility[-1] ** 2
    return Garch(
        mean / PERCENT,
        omega / PERCENT**2,
        alpha,
        beta,
        volatility / PERCENT,
        float(next_variance) / PERCENT**2,
    )


def filter_returns(lookback: Lookback) -> FilteredReturns:
    """Return the fitted models and residuals of a lookback's tradable series, in their order."""
    rows = np.flatnonzero(lookback.is_tradable)
    log_ratios = lookback.ratios().map(lambda field: field[rows]).map_prices(np.log)
    models = [fit_garch(series) for series in log_ratios.close]
    mean, omega, alpha, beta, following, long_run = (
        np.array([getattr(model, name) for model in models])
        for name in ("mean", "omega", "alpha", "beta", "next_variance", "unconditional_variance")
    )
    volatility = np.stack([model.volatility for model in models])
    residuals = (log_ratios.close - mean[:, None]) / volatility
    spread = residuals.std(axis=1, keepdims=True)
    return FilteredReturns(
        mean=log_ratios.close.mean(axis=1),
        omega=omega,
        alpha=alpha,
        beta=beta,
        next_variance=following,
        unconditional_variance=long_run,
        highest_variance=np.maximum(volatility.max(axis=1) ** 2, following),
        centre=mean[:, None] + residuals.mean(axis=1, keepdims=True) * volatility,
        scale=volatility * np.where(spread > 0.0, spread, 1.0),
        log_ratios=log_ratios,
        fallbacks={
            lookback.symbols[row]: model.fallback
            for row, model in zip(rows.tolist(), models, strict=True)
            if model.fallback is not None
        },
    )


def simulate_volatility(
    filtered: FilteredReturns, draws: IntArray, *, initial_variance: Literal["conditional", "unconditional"]
) -> FloatArray:
    """Return each series' simulated volatility along sequences of drawn days.

    Parameters
    ----------
    filtered : FilteredReturns
    draws : ndarray of int, shape (n_paths, n_sessions)
        Days whose residuals are met, the same for all series.
    initial_variance : {"conditional", "unconditional"}
        Of the first session: the forecast from the last day's state, or the long run's.

    Returns
    -------
    ndarray of shape (n_paths, n_series, n_sessions)
        Fraction per day, before the session's own residual is known.
    """
    residuals = np.ascontiguousarray(((filtered.log_ratios.close - filtered.centre) / filtered.scale).T)
    first = filtered.next_variance if initial_variance == "conditional" else filtered.unconditional_variance
    variance = np.broadcast_to(np.minimum(first, filtered.highest_variance), (draws.shape[0], first.size))
    path = np.empty((draws.shape[1], draws.shape[0], first.size))
    for session in range(draws.shape[1]):
        path[session] = variance
        shocks = residuals[draws[:, session]] ** 2 * variance
        following = filtered.omega + filtered.alpha * shocks + filtered.beta * variance
        variance = np.minimum(following, filtered.highest_variance)
    return np.ascontiguousarray(np.sqrt(path).transpose(1, 2, 0))


def simulate(lookback: Lookback, filtered: FilteredReturns, draws: IntArray, volatility: FloatArray) -> Bars:
    """Return the paths of one sequence of drawn days.

    Parameters
    ----------
    lookback : Lookback
    filtered : FilteredReturns
        Of this lookback.
    draws : ndarray of int, shape (n_sessions,)
    volatility : ndarray of shape (n_tradable, n_sessions)
        From :func:`simulate_volatility`.

    Returns
    -------
    Bars of shape (n_series, n_sessions)
    """
    centre, scale = np.take(filtered.centre, draws, axis=1), np.take(filtered.scale, draws, axis=1)
    stretch = volatility / scale
    drawn = at_draws(filtered.log_ratios, draws)
    rows = np.flatnonzero(lookback.is_tradable)
    shape = (len(lookback.symbols), draws.size)

    def spread_out(log_ratios: FloatArray) -> FloatArray:
        ratios = np.ones(shape)  # series that nobody trades are set to levels by compound
        ratios[rows] = np.exp(filtered.mean[:, None] + stretch * (log_ratios - centre))
        return ratios

    ratios = replace(drawn.map_prices(spread_out), volume=np.take(lookback.bars.volume, draws, axis=1))
    return compound(lookback, draws, ratios)


def _constant(log_returns: FloatArray, reason: str) -> Garch:
    # a flat series has residuals of 0, whatever they are scaled by
    variance = float(log_returns.var()) or 1.0
    return Garch(
        mean=float(log_returns.mean()),
        omega=variance,
        alpha=0.0,
        beta=0.0,
        volatility=np.full(log_returns.size, variance**0.5),
        next_variance=variance,
        fallback=reason,
    )
