"""Any covenant: a figure within a minimum, a maximum, or both.

NaN means no limit. A figure equal to its limit complies (R-27). Units, shapes and errors: :mod:`drawstop.core`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from drawstop.core.tolerance import complies


def headroom(actual: Any, *, minimum: Any, maximum: Any) -> Any:
    """Distance to the nearer limit, in the figure's own unit; if negative, by how much it is broken.

    >>> headroom(np.array([1.35, 1.1]), minimum=1.2, maximum=np.nan).round(9).tolist()
    [0.15, -0.1]
    """
    return np.fmin(actual - minimum, maximum - actual)


def within(actual: Any, *, minimum: Any, maximum: Any) -> Any:
    """Whether the figure is at least the minimum and at most the maximum.

    >>> within(np.array([1.2, 1.19, 3.1]), minimum=1.2, maximum=3.0).tolist()
    [True, False, False]
    """
    above = np.isnan(minimum) | complies(actual - minimum, minimum)
    below = np.isnan(maximum) | complies(maximum - actual, maximum)
    return above & below
