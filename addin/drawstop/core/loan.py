"""The term loan: margin, interest, fees, instalments and schedule (8-K 5(a) Term Loan and following)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drawstop.core.dates import MONTH, days_between, month_end, quarter_ends, year_fraction
from drawstop.core.tolerance import complies

ROUNDING = 1e-12
"""So small a part of what was drawn is left by the rounding of sums, not owed."""


def margin(as_of: Any, completion: Any, *, before: Any, after: Any) -> Any:
    """Margin over LIBOR for the day that starts on ``as_of``; the day of Completion bears the lower one (R-08)."""
    return np.where(as_of >= completion, after, before)


def interest(
    principal: Any,
    start: Any,
    stop: Any,
    libor: Any,
    completion: Any,
    *,
    margin_before: Any,
    margin_after: Any,
    basis: str,
) -> Any:
    """Interest from start to stop, split at Completion (8-K 5(a) Interest)."""
    step = np.where(np.isnat(completion), stop, np.clip(completion, start, stop))
    before = (libor + margin_before) * year_fraction(start, step, basis)
    after = (libor + margin_after) * year_fraction(step, stop, basis)
    return principal * (before + after)


def commitment_fee(max_credit: Any, outstanding: Any, start: Any, stop: Any, *, rate: Any, basis: str) -> Any:
    """Fee on what is not drawn, at a rate per year (8-K 5(a) Commitment Fee, R-11)."""
    return rate * (max_credit - outstanding) * year_fraction(start, stop, basis)


def instalment_dates(first: np.datetime64, count: int, months: NDArray[Any]) -> NDArray[np.datetime64]:
    """``count`` month-ends in the given months of the year, from ``first`` on."""
    years = -(-count // len(months)) + 1
    span = np.arange(first.astype("datetime64[M]"), first.astype("datetime64[M]") + 12 * years * MONTH)
    wanted: NDArray[np.datetime64] = span[np.isin(span.astype(np.int64) % 12 + 1, months)]
    ends: NDArray[np.datetime64] = month_end(wanted[:count])
    return ends


def equal_instalments(principal: float, count: int) -> NDArray[np.float64]:
    """Equal principal; the last takes what rounding leaves."""
    return _closing(principal, np.full(count, principal / count))


def level_instalments(
    principal: float, start: np.datetime64, dates: NDArray[np.datetime64], *, rate: float, basis: str
) -> NDArray[np.float64]:
    """Principal of level debt service from ``start`` over the dates, interest by year fraction."""
    growth = 1.0 + rate * year_fraction(np.r_[start, dates[:-1]], dates, basis)
    service = principal / (1.0 / np.cumprod(growth)).sum()
    balance, principals = principal, np.empty(len(dates))
    for i, factor in enumerate(growth):
        principals[i] = service - balance * (factor - 1.0)
        balance -= principals[i]
    return _closing(principal, principals)


def custom_instalments(principal: float, shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """The shares of the principal; the last takes what rounding leaves."""
    return _closing(principal, principal * shares)


def _closing(principal: float, instalments: NDArray[np.float64]) -> NDArray[np.float64]:
    """Instalments whose last one leaves a balance of zero when they are subtracted one by one."""
    balance = principal
    for amount in instalments[:-1]:
        balance -= amount
    instalments[-1] = balance
    return instalments


@dataclass(frozen=True)
class Schedule:
    """A loan's event dates and what happens on and before each; one entry a row, dollars."""

    dates: NDArray[np.datetime64]
    opening: NDArray[np.float64]
    advance: NDArray[np.float64]
    repayment: NDArray[np.float64]
    closing: NDArray[np.float64]
    libor: NDArray[np.float64]
    interest_accrued: NDArray[np.float64]
    interest_paid: NDArray[np.float64]
    fee_accrued: NDArray[np.float64]
    fee_paid: NDArray[np.float64]

    @property
    def debt_service(self) -> NDArray[np.float64]:
        """Interest, principal and fee paid on each date."""
        return self.interest_paid + self.repayment + self.fee_paid


Flows = tuple[NDArray[np.datetime64], NDArray[np.float64]]


def event_dates(start: np.datetime64, advances: Flows, instalments: Flows) -> NDArray[np.datetime64]:
    """Start, advances, instalments, and the quarter-ends up to the last instalment."""
    events = np.concatenate([[start], advances[0], instalments[0]])
    quarters = quarter_ends(events.min(), instalments[0].max()) if len(instalments[0]) else events[:0]
    return np.unique(np.concatenate([events, quarters]))


def at_dates(dates: NDArray[np.datetime64], flows: Flows) -> NDArray[np.float64]:
    """The amounts of the flows on each of the dates."""
    sums = np.bincount(np.searchsorted(dates, flows[0]), weights=flows[1], minlength=len(dates))
    return sums.astype(np.float64)


