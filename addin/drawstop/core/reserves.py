"""Reserves in ounces of gold, and the right to an interest in additional ones (8-K 2(a) Back-in).

Units, shapes and errors: :mod:`drawstop.core`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from drawstop.core.tolerance import complies


def gold_equivalent(
    gold: Any, silver: Any, gold_price: Any, silver_price: Any, *, gold_recovery: Any, silver_recovery: Any
) -> Any:
    """Recovered gold, and recovered silver by its value in gold, ounces; prices are dollars an ounce (R-39).

    60,000 + 100,000 × 5.0975 ÷ 382.70:

    >>> round(gold_equivalent(60e3, 100e3, 382.70, 5.0975, gold_recovery=1.0, silver_recovery=1.0), 3)
    61331.983
    """
    return gold * gold_recovery + silver * silver_recovery * silver_price / gold_price


def back_in_open(total_reserve: Any, stated: Any, *, threshold: Any) -> Any:
    """Whether reserves exceed those stated by at least the threshold, all in ounces (8-K 2(a) Back-in, R-38).

    >>> back_in_open(np.array([1_413_999.0, 1_414_000.0]), 414e3, threshold=1e6).tolist()
    [False, True]
    """
    return complies(total_reserve - stated - threshold, threshold)


def back_in_price(costs: Any, *, interest: Any, multiple: Any) -> Any:
    """What NPMC reimburses for its interest in the additional reserves, dollars (8-K 2(a) Back-in).

    ``costs`` are summed over their first axis; further axes, scenarios say, are independent. ``interest`` is the part
    of the mine that NPMC takes.

    120 per cent of a quarter, of ten million and of two:

    >>> back_in_price(np.array([[4e6, 0.0], [6e6, 2e6]]), interest=0.25, multiple=1.2).tolist()
    [3000000.0, 600000.0]
    """
    return multiple * interest * np.sum(costs, axis=0)
