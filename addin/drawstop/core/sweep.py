"""Excess cash that repays debt early.

Units, shapes and errors: :mod:`drawstop.core`.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def swept(excess_cash: Any, share: Any, outstanding: Any, *, minimum_cash: Any) -> Any:
    """What a sweep repays, dollars: a share of the cash above the minimum kept, at most the debt outstanding.

    >>> float(swept(8e6, 0.5, 20e6, minimum_cash=2e6))
    3000000.0
    """
    return np.minimum(outstanding, share * np.maximum(0.0, excess_cash - minimum_cash))
