"""Options on a metal: what a collar settles, and Black's value of a put or a call.

Units, shapes and errors: :mod:`drawstop.core`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

_erfc = np.frompyfunc(math.erfc, 1, 1)  # NumPy has none


def collar_settlement(ounces: Any, floor: Any, cap: Any, spot: Any) -> Any:
    """Settlement of a collar, dollars, positive to the producer: the put it holds less the call it sold.

    ``floor`` is minus infinity without a put, ``cap`` infinity without a call.

    >>> collar_settlement(1_000.0, 2_200.0, 2_700.0, np.array([2_150.0, 2_400.0, 2_750.0])).tolist()
    [50000.0, 0.0, -50000.0]
    """
    return ounces * (np.maximum(0.0, floor - spot) - np.maximum(0.0, spot - cap))


def black(sign: int, strike: Any, forward: Any, *, volatility: Any, years: Any, rate: Any) -> Any:
    """Value of an option on a forward, dollars an ounce (Black 1976); ``sign`` is 1 for a call, −1 for a put.

    ``volatility`` is per year, ``rate`` continuously compounded. Without volatility or time: what exercise is worth.

    >>> round(float(black(-1, 2200.0, 2400.0, volatility=0.16, years=1.5, rate=0.045)), 7)
    90.5386934
    """
    spread = volatility * np.sqrt(years)
    moved = np.asarray(spread > 0)
    d1 = np.log(forward / strike) / np.where(moved, spread, 1.0) + spread / 2
    on_exercise = np.maximum(0.0, sign * (forward - strike))
    value = sign * (forward * _normal(sign * d1) - strike * _normal(sign * (d1 - spread)))
    return np.exp(-rate * years) * np.where(moved, np.maximum(0.0, value), on_exercise)


def _normal(x: Any) -> Any:
    """Probability that a standard normal variable is at most ``x``."""
    return 0.5 * np.asarray(_erfc(-np.asarray(x) / math.sqrt(2.0)), dtype=np.float64)
