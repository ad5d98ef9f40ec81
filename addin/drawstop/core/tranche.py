"""A tranche from event to event: advances, resets, interest paid or capitalised, repayments.

Units, shapes and errors: :mod:`drawstop.core`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drawstop.core.dates import year_fraction
from drawstop.core.loan import Flows, at_dates
from drawstop.core.tolerance import RELATIVE


@dataclass(frozen=True)
class Schedule:
    """A tranche's event dates and what happens on and before each: parallel series, in dollars except ``rate``.

    Attributes:
        dates: the event dates, in order.
        opening: principal before the events of the date.
        advance: drawn on it.
        capitalised: interest added to the principal on it.
        repayment: repaid on it.
        closing: principal after its events.
        rate: all-in rate per year of the interest accrued up to the date; on the first, the one that starts there.
        interest_accrued: since the event before.
        interest_paid: on the date.
    """

    dates: NDArray[np.datetime64]
    opening: NDArray[np.float64]
    advance: NDArray[np.float64]
    capitalised: NDArray[np.float64]
    repayment: NDArray[np.float64]
    closing: NDArray[np.float64]
    rate: NDArray[np.float64]
    interest_accrued: NDArray[np.float64]
    interest_paid: NDArray[np.float64]

    @property
    def owed(self) -> NDArray[np.float64]:
        """What can be repaid on each date, dollars: opening principal, and what is capitalised or drawn that day."""
        return self.opening + self.capitalised + self.advance

    @property
    def hair(self) -> float:
        """An amount in dollars so small beside the amount lent that it can only be rounding."""
        return RELATIVE * float(self.advance.sum() + np.abs(self.capitalised).sum())


def all_in_rate(dates: NDArray[np.datetime64], rates: Flows, margins: Flows, floor: float) -> Any:
    """Rate per year that holds from each of the dates: the greater of rate and floor, and the margin.

    Args:
        dates: in order, none before the first of the rates.
        rates: dates and rates, in order; each holds until the next.
        margins: dates and margins, in order; there is no margin before the first (R-54).
        floor: lowest rate before the margin; NaN for no floor.

    >>> days = np.array(["2025-03-31", "2025-06-30", "2025-09-30"], "datetime64[D]")
    >>> rates, margins = (days[[0]], np.array([0.01])), (days[1:], np.array([0.04, 0.05]))
    >>> all_in_rate(days, rates, margins, 0.015).round(9).tolist()
    [0.015, 0.055, 0.065]
    """
    base = np.fmax(rates[1][np.searchsorted(rates[0], dates, side="right") - 1], floor)
    return base + np.r_[0.0, margins[1]][np.searchsorted(margins[0], dates, side="right")]


def schedule(
    dates: NDArray[np.datetime64],
    advances: Flows,
    repayments: Flows,
    rate: NDArray[np.float64],
    payment_dates: NDArray[np.datetime64],
    *,
    capitalised_until: np.datetime64,
    opening_interest: float,
    basis: str,
) -> Schedule:
    """The tranche from event to event.

    On one date come interest, then whatever is owed where that is repaid, then the advance, then a stated repayment
    (R-53).
    Repayments above what is owed, and principal left at the end, are not checked here: the rows show them.

    Args:
        dates: the event dates, a series in order that includes those of all flows and payments.
        advances: dates and dollars.
        repayments: dates and dollars, infinite for whatever is then owed.
        rate: all-in, per year, from each date to the next.
        payment_dates: on them the interest accrued is paid or capitalised.
        capitalised_until: last date on which it is capitalised; NaT if never.
        opening_interest: accrued before the first date, dollars.
        basis: day count.

    100 lent for two years at 10%; the first year's interest is capitalised, the second's paid:

    >>> days = np.array(["2025-01-01", "2026-01-01", "2027-01-01"], "datetime64[D]")
    >>> rows = schedule(days, (days[:1], np.array([100.0])), (days[2:], np.array([np.inf])), np.full(3, 0.1), days[1:],
    ...                 capitalised_until=days[1], opening_interest=0.0, basis="ACT/365")
    >>> rows.capitalised.round(6).tolist(), rows.repayment.round(6).tolist(), rows.interest_paid.round(6).tolist()
    ([0.0, 10.0, 0.0], [0.0, 0.0, 110.0], [0.0, 0.0, 11.0])
    """
    advance = at_dates(dates, advances)
    asked = at_dates(dates, repayments)
    payday = np.isin(dates, payment_dates)
    capitalises = payday & (dates <= capitalised_until)
    growth = np.r_[0.0, rate[:-1] * year_fraction(dates[:-1], dates[1:], basis, maturity=dates[-1])]
    rows = Schedule(dates, *(np.zeros(len(dates)) for _ in range(8)))
    rows.advance[:], rows.rate[:] = advance, np.r_[rate[:1], rate[:-1]]
    closing, unpaid = 0.0, opening_interest
    hair = RELATIVE * advance.sum()
    for i in range(len(dates)):
        rows.opening[i] = closing
        rows.interest_accrued[i] = closing * growth[i]
        unpaid += rows.interest_accrued[i]
        if payday[i]:
            due = rows.capitalised if capitalises[i] else rows.interest_paid
            due[i], unpaid = unpaid, 0.0
        owed = closing + rows.capitalised[i]
        rows.repayment[i] = owed if np.isinf(asked[i]) else asked[i]
        left = owed - rows.repayment[i] + advance[i]
        closing = rows.closing[i] = 0.0 if abs(left) <= hair else left
    return rows
