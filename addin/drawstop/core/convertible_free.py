"""The convertible note that only its holder can convert (8-K 5(a) Convertible Note).

The nodes are spaced evenly in log S and drift with its mean. A time step is implicit, which is a step of exponentially
distributed length (P. Carr, "Randomization and the American Put", Review of Financial Studies 11(3), 1998). Its move
is a geometric number of nodes up less another such number down, so a step is two passes over the nodes. Between them
the sign of the gain tells where the note converts, as in the elimination of M. Brennan and E. Schwartz ("The Valuation
of American Put Options", Journal of Finance 32(2), 1977). That point is found to a fraction of a node; otherwise the
value would jump whenever it moved by a node. The result is extrapolated from two solutions, one with twice the
steps.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from drawstop.core.convertible_terms import CERTAIN, TIE, Array, Note

NODE = 0.4
"""Nodes are this far apart, in standard deviations of the longest step."""
REACH = 4.5
"""How far the grid extends to each side, in standard deviations of the whole time."""


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
        """The position of a price, in nodes."""
        return (math.log(price) - self.log_parity - self.drift * time) / self.width + self.prices.size // 2


class _Step(NamedTuple):
    """The effect of a time step of one length."""

    onward: float  # chance that a pass goes on by one more node
    weights: Array  # of a pass, by number of nodes
    beyond: Array  # weight of all that lies off the grid, by node
    discount: Array  # of E and of B
    missed: Array  # dividends missed by waiting, over the price in the middle


def gain(note: Note, steps: int) -> float:
    """V − C at the valuation, per dollar of principal.

    Far above the conversion price, waiting gains only the coupon:

    >>> round(gain(Note(9.0, 1.0, 0.05, 1, 0.2, 0.06, 0.0, 0.0), 500), 4)
    0.0
    """
    periods = _periods(note)
    coarse = _counts(periods, steps)
    return 2 * _solved(note, periods, [2 * count for count in coarse]) - _solved(note, periods, coarse)


def _periods(note: Note) -> list[float]:
    """Years from coupon to coupon, the last period first; the current period counts for what is left of it."""
    count = max(1, note.coupon_times.size)
    return [1 / note.frequency] * (count - 1) + [note.years - (count - 1) / note.frequency]


def _counts(periods: list[float], steps: int) -> list[int]:
    """Steps in each period: by its length, but many in the last, where V has a kink, and in the first."""
    counts = [max(1, round(steps / 4 * period / sum(periods))) for period in periods]
    for end in (0, -1):
        counts[end] = max(counts[end], round(steps / 32))
    return counts


def _solved(note: Note, periods: list[float], counts: list[int]) -> float:
    """V − C at the valuation, with ``steps`` steps in each period."""
    lengths = [period / count for period, count in zip(periods, counts, strict=True)]
    time = sum(periods)
    grid = _grid(note, time, max(lengths))
    steps = {length: _step(note, grid, length) for length in lengths}
    field = _at_maturity(note, grid, time)
    for number, (length, count) in enumerate(zip(lengths, counts, strict=True)):
        if number:  # the coupon at maturity is in the field from the start
            field[1] += note.coupon
        for _ in range(count):
            time -= length
            field = _stepped(field, steps[length], grid.middle(time))
    return float(field[:, grid.prices.size // 2].sum())


def _grid(note: Note, years: float, longest: float) -> _Grid:
    """The grid for a time in years and its longest step, which bounds the volatility that can be followed."""
    volatility = min(max(note.volatility, CERTAIN / math.sqrt(years)), 1 / math.sqrt(longest))
    width = NODE * volatility * math.sqrt(longest)
    half = math.ceil(REACH * volatility * math.sqrt(years) / width)
    drift = note.risk_free - note.dividend_yield - volatility**2 / 2
    return _Grid(math.log(note.parity), drift, volatility**2, width, np.exp(width * np.arange(-half, half + 1)))


def _step(note: Note, grid: _Grid, length: float) -> _Step:
    """The step of a length in years."""
    nodes = (math.sqrt(1 + 2 * grid.variance * length / grid.width**2) - 1) / 2  # of a pass, for the right variance
    onward = nodes / (1 + nodes)
    powers = onward ** np.arange(grid.prices.size + 1.0)
    reach = math.ceil(math.log(TIE) / math.log(onward))
    # they are deducted between the passes, scaled so that the pass down gives the dividends on C
    missed = -math.expm1(-note.dividend_yield * length) * (1 - onward * math.exp(grid.width)) / (1 - onward)
    rates = np.array([[note.risk_free], [note.risk_free + note.credit_spread]])
    return _Step(onward, (1 - onward) * powers[:reach], powers[1:], np.exp(-rates * length), missed * grid.prices)


def _at_maturity(note: Note, grid: _Grid, years: float) -> Array:
    """E − C and B at maturity: means over the cell around each node, in a part of which the note is paid in cash."""
    redemption = note.redemption
    cash = (grid.position(redemption, years) + 0.5 - np.arange(grid.prices.size)).clip(0, 1)  # that part
    shares = grid.middle(years) * grid.prices * math.exp(-grid.width / 2) * np.expm1(grid.width * cash) / grid.width
    return np.array([-shares, redemption * cash])


def _stepped(field: Array, step: _Step, middle: float) -> Array:
    """E − C and B a time step earlier."""
    field = _passed(field, step) * step.discount
    field[0] -= step.missed * middle
    field *= _waits(field.sum(axis=0), step.onward)
    return _passed(field[:, ::-1], step)[:, ::-1]


def _passed(field: Array, step: _Step) -> Array:
    """Each node's mean over itself and the nodes before it; off the grid the field is what it is at the edge."""
    size = step.beyond.size
    return np.array([np.convolve(part, step.weights)[:size] for part in field]) + field[:, :1] * step.beyond


def _waits(gain: Array, onward: float) -> Array:
    """1 at the nodes where the note waits and 0 where it converts, judged by the gain between the passes.

    Where a stretch of waiting ends inside a cell, the node before that end counts in part: in the proportion at which
    the line from its value after the pass down to that of the next node reaches 0. The gain is read between the passes,
    slightly above its node, so that a gain which starts as a square, as it does with dividends, is matched.
    """
    waits = np.where(gain > TIE, 1.0, 0.0)
    above = math.sqrt(onward) / (1 + math.sqrt(onward))
    for last in np.flatnonzero(waits[:-1] > waits[1:]):
        end = last + (gain[last] - TIE) / (gain[last] - gain[last + 1]) + above
        node = int(end)
        if node < gain.size:
            part = end - node
            waits[node] = part / (part + onward * (1 - part))
    return waits
