"""The convertible note when the Company converts it after a run of closes above a trigger (8-K 5(a) Forced Conversion).

The state is the share price and, above the trigger, how many closes of the run have passed. Step by step backwards,
E − C and B are averaged with the weights of the normal distribution; a close below the trigger ends the run, and its
last close converts the note. Nodes are evenly spaced in log S, and the trigger lies halfway between two of them.

If the number of steps allows, a step is a trading day. Otherwise a step is longer and a run has fewer of them. The walk
then observes the trigger less often, and the trigger is moved to compensate. Far from it the gain from waiting falls in
a straight line that reaches zero at a distance ℓ above the trigger, the distance at which a continuously watched
barrier has the same effect. For a walk with normal steps of standard deviation 1 and runs of n closes::

    ℓ(n) = √(πn/2) − β − (√(π/2) − 2β)/n,    β = −ζ(1/2)/√(2π) = 0.5826

ℓ(1) = β is the correction of M. Broadie, P. Glasserman and S. Kou ("A Continuity Correction for Discrete Barrier
Options", Mathematical Finance 7(4), 1997); √(πn/2) is the mean of a Brownian meander at its end (M. Chesney,
M. Jeanblanc and M. Yor, "Brownian Excursions and Parisian Barrier Options", Advances in Applied Probability 29(1),
1997). Between
them the formula is within 0.002 of what solving the walk's equations gives. The trigger of the longer steps is moved
so that ℓ stays at the same price.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from drawstop.core.convertible_terms import CERTAIN, TIE, Array, Note

TRADING_DAYS = 252
"""Closes in a year."""
NODE = 0.5
"""Nodes are this far apart, in standard deviations of a step."""
REACH = 5.0
"""How far the grid extends beyond the prices that matter, in standard deviations."""
BEYOND = 9.0
"""Beyond this distance above the trigger, in standard deviations of a run, no run is broken."""
KERNEL = 6.5
"""Moves larger than this many standard deviations of a step are ignored."""
PHASES = 24
"""The most steps in a run."""
FEWEST = 64
"""The fewest steps, however few are asked for."""
NODES = 8000
"""The most nodes: at a volatility too small for them, the share price is practically certain."""
MOVE = 10.0
"""The largest drift of a step, in its standard deviations: at a smaller volatility everything is certain."""
SPREAD = 3.0
"""The standard deviation of a step is at most this: with a larger volatility nearly all prices are nearly zero."""
BETA = 0.5825971579390106

_erf = np.vectorize(math.erf, otypes=[np.float64])


class _Plan(NamedTuple):
    """How time is cut: ``steps`` of ``length`` years, then what is left until maturity."""

    steps: int
    length: float
    phases: int  # steps of a run
    rest: float


class _Walk(NamedTuple):
    """What a step does to E − C and B."""

    below: int  # nodes below the trigger, then come those above it
    logs: Array  # of the share prices of the nodes
    prices: Array
    weights: Array  # of a step, from the furthest node down to the furthest up
    stay: Array  # weights between nodes above the trigger
    enter: Array  # weights from the highest nodes below to the lowest above
    discount: Array  # of E and of B
    missed: Array  # dividends missed by waiting


def distance(closes: float) -> float:
    """ℓ of a run of that many closes, in standard deviations of the move from close to close.

    >>> round(distance(1), 4), round(distance(30), 3)
    (0.5826, 6.279)
    """
    return math.sqrt(math.pi * closes / 2) - BETA - (math.sqrt(math.pi / 2) - 2 * BETA) / closes


def within_reach(note: Note, trigger: float, days: float) -> bool:
    """Whether a run of ``days`` closes above ``trigger``, in units of the conversion price, is possible at all.

    >>> note = Note(1.0, 1.0, 0.0, 1, 0.4, 0.05, 0.0, 0.0)
    >>> within_reach(note, 1.5, 30), within_reach(note, 1.5, 253), within_reach(note, 1e6, 30)
    (True, False, False)
    """
    deviation = max(note.volatility * math.sqrt(note.years), CERTAIN)
    drift = max(0.0, (note.drift + note.volatility**2) * note.years)  # of shares, that weigh high prices more
    return days <= _closes(note.years) and math.log(trigger / note.parity) < drift + (REACH + 1) * deviation


def gain(note: Note, trigger: float, days: float, steps: int) -> float:
    """V − C at the valuation, per dollar of principal; the Company converts after ``days`` closes above ``trigger``.

    Here one close above the trigger is enough, and the price is far above it: the note converts the next day.

    >>> abs(gain(Note(2.0, 1.0, 0.0, 1, 0.1, 0.05, 0.0, 0.0), 1.2, 1, 500)) < 1e-9
    True
    """
    plan = _plan(note.years, days, max(steps, FEWEST))
    note = note._replace(volatility=_followed(note, plan))
    deviation = note.volatility * math.sqrt(plan.length)
    day = note.volatility / math.sqrt(TRADING_DAYS)
    barrier = math.log(trigger) + distance(days) * day - distance(plan.phases) * deviation
    start = math.log(note.parity)
    nearer = min(start, barrier + BEYOND * day * math.sqrt(days))
    walk = _walk(note, plan, barrier, nearer, REACH * day * math.sqrt(days))
    equity, debt = _first_step(note, plan, _solved(note, plan, walk), walk, nearer)
    waiting = float(equity * math.exp(start - nearer) + debt)
    return max(waiting, 0.0) if _may_convert_early(note) else waiting


def _closes(years: float) -> int:
    """Closes from the next trading day to maturity."""
    return math.floor(years * TRADING_DAYS + 1e-9)


def _plan(years: float, days: float, steps: int) -> _Plan:
    """Steps of a trading day if that is not too many, and a whole number of them in a run."""
    shortest = max(1.0, years * TRADING_DAYS / steps, days / PHASES)
    phases = max(1, math.floor(days / shortest))
    length = max(shortest, days / phases) / TRADING_DAYS
    count = max(1, math.ceil(years / length - 1e-9) - 1)
    return _Plan(count, min(length, years), phases, max(years - count * length, 0.0))


def _followed(note: Note, plan: _Plan) -> float:
    """The volatility, limited to what the grid can follow: neither a step nor a few steps of drift may cross it."""
    drift, step = abs(note.risk_free - note.dividend_yield), math.sqrt(plan.length)
    least = max(drift * note.years / (NODE * NODES * step), drift * step / MOVE, CERTAIN / math.sqrt(note.years))
    return min(max(note.volatility, least), SPREAD / step)


def _may_convert_early(note: Note) -> bool:
    """Whether waiting can cost anything: without dividends C keeps its value until needed, and cash comes on top."""
    return note.dividend_yield > 0 or note.coupon < 0


def _walk(note: Note, plan: _Plan, barrier: float, start: float, reach: float) -> _Walk:
    """The grid around the barrier and the start, in logarithms, and its step."""
    deviation = note.volatility * math.sqrt(plan.length)
    width, move = NODE * deviation, note.drift * plan.length
    far = math.ceil((abs(move) + KERNEL * deviation) / width)
    jumps = np.arange(-far, far + 1)
    weights = np.exp(-(((jumps * width - move) / deviation) ** 2) / 2)
    weights /= weights.sum()
    lowest = min(start, barrier) + min(0.0, note.drift * note.years) - REACH * note.volatility * math.sqrt(note.years)
    lowest = max(lowest, min(start, barrier, -12.0) - 3 * far * width)  # below e^-12 shares do not count
    below = max(far, math.ceil((barrier - lowest) / width))
    above = max(far, math.ceil((max(start - barrier, 0.0) + reach) / width))
    logs = barrier + (np.arange(-below, above, dtype=np.float64) + 0.5) * width
    prices = np.exp(logs)
    padded = np.pad(weights, above)  # number of nodes up, from −far − above
    node = np.arange(above)
    stay = padded[node[:, None] - node + far + above]  # to the node of the second index from that of the first
    stay[-1] += [weights[far + above - k :].sum() for k in node]  # off the grid it is as at the edge
    enter = padded[np.arange(-far, 0)[:, None] - node[:far] + far + above]
    discount = np.exp(-plan.length * np.array([[note.risk_free], [note.risk_free + note.credit_spread]]))
    missed = -math.expm1(-note.dividend_yield * plan.length) * prices
    return _Walk(below, logs, prices, weights, stay, enter, discount, missed)


def _solved(note: Note, plan: _Plan, walk: _Walk) -> Array:
    """E − C and B on the grid at the first step, where a run can have one close at most."""
    paid = _coupons(note, plan)
    field = _at_last_close(note, plan, walk)
    field[1] += paid[-1]
    early = _may_convert_early(note)
    field = _kept(field) if early else field
    free = field[:, : walk.below]
    runs = np.zeros((plan.phases, *field[:, walk.below :].shape))  # by closes passed; after the last one converts
    runs[:-1] = field[:, walk.below :]
    far, near = walk.weights.size // 2, walk.enter.shape[1]
    edged = np.empty((2, far + walk.below + far))
    for step in range(plan.steps - 1, 0, -1):
        edged[:, :far], edged[:, far:-far], edged[:, -far:] = free[:, :1], free, runs[0, :, :far]
        onward = (runs[1:].reshape(-1, walk.stay.shape[0]) @ walk.stay).reshape(runs[1:].shape)
        onward[:, :, :near] += free[:, -far:] @ walk.enter
        onward = onward * walk.discount
        moved = np.correlate(edged.ravel(), walk.weights, "valid")
        free = np.array([moved[: walk.below], moved[-walk.below :]]) * walk.discount
        free[0] -= walk.missed[: walk.below]
        free[1] += paid[step]
        onward[:, 0] -= walk.missed[walk.below :]
        onward[:, 1] += paid[step]
        runs[:-1] = _kept(onward) if early else onward
        free = _kept(free) if early else free
    return np.concatenate([free, runs[0]], axis=1)


def _kept(field: Array) -> Array:
    """E − C and B where the holder waits; 0 where waiting gains nothing and the note converts."""
    kept: Array = field * (field.sum(axis=-2, keepdims=True) > TIE)
    return kept


def _coupons(note: Note, plan: _Plan) -> Array:
    """Coupons paid between each step and the next, valued at its start, without the one at maturity.

    A coupon that falls on a step goes to a holder who has not converted on it.
    """
    times = note.coupon_times[:-1]
    step = np.minimum(np.floor(times / plan.length + 1e-9).astype(np.int64), plan.steps)
    worth = note.coupon * np.exp(-(note.risk_free + note.credit_spread) * (times - step * plan.length))
    return np.bincount(step, weights=worth, minlength=plan.steps + 1).astype(np.float64)


def _at_last_close(note: Note, plan: _Plan, walk: _Walk) -> Array:
    """E − C and B when no close is left before maturity: a bond and a call, by F. Black and M. Scholes."""
    time, redemption = plan.rest, note.redemption
    deviation = note.volatility * math.sqrt(time)
    paid = -(walk.logs - math.log(redemption) + note.drift * time) / deviation  # up to here it is paid in cash
    cash = redemption * math.exp(-(note.risk_free + note.credit_spread) * time) * _normal(paid)
    kept = math.exp(-note.dividend_yield * time)
    return np.array([walk.prices * (kept - 1 - kept * _normal(paid - deviation)), cash])


def _normal(deviations: Array) -> Array:
    """The normal distribution."""
    result: Array = (1 + _erf(deviations / math.sqrt(2))) / 2
    return result


def _first_step(note: Note, plan: _Plan, field: Array, walk: _Walk, start: float) -> Array:
    """E − C and B at the valuation, from where the price is, on a node or not."""
    deviation = note.volatility * math.sqrt(plan.length)
    weights = np.exp(-(((walk.logs - start - note.drift * plan.length) / deviation) ** 2) / 2)
    result: Array = field @ (weights / weights.sum()) * walk.discount[:, 0]
    result[0] += math.exp(start) * math.expm1(-note.dividend_yield * plan.length)
    result[1] += _coupons(note, plan)[0]
    return result
