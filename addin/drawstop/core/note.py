"""The parent's convertible note (8-K 5(a) Convertible Note, Forced Conversion, Note Interest).

Prices are dollars a share. Units, shapes and errors: :mod:`drawstop.core`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from drawstop.core.dates import first_reached, year_fraction
from drawstop.core.tolerance import whole


def conversion_shares(principal: Any, conversion_price: Any) -> Any:
    """Whole shares that the note converts into (R-22).

    >>> float(conversion_shares(2.5e6, 3.40))
    735294.0
    """
    return whole(principal / conversion_price)


def closes_above(closes: NDArray[np.float64], trigger: Any) -> NDArray[np.int64]:
    """Length, in closes, of the run strictly above the trigger that each close ends (R-23).

    ``closes`` are one series, which becomes the last axis of the result behind those of ``trigger``.

    >>> closes_above(np.array([4.80, 4.75, 4.76, 4.90]), 4.75).tolist()
    [1, 0, 1, 2]
    """
    position = np.arange(1, len(closes) + 1)
    above = closes > np.asarray(trigger)[..., None]
    run: NDArray[np.int64] = position - np.maximum.accumulate(np.where(above, 0, position), axis=-1)
    return run


def forced_conversion(
    dates: NDArray[np.datetime64], closes: NDArray[np.float64], in_default: Any, *, trigger: Any, days: Any
) -> NDArray[np.datetime64]:
    """First date on which the Company may require conversion; NaT if it may not yet (R-23).

    ``days`` consecutive closes are strictly above ``trigger``, and the note is not in default that day.

    ``dates`` and ``closes`` are one series in order; ``in_default`` is a flag, or a series beside them. The result has
    the shape of ``trigger`` and ``days``.

    >>> dates = np.array(["1996-07-15", "1996-07-16", "1996-07-17"], "datetime64[D]")
    >>> forced_conversion(dates, np.array([4.80, 4.76, 4.75]), False, trigger=4.75, days=[2, 3]).astype(str).tolist()
    ['1996-07-16', 'NaT']
    """
    long_enough = closes_above(closes, trigger) >= np.asarray(days)[..., None]
    return first_reached(dates, long_enough & ~np.asarray(in_default))


def price_after_split(price: Any, shares_before: Any, shares_after: Any) -> Any:
    """Conversion price after a split or stock dividend, dollars a share (R-26).

    >>> price_after_split(3.40, 1, 2)  # two for one
    1.7
    """
    return price * shares_before / shares_after


def price_after_issue(price: Any, outstanding: Any, new_shares: Any, new_price: Any) -> Any:
    """Conversion price after an issue below it, by the weighted average, dollars a share; never above it (R-26).

    Four million shares at half the price beside sixteen million, 3.40 × 18 ÷ 20, and an issue above the price:

    >>> price_after_issue(3.40, 16e6, 4e6, np.array([1.70, 5.00])).round(9).tolist()
    [3.06, 3.4]
    """
    averaged = (price * outstanding + new_price * new_shares) / (outstanding + new_shares)
    return np.minimum(price, averaged)


def dilution(new_shares: Any, outstanding: Any) -> Any:
    """Share of the company that the new shares represent.

    >>> dilution(1e6, 15e6)
    0.0625
    """
    return new_shares / (outstanding + new_shares)


def interest(start: Any, stop: Any, libor: Any, *, principal: Any, margin: Any, basis: Any) -> Any:
    """Interest on the parent's note from start to stop, dollars (8-K 5(a) Note Interest, R-25).

    81 days at 7.6875 %:

    >>> start, stop = np.array(["1996-07-11", "1996-09-30"], "datetime64[D]")
    >>> round(float(interest(start, stop, 0.056875, principal=2.5e6, margin=0.02, basis="ACT/360")), 4)
    43242.1875
    """
    return principal * (libor + margin) * year_fraction(start, stop, basis)
