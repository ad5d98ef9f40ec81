"""When a number counts as being at its limit although floating point puts it a hair beyond.

Units, shapes and errors: :mod:`drawstop.core`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

RELATIVE = 1e-9


def complies(headroom: Any, limit: Any) -> Any:
    """Whether headroom is not below minus a billionth of the limit, both in the same unit (R-27).

    A billionth of 1.5m is 0.0015:

    >>> complies(np.array([0.0, -0.001, -0.002]), 1.5e6).tolist()
    [True, True, False]
    """
    return headroom >= -RELATIVE * np.abs(limit)


def whole(quotient: Any) -> Any:
    """The whole part of a quotient, as floats; 3 for 3.3 ÷ 1.1 although floating point gives a hair less.

    >>> float(whole(3.3 / 1.1)), float(whole(735294.1176))
    (3.0, 735294.0)
    """
    nearest = np.rint(quotient)
    is_whole = np.abs(quotient - nearest) <= 8 * np.spacing(np.abs(quotient))
    return np.where(is_whole, nearest, np.floor(quotient))
