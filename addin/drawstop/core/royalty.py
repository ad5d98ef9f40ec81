"""The royalty on net returns, and advances on it (8-K 2(a) Royalty, Extension).

Units, shapes and errors: :mod:`drawstop.core`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def royalty(net_returns: Any, *, rate: Any) -> Any:
    """Royalty on net returns, dollars; a loss bears none (8-K 2(a) Royalty, R-34).

    >>> royalty(np.array([1e6, -1e6]), rate=0.05).tolist()
    [50000.0, 0.0]
    """
    return rate * np.maximum(0.0, net_returns)


def royalty_due(net_returns: Any, *, rate: Any, advance_credit: Any) -> Any:
    """Royalty after the credit for advance royalty, dollars, never below zero (8-K 2(a) Royalty, R-34).

    >>> royalty_due(1e6, rate=0.05, advance_credit=np.array([20e3, 60e3])).tolist()
    [30000.0, 0.0]
    """
    return np.maximum(0.0, royalty(net_returns, rate=rate) - advance_credit)


def credit_used(
    royalties: NDArray[np.float64], credits_granted: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Credit used against each royalty in turn, and what is left of it after, dollars (8-K 2(a) Extension, R-32).

    Periods run in order along the first axis; further axes, such as scenarios, are independent.

    >>> used, left = credit_used(np.full(3, 400e3), np.array([0.0, 500e3, 0.0]))
    >>> used.tolist(), left.tolist()
    ([0.0, 400000.0, 100000.0], [0.0, 100000.0, 0.0])
    """
    used, left = np.zeros_like(royalties), np.zeros_like(royalties)
    credit = np.zeros_like(royalties[:1]).sum(axis=0)
    for t, (owed, granted) in enumerate(zip(royalties, credits_granted, strict=True)):
        used[t] = np.minimum(owed, credit + granted)
        left[t] = credit = credit + granted - used[t]
    return used, left


def advance_royalty(amount: Any, cpi_base: Any, cpi_now: Any) -> Any:
    """Advance royalty for a one-year extension, dollars, adjusted by a price index (8-K 2(a) Extension, R-33).

    >>> round(advance_royalty(300e3, 149.7, 161.5), 4)  # 300,000 × 161.5 ÷ 149.7
    323647.2946
    """
    return amount * cpi_now / cpi_base
