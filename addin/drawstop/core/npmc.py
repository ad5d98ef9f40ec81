"""The property agreement with NPMC (8-K 2(a)): royalty, commercial production, back-in, shares."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from drawstop.core.dates import DAY
from drawstop.core.tolerance import complies, whole


def royalty(net_returns: Any, *, rate: Any) -> Any:
    """Royalty on net returns; a loss bears none (R-34)."""
    return rate * np.maximum(0.0, net_returns)


def royalty_due(net_returns: Any, *, rate: Any, advance_credit: Any) -> Any:
    """Royalty after the credit for advance royalty."""
    return np.maximum(0.0, royalty(net_returns, rate=rate) - advance_credit)


def credit_used(
    royalties: NDArray[np.float64], credits_granted: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Credit used against each royalty in turn, and what is left of it after (R-32).

    Rows are periods in order; further axes, scenarios say, run side by side.
    """
    used, left = np.zeros_like(royalties), np.zeros_like(royalties)
    credit = np.zeros_like(royalties[:1]).sum(axis=0)
    for t, (owed, granted) in enumerate(zip(royalties, credits_granted, strict=True)):
        used[t] = np.minimum(owed, credit + granted)
        left[t] = credit = credit + granted - used[t]
    return used, left


def advance_royalty(amount: Any, cpi_base: Any, cpi_now: Any) -> Any:
    """Advance royalty for a one-year extension, adjusted for inflation (R-33)."""
    return amount * cpi_now / cpi_base


def first_steady_run(
    dates: NDArray[np.datetime64], delivered: NDArray[np.float64], *, days: int, level: float
) -> np.datetime64:
    """Day on which ``days`` consecutive calendar days at or above the level are first complete; NaT if never."""
    good = complies(delivered - level, level)
    position = np.arange(len(dates))
    unbroken = np.r_[False, dates[1:] - dates[:-1] == DAY] & np.r_[False, good[:-1]]
    start = np.maximum.accumulate(np.where(unbroken, 0, position))
    reached = good & (position - start + 1 >= days)
    return _first(dates, reached)


def first_average_run(
    dates: NDArray[np.datetime64], delivered: NDArray[np.float64], *, days: int, level: float
) -> np.datetime64:
    """Last day of the first ``days`` calendar days whose average is at or above the level; NaT if never.

    A date without a figure counts as zero; the days lie wholly between the first and the last date.
    """
    if not len(dates) or (dates[-1] - dates[0]) // DAY + 1 < days:
        return np.datetime64("NaT", "D")
    # the sum of a window peaks, as its end moves, on a date that has a figure or never reaches the level
    ends = np.maximum(dates, dates[0] + (days - 1) * DAY)
    total = np.r_[0.0, np.cumsum(delivered)]
    upto = np.searchsorted(dates, ends, side="right")
    since = np.searchsorted(dates, ends - (days - 1) * DAY, side="left")
    return _first(ends, complies(total[upto] - total[since] - level * days, level * days))


def _first(dates: NDArray[np.datetime64], reached: NDArray[np.bool_]) -> np.datetime64:
    return dates[np.argmax(reached)] if reached.any() else np.datetime64("NaT", "D")


def gold_equivalent(
    gold: Any, silver: Any, gold_price: Any, silver_price: Any, *, gold_recovery: Any, silver_recovery: Any
) -> Any:
    """Recovered gold, and silver by its value in gold, in ounces (R-39)."""
    return gold * gold_recovery + silver * silver_recovery * silver_price / gold_price


def back_in_open(total_reserve: Any, stated: Any, *, threshold: Any) -> Any:
    """Whether reserves exceed those stated by at least the threshold (R-38)."""
    return complies(total_reserve - stated - threshold, threshold)


def back_in_price(costs: Any, *, interest: Any, multiple: Any) -> Any:
    """What NPMC reimburses for its interest in the additional reserves."""
    return multiple * interest * np.sum(costs)


def shares_issued(dollars: Any, prices: Any) -> Any:
    """Whole shares for a payment at the average of the closing prices (R-31)."""
    return whole(dollars / np.mean(prices))
