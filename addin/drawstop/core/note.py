"""The parent's convertible note (8-K 5(a) Convertible Note, Forced Conversion, Note Interest)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from drawstop.core.dates import first_reached, year_fraction
from drawstop.core.tolerance import whole


def conversion_shares(principal: Any, conversion_price: Any) -> Any:
    """Whole shares that the note converts into (R-22)."""
    return whole(principal / conversion_price)


def closes_above(closes: NDArray[np.float64], trigger: Any) -> NDArray[np.int64]:
    """Length of the run of closes strictly above the trigger that each close ends (R-23), along the last axis."""
    position = np.arange(1, len(closes) + 1)
    above = closes > np.asarray(trigger)[..., None]
    run: NDArray[np.int64] = position - np.maximum.accumulate(np.where(above, 0, position), axis=-1)
    return run


def forced_conversion(
    dates: NDArray[np.datetime64], closes: NDArray[np.float64], in_default: Any, *, trigger: Any, days: Any
) -> NDArray[np.datetime64]:
    """First date on which the Company may require conversion; NaT if there is none.

    ``trigger`` and ``days`` broadcast; dates and closes are one series, and ``in_default`` may stand beside them.
    """
    long_enough = closes_above(closes, trigger) >= np.asarray(days)[..., None]
    return first_reached(dates, long_enough & ~np.asarray(in_default))


def price_after_split(price: Any, shares_before: Any, shares_after: Any) -> Any:
    """Conversion price after a split or stock dividend (R-26)."""
    return price * shares_before / shares_after


def price_after_issue(price: Any, outstanding: Any, new_shares: Any, new_price: Any) -> Any:
    """Conversion price after an issue below it, by the weighted average; never above the price (R-26)."""
    averaged = (price * outstanding + new_price * new_shares) / (outstanding + new_shares)
    return np.minimum(price, averaged)


def dilution(new_shares: Any, outstanding: Any) -> Any:
    """Share of the company that new shares make up."""
    return new_shares / (outstanding + new_shares)


def interest(start: Any, stop: Any, libor: Any, *, principal: Any, margin: Any, basis: str) -> Any:
    """Interest on the parent's note."""
    return principal * (libor + margin) * year_fraction(start, stop, basis)
