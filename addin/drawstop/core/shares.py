"""Payment in shares (8-K 2(a) Consideration).

Units, shapes and errors: :mod:`drawstop.core`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from drawstop.core.tolerance import whole


def shares_issued(dollars: Any, prices: Any) -> Any:
    """Whole shares for a payment at the average of the closing prices, dollars a share (8-K 2(a) Consideration, R-31).

    ``prices`` are averaged over their first axis; further axes, such as scenarios, are independent.

    3m ÷ 2.75 and 3m ÷ 3:

    >>> shares_issued(3e6, np.array([[2.50, 2.00], [3.00, 4.00]])).tolist()
    [1090909.0, 1000000.0]
    """
    return whole(dollars / np.mean(prices, axis=0))
