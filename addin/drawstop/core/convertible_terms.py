"""The terms of a convertible note and its market, per dollar of principal, as both valuations read them."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

DAY = 1 / 365
CERTAIN = 1e-7
"""Below this standard deviation over the whole time the share price is practically certain."""
TIE = 1e-12
"""A holder who gains no more than this part of principal by waiting converts: the rest is rounding."""

Array = NDArray[np.float64]


class Note(NamedTuple):
    """A note per dollar of principal, with share prices in units of the conversion price."""

    parity: float
    years: float
    coupon: float  # of one period
    frequency: float
    volatility: float
    risk_free: float
    credit_spread: float
    dividend_yield: float

    @property
    def coupon_times(self) -> Array:
        """Years to each coupon in order, the last at maturity; none within a day of the valuation."""
        if self.coupon == 0:
            return np.empty(0)
        count = math.ceil((self.years - DAY) * self.frequency)
        return self.years - np.arange(count - 1, -1, -1) / self.frequency

    @property
    def redemption(self) -> float:
        """What is paid at maturity if the note has not converted: principal, and the coupon that falls then."""
        return 1 + self.coupon if self.coupon_times.size else 1.0

    @property
    def drift(self) -> float:
        """Mean of the change in the logarithm of the share price, per year."""
        return self.risk_free - self.dividend_yield - self.volatility**2 / 2

    def straight_value(self) -> float:
        """Value of the same note if it could not convert."""
        rate = self.risk_free + self.credit_spread
        return float(self.coupon * np.exp(-rate * self.coupon_times).sum() + math.exp(-rate * self.years))
