"""Paths of gold, silver and LIBOR: each is its assumption times a lognormal factor of mean one.

The logarithm of a factor follows an Ornstein-Uhlenbeck process that starts at the as-of date, with volatility σ and
return κ to the assumption::

    dx = −κ x dt + σ dW,    factor = exp(x − Var(x) / 2)

With κ = 0 that is the geometric Brownian motion of F. Black and M. Scholes, without drift: on average the price
is the workbook's assumption, so that the paths spread around the base case. With κ > 0 it is the first model of
E. Schwartz, "The Stochastic Behavior of Commodity Prices", Journal of Finance 52(3), 1997, and for a rate of interest
that of F. Black and P. Karasinski, Financial Analysts Journal 47(4), 1991: a rate stays above zero.

σ and the correlations come from the daily history. κ does not: in the two and a half years to July 1996 gold kept
between 369 and 415 dollars, and a regression finds a κ near 10 a year, which would hardly let a price move; two years
later it was at 273. So κ is a judgement, stated on sheet Risk.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lender_model.case import CASE, CaseError, fixings
from lender_model.grid import Values
from lender_model.risk import RiskError
from lender_model.sheets.risk import PAIRS, SERIES

SPAN = 5
"""Fixings over which a change is measured: over a week it matters less that the three are fixed at different hours,
and that LIBOR moves in sixteenths."""
LEAST_DAYS = 60
DAYS_A_YEAR = 365.25

Array = NDArray[np.float64]


@dataclass(frozen=True)
class History:
    """The statistics of the daily fixings.

    Attributes:
        days: number of days on which all three were fixed.
        volatility: of gold, silver and LIBOR, per square root of a year.
        correlation: of the three, 3 × 3.
    """

    days: int
    volatility: Array
    correlation: Array


@dataclass(frozen=True)
class Dynamics:
    """The processes of gold, silver and LIBOR.

    Attributes:
        volatility: per square root of a year.
        reversion: κ, per year.
        correlation: 3 × 3, positive definite.
    """

    volatility: Array
    reversion: Array
    correlation: Array


def history(as_of: np.datetime64, folder: Path = CASE / "market") -> History:
    """Volatility and correlation of the daily fixings up to a date.

    Args:
        as_of: the last day that counts.
        folder: holds the daily files, as the case does.

    Raises:
        CaseError: a file is missing or wrong, or there are too few days.

    Example:
        >>> history(np.datetime64("1996-07-31")).volatility.round(3)
        array([0.071, 0.218, 0.143])
    """
    series = [fixings(key, folder) for key, _ in SERIES]
    days = sorted(day for day in set.intersection(*map(set, series)) if day <= str(as_of))
    if len(days) < LEAST_DAYS:
        raise CaseError(f"{folder}: {len(days)} days with all three fixings up to {as_of}; {LEAST_DAYS} are needed")
    logs = np.log([[fixing[day] for fixing in series] for day in days])
    times = np.array(days, dtype="datetime64[D]").astype(np.float64) / DAYS_A_YEAR
    changes, years = logs[SPAN:] - logs[:-SPAN], times[SPAN:] - times[:-SPAN]
    covariance = changes.T @ changes / years.sum()
    volatility = np.sqrt(np.diag(covariance))
    return History(len(days), volatility, covariance / np.outer(volatility, volatility))


def dynamics(values: Values, past: History) -> Dynamics:
    """The processes from sheet Risk; a blank takes the historical figure.

    Raises:
        RiskError: the correlations contradict each other.
    """
    keys = [key for key, _ in SERIES]
    volatility = _stated(values, [f"risk.volatility.{key}" for key in keys], past.volatility)
    pairs = _stated(values, [f"risk.correlation.{key}" for key, _ in PAIRS], past.correlation[np.triu_indices(3, 1)])
    correlation = np.eye(3)
    correlation[np.triu_indices(3, 1)] = pairs
    correlation = correlation + np.triu(correlation, 1).T
    if np.linalg.eigvalsh(correlation).min() < 1e-9:
        raise RiskError("sheet Risk: the three correlations contradict each other; no prices can have them")
    return Dynamics(volatility, np.array([values[f"risk.reversion.{key}"] for key in keys]), correlation)


def _stated(values: Values, keys: list[str], otherwise: Array) -> Array:
    stated = np.array([values[key] for key in keys], dtype=np.float64)
    return np.where(np.isnan(stated), otherwise, stated)


@dataclass(frozen=True)
class Market:
    """Factors of gold, silver and LIBOR, ready to be drawn; arrays of three rows and a column for each coming month.

    Attributes:
        past: months up to the as-of date.
        stays: part of the previous month's deviation that remains.
        spread: standard deviation of the month's shock.
        variance: of the deviation.
        mix: turns independent shocks into correlated ones, 3 × 3.
    """

    past: int
    stays: Array
    spread: Array
    variance: Array
    mix: Array

    def factors(self, rng: np.random.Generator, paths: int) -> Array:
        """Factors by which the assumptions are multiplied: 3 × months × paths; 1 up to the as-of date.

        The second half of the paths has the shocks of the first with the opposite sign (J. Hammersley and K. Morton,
        "A New Monte Carlo Technique: Antithetic Variates", 1956): half the numbers to draw, and steadier averages.
        """
        months, half = self.spread.shape[1], paths // 2
        shocks = rng.standard_normal((3, months, half)).reshape(3, -1)
        deviation = (self.mix @ shocks).reshape(3, months, half)
        deviation *= self.spread[..., None]
        for t in range(1, months):
            deviation[:, t] += self.stays[:, t, None] * deviation[:, t - 1]
        factors = np.ones((3, self.past + months, paths))
        coming = factors[:, self.past :]
        np.subtract(deviation, self.variance[..., None] / 2, out=coming[..., :half])
        np.subtract(-self.variance[..., None] / 2, deviation, out=coming[..., half:])
        np.exp(coming, out=coming)
        return factors


def market(process: Dynamics, as_of: np.datetime64, ends: NDArray[Any]) -> Market:
    """The factors for the months of the model.

    The model uses a month's average for gold and silver, whose spread is about that of the price in mid-month, and the
    last fixing for LIBOR.

    Args:
        process: the three processes.
        as_of: when they start.
        ends: the month-ends.

    Example:
        A price without volatility stays at its assumption:

        >>> ends = np.array(["1996-07-31", "1996-08-31", "1996-09-30"], dtype="datetime64[D]")
        >>> still = Dynamics(np.zeros(3), np.zeros(3), np.eye(3))
        >>> market(still, ends[0], ends).factors(np.random.default_rng(1), 2)[0]
        array([[1., 1.],
               [1., 1.],
               [1., 1.]])
    """
    coming = ends[ends > as_of]
    month_end = (coming - as_of) / np.timedelta64(1, "D") / DAYS_A_YEAR
    times = np.maximum(0.0, np.array([month_end - 1 / 24, month_end - 1 / 24, month_end]))
    steps, reversion = np.diff(times, prepend=0.0), process.reversion[:, None]
    stays = np.exp(-reversion * steps)
    with np.errstate(invalid="ignore"):
        unit = np.where(reversion > 0, -np.expm1(-2 * reversion * steps) / (2 * reversion), steps)
    spread = process.volatility[:, None] * np.sqrt(unit)
    variance = np.zeros(spread.shape)
    for t in range(len(coming)):
        variance[:, t] = stays[:, t] ** 2 * variance[:, t - 1] + spread[:, t] ** 2
    mix = np.linalg.cholesky(process.correlation).astype(np.float64)
    return Market(len(ends) - len(coming), stays, spread, variance, mix)