def first_day(start: np.datetime64, dates: NDArray[np.datetime64], advance: NDArray[np.float64]) -> np.datetime64:
    """First day of the first interest period: ``start``, or the first advance if that is earlier (R-09)."""
    day: np.datetime64 = np.r_[start, dates[advance > 0]].min()
    return day


def schedule(
    dates: NDArray[np.datetime64],
    advance: NDArray[np.float64],
    repayment: NDArray[np.float64],
    fixings: Flows,
    *,
    start: np.datetime64,
    last: np.datetime64,
    completion: np.datetime64,
    max_credit: float,
    margin_before: float,
    margin_after: float,
    fee_rate: float,
    fee_end: np.datetime64,
    basis: str,
) -> Schedule:
    """The loan from event to event: interest since the event before, paid at quarter-ends and on ``last``.

    Args:
        dates: the event dates in order, at least one.
        advance: drawn on each date, after the repayment of that date.
        repayment: repaid on each date.
        fixings: dates and rates of LIBOR, in order, the first not after :func:`first_day`.
        start: date of the agreement, first day of the commitment fee.
        last: date of the last instalment; NaT if there is none.
        completion: from this day on the lower margin applies; NaT if not yet.
        max_credit: what the fee is computed on, less the balance.
        margin_before: margin until Completion.
        margin_after: margin from Completion on.
        fee_rate: commitment fee per year.
        fee_end: last day of the commitment fee.
        basis: day count.
    """
    closing = np.cumsum(advance - repayment)
    closing[closing <= ROUNDING * advance.sum()] = 0.0
    opening = np.r_[0.0, closing[:-1]]
    quarters = quarter_ends(dates[0], dates[-1])
    payday = np.isin(dates, np.append(quarters, last))
    cuts = np.union1d(dates, quarters)  # after the last instalment a quarter-end is no row, but still ends a period
    row = np.searchsorted(dates, cuts[1:])
    first = first_day(start, dates, advance)
    period = np.maximum(_last_before(np.union1d(dates[:1], quarters), cuts[:-1]), first)
    rate = fixings[1][np.searchsorted(fixings[0], np.append(period, first), side="right") - 1]
    pieces = interest(
        closing[row - 1],
        cuts[:-1],
        cuts[1:],
        rate[:-1],
        completion,
        margin_before=margin_before,
        margin_after=margin_after,
        basis=basis,
    )
    accrued = np.bincount(row, weights=pieces, minlength=len(dates)).astype(np.float64)
    rate = rate[np.searchsorted(cuts, dates) - 1]  # of the piece that ends there; in the first row the first period's
    fee_from, fee_to = np.clip(dates[:-1], start, fee_end), np.clip(dates[1:], start, fee_end)
    fee = commitment_fee(max_credit, closing[:-1], fee_from, fee_to, rate=fee_rate, basis=basis)
    fee = np.r_[0.0, np.where(fee_to > fee_from, fee, 0.0)]  # a fee_end before start leaves none
    return Schedule(
        dates, opening, advance, repayment, closing, rate,
        accrued, _paid(accrued, payday), fee, _paid(fee, payday),
    )  # fmt: skip


def _last_before(days: NDArray[np.datetime64], dates: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    """The last of some days, in order, on or before each date."""
    found: NDArray[np.datetime64] = days[np.searchsorted(days, dates, side="right") - 1]
    return found


def _paid(accrued: NDArray[np.float64], payday: NDArray[np.bool_]) -> NDArray[np.float64]:
    """What has accrued since the payday before, on each payday."""
    paid = np.zeros_like(accrued)
    days = np.flatnonzero(payday)
    if len(days):
        paid[days] = np.add.reduceat(accrued[: days[-1] + 1], np.r_[0, days[:-1] + 1])
    return paid


def advance_limit(
    as_of: Any,
    advanced: Any,
    balance: Any,
    minimum: Any,
    mechanical_completion: Any,
    *,
    conditions_met: Any,
    in_default: Any,
    max_credit: Any,
    cutoff: Any,
) -> Any:
    """What the Lender must still advance (8-K 5(a) Advances, R-17, R-18)."""
    open_to_draw = (as_of < cutoff) & ~(as_of >= mechanical_completion)
    funded = complies(balance - minimum, minimum)
    ready = open_to_draw & funded & np.asarray(conditions_met) & ~np.asarray(in_default)
    return np.where(ready, np.maximum(0.0, max_credit - advanced), 0.0)


def average_life(start: Any, dates: Any, principal: Any) -> Any:
    """Years to repayment weighted by principal, days over 365; ``start`` broadcasts."""
    years = days_between(np.asarray(start)[..., None], dates) / 365
    return (principal * years).sum(axis=-1) / principal.sum()
