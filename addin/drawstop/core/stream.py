"""A metal stream: shares of production, by tiers of the ounces delivered to date.

Units, shapes and errors: :mod:`drawstop.core`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def ounces(production: Any, delivered: Any, limits: NDArray[np.float64], shares: NDArray[np.float64]) -> Any:
    """Ounces delivered out of production, given those delivered before.

    Args:
        production: ounces produced, zero or more.
        delivered: ounces delivered before, zero or more.
        limits: total ounces delivered at which each tier ends, in rising order; the last may be infinite.
        shares: part of production that each tier delivers; after the last tier nothing is delivered.

    The tier of 50% ends 1,000 oz later, after 2,000 produced; the other 8,000 deliver 25%:

    >>> float(ounces(10_000.0, 4_000.0, np.array([5_000.0, np.inf]), np.array([0.5, 0.25])))
    3000.0
    """
    left, done, total = production, delivered, 0.0
    for limit, share in zip(limits, shares, strict=True):
        room = np.maximum(0.0, limit - done)
        taken = np.minimum(room, share * left)
        ends = share * left >= room
        # a share of 0 delivers nothing, so its tier never ends; a tier without room is over before it starts
        left = np.where(ends, left - (room / share if share else 0.0), 0.0)
        done, total = done + taken, total + taken
    return total
