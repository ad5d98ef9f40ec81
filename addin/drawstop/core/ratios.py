"""The Lender's ratios, which are not in the agreement, and the order of payments (R-47).

Units, shapes and errors: :mod:`drawstop.core`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from drawstop.core.proceeds import present_value


def loan_life_cover(
    as_of: Any, dates: Any, cash_available: Any, *, rate: Any, debt: Any, cash: Any, maturity: Any = None
) -> Any:
    """Discounted cash after ``as_of``, up to maturity if given, plus cash on hand, over debt: a ratio.

    Cash and debt are dollars; arguments and shapes are those of :func:`drawstop.core.proceeds.present_value`.

    11m in a year is worth 10m, and there is 1m on hand:

    >>> as_of, maturity = np.array(["1996-09-30", "1997-09-30"], "datetime64[D]")
    >>> dates = np.array(["1996-09-30", "1997-09-30", "1998-09-30"], "datetime64[D]")
    >>> cover = loan_life_cover(as_of, dates, [7e6, 11e6, 9e6], rate=0.1, debt=5e6, cash=1e6, maturity=maturity)
    >>> round(float(cover), 9)
    2.2
    """
    return (present_value(as_of, dates, cash_available, rate=rate, last=maturity) + cash) / debt


def reserve_tail(maturity: Any, dates: Any, ounces: Any) -> Any:
    """Part of the ounces that comes after maturity.

    ``dates`` and ``ounces`` are one series; the result has the shape of ``maturity``.

    >>> dates = np.array(["2000-06-30", "2001-06-30"], "datetime64[D]")
    >>> float(reserve_tail(np.datetime64("2000-12-31"), dates, np.array([60e3, 20e3])))
    0.25
    """
    after = np.where(dates > np.asarray(maturity)[..., None], ounces, 0.0)
    return after.sum(axis=-1) / ounces.sum()


def debt_capacity(as_of: Any, dates: Any, cash_available: Any, *, rate: Any, dscr: Any, maturity: Any = None) -> Any:
    """Debt that discounted cash after ``as_of`` and up to ``maturity`` supports at a target cover ``dscr``, dollars.

    If maturity is NaT, all cash counts. Arguments and shapes are those of
    :func:`drawstop.core.proceeds.present_value`.

    >>> dates = np.array(["1997-09-30"], "datetime64[D]")
    >>> round(float(debt_capacity(np.datetime64("1996-09-30"), dates, [11e6], rate=0.1, dscr=1.25)), 4)
    8000000.0
    """
    last = None if maturity is None else np.where(np.isnat(maturity), np.datetime64("9999-12-31"), maturity)
    return present_value(as_of, dates, cash_available, rate=rate, last=last) / dscr


def waterfall(cash: float, due: NDArray[np.float64], rank: NDArray[Any]) -> NDArray[np.float64]:
    """Payment of each claim, dollars: a rank is paid only once the ranks before it are paid in full.

    ``due`` and ``rank`` are one array of claims, and so is the result. Claims of equal rank share what is left for
    them in proportion to what is due.

    >>> waterfall(100.0, np.array([60.0, 30.0, 70.0]), np.array([1, 2, 2])).tolist()
    [60.0, 12.0, 28.0]
    """
    _, group = np.unique(rank, return_inverse=True)
    sums = np.bincount(group, weights=due)
    left = np.maximum(0.0, np.subtract.accumulate(np.r_[cash, sums])[:-1])[group]  # if all ranks before it are paid
    part = np.divide(due, sums[group], out=np.zeros_like(due), where=due > 0)
    paid: NDArray[np.float64] = np.where(left >= sums[group], due, left * part)
    return paid
