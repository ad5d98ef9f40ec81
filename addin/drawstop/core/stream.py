"""A metal stream: shares of production by tiers of what has been delivered.

Units, shapes and errors: :mod:`drawstop.core`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def ounces(production: Any, delivered: Any, limits: NDArray[np.float64], shares: NDArray[np.float64]) -> Any:
    """Ounces delivered out of some production, given those delivered before it.

    Args:
        production: ounces produced, zero or more.
        delivered: ounces delivered before, zero or more.
        limits: ounces delivered in all up to which each tier lasts, in rising order; the last may be infinite.
        shares: part of production that each tier delivers; after the last tier nothing is delivered.

    1,000 oz end the tier of 50% after 2,000 produced; the other 8,000 deliver 25%:

    >>> float(ounces(10_000.0, 4_000.0, np.array([5_000.0, np.inf]), np.array([0.5, 0.25])))
    3000.0
    """
    left, done, total = production, delivered, 0.0
    for limit, share in zip(limits, shares, strict=True):
        room = np.maximum(0.0, limit - done)
        taken = np.minimum(room, share * left)
        ends = share * left >= room
        # a share of 0 delivers nothing, so that its tier never ends; one without room is over before it starts
        left = np.where(ends, left - (room / share if share else 0.0), 0.0)
        done, total = done + taken, total + taken
    return total
