"""Completion, milestones and the development plan (8-K 5(a) Completion, Development Plan)."""

from __future__ import annotations

from typing import Any

import numpy as np

from drawstop.core.tolerance import complies

MET, MET_LATE, PENDING, MISSED = "met", "met late", "pending", "missed"


def milestone(as_of: Any, deadline: Any, achieved: Any) -> Any:
    """Where a deadline stands at the close of ``as_of`` (R-43)."""
    known = achieved <= as_of
    return np.select(
        [known & (achieved <= deadline), known, as_of < deadline], [MET, MET_LATE, PENDING], default=MISSED
    )


def material_decline(plan: Any, current: Any, *, tolerance: Any) -> Any:
    """Whether ``current`` has declined from the plan by more than the tolerance (R-44)."""
    limit = plan * (1.0 - tolerance)
    return ~np.asarray(complies(current - limit, limit))
