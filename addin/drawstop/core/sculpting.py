"""Debt sculpted to the cash that serves it.

Units, shapes and errors: :mod:`drawstop.core`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Sculpted:
    """A sculpted debt, dollars: all fields but ``debt`` are series over its periods.

    Attributes:
        debt: lent at the start.
        service: interest and principal together, cash over cover.
        interest: of each period.
        principal: repaid; negative where the service does not cover the interest, and the debt grows by the rest.
        closing: owed after each period's service.
    """

    debt: float
    service: NDArray[np.float64]
    interest: NDArray[np.float64]
    principal: NDArray[np.float64]
    closing: NDArray[np.float64]


def sculpted(cash: NDArray[np.float64], dscr: Any, growth: NDArray[np.float64], inside: NDArray[np.bool_]) -> Sculpted:
    """The debt whose service is cash ÷ DSCR in every period up to maturity, and how it is repaid.

    Args:
        cash: available for debt service in each period, a series; negative cash serves nothing.
        dscr: target cover, above 0, for all or for each of the periods.
        growth: one plus the interest on a dollar over a period, for each of the periods, above 0.
        inside: whether each period ends by maturity.

    Two services of 110 and 121 at 10% a period are worth 100 each:

    >>> debt = sculpted(np.array([220.0, 242.0]), 2.0, np.array([1.1, 1.1]), np.array([True, True]))
    >>> round(debt.debt, 9), debt.principal.round(9).tolist(), debt.closing.round(9).tolist()
    (200.0, [90.0, 110.0], [110.0, 0.0])
    """
    service = np.where(inside, np.maximum(0.0, cash) / dscr, 0.0)
    balance = np.zeros(len(cash) + 1)
    for i in range(len(cash) - 1, -1, -1):  # what is owed before a service is worth it and what is owed after it
        balance[i] = (balance[i + 1] + service[i]) / growth[i]
    opening, closing = balance[:-1], balance[1:]
    return Sculpted(float(balance[0]), service, opening * (growth - 1.0), opening - closing, closing)
