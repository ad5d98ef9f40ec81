"""What several twins need: actuals in place of the plan, and balances carried from month to month.

Lines are months × scenarios. One column stands for all scenarios where they agree, so that a line that does not hang
on the scenario is calculated once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lender_model.grid import Values

Months = NDArray[np.float64]
"""Months × scenarios."""


def actual_or(v: Values, key: str, plan: Any) -> Months:
    """The actual figure up to the as-of date where there is one, else the plan's."""
    known = ((v["time.actual"] == 1) & ~np.isnan(v[key]))[:, 0]
    used = np.empty(np.broadcast_shapes(v[key].shape, np.shape(plan)))
    used[...] = plan
    used[known] = v[key][known]
    return used


def carried(closing_of: Callable[[Any, int], Any], shape: tuple[int, ...]) -> tuple[Months, Months]:
    """Opening and closing of a balance, from nothing, whose closing hangs on its opening: hence a loop over months."""
    months, scenarios = shape
    balances = np.zeros((months + 1, scenarios))
    for t in range(months):
        balances[t + 1] = closing_of(balances[t], t)
    return balances[:-1], balances[1:]


def summed(flows: Months) -> Months:
    """Each month's sum of the flows so far."""
    if flows.shape[1] == 1:
        return np.cumsum(flows, axis=0)
    sums = np.empty_like(flows)  # over many scenarios NumPy's own sum along the months is several times slower
    so_far: Any = 0.0
    for row, flow in zip(sums, flows, strict=True):
        so_far = np.add(so_far, flow, out=row)
    return sums


def rolled(flows: Months, start: Any = 0.0) -> tuple[Months, Months]:
    """Opening and closing of a balance that changes by given flows."""
    closing = start + summed(flows)
    return closing - flows, closing


def before(rows: Months, start: Any = 0.0) -> Months:
    """Each month's figure of the month before."""
    return np.concatenate([np.broadcast_to(np.asarray(start, dtype=rows.dtype), (1, *rows.shape[1:])), rows[:-1]])


def shared(rows: Months) -> Months:
    """One column, if all scenarios agree; else the rows as they are."""
    agree: bool = (rows.min(axis=1) == rows.max(axis=1)).all()
    return rows[:, :1] if agree else rows


def at_distinct(dates: Any, line: Callable[[Any], Months]) -> Months:
    """A line that hangs on a date of each scenario, calculated once for each different date."""
    distinct, which = np.unique(np.atleast_1d(dates), return_inverse=True)
    return line(distinct)[:, which]
