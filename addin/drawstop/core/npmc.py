"""The property agreement with NPMC (8-K 2(a)): royalty, commercial production, back-in, shares.

Units, shapes and errors: :mod:`drawstop.core`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from drawstop.core.dates import DAY, first_reached
from drawstop.core.tolerance import complies, whole


def royalty(net_returns: Any, *, rate: Any) -> Any:
    """Royalty on net returns, dollars; a loss bears none (8-K 2(a) Royalty, R-34).

    >>> royalty(np.array([1e6, -1e6]), rate=0.05).tolist()
    [50000.0, 0.0]
    """
    return rate * np.maximum(0.0, net_returns)


def royalty_due(net_returns: Any, *, rate: Any, advance_credit: Any) -> Any:
    """Royalty after the credit for advance royalty, dollars, never below nothing (8-K 2(a) Royalty, R-34).

    >>> royalty_due(1e6, rate=0.05, advance_credit=np.array([20e3, 60e3])).tolist()
    [30000.0, 0.0]
    """
    return np.maximum(0.0, royalty(net_returns, rate=rate) - advance_credit)


def credit_used(
    royalties: NDArray[np.float64], credits_granted: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Credit used against each royalty in turn, and what is left of it after, dollars (8-K 2(a) Extension, R-32).

    Periods run in order along the first axis; further axes, scenarios say, run side by side.

    >>> used, left = credit_used(np.full(3, 400e3), np.array([0.0, 500e3, 0.0]))
    >>> used.tolist(), left.tolist()
    ([0.0, 400000.0, 100000.0], [0.0, 100000.0, 0.0])
    """
    used, left = np.zeros_like(royalties), np.zeros_like(royalties)
    credit = np.zeros_like(royalties[:1]).sum(axis=0)
    for t, (owed, granted) in enumerate(zip(royalties, credits_granted, strict=True)):
        used[t] = np.minimum(owed, credit + granted)
        left[t] = credit = credit + granted - used[t]
    return used, left


def advance_royalty(amount: Any, cpi_base: Any, cpi_now: Any) -> Any:
    """Advance royalty for a one-year extension, dollars, adjusted by a price index (8-K 2(a) Extension, R-33).

    >>> round(advance_royalty(300e3, 149.7, 161.5), 4)  # 300,000 × 161.5 ÷ 149.7
    323647.2946
    """
    return amount * cpi_now / cpi_base


def first_steady_run(
    dates: NDArray[np.datetime64], delivered: NDArray[np.float64], *, days: Any, level: Any
) -> NDArray[np.datetime64]:
    """Day on which ``days`` consecutive calendar days at or above the level are first complete; NaT if never (R-35).

    A missing date breaks the run. ``dates``, in order and each once, and ``delivered`` per day are one series; the
    result has the shape of ``days`` and ``level``, which is in the unit of ``delivered``.

    >>> dates = np.array(["1997-09-01", "1997-09-02", "1997-09-03"], "datetime64[D]")
    >>> str(first_steady_run(dates, np.array([60.0, 70.0, 75.0]), days=2, level=70.0))
    '1997-09-03'
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
    """Last day of the first ``days`` calendar days whose average is at or above the level; NaT if never (R-35).

    A date without a figure counts as zero; the days lie wholly between the first and the last date. Arguments and
    shapes are those of :func:`first_steady_run`.

    100 on the first day, nothing on the second and 110 on the third are 70 a day:

    >>> dates = np.array(["1997-09-01", "1997-09-03"], "datetime64[D]")
    >>> str(first_average_run(dates, np.array([100.0, 110.0]), days=3, level=70.0))
    '1997-09-03'
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
    """Recovered gold, and recovered silver by its value in gold, ounces; prices are dollars an ounce (R-39).

    60,000 + 100,000 × 5.0975 ÷ 382.70:

    >>> round(gold_equivalent(60e3, 100e3, 382.70, 5.0975, gold_recovery=1.0, silver_recovery=1.0), 3)
    61331.983
    """
    return gold * gold_recovery + silver * silver_recovery * silver_price / gold_price


def back_in_open(total_reserve: Any, stated: Any, *, threshold: Any) -> Any:
    """Whether reserves exceed those stated by at least the threshold, all in ounces (8-K 2(a) Back-in, R-38).

    >>> back_in_open(np.array([1_413_999.0, 1_414_000.0]), 414e3, threshold=1e6).tolist()
    [False, True]
    """
    return complies(total_reserve - stated - threshold, threshold)


def back_in_price(costs: Any, *, interest: Any, multiple: Any) -> Any:
    """What NPMC reimburses for its interest in the additional reserves, dollars (8-K 2(a) Back-in).

    ``costs`` are summed over their first axis; further axes, scenarios say, run side by side. ``interest`` is the part
    of the mine that NPMC takes.

    120 per cent of a quarter, of ten million and of two:

    >>> back_in_price(np.array([[4e6, 0.0], [6e6, 2e6]]), interest=0.25, multiple=1.2).tolist()
    [3000000.0, 600000.0]
    """
    return multiple * interest * np.sum(costs, axis=0)


def shares_issued(dollars: Any, prices: Any) -> Any:
    """Whole shares for a payment at the average of the closing prices, dollars a share (8-K 2(a) Consideration, R-31).

    ``prices`` are averaged over their first axis; further axes, scenarios say, run side by side.

    3m ÷ 2.75 and 3m ÷ 3:

    >>> shares_issued(3e6, np.array([[2.50, 2.00], [3.00, 4.00]])).tolist()
    [1090909.0, 1000000.0]
    """
    return whole(dollars / np.mean(prices, axis=0))
