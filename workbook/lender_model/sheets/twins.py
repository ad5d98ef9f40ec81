"""What several twins need: actuals in place of the plan, and balances carried from month to month."""

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
    used: Months = np.where((v["time.actual"] == 1) & ~np.isnan(v[key]), v[key], plan)
    return used


def carried(change: Callable[[Any, int], Any], like: Months, start: Any = 0.0) -> tuple[Months, Months]:
    """Opening and closing of a balance whose change may hang on its opening: the loop over months that recursion needs."""
    opening, closing = np.empty_like(like), np.empty_like(like)
    balance = np.broadcast_to(np.asarray(start, dtype=np.float64), like.shape[1:])
    for t in range(len(like)):
        opening[t] = balance
        closing[t] = balance = balance + change(balance, t)
    return opening, closing


def rolled(flows: Months, start: Any = 0.0) -> tuple[Months, Months]:
    """Opening and closing of a balance that changes by given flows."""
    closing = start + np.cumsum(flows, axis=0)
    return closing - flows, closing


def before(rows: Months, start: Any = 0.0) -> Months:
    """Each month's figure of the month before."""
    return np.concatenate([np.broadcast_to(np.asarray(start, dtype=rows.dtype), (1, *rows.shape[1:])), rows[:-1]])


def ahead(v: Values, rows: Months, months: Any, due_within: Callable[..., Any]) -> Months:
    """A look-ahead of the core applied to each scenario's row of months."""
    dates = v["time.end"][:, 0]
    return np.stack([due_within(dates, dates, column, months=months) for column in rows.T], axis=1)
