"""Completion, milestones and the development plan (8-K 5(a) Completion, Development Plan).

Units, shapes and errors: :mod:`drawstop.core`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from drawstop.core.tolerance import complies

MET, MET_LATE, PENDING, MISSED = "met", "met late", "pending", "missed"


def milestone(as_of: Any, deadline: Any, achieved: Any) -> Any:
    """Status of a deadline at the close of ``as_of``: MET, MET_LATE, PENDING or MISSED, as text (R-43).

    Unmet on the deadline day is missed; an achievement after ``as_of`` is not known yet.

    Mechanical Completion, due on 31 July 1997:

    >>> as_of = np.array(["1997-07-30", "1997-07-31"], "datetime64[D]")
    >>> milestone(as_of, np.datetime64("1997-07-31"), np.datetime64("NaT", "D")).tolist()
    ['pending', 'missed']
    """
    known = achieved <= as_of
    return np.select(
        [known & (achieved <= deadline), known, as_of < deadline], [MET, MET_LATE, PENDING], default=MISSED
    )


def material_decline(plan: Any, current: Any, *, tolerance: Any) -> Any:
    """Whether reserves or cash flow have fallen short of the plan by more than the tolerance (R-44).

    ``plan`` and ``current`` are in the same unit, ``tolerance`` is a part of the plan.

    >>> material_decline(100.0, np.array([90.0, 89.0]), tolerance=0.10).tolist()
    [False, True]
    """
    limit = plan * (1.0 - tolerance)
    return ~np.asarray(complies(current - limit, limit))
