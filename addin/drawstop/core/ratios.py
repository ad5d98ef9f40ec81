"""The Lender's ratios and the order of payments."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from drawstop.core.proceeds import present_value


def loan_life_cover(
    as_of: Any, dates: Any, cash_available: Any, *, rate: Any, debt: Any, cash: Any, maturity: Any = None
) -> Any:
    """Discounted cash after ``as_of``, up to maturity if given, and cash at hand, over debt."""
    return (present_value(as_of, dates, cash_available, rate=rate, last=maturity) + cash) / debt


def reserve_tail(maturity: Any, dates: Any, ounces: Any) -> Any:
    """Share of the ounces that comes after maturity."""
    after = np.where(dates > np.asarray(maturity)[..., None], ounces, 0.0)
    return after.sum(axis=-1) / ounces.sum()


def debt_capacity(as_of: Any, dates: Any, cash_available: Any, *, rate: Any, dscr: Any) -> Any:
    """Debt that discounted cash supports at a target cover."""
    return present_value(as_of, dates, cash_available, rate=rate) / dscr


def waterfall(cash: float, due: NDArray[np.float64]) -> NDArray[np.float64]:
    """What is paid of each claim, in order of priority."""
    left = np.subtract.accumulate(np.r_[cash, due])[:-1]  # if all claims before it are paid
    paid: NDArray[np.float64] = np.clip(left, 0.0, due)
    return paid
