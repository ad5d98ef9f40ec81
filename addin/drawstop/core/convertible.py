"""Value of the convertible note when its issuer may fail (8-K 5(a) Convertible Note, Forced Conversion, R-24).

The model is that of K. Tsiveriotis and C. Fernandes, "Valuing Convertible Bonds with Credit Risk", Journal of Fixed
Income 8(2), 1998. The value V is split into B, which will be paid in cash and bears the issuer's credit spread s, and
E = V − B, which will be taken in shares and does not. With share price S, volatility σ, risk-free rate r and dividend
yield q, between coupons::

    ∂V/∂t + σ²S²/2 ∂²V/∂S² + (r − q) S ∂V/∂S − r (V − B) − (r + s) B = 0
    ∂B/∂t + σ²S²/2 ∂²B/∂S² + (r − q) S ∂B/∂S − (r + s) B = 0

V is never below the conversion value C = S × principal ÷ conversion price: where it would be, the note converts, and
V = C, B = 0. So it does where S reaches the trigger. On a coupon date a note that has not converted pays the coupon,
and V and B fall by it: who converts gives it up. At maturity V = max(principal + coupon, C).

The equations are solved backwards for E − C and B, whose sum is the gain of waiting over converting at once. The
nodes are spaced evenly in log S and drift with its mean. A time step is implicit, which is a step of exponentially
distributed length (P. Carr, "Randomization and the American Put", Review of Financial Studies 11(3), 1998). Its move
is a geometric number of nodes up less another such number down, so a step is two passes over the nodes. Between them
the sign of the gain tells where the note converts, as in the elimination of M. Brennan and E. Schwartz ("The Valuation
of American Put Options", Journal of Finance 32(2), 1977). It is found to a fraction of a node, or the value would jump
whenever conversion moves on by a node. A solution with twice the steps is extrapolated with the first.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

DAY = 1 / 365
NODE = 0.4
"""Nodes are this far apart, in standard deviations of the longest step."""
REACH = 4.5
"""The grid goes so far to each side, in standard deviations of the whole time."""
CERTAIN = 1e-7
"""With so small a standard deviation over the whole time the share price is as good as certain."""
TIE = 1e-12
"""Who gains no more than this part of principal by waiting converts: it is what rounding leaves."""

Array = NDArray[np.float64]


class _Note(NamedTuple):
    """The note per dollar of principal, with share prices in units of the conversion price."""

    parity: float
    trigger: float
    coupon: float  # of one period
    volatility: float
    risk_free: float
    credit_spread: float
    dividend_yield: float


class _Grid(NamedTuple):
    """Share prices, evenly spaced in their logarithm around its mean at each time."""

    log_parity: float
    drift: float  # of the mean, per year
    variance: float  # per year
    width: float
    prices: Array  # over the one in the middle

    def middle(self, time: float) -> float:
        """The price in the middle, ``time`` years after the valuation."""
        return math.exp(self.log_parity + self.drift * time)

    def position(self, price: float, time: float) -> float:
        """Where a price lies, counted in nodes."""
        return (math.log(price) - self.log_parity - self.drift * time) / self.width + self.prices.size // 2


class _Step(NamedTuple):
    """What a time step of one length does."""

    onward: float  # chance that a pass goes on by one more node
    weights: Array  # of a pass, by number of nodes
    beyond: Array  # weight of all that lies off the grid, by node
    discount: Array  # of E and of B
    missed: Array  # dividends missed by waiting, over the price in the middle


def convertible_value(
    principal: float,
    share_price: float,
    volatility: float,
    years: float,
    risk_free: float,
    credit_spread: float,
    coupon: float,
    *,
    conversion_price: float,
    frequency: float,
    trigger: float | None,
    dividend_yield: float,
    steps: int,
) -> float:
    """Value of the note to the Lender in dollars, accrued interest included (8-K 5(a) Convertible Note, R-24).

    Args:
        principal: Dollars; they convert at any time into ``principal / conversion_price`` shares, not rounded.
        share_price: Dollars a share, not negative.
        volatility: Of the share price, per year, not negative.
        years: To maturity, not negative; at 0 no coupon is left.
        risk_free: Rate, continuously compounded.
        credit_spread: Of the issuer over ``risk_free``, continuously compounded.
        coupon: Part of principal per year, of which ``1 / frequency`` is paid at maturity and every ``1 / frequency``
            year before it; none falls within a day of the valuation.
        conversion_price: Dollars a share.
        frequency: Coupons a year.
        trigger: Dollars a share; above it the Company converts at once. None if it may not.
        dividend_yield: Of the share, continuously compounded, not negative.
        steps: The more, the slower and the more accurate. With 500 the error is mostly far below a cent in 100 dollars,
            and below two, unless coupons are paid that bring less than the spread costs: then conversion may hang on a
            hair from one coupon to the next, and the model itself hardly has a value.

    With neither spread nor coupon the note is worth a bond, 74.08, and a call on its shares, 31.61 by Black & Scholes:

    >>> round(convertible_value(100, 36, 0.2, 5, 0.06, 0, 0, conversion_price=36, frequency=1, trigger=None,
    ...                         dividend_yield=0, steps=500), 2)
    105.7
    """
    limit = math.inf if trigger is None else trigger
    parity = share_price / conversion_price
    if share_price > limit or (share_price == limit and volatility > 0):  # a price that moves is above it at once
        return principal * parity
    if years == 0:
        return principal * max(1.0, parity)
    payment = coupon / frequency if years > DAY else 0.0
    note = _Note(parity, limit / conversion_price, payment, volatility, risk_free, credit_spread, dividend_yield)
    periods = _periods(years, frequency) if payment else [years]
    straight = _straight_value(note, periods)
    if parity == 0:
        return principal * straight
    coarse = _counts(periods, steps)
    fine = [2 * count for count in coarse]
    extrapolated = parity + 2 * _gain(note, periods, fine) - _gain(note, periods, coarse)
    least = max(parity, straight) if limit == math.inf else parity
    return principal * min(max(extrapolated, least), parity + straight)  # an extrapolation may overshoot


def _periods(years: float, frequency: float) -> list[float]:
    """Years from coupon to coupon, the last period first; the one that runs at the valuation is what is left of it."""
    count = math.ceil((years - DAY) * frequency)
    return [1 / frequency] * (count - 1) + [years - (count - 1) / frequency]


def _straight_value(note: _Note, periods: list[float]) -> float:
    """Value of the same note if it could not convert."""
    times = np.cumsum(periods[::-1])
    discount = np.exp(-(note.risk_free + note.credit_spread) * times)
    return float(note.coupon * discount.sum() + discount[-1])


def _counts(periods: list[float], steps: int) -> list[int]:
    """Steps in each period: by its length, but many in the last, where V has a kink, and in the first, to be read."""
    counts = [max(1, round(steps / 4 * period / sum(periods))) for period in periods]
    for end in (0, -1):
        counts[end] = max(counts[end], round(steps / 32))
    return counts


def _gain(note: _Note, periods: list[float], counts: list[int]) -> float:
    """V − C at the valuation, with so many steps in each period."""
    lengths = [period / count for period, count in zip(periods, counts, strict=True)]
    time = sum(periods)
    grid = _grid(note, time, max(lengths))
    steps = {length: _step(note, grid, length) for length in lengths}
    trigger = _trigger(note, grid, time)
    field = _at_maturity(note, grid, time, trigger)
    for number, (length, count) in enumerate(zip(lengths, counts, strict=True)):
        if number:  # the coupon at maturity is in the field from the start
            field[1, : math.ceil(trigger)] += note.coupon
        for _ in range(count):
            time -= length
            trigger = _trigger(note, grid, time)
            field = _stepped(field, steps[length], trigger, grid.middle(time))
    return float(field[:, grid.prices.size // 2].sum())


def _grid(note: _Note, years: float, longest: float) -> _Grid:
    """The grid for a time in years and its longest step, which bounds the volatility that can be followed."""
    volatility = min(max(note.volatility, CERTAIN / math.sqrt(years)), 1 / math.sqrt(longest))
    width = NODE * volatility * math.sqrt(longest)
    half = math.ceil(REACH * volatility * math.sqrt(years) / width)
    drift = note.risk_free - note.dividend_yield - volatility**2 / 2
    return _Grid(math.log(note.parity), drift, volatility**2, width, np.exp(width * np.arange(-half, half + 1)))


def _step(note: _Note, grid: _Grid, length: float) -> _Step:
    """The step of a length in years."""
    nodes = (math.sqrt(1 + 2 * grid.variance * length / grid.width**2) - 1) / 2  # of a pass, for the right variance
    onward = nodes / (1 + nodes)
    powers = onward ** np.arange(grid.prices.size + 1.0)
    reach = math.ceil(math.log(TIE) / math.log(onward))
    # they are taken off between the passes: so much that the pass down makes the dividends on C of it
    missed = -math.expm1(-note.dividend_yield * length) * (1 - onward * math.exp(grid.width)) / (1 - onward)
    rates = np.array([[note.risk_free], [note.risk_free + note.credit_spread]])
    return _Step(onward, (1 - onward) * powers[:reach], powers[1:], np.exp(-rates * length), missed * grid.prices)


def _trigger(note: _Note, grid: _Grid, time: float) -> float:
    """Where the trigger lies, counted in nodes; off the grid, the end nearer to it."""
    return min(max(grid.position(note.trigger, time), 0.0), float(grid.prices.size))


def _at_maturity(note: _Note, grid: _Grid, years: float, trigger: float) -> Array:
    """E − C and B at maturity: means over the cell around each node, in a part of which the note is paid in cash."""
    redemption = 1 + note.coupon
    cash = (grid.position(redemption, years) + 0.5 - np.arange(grid.prices.size)).clip(0, 1)  # that part
    shares = grid.middle(years) * grid.prices * math.exp(-grid.width / 2) * np.expm1(grid.width * cash) / grid.width
    field = np.array([-shares, redemption * cash])
    field[:, math.ceil(trigger) :] = 0.0
    return field


def _stepped(field: Array, step: _Step, trigger: float, middle: float) -> Array:
    """E − C and B a time step earlier."""
    field = _passed(field, step) * step.discount
    field[0] -= step.missed * middle
    field *= _waits(field.sum(axis=0), step.onward, trigger)
    return _passed(field[:, ::-1], step)[:, ::-1]


def _passed(field: Array, step: _Step) -> Array:
    """Each node's mean over itself and the nodes before it; off the grid the field is what it is at the edge."""
    size = step.beyond.size
    return np.array([np.convolve(part, step.weights)[:size] for part in field]) + field[:, :1] * step.beyond


def _waits(gain: Array, onward: float, trigger: float) -> Array:
    """1 at the nodes where the note waits and 0 where it converts, from the gain between the passes.

    Where a stretch of waiting ends inside a cell, the node before that end counts in part: the part with which the
    line from its value after the pass down to that of the next node is 0 at the end. The gain is taken between the
    passes, somewhat above its node: so much that a gain which sets in as a square, as it does with dividends, is met.
    """
    waits = np.where(gain > TIE, 1.0, 0.0)
    waits[math.ceil(trigger) :] = 0.0
    above = math.sqrt(onward) / (1 + math.sqrt(onward))
    for last in np.flatnonzero(waits[:-1] > waits[1:]):
        end = trigger
        if gain[last + 1] <= TIE:
            end = min(end, last + (gain[last] - TIE) / (gain[last] - gain[last + 1]) + above)
        node = int(end)
        if node < gain.size:
            part = end - node
            waits[node] = part / (part + onward * (1 - part))
    return waits
