"""The property agreement with NPMC (8-K 2(a)): royalty, commercial production, back-in, shares."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from drawstop.core.dates import DAY, first_reached
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
    dates: NDArray[np.datetime64], delivered: NDArray[np.float64], *, days: Any, level: Any
) -> NDArray[np.datetime64]:
    """Day on which ``days`` consecutive calendar days at or above the level are first complete; NaT if never.

    ``days`` and ``level`` broadcast; dates, each once, and deliveries are one series.
    """
    days, level = np.asarray(days)[..., None], np.asarray(level)[..., None]
    good = complies(delivered - level, level)
    position = np.arange(1, len(dates) + 1)
    next_day = np.r_[False, np.diff(dates) == DAY][: len(dates)]
    before_run = np.maximum.accumulate(np.where(good, np.where(next_day, 0, position - 1), position), axis=-1)
    return first_reached(dates, good & (position - before_run >= days))


def first_average_run(
    dates: NDArray[np.datetime64], delivered: NDArray[np.float64], *, days: Any, level: Any
) -> NDArray[np.datetime64]:
    """Last day of the first ``days`` calendar days whose average is at or above the level; NaT if never.

    A date without a figure counts as zero; the days lie wholly between the first and the last date. ``days`` and
    ``level`` broadcast.
    """
    days, level = np.asarray(days)[..., None], np.asarray(level)[..., None]
    span = (dates[-1] - dates[0]) // DAY + 1 if len(dates) else 0
    reach = (np.minimum(days, span).astype(np.int64) - 1) * DAY
    # a window's sum grows, as its end moves on, only on a date that has a figure
    ends = np.maximum(dates, dates[:1] + reach)
    total = np.r_[0.0, np.cumsum(delivered)]
    upto = np.searchsorted(dates, ends, side="right")
    since = np.searchsorted(dates, ends - reach, side="left")
    reached = complies(total[upto] - total[since] - level * days, level * days)
    return first_reached(ends, reached & (days <= span))


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
